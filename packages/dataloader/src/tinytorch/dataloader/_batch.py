"""From samples, or from arrays fetched at once, to one batch of tensors."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.tensor import Step, Tensor, from_numpy, operation

Indices = NDArray[np.int64]
_ARRAYS = (np.ndarray, Tensor)
_NUMBERS = (bool, int, float, np.generic)


class Batch(NamedTuple):
    """A batch of inputs and targets: `batch.x`, `batch.y`, or `x, y = batch`.

    Attributes
    ----------
    x : Tensor
        Inputs, (B, ...).
    y : Tensor
        Targets, (B,) or (B, ...).
    """

    x: Tensor
    y: Tensor


def collate(samples: Sequence[Any]) -> Any:
    """Stack samples of one structure into a batch; the loader's rule unless it is given another.

    Arrays and tensors are stacked along a new first axis and keep their dtype; Python ints become int64, floats
    float32, bools bool; strings stay a list. A pair (x, y) becomes a `Batch`; other tuples, lists and dicts are
    collated item by item.

    Parameters
    ----------
    samples : sequence
        At least one sample.

    Returns
    -------
    Batch, tuple, dict, Tensor or list
        What a sample is, with a first axis of length B.

    Raises
    ------
    ValueError
        If two samples differ in shape, dtype or length: one batch is one array.
    TypeError
        If samples differ in kind, or are of a kind or a dtype that has no tensor.

    Notes
    -----
    One copy of every element; O(bytes of the batch).
    """
    if not samples:
        raise ValueError("collate: no samples; a batch has at least one")
    batch = _column(samples, "sample")
    return Batch(*batch) if type(batch) is tuple and len(batch) == 2 else batch


def as_batch(fetched: Any, count: int, owner: str) -> Any:
    """Make a batch of what a data set's `__getitems__` returned for `count` indices.

    Arrays become tensors that share their memory; a pair becomes a `Batch`, a list of samples is collated.
    """
    if isinstance(fetched, Batch):
        return fetched
    if isinstance(fetched, list) and len(fetched) == count:
        return collate(fetched)
    if isinstance(fetched, tuple):
        parts = tuple(_wrap(part, count, owner) for part in fetched)
        return Batch(*parts) if len(parts) == 2 else parts
    return _wrap(fetched, count, owner)


def _wrap(part: Any, count: int, owner: str) -> Any:
    if isinstance(part, np.ndarray | Tensor):
        if part.ndim == 0 or part.shape[0] != count:
            raise ValueError(
                f"{owner}.__getitems__ was asked for {count} samples and returned an array of shape {part.shape}; "
                f"its first axis must be {count} long"
            )
        return part if isinstance(part, Tensor) else from_numpy(part)
    if isinstance(part, Mapping):
        return {key: _wrap(item, count, owner) for key, item in part.items()}
    if isinstance(part, tuple):
        return tuple(_wrap(item, count, owner) for item in part)
    if isinstance(part, list) and len(part) == count:
        return part
    raise TypeError(
        f"{owner}.__getitems__ returned a {type(part).__name__}; it returns an array, or a tuple or dict of arrays, "
        f"with a first axis of {count}"
    )


@operation("collate", flops=0, differentiable=False)
def stack_op(step: Step, *arrays: NDArray[Any], path: str) -> NDArray[Any]:
    return stack_arrays(arrays, path)


def _column(values: Sequence[Any], path: str) -> Any:
    first = values[0]
    kinds = set(map(type, values))
    if kinds == {np.ndarray}:
        return from_numpy(stack_arrays(values, path))
    if kinds == {Tensor}:
        return stack_op(*values, path=path)
    if _all_are(kinds, _ARRAYS):
        return from_numpy(stack_arrays([value.data if isinstance(value, Tensor) else value for value in values], path))
    if _all_are(kinds, _NUMBERS):
        return from_numpy(_scalars(values, kinds))
    if len(kinds) > 1:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"collate: {path} is of several kinds in one batch ({names}); return one, or pass collate_fn")
    if isinstance(first, tuple | list):
        return _columns(values, path)
    if isinstance(first, Mapping):
        return {key: _column([value[key] for value in values], f"{path}[{key!r}]") for key in first}
    if isinstance(first, str | bytes):
        return list(values)
    raise TypeError(
        f"collate: {path} is a {type(first).__name__}; it stacks arrays, tensors, numbers, strings, tuples and dicts; "
        "pass collate_fn for anything else"
    )


def _columns(values: Sequence[Any], path: str) -> Any:
    first = values[0]
    lengths = set(map(len, values))
    if len(lengths) > 1:
        raise ValueError(
            f"collate: {path} has from {min(lengths)} to {max(lengths)} items in one batch; "
            "all samples need the same, or pass collate_fn"
        )
    columns = [_column(column, f"{path}[{i}]") for i, column in enumerate(zip(*values, strict=True))]
    if isinstance(first, list):
        return columns
    return type(first)(*columns) if hasattr(first, "_fields") else tuple(columns)


def stack_arrays(arrays: Sequence[NDArray[Any]], path: str) -> NDArray[Any]:
    """Copy arrays of one shape and one dtype into one fresh array, (B, ...).

    Parameters
    ----------
    arrays : sequence of numpy.ndarray
        At least one.
    path : str
        What they are within a sample, for messages: `sample[0]`.

    Raises
    ------
    ValueError
        If one differs from the first in shape or dtype; it names `path`, both shapes, both dtypes and the place.
    """
    first = arrays[0]
    stacked = None
    if {array.dtype for array in arrays} == {first.dtype}:
        with contextlib.suppress(ValueError):  # shapes that differ
            # np.stack first makes a view of every sample, which costs as much as the copy.
            stacked = np.array(arrays, dtype=first.dtype)
    if stacked is None or stacked.shape != (len(arrays), *first.shape):
        for position, array in enumerate(arrays):
            if array.dtype != first.dtype or array.shape != first.shape:
                raise ValueError(
                    f"collate: {path} is {first.dtype} {first.shape} in sample 0 of the batch and {array.dtype} "
                    f"{array.shape} in sample {position}; one batch is one array: pad, crop or convert them, "
                    "or pass collate_fn"
                )
    return np.array(arrays, dtype=first.dtype) if stacked is None else stacked


def _scalars(values: Sequence[Any], kinds: set[type]) -> NDArray[Any]:
    if kinds == {bool}:
        return np.array(values, dtype=np.bool_)
    if _all_are(kinds, (int,)):
        return np.array(values, dtype=np.int64)
    if kinds <= {bool, int, float}:
        return np.array(values, dtype=np.float32)
    return np.array(values)


def _all_are(kinds: set[type], wanted: tuple[type, ...]) -> bool:
    return all(issubclass(kind, wanted) for kind in kinds)
