"""Operations of the checks' own, with rules of their own: what is under test is then the engine, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Toys:
    """Operations, and a log of the rules that ran.

    Attributes
    ----------
    times : callable
        ``times(x, y)``: the product, without broadcasting.
    plus : callable
        ``plus(x, y)``: the sum. Its rule hands the very array it got to both inputs.
    scale : callable
        ``scale(x, factor=..., label=...)``.
    pair : callable
        ``pair(x)``: two outputs, 2 x and 3 x. Its rule logs which of the two gradients came.
    half : callable
        ``half(x, y)``: the first input; its rule gives nothing for the second.
    rules : list of str
        The operation (or the label) of each rule, in the order in which they ran.
    """

    times: Callable[..., Any]
    plus: Callable[..., Any]
    scale: Callable[..., Any]
    pair: Callable[..., Any]
    half: Callable[..., Any]
    rules: list[str] = field(default_factory=list)


def toys(tt: Any) -> Toys:
    """Define the operations."""
    define, rule = tt.tensor.operation, tt.tensor.rule
    rules: list[str] = []
    times = define("toy_times")(lambda step, x, y: x * y)
    plus = define("toy_plus")(lambda step, x, y: x + y)
    scale = define("toy_scale")(lambda step, x, *, factor, label="toy_scale": x * factor)
    pair = define("toy_pair")(lambda step, x: (x * 2, x * 3))
    half = define("toy_half")(lambda step, x, y: x * 1)

    def times_rule(step: Any, grad: Any) -> Any:
        rules.append("times")
        x, y = step.inputs
        return grad * y, grad * x

    def plus_rule(step: Any, grad: Any) -> Any:
        rules.append("plus")
        return grad, grad

    def scale_rule(step: Any, grad: Any) -> Any:
        rules.append(step.parameters.get("label", "scale"))
        return grad * step.parameters["factor"]

    def pair_rule(step: Any, grad: Any) -> Any:
        first, second = grad
        rules.append(f"pair {first is not None} {second is not None}")
        if first is None:
            return second * 3
        return first * 2 if second is None else first * 2 + second * 3

    def half_rule(step: Any, grad: Any) -> Any:
        rules.append("half")
        return grad, None

    rule(times, keeps=(0, 1))(times_rule)
    rule(plus)(plus_rule)
    rule(scale)(scale_rule)
    rule(pair)(pair_rule)
    rule(half)(half_rule)
    return Toys(times, plus, scale, pair.many, half, rules)


def leaf(tt: Any, data: Any) -> Any:
    """Return a tensor that requires gradients, of float64 unless the data is an array of another type."""
    array = tt.tensor.Tensor(data, dtype=getattr(data, "dtype", "float64"))
    return array.requires_grad_()


def shown(tensor: Any) -> Any:
    """Return a tensor as an array of its own, None as it is."""
    return None if tensor is None else tensor.data.copy()
