"""What several checks look at: how a data set is asked, what a call allocates, what became of the global generator."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Asked:
    """A data set of pairs (i, 10 i) that can give a batch at once, and keeps how it was asked."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.at_once: list[list[int]] = []
        self.one_by_one: list[int] = []

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> tuple[int, int]:
        self.one_by_one.append(int(index))
        return int(index), 10 * int(index)

    def __getitems__(self, indices: Array) -> tuple[Array, Array]:
        """Return the numbers and ten times the numbers."""
        self.at_once.append(np.asarray(indices).tolist())
        rows = np.array(indices, dtype=np.int64)
        return rows, 10 * rows


def some(iterable: Iterable[Any], most: int) -> list[Any]:
    """Return the items of a pass that may never end."""
    return list(itertools.islice(iterable, most))


def copies(call: Callable[[], object], unit: int) -> int:
    """Return how many times `unit` bytes a call holds at its peak, rounded down: 0 where it stays well below."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] // unit
    finally:
        tracemalloc.stop()


def with_global_seeds(draw: Callable[[], object]) -> dict[str, object]:
    """Return what `draw` gives under two global seeds, and whether the global generator is still where it was."""

    def place() -> tuple[list[int], int]:
        state = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
        return state["key"].tolist(), state["pos"]

    before = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(1)  # noqa: NPY002
        first = draw()
        np.random.seed(2)  # noqa: NPY002
        start = place()
        second = draw()
        untouched = place() == start
    finally:
        np.random.set_state(before)  # noqa: NPY002
    return {"under the global seed 1": first, "under the global seed 2": second, "global state untouched": untouched}
