"""Which class was taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tinytorch.training.figures._style import matplotlib, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_matrix(counts: NDArray[np.int64], names: Sequence[str] | None = None, *, title: str = "") -> Figure:
    """Draw a confusion matrix: the tone is the share of the row, the number the count.

    The diagonal, which is most of it, carries numbers on white and no tone, so that the mistakes can be seen.

    Parameters
    ----------
    counts : ndarray
        (C, C) from `tinytorch.training.confusion_matrix`: rows are the right classes.
    names : sequence of str, optional
        Of the classes; default 0, 1, 2 …
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    matplotlib()
    count = len(counts)
    if counts.shape != (count, count) or count == 0:
        raise ValueError(f"confusion_matrix: counts {counts.shape} are no square of classes")
    labels = list(names) if names is not None else [str(i) for i in range(count)]
    if len(labels) != count:
        raise ValueError(f"confusion_matrix: {len(labels)} names for {count} classes")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0.0)
    largest = float(shares.max()) or 1.0
    with style():
        side = max(3.2, 0.48 * count + 1.2)
        figure = new_figure(side, side)
        axes = figure.add_subplot()
        axes.imshow(shares, cmap="Greys", vmin=0.0, vmax=largest * 1.25)
        for i in range(count):
            for j in range(count):
                if counts[i, j]:
                    axes.text(
                        j, i, f"{counts[i, j]:,}", ha="center", va="center", fontsize=8,
                        color="white" if shares[i, j] > 0.6 * largest else "black",
                        fontweight="bold" if i == j else "normal",
                    )  # fmt: skip
        long = max(map(len, labels)) > 3
        axes.set_xticks(range(count), labels, rotation=45 if long else 0, ha="right" if long else "center")
        axes.set_yticks(range(count), labels)
        axes.set_xlabel("taken for")
        axes.set_ylabel("is")
        axes.tick_params(length=0)
        wrong = int(counts.sum() - np.trace(counts))
        axes.set_title(title or f"{wrong:,} wrong of {int(counts.sum()):,}; tone: share of the row")
    return figure
