"""How good outputs are, as numbers that people understand.

Glossary: B samples of a batch, C classes. A metric takes outputs and targets as arrays and returns the mean over the
batch; the trainer weights each batch by its samples.
"""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tinytorch.tensor import Array


class Metric(Protocol):
    """What `Trainer(metrics=…)` takes: outputs (B, …) and targets (B, …) in, the mean over the batch out."""

    def __call__(self, output: Any, target: Any, /) -> float:
        """Return the mean over the batch."""
        ...


def accuracy(output: Any, target: Any) -> float:
    """Return the share of samples whose largest score is the right class's.

    Parameters
    ----------
    output : array or Tensor
        Scores, (…, C): logits or probabilities.
    target : array or Tensor
        Classes, integers (…).

    Returns
    -------
    float
        From 0 to 1. Of several largest scores the first counts, as in `argmax`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are no samples.

    Examples
    --------
    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    scores, classes = _checked("accuracy", output, target)
    return float(np.count_nonzero(scores.argmax(axis=-1) == classes)) / classes.size


class TopKAccuracy:
    """The share of samples whose right class is among the `k` largest scores.

    Parameters
    ----------
    k : int
        At least 1 and at most C. With 1 it is `accuracy`.

    Notes
    -----
    A class counts as among the first k when fewer than k others score higher, or equal and come before it.
    O(B C) time.
    """

    def __init__(self, k: int) -> None:
        if k < 1:
            raise ValueError(f"TopKAccuracy: k is {k}; it must be at least 1")
        self.k = k

    def __call__(self, output: Any, target: Any, /) -> float:
        """Return the share, from 0 to 1, of scores (…, C) and classes (…)."""
        scores, classes = _checked("TopKAccuracy", output, target)
        count = scores.shape[-1]
        if self.k > count:
            raise ValueError(f"TopKAccuracy: k is {self.k} and there are {count} classes; k is at most {count}")
        own = np.take_along_axis(scores, classes[..., None], axis=-1)  # (…, 1)
        earlier = np.arange(count) < classes[..., None]  # (…, C)
        rank = np.count_nonzero((scores > own) | ((scores == own) & earlier), axis=-1)  # (…)
        # Not a number is never among the best, though it compares as not smaller.
        return float(np.count_nonzero((rank < self.k) & ~np.isnan(own[..., 0]))) / classes.size


def confusion_matrix(output: Any, target: Any, classes: int | None = None) -> NDArray[np.int64]:
    """Count which class was taken for which.

    Parameters
    ----------
    output : array or Tensor
        Scores (N, C), or predicted classes, integers (N,).
    target : array or Tensor
        Classes, integers (N,).
    classes : int, optional
        How many there are; default C, or one more than the largest class seen.

    Returns
    -------
    ndarray
        int64 (C, C): row i, column j is how many samples of class i were taken for class j. No samples give zeros.

    Raises
    ------
    ValueError
        If the shapes do not fit, classes are no integers, or one is out of range.
    """
    scores, actual = np.asarray(output), np.asarray(target)
    predicted = scores if scores.ndim == actual.ndim else scores.argmax(axis=-1)
    if predicted.shape != actual.shape or actual.ndim != 1:
        raise ValueError(
            f"confusion_matrix: output {scores.shape} and target {actual.shape} do not fit; they are (N, C) or (N,), "
            "and (N,)"
        )
    if predicted.dtype.kind not in "iu" or actual.dtype.kind not in "iu":
        raise ValueError(f"confusion_matrix: classes are integers, not {predicted.dtype} and {actual.dtype}")
    predicted, actual = predicted.astype(np.int64), actual.astype(np.int64)  # no byte is -1
    seen = 1 + max(int(predicted.max(initial=-1)), int(actual.max(initial=-1)))
    count = classes or (scores.shape[-1] if scores.ndim == 2 else seen)
    if seen > count or min(int(predicted.min(initial=0)), int(actual.min(initial=0))) < 0:
        raise ValueError(f"confusion_matrix: classes go from 0 to {count - 1}; there is one outside")
    cells = actual * count + predicted
    return np.bincount(cells, minlength=count * count).astype(np.int64).reshape(count, count)


class RunningMean:
    """The mean of everything so far, each value weighted by how many samples it stands for.

    The mean loss of ten samples in batches of 4, 4 and 2 is not the mean of the three batches' losses. Sums are
    Python floats (float64), whatever the values were.

    Examples
    --------
    >>> mean = RunningMean()
    >>> for value, count in [(1.0, 4), (2.0, 4), (6.0, 2)]:
    ...     mean.add(value, count)
    >>> mean.value
    2.4
    """

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.total = 0.0
        self.count = 0

    def add(self, value: float, count: int = 1) -> None:
        """Add `value`, the mean of `count` samples."""
        self.total += value * count
        self.count += count

    @property
    def value(self) -> float:
        """The mean; not a number before anything was added."""
        return self.total / self.count if self.count else math.nan


def _checked(name: str, output: Any, target: Any) -> tuple[Array, Array]:
    scores, classes = np.asarray(output), np.asarray(target)
    if scores.ndim != classes.ndim + 1 or scores.shape[:-1] != classes.shape:
        raise ValueError(
            f"{name}: output {scores.shape} and target {classes.shape} do not fit; output is (…, C) with the classes "
            "last, target (…) has one class a sample"
        )
    if classes.dtype.kind not in "iu":
        raise ValueError(f"{name}: target is {classes.dtype}; classes are integers")
    if classes.size == 0:
        raise ValueError(f"{name}: output {scores.shape} has no samples; the mean of nothing is not defined")
    if int(classes.min()) < 0 or int(classes.max()) >= scores.shape[-1]:
        raise ValueError(
            f"{name}: target has classes from {classes.min()} to {classes.max()}; they go from 0 to "
            f"{scores.shape[-1] - 1}"
        )
    return scores, classes
