"""Results as plain data: what can be compared, kept and shown without the code that made it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tito.checks._check import Raised

EDGE = 3
MOST = 40


def plain(value: Any) -> Any:
    """Return a value with its tensors as arrays of their own, NumPy's numbers as arrays, and containers likewise."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | Raised):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return np.array(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    numpy = getattr(value, "numpy", None)
    if callable(numpy):
        return np.array(numpy())
    data = getattr(value, "data", None)
    return np.array(data) if isinstance(data, np.ndarray) else repr(value)


def same(one: Any, other: Any) -> bool:
    """Whether two plain results are the same, up to the rounding of another order of summation."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        if one.shape != other.shape or one.dtype != other.dtype:
            return False
        if one.dtype == object:  # elements may be arrays, which == does not reduce to one truth value
            return all(map(same, one.ravel().tolist(), other.ravel().tolist()))
        if not np.issubdtype(one.dtype, np.inexact):
            return bool(np.array_equal(one, other))
        with np.errstate(all="ignore"):
            scale = float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other)))
            return bool(np.allclose(one, other, rtol=1e-5, atol=1e-6 * scale, equal_nan=True))
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-5) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def text(value: object) -> str:
    """Return a value as a failing check shows it: short, an array with its shape where the numbers do not show it."""
    if isinstance(value, np.ndarray):
        shown = np.array2string(value, separator=", ", precision=6, threshold=MOST, edgeitems=EDGE)
        plainly = (value.ndim == 1 and value.size) or value.ndim == 0
        usual = value.dtype in (np.float32, np.int64, np.bool_)
        facts = [*([] if plainly else [f"shape {value.shape}"]), *([] if usual else [str(value.dtype)])]
        return f"{shown}  ({', '.join(facts)})" if facts else shown
    if isinstance(value, str | Raised):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list) and any(isinstance(item, np.ndarray) for item in value):
        begin, end = "()" if isinstance(value, tuple) else "[]"
        return begin + ", ".join(text(item) for item in value) + end
    shown = repr(value)
    return shown if len(shown) <= 400 else shown[:400] + " ..."
