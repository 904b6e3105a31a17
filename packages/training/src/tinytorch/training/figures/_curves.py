"""Numbers over epochs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.training._history import History
from tinytorch.training.figures._style import INK, LINES, matplotlib, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curve(
    columns: History | Mapping[str, Sequence[float]],
    *,
    title: str = "",
    xlabel: str = "epoch",
    ylabel: str = "",
    target: float | None = None,
) -> Figure:
    """Draw numbers over epochs, or over whatever else is counted from 1, each line named.

    Parameters
    ----------
    columns : History or mapping of str to sequence of float
        Of a history: the losses in one field, accuracies in per cent in a second one. Of a mapping: every column, in
        one field, at most four.
    title : str
    xlabel : str
        What is counted.
    ylabel : str
        What the numbers are, with the unit; for a mapping.
    target : float, optional
        A claim, drawn as a thin line across; for a mapping, or a history's accuracies (in per cent).

    Returns
    -------
    matplotlib.figure.Figure
    """
    matplotlib()
    fields: list[tuple[str, dict[str, Sequence[float]]]]
    if isinstance(columns, History):
        losses: dict[str, Sequence[float]] = {name: columns[name] for name in columns if name.endswith("loss")}
        shares: dict[str, Sequence[float]] = {
            name: [100 * x for x in columns[name]] for name in columns if name.endswith("accuracy")
        }
        fields = [(label, lines) for label, lines in (("loss", losses), ("accuracy (%)", shares)) if lines]
    else:
        fields = [(ylabel or "value", dict(columns))]
    if not fields or not all(lines for _, lines in fields):
        raise ValueError("curve: there is nothing to draw; a history has something after its first epoch")
    if any(len(lines) > len(LINES) for _, lines in fields):
        raise ValueError(f"curve: more than {len(LINES)} lines in one field cannot be told apart; draw several figures")
    with style():
        figure = new_figure(4.6 * len(fields) + 0.6, 3.4)
        for position, (label, lines) in enumerate(fields):
            axes = figure.add_subplot(1, len(fields), position + 1)
            _draw(axes, lines)
            axes.set_xlabel(xlabel)
            axes.set_ylabel(label)
            if target is not None and position == len(fields) - 1:
                axes.axhline(target, color=INK, linewidth=0.8)
                axes.annotate(
                    f"target {target:g}", (0, target), xycoords=("axes fraction", "data"), xytext=(3, 3), fontsize=8,
                    textcoords="offset points",
                )  # fmt: skip
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return figure


def _draw(axes: Any, lines: Mapping[str, Sequence[float]]) -> None:
    ticker = importlib.import_module("matplotlib.ticker")
    for look, (name, values) in zip(LINES, lines.items(), strict=False):
        counts = np.arange(1, len(values) + 1)
        marks = dict(look) if len(values) <= 40 else {**look, "marker": ""}
        axes.plot(counts, values, label=name, **marks)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    if len(lines) > 1:
        axes.legend()
    elif lines:
        axes.set_title(next(iter(lines)), fontsize=9)
