"""Reductions: many numbers become one, along the axes that are named.

``axis`` is None (all axes), an int or a tuple of ints, negative ones counted from the end; ``keepdims`` keeps
a reduced axis with size 1. Sums of integers and of booleans are int64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor._operation import Array, Step, operation

Axis = int | tuple[int, ...] | None


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many elements of `shape` become one when `axis` is reduced.

    Examples
    --------
    >>> count((2, 3, 4), (0, -1)), count((2, 3, 4), None)
    (8, 24)
    """
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    n = 1
    for one in axes:
        n *= shape[one]
    return n


def reduction_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    """One operation per element of the input."""
    return int(step.arrays[0].size)


@operation("sum", flops=reduction_flops)
def sum_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    dtype = np.int64 if x.dtype.kind != "f" else None
    total: Array = np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=dtype)
    return total


@operation("mean", flops=reduction_flops)
def mean_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    total: Any = np.add.reduce(x, axis=axis, keepdims=keepdims)
    n = count(x.shape, axis)
    mean: Array = total / n if n else total * np.nan  # the mean of nothing is not a number
    return mean


@operation("prod", flops=reduction_flops)
def prod_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    dtype = np.int64 if x.dtype.kind != "f" else None
    product: Array = np.multiply.reduce(x, axis=axis, keepdims=keepdims, dtype=dtype)
    return product


@operation("max", flops=reduction_flops)
def max_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    largest: Array = np.maximum.reduce(x, axis=axis, keepdims=keepdims)
    return largest


@operation("min", flops=reduction_flops)
def min_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    smallest: Array = np.minimum.reduce(x, axis=axis, keepdims=keepdims)
    return smallest


@operation("argmax", flops=reduction_flops, differentiable=False)
def argmax_op(step: Step, x: Array, *, axis: int | None, keepdims: bool) -> Array:
    return np.asarray(np.argmax(x, axis=axis, keepdims=keepdims))


@operation("argmin", flops=reduction_flops, differentiable=False)
def argmin_op(step: Step, x: Array, *, axis: int | None, keepdims: bool) -> Array:
    return np.asarray(np.argmin(x, axis=axis, keepdims=keepdims))


@operation("any", flops=0, differentiable=False)
def any_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    found: Array = np.logical_or.reduce(x, axis=axis, keepdims=keepdims)
    return found


@operation("all", flops=0, differentiable=False)
def all_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    found: Array = np.logical_and.reduce(x, axis=axis, keepdims=keepdims)
    return found


@operation("cumsum")
def cumsum_op(step: Step, x: Array, *, axis: int) -> Array:
    dtype = np.int64 if x.dtype.kind != "f" else None
    return np.cumsum(x, axis=axis, dtype=dtype)
