"""How long and how large a child may grow, and who sees to it on which system."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What a learner's code may use.

    Attributes
    ----------
    seconds : float
        For one check, or for a program as a whole.
    memory : int
        Bytes.
    """

    seconds: float = 10.0
    memory: int = 4 << 30


def limit_own_memory(amount: int) -> bool:
    """Limit the address space of this process; return False where the system cannot.

    An allocation beyond it fails with `MemoryError`, at the line that asks for it, so that the message can name it.
    """
    if sys.platform != "linux":  # macOS accepts the limit and does not keep it; Windows has none
        return False
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    return True


class Watched(Protocol):
    """A process whose memory can be asked for and which can be ended."""

    def resident(self) -> int:
        """Bytes that it and its children hold; 0 once it is gone."""

    def end(self) -> None:
        """End it and its children."""


class MemoryWatch:
    """Ends a process that holds more than it may, by looking every few milliseconds.

    For systems whose own limits do not hold (`limit_own_memory`). What is allocated between two looks is not seen.

    Parameters
    ----------
    process : Watched
    limit : int
        Bytes.
    pause : float, optional
        Seconds between two looks.
    """

    def __init__(self, process: Watched, limit: int, pause: float = 0.05) -> None:
        self.process = process
        self.limit = limit
        self.pause = pause
        self.exceeded = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(self.pause):
            held = self.process.resident()
            if held > self.limit:
                self.exceeded = held
                self.process.end()
                return


def needs_watch() -> bool:
    """Whether the memory of a child has to be watched from outside."""
    return sys.platform != "linux"


class SystemProcess:
    """A process of this system and its children, as psutil sees them."""

    def __init__(self, number: int, otherwise: Callable[[], None]) -> None:
        self.number = number
        self.otherwise = otherwise

    def resident(self) -> int:
        """Bytes that it and its children hold."""
        import psutil

        try:
            process = psutil.Process(self.number)
            return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
        except psutil.Error:
            return 0

    def end(self) -> None:
        """End it and its children."""
        import psutil

        try:
            process = psutil.Process(self.number)
            family = [*process.children(recursive=True), process]
        except psutil.Error:
            return self.otherwise()
        for one in family:
            try:
                one.kill()
            except psutil.Error:
                continue  # it ended by itself
        return None
