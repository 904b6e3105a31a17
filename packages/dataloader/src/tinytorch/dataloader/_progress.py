"""One line on a terminal that tells how far a download is."""

import sys
import time


class Progress:
    """What pooch asks of a progress bar (`total`, `update`, `reset`, `close`), written to stderr on a terminal only.

    Parameters
    ----------
    name : str
    expected : int
        Bytes of the whole file.
    """

    def __init__(self, name: str, expected: int) -> None:
        self.name = name
        self.total = expected
        self.arrived = 0
        self._shows = sys.stderr.isatty()
        self._began = time.monotonic()
        self._last = float("-inf")

    def update(self, count: int) -> None:
        """Count bytes that arrived; redraw at most ten times a second."""
        self.arrived = min(self.arrived + count, self.total) if self.total else self.arrived + count
        now = time.monotonic()
        if self._shows and (now - self._last >= 0.1 or self.arrived == self.total):
            self._last = now
            share = f"{self.arrived / self.total:4.0%} of {self.total / 1e6:.1f} MB" if self.total else ""
            rate = self.arrived / 1e6 / max(now - self._began, 1e-3)
            sys.stderr.write(f"\r{self.name}  {share}  {rate:.1f} MB/s \x1b[K")
            sys.stderr.flush()

    def reset(self) -> None:
        """Begin to count again."""
        self.arrived = 0

    def close(self) -> None:
        """Do nothing: the line ends in `finish`, whether or not all bytes came."""

    def finish(self) -> None:
        """End the line."""
        if self._shows and self._last > float("-inf"):
            sys.stderr.write("\n")
            sys.stderr.flush()
