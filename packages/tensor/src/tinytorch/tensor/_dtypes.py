"""The data types, and which one a mixed operation computes in.

Seven types, three categories: bool < integers < floats. As in PyTorch, the higher category decides, a Python
number never widens its own category, and among tensors of one category those with axes outrank those of rank 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

DType = np.dtype[Any]

float32: DType = np.dtype(np.float32)
float64: DType = np.dtype(np.float64)
int64: DType = np.dtype(np.int64)
int32: DType = np.dtype(np.int32)
int8: DType = np.dtype(np.int8)
uint8: DType = np.dtype(np.uint8)
bool_: DType = np.dtype(np.bool_)

DTYPES = (float32, float64, int64, int32, int8, uint8, bool_)
CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2}


def as_dtype(dtype: Any) -> DType:
    """Return one of the seven data types.

    Raises
    ------
    TypeError
        For any other, with the list of those there are.

    Notes
    -----
    Python's ``float`` is float64, ``int`` int64 and ``bool`` bool, as in NumPy and PyTorch. A foreign byte order
    becomes the machine's.
    """
    try:
        found: DType | None = None if dtype is None else np.dtype(dtype)
    except TypeError:
        found = None
    if found is not None:
        found = found if found.isnative else found.newbyteorder("=")
        if found in DTYPES:
            return found
    names = ", ".join(known.name for known in DTYPES)
    raise TypeError(f"dtype {found or dtype} is not supported; choose one of {names} (array.astype converts).")


def promote_types(first: DType, second: DType) -> DType:
    """Return the type that two tensors of these types compute in.

    Examples
    --------
    >>> promote_types(float32, int64), promote_types(int8, uint8), promote_types(bool_, uint8)
    (dtype('float32'), dtype('int32'), dtype('uint8'))

    PyTorch gives int16 for int8 with uint8; that type does not exist here, so int32 takes its place.
    """
    if first == second:
        return first
    higher, lower = sorted((first, second), key=lambda dtype: CATEGORY[dtype.kind], reverse=True)
    if CATEGORY[higher.kind] > CATEGORY[lower.kind]:
        return higher
    found: DType = np.promote_types(higher, lower)
    return int32 if found == np.int16 else found


def result_type(x: Any, y: Any) -> DType:
    """Return the type in which ``x`` and ``y`` meet: arrays or Python numbers, at least one an array."""
    first, second = _type_and_rank(x), _type_and_rank(y)
    (x_dtype, x_rank), (y_dtype, y_rank) = first, second
    if CATEGORY[x_dtype.kind] == CATEGORY[y_dtype.kind] and x_rank != y_rank:
        return max(first, second, key=lambda item: item[1])[0]
    return promote_types(x_dtype, y_dtype)


def _type_and_rank(x: Any) -> tuple[DType, int]:
    """Return the data type, and 2 for an array with axes, 1 for one of rank 0, 0 for a Python number."""
    if isinstance(x, np.ndarray):
        return x.dtype, 2 if x.ndim else 1
    if isinstance(x, bool):
        return bool_, 0
    if isinstance(x, int):
        return int64, 0
    if isinstance(x, float):
        return float32, 0
    raise TypeError(f"{type(x).__name__} {x!r} does not combine with a tensor; make a Tensor of it first.")
