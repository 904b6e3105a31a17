"""Shapes: the same numbers, arranged or repeated otherwise.

Where the result can stand on the input's memory it is a view and costs nothing; the docstrings say which.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

import numpy as np

from tinytorch.tensor._operation import operation
from tinytorch.tensor._step import Array, Step

Shape = tuple[int, ...]


def place_of(name: str, axis: int, ndim: int) -> int:
    """Return the position, counted from 0, of an axis that may be counted from the end.

    Raises
    ------
    IndexError
        If there is no such axis, naming `name` (who asks), the axis and those there are.
    """
    axis = operator.index(axis)
    if not -ndim <= axis < ndim:
        allowed = f"{-ndim} to {ndim - 1}" if ndim else "none: it has rank 0"
        raise IndexError(f"{name}: axis {axis} is not an axis of this tensor ({allowed}).")
    return axis % ndim


def infer_shape(size: int, shape: Sequence[int]) -> Shape:
    """Return `shape` with its one -1, if any, replaced by the size that makes it hold `size` elements.

    Raises
    ------
    ValueError
        If that is impossible, with both counts; also if any size would do (a -1 beside a 0).

    Examples
    --------
    >>> infer_shape(12, (3, -1))
    (3, 4)
    """
    known = math.prod(axis for axis in shape if axis != -1)
    unknown = list(shape).count(-1)
    if unknown > 1 or any(axis < -1 for axis in shape):
        raise ValueError(f"reshape: {tuple(shape)} is not a shape: sizes are 0 or more, and at most one may be -1.")
    if unknown and (known == 0 or size % known):
        raise ValueError(f"reshape: {size} elements do not divide into {tuple(shape)}: {size} % {known} is not 0.")
    if not unknown and known != size:
        raise ValueError(f"reshape: shape {tuple(shape)} holds {known} elements, the tensor has {size}.")
    return tuple(size // known if axis == -1 else axis for axis in shape)


@operation("reshape", flops=0)
def reshape_op(step: Step, x: Array, *, shape: Shape) -> Array:
    return x.reshape(infer_shape(x.size, shape))


@operation("permute", flops=0)
def permute_op(step: Step, x: Array, *, axes: Shape) -> Array:
    try:
        return x.transpose(axes)
    except ValueError:
        raise ValueError(
            f"permute: {axes} must name each axis of shape {x.shape} once: some order of {tuple(range(x.ndim))}."
        ) from None


@operation("swapaxes", flops=0)
def swapaxes_op(step: Step, x: Array, *, axis0: int, axis1: int) -> Array:
    try:
        return x.swapaxes(axis0, axis1)
    except ValueError:
        raise IndexError(f"transpose: axes {axis0} and {axis1} must be axes of shape {x.shape}.") from None


@operation("expand", flops=0)
def expand_op(step: Step, x: Array, *, shape: Shape) -> Array:
    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        raise ValueError(
            f"expand: shape {x.shape} does not stretch to {shape}: compared from the last axis backwards, "
            "sizes must be equal or 1 before."
        ) from None


@operation("flip", flops=0)
def flip_op(step: Step, x: Array, *, axis: int | tuple[int, ...] | None) -> Array:
    try:
        return np.flip(x, axis)
    except ValueError:
        raise IndexError(f"flip: axis {axis} must name axes of shape {x.shape}, each once.") from None


@operation("concatenate", flops=0)
def concatenate_op(step: Step, *arrays: Array, axis: int) -> Array:
    try:
        return np.concatenate(arrays, axis=axis)
    except ValueError as error:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(f"concatenate: shapes {shapes} may differ in axis {axis} only ({error}).") from None


@operation("pad", flops=0)
def pad_op(step: Step, x: Array, *, widths: tuple[tuple[int, int], ...], value: float) -> Array:
    shape = [before + size + after for size, (before, after) in zip(x.shape, widths, strict=True)]
    padded = np.full(shape, value, x.dtype)
    padded[tuple(slice(before, before + size) for size, (before, _) in zip(x.shape, widths, strict=True))] = x
    return padded
