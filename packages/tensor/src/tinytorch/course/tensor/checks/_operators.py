"""Operators with a number on the left, and what two tensors do to each other element by element."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import some_shape, whole
from tinytorch.tito.checks import Check, equals, given, holds

LEFT = "In `2 - t` Python asks t, the right operand: t.__rsub__(2) is 2 - t."


class Ears:
    """A listener that counts the steps it hears of."""

    def __init__(self) -> None:
        self.steps = 0

    def before(self, step: Any) -> None:
        """Count."""
        self.steps += 1

    def after(self, step: Any, outputs: Any) -> None:
        """Nothing: the beginning has been counted."""


def _heard(tt: Any, x: Any) -> int:
    ears = Ears()
    t = tt.tensor.Tensor(x["right"])
    with tt.tensor.listen(ears):
        x["left"] - t
    return ears.steps


def _random_left(rng: np.random.Generator) -> dict[str, Any]:
    left = float(rng.integers(-9, 10)) / 2
    return {"left": left, "right": whole(rng, some_shape(rng))}


_number_minus = partial(
    Check,
    function="Operators.__rsub__",
    drive=lambda tt, x: x["left"] - tt.tensor.Tensor(x["right"]),
    shown="{left} - Tensor({right})",
)

OPERATORS: tuple[Check, ...] = (
    _number_minus(
        name="a number on the left",
        inputs=given(left=2, right=[5.0]),
        judge=equals(lambda x: np.array([-3.0], np.float32), rule=LEFT),
    ),
    _number_minus(
        name="from a whole row",
        inputs=given(left=10, right=[1.0, 2.0, 4.0]),
        judge=equals(lambda x: np.array([9.0, 8.0, 6.0], np.float32), rule=LEFT),
    ),
    _number_minus(
        name="integers stay integers",
        inputs=given(left=1, right=[1, 0, 1]),
        judge=equals(lambda x: np.array([0, 1, 0])),
        kind="contract",
    ),
    _number_minus(
        name="a float turns integers into floats",
        inputs=given(left=0.5, right=[1, 2]),
        judge=equals(lambda x: np.array([-0.5, -1.5], np.float32), rule="Of int64 and a Python float comes float32."),
        kind="contract",
    ),
    _number_minus(
        name="a number takes the type of the tensor",
        inputs=given(left=1, right=np.array([1, 0], np.uint8)),
        judge=equals(lambda x: np.array([0, 1], np.uint8), rule="A Python number has no type of its own to impose."),
        kind="contract",
    ),
    _number_minus(
        name="a number keeps its digits",
        inputs=given(left=0.1, right=np.array([0.0, 1.0])),
        judge=equals(lambda x: np.array([0.1, 0.1 - 1.0]), rule="In float32 a tenth is 0.10000000149."),
        kind="contract",
    ),
    _number_minus(
        name="any shape",
        inputs=_random_left,
        judge=equals(lambda x: np.asarray(np.float32(x["left"]) - x["right"])),
        kind="property",
        seeds=20,
    ),
    Check(
        function="Operators.__rsub__",
        name="a listener hears of it",
        inputs=given(left=2, right=[5.0]),
        drive=_heard,
        judge=holds(
            lambda x, steps: steps >= 1,
            "one step or more that a listener hears of: it is an operation that computes, as in __sub__, or nobody "
            "could ever differentiate it",
        ),
        kind="contract",
        shown="{left} - Tensor({right}), with a listener",
    ),
    Check(
        function="Operators.__rtruediv__",
        name="a number on the left",
        inputs=given(left=1, right=[4.0, -2.0]),
        drive=lambda tt, x: x["left"] / tt.tensor.Tensor(x["right"]),
        judge=equals(lambda x: np.array([0.25, -0.5], np.float32)),
        shown="{left} / Tensor({right})",
    ),
    Check(
        function="divide",
        name="a fraction of integers",
        inputs=given(left=[7, -7, 6], right=[2, 2, 3]),
        drive=lambda tt, x: tt.tensor.Tensor(x["left"]) / tt.tensor.Tensor(x["right"]),
        judge=equals(lambda x: np.array([3.5, -3.5, 2.0], np.float32), rule="The quotient of integers is float32."),
        shown="Tensor({left}) / Tensor({right})",
    ),
    Check(
        function="divide",
        name="floats over integers",
        inputs=given(left=[1.0, 3.0], right=[2, 4]),
        drive=lambda tt, x: tt.tensor.Tensor(x["left"]) / tt.tensor.Tensor(x["right"]),
        judge=equals(lambda x: np.array([0.5, 0.75], np.float32), rule="float32 and int64 meet in float32."),
        kind="contract",
        shown="Tensor({left}) / Tensor({right})",
    ),
    Check(
        function="add_op",
        name="a column and a row",
        inputs=given(column=[[1.0], [2.0], [3.0]], row=[[10.0, 20.0, 30.0, 40.0]]),
        drive=lambda tt, x: tt.tensor.Tensor(x["column"]) + tt.tensor.Tensor(x["row"]),
        judge=equals(lambda x: np.add(x["column"], x["row"]).astype(np.float32)),
        shown="Tensor({column}) + Tensor({row})",
    ),
    Check(
        function="add_op",
        name="a tensor without axes",
        inputs=given(number=3.0, row=[1.0, 2.0]),
        drive=lambda tt, x: tt.tensor.Tensor(x["number"]) + tt.tensor.Tensor(x["row"]),
        judge=equals(lambda x: np.array([4.0, 5.0], np.float32)),
        kind="contract",
        shown="Tensor({number}) + Tensor({row})",
    ),
    Check(
        function="multiply_op",
        name="square matrices",
        inputs=given(left=[[1.0, 2.0], [3.0, 4.0]], right=[[5.0, 6.0], [7.0, 8.0]]),
        drive=lambda tt, x: tt.tensor.Tensor(x["left"]) * tt.tensor.Tensor(x["right"]),
        judge=equals(
            lambda x: np.array([[5.0, 12.0], [21.0, 32.0]], np.float32),
            rule="`*` multiplies element by element; the matrix product is `@`.",
        ),
        shown="Tensor({left}) * Tensor({right})",
    ),
)
