"""How far a run is: a bar on a terminal, one line an epoch elsewhere."""

import importlib.util
import math
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

from tinytorch.training._callback import Callback, Run
from tinytorch.training._terminal import sparkline

REDRAW_AFTER = 0.1  # seconds; a bar that is drawn more often costs more than it tells
SPARKS = 24


class Progress(Callback):
    """Report a run.

    On a terminal: a bar of the epoch with step, samples a second, time left for the whole run, the loss so far and
    its course; above it a line for each epoch that is done. With the extra `[progress]` rich draws it. Without a
    terminal, in a log or a pipe: the lines alone.

    Parameters
    ----------
    stream : file, optional
        Where to write; default stderr as it is when the run begins.

    Notes
    -----
    A step costs a look at the clock, about 0.3 µs; the bar is drawn at most ten times a second.
    """

    late = True

    def __init__(self, stream: TextIO | None = None) -> None:
        self._chosen = stream
        self._clock = time.perf_counter
        self._bar: Bar | None = None
        self._began = self._drawn = self._epoch_began = 0.0
        self._batches = self._samples = self._epoch_samples = 0

    def on_fit_begin(self, run: Run) -> None:
        """Look where the reports go."""
        self._stream = self._chosen if self._chosen is not None else sys.stderr
        if self._stream.isatty():
            self._bar = RichBar(self._stream) if importlib.util.find_spec("rich") else PlainBar(self._stream)
        self._began = self._clock()
        self._batches = 0  # done in this call of fit
        self._told = False

    def on_epoch_begin(self, run: Run) -> None:
        """Begin to count an epoch."""
        self._epoch_began = self._clock()
        self._at_begin = run.batch, run.samples
        if run.saved is not None and not self._told:
            self._say(f"carrying on from {run.saved}: {run.place}")
        self._told = True

    def on_step_end(self, run: Run) -> None:
        """Redraw the bar, if there is one and it is time."""
        if self._bar is None:
            return
        now = self._clock()
        if now - self._drawn >= REDRAW_AFTER:
            self._drawn = now
            self._bar.draw(self.status(run, now), run.batch / run.batches if run.batches else None)

    def on_epoch_end(self, run: Run) -> None:
        """Leave a line about the epoch."""
        self._batches += run.batch - self._at_begin[0]
        self._at_begin = run.batch, run.samples
        seconds = max(self._clock() - self._epoch_began, 1e-9)
        done = f"epoch {run.epoch:>{len(str(run.epochs))}}/{run.epochs}"
        sparks = self._sparks(run.history["loss"])
        self._say(f"{done}   {shown(run.results)}   {duration(seconds)}{f'   {sparks}' if sparks else ''}")

    def on_fit_end(self, run: Run) -> None:
        """Take the bar away; say why a run ended early."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        if run.finished and run.stopped:
            self._say(f"stopped after epoch {run.epoch}: {run.stopped}")

    def status(self, run: Run, now: float) -> str:
        """Return the text beside the bar."""
        batches, samples = run.batch - self._at_begin[0], run.samples - self._at_begin[1]
        rate = samples / max(now - self._epoch_began, 1e-9)
        parts = [f"epoch {run.epoch}/{run.epochs}"]
        parts.append(f"step {run.batch:,}/{run.batches:,}" if run.batches else f"step {run.batch:,}")
        parts.append(f"{rate:,.0f} samples/s")
        if run.batches:
            done = self._batches + batches
            left = (run.epochs - run.epoch) * run.batches + run.batches - run.batch
            parts.append(f"{duration(left * (now - self._began) / max(done, 1))} left")
        parts.append(shown({name: total / max(run.samples, 1) for name, total in run.totals.items()}))
        sparks = self._sparks(run.history.step_losses[-SPARKS * 8 :: 8].tolist())
        return "   ".join([*parts, sparks] if sparks else parts)

    def _say(self, line: str) -> None:
        if self._bar is not None:
            self._bar.say(line)
        else:
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def _sparks(self, values: list[float]) -> str:
        if len(values) < 2:
            return ""
        text = sparkline(values, SPARKS)
        try:
            text.encode(getattr(self._stream, "encoding", None) or "ascii")
        except UnicodeEncodeError:
            return ""
        return text


class Bar(Protocol):
    """What draws on a terminal."""

    def draw(self, status: str, share: float | None) -> None:
        """Show the bar, `share` of it filled, and the status."""

    def say(self, line: str) -> None:
        """Leave a line above the bar."""

    def close(self) -> None:
        """Take the bar away."""


class PlainBar:
    """A bar of ASCII characters in the terminal's last line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def draw(self, status: str, share: float | None) -> None:
        """Write over the line."""
        filled = math.floor((share or 0.0) * 20)
        line = f"[{'=' * filled}{' ' * (20 - filled)}] {status}"
        self._stream.write(f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K")
        self._stream.flush()

    def say(self, line: str) -> None:
        """Write over the line, and begin a new one."""
        self._stream.write(f"\r{line}\x1b[K\n")
        self._stream.flush()

    def close(self) -> None:
        """Clear the line."""
        self._stream.write("\r\x1b[K")
        self._stream.flush()


class RichBar:
    """A bar drawn by rich, only when asked to: its own thread would take time from the training."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Display
        from rich.table import Column

        one_line = Column(no_wrap=True, overflow="crop")
        bar, text = BarColumn(bar_width=20), TextColumn("{task.description}", markup=False, table_column=one_line)
        self._display = Display(bar, text, console=Console(file=stream), auto_refresh=False, transient=True)
        self._task: Any = self._display.add_task("", total=1.0)
        self._display.start()

    def draw(self, status: str, share: float | None) -> None:
        """Draw the bar now."""
        self._display.update(self._task, description=status, completed=share or 0.0, refresh=True)

    def say(self, line: str) -> None:
        """Print above the bar."""
        self._display.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the bar away and give the cursor back."""
        self._display.stop()


def shown(values: Mapping[str, float]) -> str:
    """Return names and numbers in a row, accuracies in per cent."""
    return "   ".join(f"{name} {_shown(name, value)}" for name, value in values.items())


def _shown(name: str, value: float) -> str:
    if name.endswith("accuracy"):
        return f"{100 * value:.2f} %"
    return f"{value:.4f}" if 0.001 <= abs(value) < 1000 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """Return seconds as people write them: 2.1 s, 0:31, 1:02:03."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
