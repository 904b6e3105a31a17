"""Cross-entropy from logits, fused with the softmax: the loss of a classifier."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinytorch.activations import log_softmax
from tinytorch.losses._labels import as_rows, check_class_targets, check_class_weights, checked_labels, from_rows
from tinytorch.losses._reduction import alike, check_reduction
from tinytorch.tensor import Array, Step, Tensor, composition, operation, rule


class Shares(NamedTuple):
    """How much each row, and each class in it, counts.

    The loss of a row is Σ q (log Σ e^x - x) over its classes, q = `own` at its label, plus `spread` at every class.
    """

    labels: Array  # (N,), 0 in the place of an ignored one
    valid: Array | None  # (N,) bool: False where ignored; None if all count
    own: Any  # number or (N,): the label's class weight, times 1 - label_smoothing; None for 1
    spread: Array | None  # (C,): label_smoothing / C times the class weights
    divisor: float  # the mean's: the number of rows that count, or the sum of their class weights


def shares(rows: Array, target: Array, weight: Array | None, ignore_index: int, label_smoothing: float) -> Shares:
    """Return how much each row and class counts.

    Parameters
    ----------
    rows : ndarray of floats, shape (N, C)
        Only its shape and type matter.
    target : ndarray of integers, N elements
        Labels in any shape.
    weight : ndarray, shape (C,), optional
        A factor for each class.
    ignore_index : int
        The label that does not count.
    label_smoothing : float
        The share, from 0 to 1, that the label gives up to all classes evenly.

    Returns
    -------
    Shares

    Raises
    ------
    ValueError
        For a label that is neither a class nor `ignore_index`.
    """
    n, classes = rows.shape
    labels, valid = checked_labels("cross_entropy", target, classes, ignore_index)
    own: Any = None
    spread = None
    divisor = float(n if valid is None else np.count_nonzero(valid))
    if weight is not None:
        own = weight[labels]
        divisor = float((own if valid is None else own * valid).sum())
    if label_smoothing:
        own = (1 if own is None else own) * (1 - label_smoothing)
        spread = (np.ones(classes, rows.dtype) if weight is None else weight) * (label_smoothing / classes)
    return Shares(labels, valid, own, spread, divisor)


def top_and_total(rows: Array) -> tuple[Array, Array]:
    """Return the largest score of each row, and Σ e^(x - largest) over the row.

    Parameters
    ----------
    rows : ndarray of floats, shape (N, C)

    Returns
    -------
    top, total : ndarray, shape (N,), the type of `rows`
        `total` lies between 1 and C, whatever the size of the scores: no exponential overflows. NaN for a row with NaN.
    """
    # A row's argmax and a look-up take a third of the time of its max.
    top: Array = rows[np.arange(len(rows)), rows.argmax(axis=1)] if rows.size else rows.sum(axis=1)
    shifted: Array = rows - top[:, None]  # (N, C)
    total: Array = np.einsum("ij->i", np.exp(shifted, out=shifted))  # (N, C) -> (N,)
    return top, total


def row_losses(rows: Array, top: Array, total: Array, counted: Shares) -> Array:
    """Return the loss of each row, Σ q (log Σ e^x - x) over its classes; without weights that is log Σ e^x - x[label].

    Parameters
    ----------
    rows : ndarray of floats, shape (N, C)
        Scores; left as they are.
    top, total : ndarray, shape (N,)
        Each row's largest score and Σ e^(x - largest), from `top_and_total`.
    counted : Shares
        The labels, and how much each row and class counts.

    Returns
    -------
    ndarray, shape (N,), the type of `rows`
        0 where a row does not count, infinity for a label whose score is -inf. A small loss beside enormous scores
        keeps its digits.
    """
    # log Σ e^x - x[y] = log Σ e^(x - top) - (x[y] - top): the top is never added back, for beside a large one the rest
    # would be rounded away.
    every = np.arange(len(rows))
    losses: Array = np.log(total)
    losses -= rows[every, counted.labels] - top
    if counted.own is not None:
        losses *= counted.own
    if counted.spread is not None:
        losses += np.log(total) * counted.spread.sum() - (rows - top[:, None]) @ counted.spread
    if counted.valid is not None:
        losses = np.where(counted.valid, losses, 0)
    return losses


def row_slopes(rows: Array, top: Array, total: Array, counted: Shares, grad: Array) -> Array:
    """Return the gradient by the scores, given the gradient by each row's loss.

    Parameters
    ----------
    rows, top, total, counted
        As for `row_losses`.
    grad : ndarray, shape (N,) or (1,)
        The gradient by each row's loss, or the one of them all.

    Returns
    -------
    ndarray, shape (N, C), the type of `rows`
        0 for a row that does not count. Enormous scores cost no digits.
    """
    # A row's gradient is softmax times all that its q adds up to, minus q; without weights, softmax minus one-hot.
    labels, valid, own, spread, _ = counted
    if valid is not None:
        grad = grad * valid
    result: Array = rows - top[:, None]
    np.exp(result, out=result)
    at_label = grad if own is None else grad * own
    mass = at_label if spread is None else at_label + grad * spread.sum()
    result *= (mass / total)[:, None]
    result[np.arange(len(rows)), labels] -= at_label
    if spread is not None:
        result -= grad[:, None] * spread  # (N, 1) or (1, 1) times (C,)
    return result


@operation("cross_entropy", flops=lambda step, outputs: 5 * int(step.arrays[0].size))
def cross_entropy_op(
    step: Step,
    logits: Array,
    target: Array,
    weight: Array | None,
    *,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Any:
    rows = as_rows(logits)
    counted = shares(rows, target, weight, ignore_index, label_smoothing)
    top, total = top_and_total(rows)
    losses = row_losses(rows, top, total, counted)
    if step.recorded:
        step.extra = top, total, counted
    if reduction == "none":
        return losses.reshape(target.shape)
    if reduction == "sum":
        return losses.sum()
    return losses.sum() / counted.divisor if counted.divisor else np.full((), np.nan, rows.dtype)


@rule(cross_entropy_op, keeps=(0, 1, 2))
def cross_entropy_rule(step: Step, grad: Array) -> tuple[Array, None, None]:
    logits = step.inputs[0]
    top, total, counted = step.extra
    if step.parameters["reduction"] == "mean":
        grad = grad * (1 / counted.divisor if counted.divisor else 0.0)
    line = grad.reshape(-1)  # () or the labels' shape -> (1,) or (N,)
    result = row_slopes(as_rows(logits), top, total, counted, line)
    return from_rows(result, logits.shape), None, None


@composition(cross_entropy_op)
def cross_entropy_composition(
    logits: Tensor, target: Tensor, weight: Tensor | None, *, ignore_index: int, reduction: str, label_smoothing: float
) -> Tensor:
    rows = as_rows(logits.data)
    counts = shares(rows, target.data, None if weight is None else weight.data, ignore_index, label_smoothing)
    q = np.zeros(rows.shape, rows.dtype)
    q[np.arange(len(rows)), counts.labels] = 1 if counts.own is None else counts.own
    if counts.spread is not None:
        q += counts.spread
    if counts.valid is not None:
        q *= counts.valid[:, None]
    axis = min(1, logits.ndim - 1)
    losses = -(log_softmax(logits, axis) * Tensor(from_rows(q, logits.shape))).sum(axis)
    if reduction == "none":
        return losses
    return losses.sum() / counts.divisor if reduction == "mean" else losses.sum()


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the cross-entropy between targets and the softmax of `input`, in nats.

    For a label y the loss of an example is -log softmax(x)[y] = log Σ e^x - x[y].

    Parameters
    ----------
    input : Tensor of floats, shape (N, C), (C,) or (N, C, d1, …)
        Logits: scores before any softmax. C classes on axis 1.
    target : Tensor, shape (N,), () or (N, d1, …) of integers; or the shape of `input`, of floats
        Labels from 0 to C - 1; or, as floats, one probability a class.
    weight : Tensor, shape (C,), optional
        A factor for each class, a constant: no gradient goes to it.
    ignore_index : int, default -100
        A label that does not count: its loss is 0, it is left out of the mean, no gradient goes to its logits.
        Probabilities know no such label.
    reduction : {"none", "sum", "mean"}, default "mean"
        With labels the mean divides by the sum of the class weights of the labels that count (without weights, by
        their number); with probabilities by the number of examples, weights or not. Both are PyTorch's conventions.
    label_smoothing : float, default 0.0
        From 0 to 1. Targets are mixed with this share of the uniform distribution; with labels the mean's divisor
        stays the same.

    Returns
    -------
    Tensor
        Rank 0, or the shape of the labels for "none". The mean of no example at all is NaN (its gradient is 0).

    Raises
    ------
    ValueError
        If shapes do not fit, a label is not a class, or an option is out of its range.
    TypeError
        If labels are not integers.

    Notes
    -----
    Each row's maximum is taken out of the exponentials, so logits of any size are right. A logit of -inf excludes its
    class: the loss is that of the others, unless it is the label or gets a part by smoothing. The derivative is
    softmax(x) - target, over N for the mean. Two numbers a row are kept for it, not the probabilities. O(N C) time.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, section 7 (label smoothing).

    Examples
    --------
    >>> logits = Tensor([[1e4, 0.0, 0.0], [0.0, 1e4, 0.0]])
    >>> cross_entropy(logits, Tensor([0, 2]))
    Tensor(5000.)
    >>> cross_entropy(logits, Tensor([0, 2]), reduction="none")
    Tensor([    0., 10000.])
    """
    check_reduction("cross_entropy", reduction)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing must lie between 0 and 1, not {label_smoothing}.")
    if weight is not None and weight.dtype is not input.dtype:
        weight = weight.astype(input.dtype)
    if target.dtype.kind == "f" and target.shape == input.shape:
        return _from_probabilities(input, target, weight, reduction, label_smoothing)
    check_class_targets("cross_entropy", input, target, weight)
    return cross_entropy_op(
        input, target, weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing
    )


def _from_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float
) -> Tensor:
    input, target = alike("cross_entropy", input, target)
    check_class_weights("cross_entropy", input, weight)
    axis = min(1, input.ndim - 1)
    classes = input.shape[axis]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    if weight is not None:
        target = target * weight.reshape(-1, *[1] * (input.ndim - axis - 1))
    losses = -(log_softmax(input, axis) * target).sum(axis)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
