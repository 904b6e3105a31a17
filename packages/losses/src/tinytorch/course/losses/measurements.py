"""Where losses end, how many digits they keep and what they cost: measured when called, returned as data.

Times are the shortest of several runs, in seconds: whatever else the machine does can only add to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tinytorch.activations import log_softmax, sigmoid, softmax
from tinytorch.autograd import grad, saved_bytes
from tinytorch.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss, nll_loss
from tinytorch.tensor import Array, Tensor, recording
from tinytorch.tito.measuring import best

Loss = Callable[[Tensor, Tensor], Tensor]
FARTHEST = 1e30


def by_formula(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of log Σ e^x - x[label], computed as it is written."""
    rows = np.arange(len(labels))
    return (logits.exp().sum(axis=1).log() - logits[rows, labels.data]).mean()


def by_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of -log softmax(x)[label], by way of the probability."""
    return nll_loss(softmax(logits, 1).log(), labels)


def by_log_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of -log_softmax(x)[label]."""
    return nll_loss(log_softmax(logits, 1), labels)


WAYS: dict[str, Loss] = {
    "as written": by_formula,
    "by softmax": by_softmax,
    "by log_softmax": by_log_softmax,
    "cross_entropy": cross_entropy,
}


def handwritten() -> tuple[Array, Array]:
    """Return handwritten digits as float32 (n, 8, 8), from 0 for paper to 1 for ink, and their labels (n,)."""
    from tinytorch.dataloader import Digits

    data = Digits()
    return np.asarray(data.images)[:, 0] / np.float32(255), np.asarray(data.labels)


@dataclass(frozen=True)
class Reach:
    """How far a way to compute the cross-entropy of two scores goes before its result is no number.

    Attributes
    ----------
    way : str
    high, low : float
        The largest v for which scores [v, v] have a finite loss, and scores [-v, -v].
    wrong : float
        The largest v for which scores [0, v] with label 0, an error of size v, have a finite loss.
    """

    way: str
    high: float
    low: float
    wrong: float


def reaches(dtype: Any = np.float32) -> tuple[Reach, ...]:
    """Measure how far each way goes in a type, up to 1e30, by halving."""
    return tuple(
        Reach(name, *(_last(way, np.array(unit, dtype)) for unit in ((1, 1), (-1, -1), (0, 1))))
        for name, way in WAYS.items()
    )


def _last(loss: Loss, unit: Array) -> float:
    """Return the largest v up to which the loss of v times `unit` is finite, to four digits; inf if there is no end."""

    def finite(v: float) -> bool:
        with np.errstate(all="ignore"), recording(False):
            return math.isfinite(loss(Tensor((unit * v)[None].astype(unit.dtype)), Tensor([0])).item())

    if finite(FARTHEST):
        return math.inf
    low, high = 1.0, FARTHEST
    while high / low > 1.00001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if finite(middle) else (low, middle)
    return low


@dataclass(frozen=True)
class Remainder:
    """The loss of two scores that lie 2 apart, at a height.

    Attributes
    ----------
    height : float
        The larger score, which is right.
    added_back, kept_out : float
        The relative error in float32 where the largest score is added to the logarithm before the label's score is
        subtracted, and where it never is.
    """

    height: float
    added_back: float
    kept_out: float


def digits(heights: Sequence[float]) -> tuple[Remainder, ...]:
    """Measure what is left of the loss log(1 + e^-2) beside scores of growing size."""
    true = math.log1p(math.exp(-2))
    found = []
    for height in heights:
        x = np.array([height, height - 2], np.float32)
        added_back = (x[0] + np.log(np.exp(x - x[0]).sum())) - x[0]
        with recording(False):
            kept_out = cross_entropy(Tensor(x[None]), Tensor([0])).item()
        found.append(Remainder(height, abs(float(added_back) / true - 1), abs(kept_out / true - 1)))
    return tuple(found)


@dataclass(frozen=True)
class Cost:
    """What the loss of a batch costs, with its gradient.

    Attributes
    ----------
    way : str
    saved : int
        Bytes kept for the backward pass, beyond the logits, which the layer below made.
    seconds : float
        Forward and backward.
    """

    way: str
    saved: int
    seconds: float


def costs(batch: int, classes: int, repeats: int = 5, seed: int = 0) -> tuple[Cost, ...]:
    """Measure each way that survives large scores on a batch of logits in float32."""
    generator = np.random.default_rng(seed)
    logits = Tensor(generator.standard_normal((batch, classes), np.float32), requires_grad=True)
    labels = Tensor(generator.integers(0, classes, batch))
    found = []
    for name, way in WAYS.items():
        if way is not by_formula:
            saved = sum(saved_bytes(way(logits, labels)).values())
            found.append(Cost(name, saved, best(partial(both_ways, way, logits, labels), repeats)))
    return tuple(found)


def both_ways(loss: Loss, logits: Tensor, labels: Tensor) -> None:
    """Compute a loss and its gradient."""
    grad(loss(logits, labels), [logits])


@dataclass(frozen=True)
class Surfaces:
    """Two losses of a model with two knobs, sigmoid(slope · x + offset), on the same data.

    Attributes
    ----------
    slopes, offsets : ndarray, shape (k,)
        The knobs' positions.
    squared, cross_entropy : ndarray, shape (k, k)
        The mean loss at each pair of them; the offset varies along the rows.
    """

    slopes: Array
    offsets: Array
    squared: Array
    cross_entropy: Array


def squared_error(logits: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Return the squared error of the probabilities, not of the logits."""
    return mse_loss(sigmoid(logits), targets, reduction)


def surfaces(x: Array, targets: Array, reach: float = 10.0, k: int = 61) -> Surfaces:
    """Compute both losses over a square of slopes and offsets, from -reach to reach."""
    knobs = np.linspace(-reach, reach, k)
    slopes, offsets = np.meshgrid(knobs, knobs, indexing="ij")  # (k, k)
    logits = Tensor(slopes[..., None] * x + offsets[..., None])  # (k, k, n)
    wanted = Tensor(np.broadcast_to(targets, logits.shape).copy())
    with recording(False):
        squared = squared_error(logits, wanted, "none").mean(axis=-1).data
        entropy = binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(axis=-1).data
    return Surfaces(knobs, knobs, squared, entropy)


def pull(loss: Loss, slope: float, offset: float, x: Array, targets: Array) -> float:
    """Return the length of the gradient of a loss by both knobs."""
    a, b = (Tensor(np.array(float(knob)), requires_grad=True) for knob in (slope, offset))
    gradients = grad(loss(a * Tensor(x) + b, Tensor(targets)), [a, b])
    return math.hypot(*(0.0 if one is None else one.item() for one in gradients))
