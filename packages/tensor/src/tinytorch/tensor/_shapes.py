"""Shapes: the same numbers, arranged or repeated otherwise.

Where the result can stand on the input's memory it is a view and costs nothing; the docstrings say which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinytorch.tensor._operation import Array, Step, operation

Shape = tuple[int, ...]


def infer_shape(size: int, shape: Sequence[int]) -> Shape:
    """Return `shape` with its one -1, if any, replaced by the size that makes it hold `size` elements.

    Raises
    ------
    ValueError
        If that is impossible, with both counts.

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
    return x.transpose(axes)


@operation("swapaxes", flops=0)
def swapaxes_op(step: Step, x: Array, *, axis0: int, axis1: int) -> Array:
    return x.swapaxes(axis0, axis1)


@operation("expand", flops=0)
def expand_op(step: Step, x: Array, *, shape: Shape) -> Array:
    return np.broadcast_to(x, shape)


@operation("flip", flops=0)
def flip_op(step: Step, x: Array, *, axis: int | tuple[int, ...] | None) -> Array:
    return np.flip(x, axis)


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
