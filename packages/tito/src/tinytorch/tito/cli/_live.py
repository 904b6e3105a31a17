"""What a long run shows while it runs: a bar and a curve on a terminal, one line an epoch elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tinytorch.tito.cli._screen import Screen, colours

if TYPE_CHECKING:
    from rich.console import RenderableType

HEIGHT = 6
BAR = 24
CURVE = 60  # columns


class Live:
    """Shows the events of a task.

    Parameters
    ----------
    screen : Screen
        Where `say` goes; nothing is drawn over on a stream that is no terminal.
    """

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.points: list[dict[str, float]] = []
        self.progress: dict[str, Any] = {}
        self.said: list[str] = []
        self._live: Any = None

    def __enter__(self) -> Live:
        """Begin to draw, where there is a terminal."""
        if not self.screen.json and sys.stdout.isatty():
            from rich.console import Console
            from rich.live import Live as Display

            console = Console(width=self.screen.width, no_color=not colours(True), highlight=False)
            self._live = Display(console=console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop drawing; what was said stays, and so does the curve."""
        if self._live is not None:
            self._live.stop()
        for line in chart(self.points, self.screen.width) if self._live is not None else ():
            self.screen.line(line)

    def event(self, event: dict[str, Any]) -> None:
        """Take an event of the task."""
        if event.get("say"):
            self.said.append(event["say"])
            if self._live is not None:
                self._live.console.print(f"  {event['say']}", markup=False)
            else:
                self.screen.wrapped(event["say"])
        if event.get("point"):
            self.points.append(event["point"])
        if event.get("progress"):
            self.progress = event["progress"]
        if self._live is not None:
            self._live.update(self.drawn())

    def drawn(self) -> RenderableType:
        """Return bar and curve as they are now."""
        from rich.text import Text

        lines = chart(self.points, self.screen.width)
        if self.progress:
            lines.append(bar(self.progress)[: self.screen.width - 1])
        return Text("\n".join(lines))


def bar(progress: dict[str, Any]) -> str:
    """Return a line: how far, in characters and in numbers, and the time left."""
    at, of = float(progress.get("at") or 0), float(progress.get("of") or 0)
    full = round(BAR * at / of) if of else 0
    left = progress.get("left")
    time = f"   {int(left) // 60}:{int(left) % 60:02} left" if isinstance(left, int | float) else ""
    return f"  [{'#' * full}{'.' * (BAR - full)}] {at:,.0f}/{of:,.0f}  {progress.get('text', '')}{time}"


def chart(points: Sequence[dict[str, float]], width: int) -> list[str]:
    """Return a curve in characters: the first value of the points, against their x."""
    names = [name for name in (points[0] if points else {}) if name != "x"]
    values = [point[names[0]] for point in points if names and names[0] in point] if names else []
    values = [value for value in values if value == value and abs(value) != float("inf")]
    if len(values) < 2:
        return []
    low, high = min(values), max(values)
    columns = max(min(width - 16, CURVE), 2)
    places = [column * (len(values) - 1) / (columns - 1) for column in range(columns)]
    picked = [_between(values, place) for place in places]
    rows = [[" "] * columns for _ in range(HEIGHT)]
    for column, value in enumerate(picked):
        height = round((HEIGHT - 1) * (value - low) / (high - low)) if high > low else 0
        rows[HEIGHT - 1 - height][column] = "*"
    lines = []
    for number, row in enumerate(rows):
        label = f"{high:.4g}" if number == 0 else f"{low:.4g}" if number == HEIGHT - 1 else ""
        lines.append(f"  {label:>9} | {''.join(row).rstrip()}".rstrip())
    return [f"  {names[0]}, {values[0]:.4g} -> {values[-1]:.4g}", *lines]


def _between(values: Sequence[float], place: float) -> float:
    """Return the value at a place that may lie between two."""
    left = min(int(place), len(values) - 2)
    return values[left] + (values[left + 1] - values[left]) * (place - left)
