"""Derivative rules of the element-by-element operations of `tinytorch.tensor`.

A rule is a line of calculus times ``grad``, the gradient of the result; `sum_to` undoes broadcasting. It writes into
none of its arguments, and gives None for an input whose gradient ``step.needs`` does not ask for. Each is written with
what arrays and tensors share, so that the same text runs on arrays (fast) and on tensors, whose steps are recorded in
turn (second derivatives).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor import Step, operations, rule, sum_to

Gradients = tuple[Any, Any]


@rule(operations["add"])
def add_rule(step: Step, grad: Any) -> Gradients:
    """x + y: 1 and 1."""
    return (
        sum_to(grad, step.shapes[0]) if step.needs[0] else None,
        sum_to(grad, step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["subtract"])
def subtract_rule(step: Step, grad: Any) -> Gradients:
    """x - y: 1 and -1."""
    return (
        sum_to(grad, step.shapes[0]) if step.needs[0] else None,
        sum_to(-grad, step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["multiply"], keeps=(0, 1))
def multiply_rule(step: Step, grad: Any) -> Gradients:
    """x y: y and x, each times `grad` and summed to the shape of its input."""
    x, y = step.inputs
    return (
        sum_to(grad * y, step.shapes[0]) if step.needs[0] else None,
        sum_to(grad * x, step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["divide"], keeps=(0, 1))
def divide_rule(step: Step, grad: Any) -> Gradients:
    """x / y: 1 / y and -x / y²."""
    x, y = step.inputs
    return (
        sum_to(grad / y, step.shapes[0]) if step.needs[0] else None,
        sum_to(-grad * (x / y / y), step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["remainder"], keeps=(0, 1))
def remainder_rule(step: Step, grad: Any) -> Gradients:
    """x - floor(x / y) y: 1 and -floor(x / y), away from the jumps."""
    x, y = step.inputs
    return (
        sum_to(grad, step.shapes[0]) if step.needs[0] else None,
        sum_to(-grad * np.floor(x / y), step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["power"], keeps=(0, 1), output=True)
def power_rule(step: Step, grad: Any) -> Gradients:
    """x^y: y x^(y-1), which is 0 where y is 0, and x^y log x, which is 0 where x is 0 and y is not negative."""
    x, y = step.inputs
    dx = dy = None
    if step.needs[0]:
        if type(y) not in (int, float):
            slope = np.where(y == 0, 0.0, y * x ** np.where(y == 0, 1.0, y - 1))
        elif y == 0:
            slope = np.zeros_like(x)
        else:
            slope = x * 2.0 if y == 2 else y * x ** (y - 1)
        dx = sum_to(grad * slope, step.shapes[0])
    if step.needs[1]:
        if type(x) in (int, float):
            logarithm = math.log(x) if x > 0 else np.where(y >= 0, np.zeros_like(y), -math.inf) if x == 0 else math.nan
        else:
            # 0^y is 0 for every y > 0: the slope is 0 there, though log 0 is not a number one can use.
            logarithm = np.log(np.where((x == 0) & (y >= 0), 1.0, x))
        dy = sum_to(grad * (step.output * logarithm), step.shapes[1])
    return dx, dy


@rule(operations["maximum"], keeps=(0, 1))
def maximum_rule(step: Step, grad: Any) -> Gradients:
    """max(x, y): all to the larger, half to each of two equal ones; all to both where one is NaN, as in PyTorch."""
    x, y = step.inputs
    tie = grad * (x == y) * 0.5
    return (
        sum_to(np.where(x < y, 0.0, grad) - tie, step.shapes[0]) if step.needs[0] else None,
        sum_to(np.where(x > y, 0.0, grad) - tie, step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["minimum"], keeps=(0, 1))
def minimum_rule(step: Step, grad: Any) -> Gradients:
    """min(x, y): all to the smaller, half to each of two equal ones; all to both where one is NaN, as in PyTorch."""
    x, y = step.inputs
    tie = grad * (x == y) * 0.5
    return (
        sum_to(np.where(x > y, 0.0, grad) - tie, step.shapes[0]) if step.needs[0] else None,
        sum_to(np.where(x < y, 0.0, grad) - tie, step.shapes[1]) if step.needs[1] else None,
    )


@rule(operations["where"], keeps=(0,))
def where_rule(step: Step, grad: Any) -> tuple[None, Any, Any]:
    """The gradient goes to the branch that was taken; the other gets 0, whatever it computed."""
    condition = step.inputs[0]
    return (
        None,
        sum_to(np.where(condition, grad, 0.0), step.shapes[1]) if step.needs[1] else None,
        sum_to(np.where(condition, 0.0, grad), step.shapes[2]) if step.needs[2] else None,
    )


@rule(operations["clip"], keeps=(0,))
def clip_rule(step: Step, grad: Any) -> Any:
    """1 where the element lay within the bounds (on them included), 0 where it was moved."""
    x = step.inputs[0]
    low, high = step.parameters["low"], step.parameters["high"]
    if low is not None:
        grad = grad * (x >= low)
    if high is not None:
        grad = grad * (x <= high)
    return grad


@rule(operations["negative"])
def negative_rule(step: Step, grad: Any) -> Any:
    """-x: -1."""
    return -grad


@rule(operations["absolute"], keeps=(0,))
def absolute_rule(step: Step, grad: Any) -> Any:
    """|x|: the sign, 0 at 0."""
    return grad * np.sign(step.inputs[0])


def flat_rule(step: Step, grad: Any) -> Any:
    """sign, floor, ceil, round: flat between their jumps."""
    return np.zeros_like(grad)


for _name in ("sign", "floor", "ceil", "round"):
    rule(operations[_name])(flat_rule)


@rule(operations["exp"], output=True)
def exp_rule(step: Step, grad: Any) -> Any:
    """e^x: itself."""
    return grad * step.output


@rule(operations["expm1"], output=True)
def expm1_rule(step: Step, grad: Any) -> Any:
    """e^x - 1: itself and 1."""
    return grad * (step.output + 1.0)


@rule(operations["log"], keeps=(0,))
def log_rule(step: Step, grad: Any) -> Any:
    """log x: 1 / x."""
    return grad / step.inputs[0]


@rule(operations["log1p"], keeps=(0,))
def log1p_rule(step: Step, grad: Any) -> Any:
    """log(1 + x): 1 / (1 + x)."""
    return grad / (step.inputs[0] + 1.0)


@rule(operations["sqrt"], output=True)
def sqrt_rule(step: Step, grad: Any) -> Any:
    """√x: 1 / (2 √x)."""
    return grad * 0.5 / step.output


@rule(operations["sin"], keeps=(0,))
def sin_rule(step: Step, grad: Any) -> Any:
    """sin x: cos x."""
    return grad * np.cos(step.inputs[0])


@rule(operations["cos"], keeps=(0,))
def cos_rule(step: Step, grad: Any) -> Any:
    """cos x: -sin x."""
    return -grad * np.sin(step.inputs[0])


@rule(operations["tanh"], output=True)
def tanh_rule(step: Step, grad: Any) -> Any:
    """tanh x: 1 - tanh² x."""
    return grad * (1.0 - step.output * step.output)


@rule(operations["cast"])
def cast_rule(step: Step, grad: Any) -> Any:
    """A conversion: back to the type it came from."""
    return grad.astype(step.parameters["source"])


@rule(operations["copy"])
def copy_rule(step: Step, grad: Any) -> Any:
    """A copy: 1."""
    return grad
