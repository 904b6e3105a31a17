"""Inputs from a generator: shapes, and whole numbers, of which every sum and product is exact in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

Generator = np.random.Generator
Array = np.ndarray[Any, Any]
Axis = int | tuple[int, ...] | None


def some_shape(rng: Generator, rank: int | None = None, least: int = 0, most: int = 3) -> tuple[int, ...]:
    """Return a shape of rank 0 to 4, or of the rank given, with sizes from `least` to `most`."""
    rank = int(rng.integers(0, 5)) if rank is None else rank
    return tuple(int(size) for size in rng.integers(least, most + 1, rank))


def whole(rng: Generator, shape: tuple[int, ...], dtype: Any = np.float64) -> Array:
    """Return whole numbers from -4 to 4, in a memory order that is not always the usual one."""
    if rng.random() < 0.5:
        return rng.integers(-4, 5, shape).astype(dtype)
    return rng.integers(-4, 5, shape[::-1]).astype(dtype).T


def thinned(rng: Generator, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape that broadcasts to another: some sizes 1, and maybe the first axes left out."""
    kept = tuple(1 if rng.random() < 0.4 else size for size in shape)
    return kept[int(rng.integers(0, len(shape) + 1)) :] if rng.random() < 0.6 else kept


def some_axis(rng: Generator, rank: int) -> Axis:
    """Return None, one axis or several, some of them counted from the end."""
    if rank == 0 or rng.random() < 0.2:
        return None
    if rng.random() < 0.5:
        return int(rng.integers(-rank, rank))
    count = int(rng.integers(1, rank + 1))
    return tuple(int(axis) - (rank if rng.random() < 0.5 else 0) for axis in rng.permutation(rank)[:count])


def reduced(shape: tuple[int, ...], axis: Axis, keepdims: bool) -> tuple[int, ...]:
    """Return the shape that a reduction leaves."""
    gone = reduced_axes(shape, axis)
    if keepdims:
        return tuple(1 if place in gone else size for place, size in enumerate(shape))
    return tuple(size for place, size in enumerate(shape) if place not in gone)


def reduced_axes(shape: tuple[int, ...], axis: Axis) -> set[int]:
    """Return the axes that disappear, counted from 0."""
    if axis is None:
        return set(range(len(shape)))
    return {one % len(shape) for one in (axis if isinstance(axis, tuple) else (axis,))}


def groups(shape: tuple[int, ...], axis: Axis) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
    """Yield for each result of a reduction its number, in reading order, and the indices that went into it."""
    gone = reduced_axes(shape, axis)
    members: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for index in np.ndindex(shape):
        members.setdefault(tuple(0 if place in gone else i for place, i in enumerate(index)), []).append(index)
    for place in members:
        sizes = reduced(shape, axis, True)
        yield (int(np.ravel_multi_index(place, sizes)) if sizes else 0), members[place]


def slopes(f: Callable[..., Array], arrays: Sequence[Array], above: Array) -> tuple[Array, ...]:
    """Return the slopes of ``sum(above * f(*arrays))`` by every element, from steps of 1 to either side.

    That is exact, not only nearly so, where `f` is linear in each of its arrays and the numbers are whole.
    """
    found = []
    for place, array in enumerate(arrays):
        slope = np.empty(array.shape, np.float64)
        for index in np.ndindex(array.shape):
            sides = []
            for step in (1.0, -1.0):
                moved = [np.array(one, np.float64) for one in arrays]
                moved[place][index] += step
                sides.append(float(np.sum(above * f(*moved))))
            slope[index] = (sides[0] - sides[1]) / 2
        found.append(slope)
    return tuple(found)
