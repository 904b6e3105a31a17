"""Places in memory."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import some_shape
from tinytorch.tito.checks import Check, equals, given, raises


def _somewhere(rng: np.random.Generator) -> dict[str, Any]:
    """A permuted, flipped and repeated view of a line of cells, and an index into it."""
    shape = some_shape(rng, least=1)
    view = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    view = view.transpose(rng.permutation(view.ndim))
    view = view[tuple(slice(None, None, int(rng.choice([-1, 1, 2]))) for _ in view.shape)]
    view = np.broadcast_to(view, (3, *view.shape)) if rng.random() < 0.3 else view
    index = tuple(int(rng.integers(0, size)) for size in view.shape)
    first = int(view[(0,) * view.ndim])
    strides = tuple(stride // view.itemsize for stride in view.strides)
    return {"index": index, "strides": strides, "cells": int(view[index]) - first}


_strides = partial(
    Check,
    function="strides_of",
    drive=lambda tt, x: tt.tensor.strides_of(x["shape"]),
    shown="strides_of({shape})",
)
_offset = partial(
    Check,
    function="offset",
    drive=lambda tt, x: tt.tensor.offset(x["index"], x["strides"]),
    shown="offset({index}, {strides})",
)

LAYOUT: tuple[Check, ...] = (
    _strides(
        name="rows of a matrix",
        inputs=given(shape=(2, 3)),
        judge=equals(lambda x: (3, 1), rule="To the next row it is 3 cells, to the next column 1."),
    ),
    _strides(
        name="three axes",
        inputs=given(shape=(2, 3, 4)),
        judge=equals(lambda x: (12, 4, 1), rule="A step along axis 0 passes over a whole matrix of 3 x 4 cells."),
    ),
    _strides(
        name="no axes, no strides",
        inputs=given(shape=()),
        judge=equals(lambda x: ()),
        kind="contract",
    ),
    _strides(
        name="a list is a shape as well",
        inputs=given(shape=[3, 1, 2]),
        judge=equals(lambda x: (2, 2, 1), rule="Any sequence of sizes goes in, a tuple comes out."),
        kind="contract",
    ),
    _strides(
        name="any shape, as NumPy lays out bytes",
        inputs=lambda rng: {"shape": some_shape(rng, least=1, most=5)},
        judge=equals(lambda x: np.empty(x["shape"], np.int8).strides),
        kind="property",
        seeds=20,
    ),
    _offset(
        name="a row and a column",
        inputs=given(index=(1, 2), strides=(3, 1)),
        judge=equals(lambda x: 5, rule="One row of 3 cells, then 2 cells more."),
    ),
    _offset(
        name="the same cell, seen transposed",
        inputs=given(index=(2, 1), strides=(1, 3)),
        judge=equals(lambda x: 5, rule="Transposing swaps the strides and moves no number."),
    ),
    _offset(
        name="a number lies where it begins",
        inputs=given(index=(), strides=()),
        judge=equals(lambda x: 0),
        kind="contract",
    ),
    _offset(
        name="a position too few",
        inputs=given(index=(1,), strides=(3, 1)),
        judge=raises(ValueError, rule="One position for each stride, or it is no element's index."),
        kind="contract",
    ),
    _offset(
        name="a position too many",
        inputs=given(index=(1, 2, 0), strides=(3, 1)),
        judge=raises(ValueError, rule="One position for each stride, or it is no element's index."),
        kind="contract",
    ),
    _offset(
        name="any view of a line of cells",
        inputs=_somewhere,
        judge=equals(lambda x: x["cells"]),
        kind="property",
        seeds=20,
    ),
)
