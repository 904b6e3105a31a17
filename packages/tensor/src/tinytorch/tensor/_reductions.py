"""Reductions: many numbers become one, along the axes that are named.

``axis`` is None (all axes), an int or a tuple of ints, negative ones counted from the end; ``keepdims`` keeps
a reduced axis with size 1. Sums and products of integers and of booleans are int64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.tensor._operation import operation
from tinytorch.tensor._step import Array, Step

Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]


def count(shape: Shape, axis: Axis) -> int:
    """Return how many elements of `shape` become one when `axis` is reduced: None for all axes, () for none.

    Examples
    --------
    >>> count((2, 3, 4), (0, -1)), count((2, 3, 4), None)
    (8, 24)
    """
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[one] for one in axes)


def reduction_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    """One operation per element of the input."""
    return int(step.arrays[0].size)


def reduced(reduce: Callable[..., Any], name: str, x: Array, axis: Any, keepdims: Any, **options: Any) -> Any:
    """Reduce, and say in a sentence what is wrong with an axis."""
    try:
        return reduce(x, axis=axis, keepdims=keepdims, **options)
    except (TypeError, ValueError) as error:  # NumPy's AxisError is a ValueError
        raise explained(error, name, x.shape, axis) from None


def explained(error: Exception, name: str, shape: Shape, axis: Any) -> Exception:
    """Return the error that says which rule a reduction's axis breaks; `error` itself where it breaks none."""
    axes = axis if isinstance(axis, tuple) else () if axis is None else (axis,)
    if not all(isinstance(one, (int, np.integer)) for one in axes):
        return TypeError(f"{name}: axis is None, an int or a tuple of ints, not {axis!r}.")
    if isinstance(error, TypeError):
        return TypeError(f"{name}: axis is one int, not {axis!r}.")
    n = len(shape)
    for one in axes:
        if not -n <= one < n:
            allowed = f"{-n} to {n - 1}" if n else "it has rank 0: leave axis out"
            return IndexError(f"{name}: axis {one} is out of range for a tensor of shape {shape} ({allowed}).")
    if len({int(one) % n for one in axes}) < len(axes):
        return ValueError(f"{name}: axis {axis} names an axis twice.")
    if 0 in (shape[one] for one in axes or range(n)):
        return ValueError(f"{name}: axis {axis} of shape {shape} has no elements, and nothing has no {name}.")
    return error


def neighbours(x: Array, axis: int) -> bool:
    """Whether elements along `axis` lie nearer to each other in memory than along any other."""
    strides = [abs(stride) for stride, n in zip(x.strides, x.shape, strict=True) if n > 1]
    return abs(x.strides[axis]) <= min(strides, default=0)


def gathered(x: Array, axis: Any) -> Array:
    """Return an array with the same sum over `axis`, but few terms left where there were many rows.

    NumPy adds neighbours in memory pairwise, so that rounding grows as log n, but adds rows to a total one after
    another: rounding grows as √n there. So 16 rows at a time are added until fewer than 32 are left. Long inner loops
    make that the faster way, too, from some 200 rows on.
    """
    if axis is None or x.ndim < 2:
        return x
    axes = axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == x.ndim or not all(isinstance(one, int) and -x.ndim <= one < x.ndim for one in axes):
        return x  # all neighbours, or an axis that `reduced` has a sentence for
    for one in axes:
        while x.shape[one] >= 32 and not neighbours(x, one):
            place = one % x.ndim
            before, n, after = x.shape[:place], x.shape[place], x.shape[place + 1 :]
            groups, rest = n // 16, n % (n // 16)
            every = (slice(None),) * place
            rows = x[(*every, slice(n - rest))].reshape(*before, (n - rest) // groups, groups, *after)
            partial: Array = np.add.reduce(rows, axis=place)  # (..., n, ...) -> (..., groups, ...)
            partial[(*every, slice(rest))] += x[(*every, slice(n - rest, n))]
            x = partial
    return x


@operation("sum", flops=reduction_flops)
def sum_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    dtype = np.int64 if x.dtype.kind != "f" else None
    if dtype is None:
        x = gathered(x, axis)
    total: Array = reduced(np.add.reduce, "sum", x, axis, keepdims, dtype=dtype)
    return total


@operation("mean", flops=reduction_flops)
def mean_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    total: Any = reduced(np.add.reduce, "mean", gathered(x, axis), axis, keepdims)
    n = count(x.shape, axis) if x.ndim else 1
    mean: Array = total / n if n else total * np.nan  # the mean of nothing is not a number
    return mean


@operation("prod", flops=reduction_flops)
def prod_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    dtype = np.int64 if x.dtype.kind != "f" else None
    product: Array = reduced(np.multiply.reduce, "prod", x, axis, keepdims, dtype=dtype)
    return product


@operation("max", flops=reduction_flops)
def max_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    largest: Array = reduced(np.maximum.reduce, "max", x, axis, keepdims)
    return largest


@operation("min", flops=reduction_flops)
def min_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    smallest: Array = reduced(np.minimum.reduce, "min", x, axis, keepdims)
    return smallest


@operation("argmax", flops=reduction_flops, differentiable=False)
def argmax_op(step: Step, x: Array, *, axis: int | None, keepdims: bool) -> Array:
    return np.asarray(reduced(np.argmax, "argmax", x, axis, keepdims))


@operation("argmin", flops=reduction_flops, differentiable=False)
def argmin_op(step: Step, x: Array, *, axis: int | None, keepdims: bool) -> Array:
    return np.asarray(reduced(np.argmin, "argmin", x, axis, keepdims))


@operation("any", flops=0, differentiable=False)
def any_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    found: Array = reduced(np.logical_or.reduce, "any", x, axis, keepdims)
    return found


@operation("all", flops=0, differentiable=False)
def all_op(step: Step, x: Array, *, axis: Any, keepdims: Any) -> Array:
    found: Array = reduced(np.logical_and.reduce, "all", x, axis, keepdims)
    return found


@operation("cumsum")
def cumsum_op(step: Step, x: Array, *, axis: int) -> Array:
    dtype = np.int64 if x.dtype.kind != "f" else None
    return np.cumsum(x, axis=axis, dtype=dtype)
