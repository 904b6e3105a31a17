"""The same numbers under another shape, in another order of axes, or some of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import some_shape, whole
from tinytorch.course.tensor.checks._refusals import as_numpy
from tinytorch.tito.checks import Check, equals, given, raises


def _maybe_open(rng: np.random.Generator) -> dict[str, Any]:
    """A size and a shape of about as many elements, one size maybe open."""
    shape = list(some_shape(rng))
    size = int(np.prod(shape, dtype=np.int64))
    if shape and rng.random() < 0.7:
        shape[int(rng.integers(0, len(shape)))] = -1
    if rng.random() < 0.3:
        size += int(rng.integers(1, 4))
    return {"size": size, "shape": tuple(shape)}


def _array(rng: np.random.Generator) -> dict[str, Any]:
    array = whole(rng, some_shape(rng))
    return {"x": array.T, "axes": tuple(int(axis) for axis in rng.permutation(array.ndim))}


def _selected_then_edited(tt: Any, x: Any) -> Any:
    t = tt.tensor.Tensor(x["data"])
    selected = t[x["index"]]
    t[x["place"]] = x["value"]
    return selected


_inferred = partial(
    Check,
    function="infer_shape",
    drive=lambda tt, x: tt.tensor.infer_shape(x["size"], x["shape"]),
    shown="infer_shape({size}, {shape})",
)
_selected = partial(
    Check,
    function="getitem_op",
    drive=_selected_then_edited,
    shown="t = Tensor({data}); s = t[{index}]; t[{place}] = {value}; s",
)

SHAPES: tuple[Check, ...] = (
    _inferred(
        name="the size that is left open",
        inputs=given(size=12, shape=(3, -1)),
        judge=equals(lambda x: (3, 4)),
    ),
    _inferred(
        name="open in the middle",
        inputs=given(size=24, shape=(2, -1, 3)),
        judge=equals(lambda x: (2, 4, 3)),
    ),
    _inferred(
        name="everything in one axis",
        inputs=given(size=6, shape=(-1,)),
        judge=equals(lambda x: (6,), rule="What the other sizes leave of 6 is 6: the product of no sizes is 1."),
        kind="contract",
    ),
    _inferred(
        name="nothing left open",
        inputs=given(size=6, shape=[2, 3]),
        judge=equals(lambda x: (2, 3), rule="Any sequence of sizes goes in, a tuple comes out."),
        kind="contract",
    ),
    _inferred(
        name="too many elements are asked for",
        inputs=given(size=12, shape=(3, 5)),
        judge=raises(ValueError, "12", "15", rule="A reshape moves no number: the error names both counts."),
        kind="contract",
    ),
    _inferred(
        name="what does not divide",
        inputs=given(size=12, shape=(5, -1)),
        judge=raises(ValueError, "12", "5", rule="12 elements make no rows of which there are 5."),
        kind="contract",
    ),
    _inferred(
        name="two sizes left open",
        inputs=given(size=4, shape=(-1, -1)),
        judge=raises(ValueError, rule="(1, 4), (2, 2) and (4, 1) would all fit, so none is meant."),
        kind="contract",
    ),
    _inferred(
        name="sizes below -1",
        inputs=given(size=4, shape=(-2, -2)),
        judge=raises(ValueError, rule="Their product is 4, but no axis has -2 elements."),
        kind="contract",
    ),
    _inferred(
        name="an open size beside a 0",
        inputs=given(size=0, shape=(0, -1)),
        judge=raises(ValueError, rule="Any size would fit, so none is meant."),
        kind="contract",
    ),
    _inferred(
        name="any shape, as NumPy has it",
        inputs=_maybe_open,
        judge=as_numpy(lambda x: np.empty(x["size"], np.int8).reshape(x["shape"]).shape),
        kind="property",
        seeds=60,
    ),
    Check(
        function="reshape_op",
        name="row by row",
        inputs=given(data=[[1, 2, 3], [4, 5, 6]], shape=(3, 2)),
        drive=lambda tt, x: tt.tensor.Tensor(x["data"]).reshape(x["shape"]),
        judge=equals(lambda x: np.array([[1, 2], [3, 4], [5, 6]]), rule="Elements keep their row-major order."),
        shown="Tensor({data}).reshape({shape})",
    ),
    Check(
        function="reshape_op",
        name="a shape that does not fit",
        inputs=given(data=[1, 2, 3, 4, 5, 6], shape=(2, 2)),
        drive=lambda tt, x: tt.tensor.Tensor(x["data"]).reshape(x["shape"]),
        judge=raises(ValueError, "6", "4", rule="No element is cut off or repeated."),
        kind="contract",
        shown="Tensor({data}).reshape({shape})",
    ),
    Check(
        function="permute_op",
        name="axis i is where it was named",
        inputs=given(x=np.arange(24).reshape(2, 3, 4), axes=(1, 2, 0)),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).permute(x["axes"]),
        judge=equals(lambda x: np.moveaxis(x["x"], 0, -1)),
        shown="arange(24).reshape(2, 3, 4).permute{axes}",
    ),
    Check(
        function="permute_op",
        name="any order of axes",
        inputs=_array,
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).permute(x["axes"]),
        judge=equals(lambda x: np.einsum(x["x"], list(range(x["x"].ndim)), list(x["axes"]))),
        kind="property",
        seeds=20,
        shown="Tensor({x}).permute{axes}",
    ),
    Check(
        function="swapaxes_op",
        name="the first two of three axes",
        inputs=given(x=np.arange(24).reshape(2, 3, 4), axes=(0, 1)),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).transpose(*x["axes"]),
        judge=equals(lambda x: np.einsum("abc->bac", x["x"])),
        shown="arange(24).reshape(2, 3, 4).transpose{axes}",
    ),
    _selected(
        name="a slice stands on the same memory",
        inputs=given(data=[[1.0, 2.0], [3.0, 4.0]], index=1, place=(1, 0), value=9.0),
        judge=equals(lambda x: np.array([9.0, 4.0], np.float32), rule="Integers and slices give a view."),
    ),
    _selected(
        name="a single element stands on the same memory",
        inputs=given(data=[1.0, 2.0], index=0, place=0, value=9.0),
        judge=equals(lambda x: np.asarray(9.0, np.float32), rule="Integers and slices give a view."),
        kind="contract",
    ),
    _selected(
        name="an array of positions gives a copy",
        inputs=given(data=[1.0, 2.0, 4.0], index=[2, 0, 2], place=0, value=9.0),
        judge=equals(lambda x: np.array([4.0, 1.0, 4.0], np.float32), rule="Arrays of positions give a copy."),
        kind="contract",
    ),
    _selected(
        name="a position beyond the end",
        inputs=given(data=[1.0, 2.0], index=2, place=0, value=9.0),
        judge=raises(IndexError, "(2,)", rule="The error names the shape."),
        kind="contract",
        shown="Tensor({data})[{index}]",
    ),
)
