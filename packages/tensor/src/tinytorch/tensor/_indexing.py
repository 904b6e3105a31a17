"""Indexing: ``t[…]`` by integers, slices, None, ..., and by integer or boolean arrays, with NumPy's meaning.

Integers and slices give a view; arrays give a copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor._operation import operation
from tinytorch.tensor._step import Array, Step, Value
from tinytorch.tensor._update import update


def plain_index(index: Any) -> Any:
    """Return an index with arrays in the place of tensors, lists and other sequences."""
    if type(index) is tuple:
        return tuple([plain_part(part) for part in index])
    return plain_part(index)


def plain_part(part: Any) -> Any:
    """Return one part of an index, as an array if it names several positions."""
    if type(part) is int or type(part) is slice or part is None or part is Ellipsis:
        return part
    if isinstance(part, Value):
        return part._array
    if isinstance(part, (list, tuple, range)):
        return np.asarray([np.asarray(item) for item in part]) if len(part) else np.empty(0, np.int64)
    return part


def is_basic(index: Any) -> bool:
    """Whether an index has only integers, slices, None and ..., so that it never names an element twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(part, np.ndarray) for part in parts)


@operation("getitem", flops=0)
def getitem_op(step: Step, x: Array, index: Any) -> Array:
    try:
        selected: Array = x[index]
    except IndexError as error:
        raise IndexError(f"index: {error}; the tensor has shape {x.shape}.") from None
    if type(selected) is np.ndarray or not is_basic(index):
        return selected
    return x[(*index, ...)] if type(index) is tuple else x[index, ...]  # a view, where NumPy gives a number


@update("setitem", flops=0)
def setitem_update(step: Step, targets: list[Array], value: Any, *, index: Any) -> None:
    """Write `value` into the places that `index` names."""
    for target in targets:
        try:
            target[index] = value
        except (ValueError, IndexError) as error:
            raise type(error)(f"t[...] = value: {error}; the tensor has shape {target.shape}.") from None


@operation("index_add", flops=lambda step, outputs: int(step.arrays[0].size))
def index_add_op(step: Step, x: Array, *, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape`, in the dtype of `x`, with `x` added at `index`: the transpose of ``t[index]``.

    A place that the index names several times gets the sum. The index is any that NumPy takes.
    """
    total = np.zeros(shape, x.dtype)
    if is_basic(index) or (isinstance(index, np.ndarray) and index.dtype.kind == "b"):
        total[index] = x
    elif isinstance(index, np.ndarray) and x.ndim > index.ndim:
        _add_rows(total, index.reshape(-1), x.reshape(index.size, *shape[1:]))
    else:
        np.add.at(total, index, x)
    return total


def _add_rows(total: Array, rows: Array, values: Array) -> None:
    """``total[rows[i]] += values[i]`` for all i: sorted, then summed run by run (10x faster than np.add.at)."""
    if rows.size == 0:
        return
    rows = rows.astype(np.int64)  # narrow integers could not hold what is added to the negative ones
    rows = np.where(rows < 0, rows + len(total), rows)
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    total[ordered[starts]] = np.add.reduceat(values[order], starts, axis=0)


@operation("take_along_axis", flops=0)
def take_along_axis_op(step: Step, x: Array, *, indices: Array, axis: int) -> Array:
    try:
        return np.take_along_axis(x, indices, axis)
    except (IndexError, ValueError) as error:
        raise IndexError(
            f"take_along_axis: {error}; the tensor has shape {x.shape}, the indices {indices.shape}."
        ) from None


@operation("put_along_axis", flops=0)
def put_along_axis_op(step: Step, x: Array, *, indices: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with `x` added at `indices`, repetitions counted: the transpose of take_along_axis."""
    total = np.zeros(shape, x.dtype)
    places = [np.arange(n).reshape([-1 if i == j else 1 for j in range(len(shape))]) for i, n in enumerate(shape)]
    places[axis] = indices
    np.add.at(total, tuple(places), x)
    return total
