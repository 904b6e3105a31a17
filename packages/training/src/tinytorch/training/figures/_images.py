"""Pictures of pictures: what the model got wrong, and what its first layer looks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor import Array
from tinytorch.training.figures._style import matplotlib, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def worst_mistakes(
    images: Any, output: Any, target: Any, *, names: Sequence[str] | None = None, count: int = 24, title: str = ""
) -> Figure:
    """Draw the samples that the model was most sure of and wrong about.

    Parameters
    ----------
    images : array or Tensor
        (N, H, W), (N, 1, H, W), (N, 3, H, W), or (N, H·H) of square grey images. Any scale: each is drawn from its
        least to its largest value.
    output : array or Tensor
        Scores, (N, C): logits or probabilities.
    target : array or Tensor
        Classes, integers (N,).
    names : sequence of str, optional
        Of the classes; default their numbers.
    count : int
        How many at most.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        Each image with the right class and what it was taken for, the worst first. Worst is where the wrong class's
        score lies most above the right one's.
    """
    matplotlib()
    pictures, scores, classes = _pictures(np.asarray(images)), np.asarray(output), np.asarray(target)
    if not len(pictures) == len(scores) == len(classes) or scores.ndim != 2 or classes.ndim != 1:
        raise ValueError(
            f"worst_mistakes: images {np.shape(images)}, output {scores.shape} and target {classes.shape} do not fit; "
            "they are (N, …), (N, C) and (N,)"
        )
    taken = scores.argmax(axis=1)
    surplus = scores.max(axis=1) - np.take_along_axis(scores, classes[:, None], axis=1)[:, 0]
    wrong = np.flatnonzero(taken != classes)
    worst = wrong[np.argsort(-surplus[wrong], kind="stable")][:count]
    called = list(names) if names is not None else [str(i) for i in range(scores.shape[1])]
    columns = min(8, max(len(worst), 1))
    rows = max(1, math.ceil(len(worst) / columns))
    with style():
        figure = new_figure(max(1.0 * columns, 3.6), 1.3 * rows + 0.5)
        for position, sample in enumerate(worst):
            axes = figure.add_subplot(rows, columns, position + 1)
            axes.imshow(pictures[sample], cmap="Greys")
            axes.set_axis_off()
            axes.set_title(f"{called[classes[sample]]} → {called[taken[sample]]}", fontsize=9, loc="center")
        said = f"{len(wrong):,} wrong of {len(classes):,}; is → taken for" if len(wrong) else "none wrong"
        figure.suptitle(f"{title}: {said}" if title else said, x=0.01, ha="left", fontsize=10)
    return figure


def first_layer_weights(weight: Any, shape: tuple[int, int], *, count: int = 32, title: str = "") -> Figure:
    """Draw the weights that lead to each unit of a first layer, as images.

    Parameters
    ----------
    weight : array or Tensor
        (in, out), as `Linear` has it, with in = H·W.
    shape : (int, int)
        H and W of the inputs.
    count : int
        How many units at most: those with the largest weights (by their norm), the largest first.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        Grey is zero, white positive, black negative; one scale for all.
    """
    matplotlib()
    array = np.asarray(weight)
    if array.ndim != 2 or array.shape[0] != shape[0] * shape[1]:
        raise ValueError(
            f"first_layer_weights: weight {array.shape} does not fit images of {shape}; it is (H·W, units)"
        )
    order = np.argsort(-np.linalg.norm(array, axis=0), kind="stable")[:count]
    # A few large weights would leave the rest grey.
    limit = float(np.quantile(np.abs(array[:, order]), 0.995)) or 1.0
    columns = min(8, len(order))
    rows = math.ceil(len(order) / columns)
    with style():
        figure = new_figure(max(1.0 * columns, 3.6), 1.0 * rows + 0.9)
        fields = []
        for position, unit in enumerate(order):
            axes = figure.add_subplot(rows, columns, position + 1)
            drawn = axes.imshow(array[:, unit].reshape(shape), cmap="gray", vmin=-limit, vmax=limit)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            fields.append(axes)
        bar = figure.colorbar(drawn, ax=fields, location="bottom", fraction=0.06, aspect=40, shrink=0.6)
        bar.set_label("weight")
        bar.outline.set_visible(False)
        said = f"{len(order)} of {array.shape[1]} units, the largest weights first"
        figure.suptitle(f"{title}: {said}" if title else said, x=0.01, ha="left", fontsize=10)
    return figure


def _pictures(images: Array) -> Array:
    """Return images as (N, H, W) or (N, H, W, 3), each scaled to 0 … 1."""
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        if side * side != images.shape[1]:
            raise ValueError(f"worst_mistakes: images {images.shape} are no squares; reshape them to (N, H, W)")
        images = images.reshape(-1, side, side)
    if images.ndim == 4 and images.shape[1] in (1, 3):
        images = images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
    if images.ndim not in (3, 4):
        raise ValueError(f"worst_mistakes: images are {images.shape}; they are (N, H, W) or (N, channels, H, W)")
    values = images.astype(np.float32)
    axes = tuple(range(1, values.ndim))
    low = values.min(axis=axes, keepdims=True)
    span = values.max(axis=axes, keepdims=True) - low
    scaled: Array = (values - low) / np.where(span > 0, span, 1)
    return scaled
