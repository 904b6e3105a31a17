"""Rows of arithmetic: two tensors that broadcast, and what chooses between them."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, both, broadcast_pairs, numbers, one, two, with_options
from integration.parity.mistakes import wrong_kernel, wrong_rule
from integration.parity.row import Case, Row

from tinytorch.tensor import Step, Tensor, clip, maximum, minimum, sum_to, where

inf, nan = np.inf, np.nan
TIES = ([1.0, 2.0, -1.0, 0.0], [1.0, 3.0, -2.0, 0.0])
SIGNS = ([7.0, -7.0, 7.0, -7.0, 0.5, -0.5], [3.0, 3.0, -3.0, -3.0, 2.0, 2.0])


def averaged(step: Step, grad: Any, right: Any) -> Any:
    """A broadcast gradient averaged, where it should be summed."""
    return tuple(g * (g.size / max(grad.size, 1)) for g in right)


def own_factor(step: Step, grad: Any, right: Any) -> Any:
    return tuple(sum_to(grad * x, shape) for x, shape in zip(step.inputs, step.shapes, strict=True))


def no_square(step: Step, grad: Any, right: Any) -> Any:
    x, y = step.inputs
    return right[0], sum_to(-grad * x / y, step.shapes[1])


def logarithm_at_zero(step: Step, grad: Any, right: Any) -> Any:
    return right[0], sum_to(grad * step.output * np.log(step.inputs[0]), step.shapes[1])


def all_to_the_first(step: Step, grad: Any, right: Any) -> Any:
    x, y = step.inputs
    first = x >= y if step.operation.name == "maximum" else x <= y
    return sum_to(grad * first, step.shapes[0]), sum_to(grad * ~first, step.shapes[1])


def to_both_branches(step: Step, grad: Any, right: Any) -> Any:
    return None, sum_to(grad + np.zeros_like(grad), step.shapes[1]), sum_to(grad, step.shapes[2])


def chosen(generator: np.random.Generator) -> Iterator[Case]:
    """A condition and two branches, all of which broadcast."""
    for left, right in broadcast_pairs(generator):
        condition = generator.random(np.broadcast_shapes(left, right)[-1:]) < 0.5
        yield Case((condition, numbers(generator, left, -3, 3), numbers(generator, right, -3, 3)))
    for layout in LAYOUTS:
        condition = generator.random((4, 1)) < 0.5
        yield Case((condition, numbers(generator, (4, 5), -3, 3), numbers(generator, (5,), -3, 3)), {}, layout)
    yield Case((np.array([True, False]), np.array([1.0, nan]), np.array([inf, 2.0])))


ROWS = [
    Row(
        "add",
        {"Tensor.__add__": operator.add, "Tensor.__radd__": lambda x, y: Tensor.__radd__(y, x)},
        torch.add,
        two(),
        "a broadcast gradient that is averaged instead of summed",
        wrong_rule("add", averaged),
    ),
    Row(
        "subtract",
        {"Tensor.__sub__": operator.sub, "Tensor.__rsub__": lambda x, y: Tensor.__rsub__(y, x)},
        torch.sub,
        two(),
        "the minus lost in the second gradient",
        wrong_rule("subtract", lambda step, grad, right: (right[0], -right[1])),
    ),
    Row(
        "multiply",
        {"Tensor.__mul__": operator.mul, "Tensor.__rmul__": lambda x, y: Tensor.__rmul__(y, x)},
        torch.mul,
        two(),
        "each factor's gradient multiplied by itself, not by the other",
        wrong_rule("multiply", own_factor),
    ),
    Row(
        "divide",
        {"Tensor.__truediv__": operator.truediv, "Tensor.__rtruediv__": lambda x, y: Tensor.__rtruediv__(y, x)},
        torch.div,
        both(two(second=(0.5, 3.0)), two(second=(-3.0, -0.5))),
        "x / y² without the square",
        wrong_rule("divide", no_square),
    ),
    Row(
        "floor_divide",
        {"Tensor.__floordiv__": operator.floordiv, "Tensor.__rfloordiv__": lambda x, y: Tensor.__rfloordiv__(y, x)},
        torch.floor_divide,
        two(-9, 9, SIGNS, second=(0.5, 3.0)),
        "a quotient cut towards 0",
        wrong_kernel("floor_divide", lambda x, y: np.trunc(x / y)),
        (Tensor, "``x // y`` is rounded down"),
        gradient=False,
    ),
    Row(
        "remainder",
        {"Tensor.__mod__": operator.mod, "Tensor.__rmod__": lambda x, y: Tensor.__rmod__(y, x)},
        torch.remainder,
        both(two(-9, 9, SIGNS, second=(0.7, 3.0)), two(-9, 9, second=(-3.0, -0.7))),
        "the sign of the dividend, as C has it",
        wrong_kernel("remainder", np.fmod),
        (Tensor, "``x % y`` has the sign of the divisor"),
    ),
    Row(
        "power",
        {"Tensor.__pow__": operator.pow, "Tensor.__rpow__": lambda x, y: Tensor.__rpow__(y, x)},
        torch.pow,
        two(0.2, 3.0, ([0.0, 0.0, 0.0, 2.0], [2.0, 1.0, 0.0, 0.0]), ([-2.0, -3.0], [2.0, 3.0]), second=(-2.0, 3.0)),
        "0 · log 0 in the gradient of the exponent",
        wrong_rule("power", logarithm_at_zero),
        (Tensor, "is 0 where x is 0 and y is not negative"),
    ),
    Row(
        "power by a number",
        {"Tensor.__pow__ number": lambda x, n: x**n},
        lambda x, n: x**n,
        lambda generator: (
            Case((x, n))
            for n in (2, 3, 0.5, -1, 0, 1, 2.5, -2)
            for x in (
                generator.uniform(0.2, 3, (3, 4)),
                generator.uniform(0.2, 3, ()),
                generator.uniform(0.2, 3, (0, 2)),
            )
        ),
        "the gradient of x³ taken as 2x",
        wrong_rule("power", lambda step, grad, right: (grad * 2 * step.inputs[0], None)),
        operations=("power",),
    ),
    Row(
        "maximum",
        {"maximum": maximum},
        torch.maximum,
        two(-3, 3, TIES, ([nan, 1.0, inf], [1.0, nan, -inf])),
        "a tie's gradient given to the first alone",
        wrong_rule("maximum", all_to_the_first),
        (maximum, "at a tie each side receives half"),
    ),
    Row(
        "minimum",
        {"minimum": minimum},
        torch.minimum,
        two(-3, 3, TIES, ([nan, 1.0, inf], [1.0, nan, -inf])),
        "a tie's gradient given to the first alone",
        wrong_rule("minimum", all_to_the_first),
        (minimum, "at a tie each side receives half"),
    ),
    Row(
        "where",
        {"where": where},
        torch.where,
        chosen,
        "a gradient for the branch that was not taken",
        wrong_rule("where", to_both_branches),
    ),
    Row(
        "clip",
        {"clip": clip, "Tensor.clip": Tensor.clip},
        lambda x, low, high: x.clamp(low, high),
        with_options(
            one(-3, 3, [-1.0, 1.0, -2.0, 2.0, 0.5], [inf, -inf, nan]),
            {"low": -1.0, "high": 1.0},
            {"low": None, "high": 0.5},
            {"low": -0.5, "high": None},
        ),
        "no gradient on the bound itself",
        wrong_rule("clip", lambda step, grad, right: right * (step.inputs[0] != step.parameters["low"])),
        (clip, "the gradient passes where it did not move"),
    ),
]
