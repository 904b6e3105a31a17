"""Inputs from a generator: shapes, and small whole numbers, of which every sum is exact in any order."""

from __future__ import annotations

from typing import Any

import numpy as np

Generator = np.random.Generator
Array = np.ndarray[Any, Any]


def some_shape(rng: Generator, rank: int | None = None, least: int = 0, most: int = 4) -> tuple[int, ...]:
    """Return a shape of rank 0 to 4, or of the rank given, with sizes from `least` to `most`."""
    rank = int(rng.integers(0, 5)) if rank is None else rank
    return tuple(int(size) for size in rng.integers(least, most + 1, rank))


def whole(rng: Generator, shape: tuple[int, ...], dtype: Any = np.float32) -> Array:
    """Return whole numbers from -4 to 4, not all of them alike in rows or columns."""
    return rng.integers(-4, 5, shape).astype(dtype)


def thinned(rng: Generator, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape that broadcasts to another: some sizes 1, and maybe the first axes left out."""
    kept = tuple(1 if rng.random() < 0.4 else size for size in shape)
    return kept[int(rng.integers(0, len(shape) + 1)) :] if rng.random() < 0.6 else kept
