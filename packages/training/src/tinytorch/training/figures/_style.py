"""The one style of all figures, and how they get to the disk."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytorch.training._atomic import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#1a1a1a"
# Tones far enough apart in brightness to be told apart in grey; with them go dashes and marks.
LINES: list[dict[str, Any]] = [
    {"color": "#1b4f8a", "linestyle": "-", "marker": "o"},
    {"color": "#d98032", "linestyle": "--", "marker": "s"},
    {"color": "#1a1a1a", "linestyle": ":", "marker": "^"},
    {"color": "#8fa3b5", "linestyle": "-.", "marker": "D"},
]
_SETTINGS: dict[str, Any] = {
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "savefig.dpi": 160,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": False,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "svg.fonttype": "none",
    "svg.hashsalt": "tinytorch",  # the same figure gives the same file
}


class FigureError(ImportError):
    """Matplotlib is not installed; the message has the line that brings it."""


def matplotlib() -> Any:
    """Return Matplotlib, or raise with the line that installs it."""
    try:
        return importlib.import_module("matplotlib")
    except ImportError as error:
        raise FigureError("figures need Matplotlib: pip install 'tinytorch-training[figures]'") from error


@contextmanager
def style() -> Iterator[None]:
    """Draw inside this `with` block in the figures' style; Matplotlib's settings are as before afterwards.

    Examples
    --------
    >>> with style():
    ...     figure = new_figure(4.0, 3.0)
    >>> figure.axes
    []
    """
    with matplotlib().rc_context(_SETTINGS):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, in inches, that belongs to no window and is freed like any object."""
    figure_module = importlib.import_module("matplotlib.figure")
    figure: Figure = figure_module.Figure(figsize=(width, height))
    return figure


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG, SVG or PDF, by the path's ending; atomically and without a display.

    The same figure gives the same bytes: no date is written.
    """
    path = Path(path)
    kind = path.suffix.lstrip(".").lower()
    if kind not in ("png", "svg", "pdf"):
        raise ValueError(f"save: {path.name} ends in {path.suffix or 'nothing'}; a figure is .png, .svg or .pdf")
    buffer = io.BytesIO()
    undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with style():
        figure.savefig(buffer, format=kind, metadata=undated[kind])
    write_atomically(path, [buffer.getvalue()])
    return path
