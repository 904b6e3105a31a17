"""Where shapes meet, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import Array, some_shape, thinned, whole
from tinytorch.course.tensor.checks._refusals import as_numpy
from tinytorch.tito.checks import Check, Wrong, equals, given, raises


def _two_shapes(rng: np.random.Generator) -> dict[str, Any]:
    """Shapes that often fit: both thinned out of one; sometimes one size is another."""
    both = some_shape(rng)
    first, second = thinned(rng, both), thinned(rng, both)
    if second and rng.random() < 0.4:
        place = int(rng.integers(0, len(second)))
        second = (*second[:place], int(rng.integers(0, 5)), *second[place + 1 :])
    return {"first": first, "second": second}


def _thick_and_thin(rng: np.random.Generator) -> dict[str, Any]:
    shape = some_shape(rng)
    array = whole(rng, shape[::-1], np.float64 if rng.random() < 0.5 else np.float32).T  # its memory is in column order
    return {"x": array, "shape": thinned(rng, shape)}


def _collected(x: Any) -> Array:
    """Each element is added to the one that broadcasting would have copied to its place."""
    shape = x["shape"]
    cells = int(np.prod(shape, dtype=np.int64))
    origin = np.broadcast_to(np.arange(cells).reshape(shape), x["x"].shape)
    totals = np.bincount(origin.ravel(), weights=x["x"].ravel(), minlength=cells)
    return np.asarray(totals[:cells].reshape(shape).astype(x["x"].dtype))


def _names_the_axis(*ways: str) -> Callable[[Any, Any], None]:
    """Return a judge that wants an error which names an axis, counted from either end."""

    def judge(x: Any, result: Any) -> None:
        raises(ValueError)(x, result)
        if not any(way in result.message for way in ways):
            raise Wrong(f"ValueError that says in which axis: {' or '.join(ways)}", result)

    return judge


def _kinds(tt: Any, x: Any) -> list[bool]:
    tensor, array = tt.tensor.Tensor(x["x"]), np.array(x["x"])
    kinds = ((tensor, tt.tensor.Tensor), (array, (np.ndarray, np.generic)))
    return [isinstance(tt.tensor.sum_to(one, shape), kind) for one, kind in kinds for shape in x["shapes"]]


_meeting = partial(
    Check,
    function="broadcast_shapes",
    drive=lambda tt, x: tt.tensor.broadcast_shapes(x["first"], x["second"]),
    shown="broadcast_shapes({first}, {second})",
)
_summing = partial(
    Check,
    function="sum_to",
    drive=lambda tt, x: tt.tensor.sum_to(np.array(x["x"]), x["shape"]),
    shown="sum_to(array({x}), {shape})",
)

BROADCASTING: tuple[Check, ...] = (
    _meeting(
        name="a column meets a row",
        inputs=given(first=(3, 1), second=(1, 4)),
        judge=equals(lambda x: (3, 4)),
    ),
    _meeting(
        name="a missing axis counts as 1",
        inputs=given(first=(5, 1, 4), second=(3, 1)),
        judge=equals(lambda x: (5, 3, 4)),
    ),
    _meeting(
        name="the shorter shape may be the first",
        inputs=given(first=(3,), second=(2, 3)),
        judge=equals(lambda x: (2, 3)),
    ),
    _meeting(
        name="a size of 0 is a size like others",
        inputs=given(first=(2, 1), second=(2, 0)),
        judge=equals(lambda x: (2, 0), rule="A 1 stretches to the other size, also to 0: it is copied no times."),
        kind="contract",
    ),
    _meeting(
        name="nothing meets nothing",
        inputs=given(first=(), second=()),
        judge=equals(lambda x: (), rule="Two numbers, shapes without axes, meet in a number."),
        kind="contract",
    ),
    _meeting(
        name="lists are shapes as well",
        inputs=given(first=[2, 1], second=[3]),
        judge=equals(lambda x: (2, 3), rule="Any two sequences of sizes go in, a tuple comes out."),
        kind="contract",
    ),
    _meeting(
        name="sizes that differ are refused",
        inputs=given(first=(2, 3), second=(2, 4)),
        judge=raises(ValueError, "(2, 3)", "(2, 4)", rule="The error names both shapes, or nobody finds the reason."),
        kind="contract",
    ),
    _meeting(
        name="0 does not stretch",
        inputs=given(first=(0,), second=(2,)),
        judge=raises(ValueError, "(0,)", "(2,)", rule="Only a 1 stretches."),
        kind="contract",
    ),
    _meeting(
        name="the error says in which axis",
        inputs=given(first=(2, 4, 5), second=(3, 1, 5)),
        judge=_names_the_axis("-3", "0"),
        kind="contract",
    ),
    _meeting(
        name="any two shapes, as NumPy has them",
        inputs=_two_shapes,
        judge=as_numpy(
            lambda x: np.broadcast_shapes(x["first"], x["second"]),
            lambda x: str(x["first"]),
            lambda x: str(x["second"]),
        ),
        kind="property",
        seeds=60,
    ),
    _summing(
        name="a stretched axis",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], shape=(2, 1)),
        judge=equals(lambda x: np.array([[6.0], [15.0]])),
    ),
    _summing(
        name="an added axis",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], shape=(3,)),
        judge=equals(lambda x: np.array([5.0, 7.0, 9.0])),
    ),
    _summing(
        name="one axis added, one stretched",
        inputs=given(x=np.arange(12.0).reshape(2, 3, 2).tolist(), shape=(3, 1)),
        judge=equals(lambda x: np.array([[14.0], [22.0], [30.0]])),
    ),
    _summing(
        name="a number was copied everywhere",
        inputs=given(x=[[1.0, 2.0], [3.0, 4.0]], shape=()),
        judge=equals(lambda x: np.asarray(10.0)),
        kind="contract",
    ),
    Check(
        function="sum_to",
        name="a tensor stays a tensor, an array an array",
        inputs=given(x=[[1.0, 2.0], [3.0, 4.0]], shapes=[(2, 1), (2,), (), (2, 2)]),
        drive=_kinds,
        judge=equals(lambda x: [True] * 8, rule="What becomes a bare array is lost to whoever differentiates."),
        kind="contract",
        shown="of which kind sum_to(x, shape) is, for Tensor({x}), then array({x}), and each shape of {shapes}",
    ),
    Check(
        function="sum_to",
        name="arrays: each element returns to where it was copied from",
        inputs=_thick_and_thin,
        drive=lambda tt, x: tt.tensor.sum_to(x["x"], x["shape"]),
        judge=equals(_collected),
        kind="property",
        seeds=40,
        shown="sum_to({x}, {shape})",
    ),
    Check(
        function="sum_to",
        name="tensors: each element returns to where it was copied from",
        inputs=_thick_and_thin,
        drive=lambda tt, x: tt.tensor.sum_to(tt.tensor.Tensor(x["x"]), x["shape"]),
        judge=equals(_collected),
        kind="property",
        seeds=20,
        shown="sum_to(Tensor({x}), {shape})",
    ),
)
