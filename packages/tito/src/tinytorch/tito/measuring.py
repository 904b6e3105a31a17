"""What the lessons' measurements share: a stopwatch, and the count of what Python and NumPy allocate."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["best", "tracing"]


def best(run: Callable[[], Any], repeats: int = 5) -> float:
    """Return the shortest of several times that a call takes, in seconds, after one call to warm up.

    The shortest, as whatever else the machine does can only add.
    """
    run()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


@contextmanager
def tracing() -> Iterator[None]:
    """Have `tracemalloc` count inside, and leave it as it was: on, if somebody else is counting."""
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        yield
    finally:
        if not running:
            tracemalloc.stop()
