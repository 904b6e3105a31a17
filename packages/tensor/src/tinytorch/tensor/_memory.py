"""Whose memory is alive: the bytes that tensors, and what was kept for gradients, stand on.

Views share memory, so what counts is the storage, once, however many tensors stand on it. Nothing is counted until
somebody asks: `live_bytes` then looks through Python's objects, and `track_memory` listens at the door.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinytorch.tensor._listening import listen
from tinytorch.tensor._step import Array, Step, Value


def storage_of(array: Array) -> Array:
    """Return the array whose memory `array` is a view of; itself if it has its own."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def live_storages() -> dict[int, Array]:
    """Return the storages of all live tensors and of all that recorded steps keep, by identity."""
    found: dict[int, Array] = {}
    for thing in gc.get_objects():
        if isinstance(thing, Value):
            arrays: Iterable[Any] = (getattr(thing, "_array", None),)
        elif isinstance(thing, Step):
            output = thing.output if isinstance(thing.output, list) else (thing.output,)
            extra = thing.extra if isinstance(thing.extra, (tuple, list)) else (thing.extra,)
            arrays = (*thing.inputs, *output, *extra)
        else:
            continue
        for array in arrays:
            if isinstance(array, np.ndarray):
                storage = storage_of(array)
                found[id(storage)] = storage
    return found


def live_bytes() -> int:
    """Return the bytes of the distinct storages that live tensors and recorded steps hold.

    Notes
    -----
    O(number of Python objects): a few tens of milliseconds. Of what a kernel keeps in ``step.extra``, arrays and
    tuples or lists of arrays are counted.

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.tensor import Tensor, live_bytes
    >>> before = live_bytes()
    >>> t = Tensor(np.zeros((100, 100)))
    >>> view = t[:50].T
    >>> live_bytes() - before
    80000
    """
    return sum(storage.nbytes for storage in live_storages().values())


class MemoryUse:
    """What `track_memory` counts, in bytes of distinct storages.

    Attributes
    ----------
    current : int
        Alive now.
    peak : int
        The largest `current` so far.
    allocated : int
        The sum of all storages that appeared since the start.
    timeline : list of (str, int)
        After each step: the operation's name and `current`.
    """

    def __init__(self) -> None:
        self.current = 0
        self.peak = 0
        self.allocated = 0
        self.timeline: list[tuple[str, int]] = []
        self._alive: dict[int, tuple[weakref.ref[Array], int]] = {}
        for storage in live_storages().values():
            self._notice(storage)
        self.allocated = 0

    def before(self, step: Step) -> None:
        """Count what the step is given, if it is new: a tensor made since, a gradient, a buffer."""
        for x in step.arrays:
            for array in x if isinstance(x, (list, tuple)) else (x,):
                if isinstance(array, np.ndarray):
                    self._notice(storage_of(array))

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Count what came out."""
        for output in outputs:
            self._notice(storage_of(output))
        self.timeline.append((step.operation.name, self.current))

    def _notice(self, storage: Array) -> None:
        key, size = id(storage), storage.nbytes
        if key in self._alive:
            return

        def forget(_: object) -> None:
            if self._alive.pop(key, None) is not None:
                self.current -= size

        self._alive[key] = weakref.ref(storage, forget), size
        self.current += size
        self.allocated += size
        self.peak = max(self.peak, self.current)


@contextmanager
def track_memory() -> Iterator[MemoryUse]:
    """Count the bytes that live tensors stand on, while this thread computes inside the ``with`` block.

    Yields
    ------
    MemoryUse
        Starts with what is alive. A tensor that you make inside counts from the first step that reads it, the result
        of a step at once; arrays inside a kernel, which no tensor sees, do not count. What is freed is
        subtracted at once.

    Examples
    --------
    >>> from tinytorch.tensor import rand, track_memory
    >>> with track_memory() as use:
    ...     start = use.current
    ...     x = rand(1000)
    ...     y = (x * 2 + 1).sum()
    >>> use.peak - start, use.current - start
    (12000, 4004)
    """
    use = MemoryUse()
    with listen(use):
        yield use
