"""Binary cross-entropy: each element is a question of its own, answered by a probability or by a logit."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations import softplus
from tinytorch.losses._reduction import alike, check_reduction, reduced
from tinytorch.tensor import Array, Step, Tensor, broadcast_shapes, composition, operation, rule

LOWEST_LOG = -100.0  # what log 0 counts as, by PyTorch's convention
LEAST_VARIANCE = float(np.float32(1e-12))  # what p (1 - p) counts as at least, in the derivative; a float in PyTorch


def finish(losses: Array, reduction: str) -> Any:
    """Return the losses themselves, their sum or their mean; the mean of nothing is NaN."""
    if reduction == "none":
        return losses
    total = np.add.reduce(losses, axis=None)
    if reduction == "mean":
        total = total / losses.size if losses.size else total * np.nan  # the mean of nothing is not a number
    return total


def _spread(grad: Array, size: int, reduction: str) -> Array:
    """Return what of `grad`, the gradient of the result, falls on each loss."""
    return grad / max(size, 1) if reduction == "mean" else grad


@operation("binary_cross_entropy", flops=lambda step, outputs: 7 * int(step.arrays[0].size))
def binary_cross_entropy_op(
    step: Step, probability: Array, target: Array, weight: Array | None, *, reduction: str
) -> Any:
    """Return what `binary_cross_entropy` promises, of floats of one shape and type.

    Each logarithm is at least -100; that of 0 gives no warning. NaN stays NaN.
    """
    with np.errstate(divide="ignore"):  # log 0 is -inf here, and LOWEST_LOG below
        log_yes, log_no = np.log(probability), np.log1p(-probability)
    losses: Array = target * -np.maximum(log_yes, LOWEST_LOG)
    losses -= (1 - target) * np.maximum(log_no, LOWEST_LOG)
    if weight is not None:
        losses *= weight
    return finish(losses, reduction)


@rule(binary_cross_entropy_op, keeps=(0, 1, 2))
def binary_cross_entropy_rule(step: Step, grad: Array) -> tuple[Any, Any, None]:
    probability, target, weight = step.inputs
    grad = _spread(grad, probability.size, step.parameters["reduction"])
    if weight is not None:
        grad = grad * weight
    to_probability = to_target = None
    if step.needs[0]:
        to_probability = grad * (probability - target)
        to_probability /= np.maximum(probability * (1 - probability), LEAST_VARIANCE)
    if step.needs[1]:
        with np.errstate(divide="ignore"):
            log_yes, log_no = np.log(probability), np.log1p(-probability)
        to_target = grad * (np.maximum(log_no, LOWEST_LOG) - np.maximum(log_yes, LOWEST_LOG))
    return to_probability, to_target, None


@composition(binary_cross_entropy_op)
def binary_cross_entropy_composition(
    probability: Tensor, target: Tensor, weight: Tensor | None, *, reduction: str
) -> Tensor:
    least = float(np.exp(LOWEST_LOG))
    losses = -(target * probability.clip(least).log() + (1 - target) * (1 - probability).clip(least).log())
    return reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """Return -(t log p + (1 - t) log(1 - p)) for probabilities p, in nats.

    Parameters
    ----------
    input : Tensor of floats, any shape
        Probabilities, from 0 to 1.
    target : Tensor, the shape of `input`
        From 0 to 1: labels, or probabilities.
    weight : Tensor, optional
        A factor for each element; broadcasts to the shape of `input`. A constant: no gradient goes to it.
    reduction : {"none", "sum", "mean"}, default "mean"
        The mean is over all elements, weights or not.

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none".

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast, or a probability lies outside 0 to 1.

    Notes
    -----
    A logarithm counts as at least -100, that of 0 too, so a certain error costs 100 nats; the derivative (p - t) /
    (p (1 - p)) is at most 1e12. Both are PyTorch's conventions. The gradient by a target is bounded likewise
    (PyTorch's is not). Small losses, of confident right answers, are as accurate as p itself. A sigmoid in float32
    reaches 1 at a logit of 17 already: give the logits themselves to `binary_cross_entropy_with_logits`, which
    loses nothing.

    Examples
    --------
    >>> binary_cross_entropy(Tensor([0.5, 0.0, 1.0]), Tensor([1.0, 0.0, 0.0]), reduction="none")
    Tensor([  0.6931472,   0.       , 100.       ])
    """
    check_reduction("binary_cross_entropy", reduction)
    input, target = alike("binary_cross_entropy", input, target)
    weight = _fitting("binary_cross_entropy", "weight", weight, input)
    p = input.data
    if p.size and (p.min() < 0 or p.max() > 1):
        raise ValueError(
            f"binary_cross_entropy: probabilities lie between 0 and 1, these between {p.min():g} and {p.max():g}. "
            "For logits use binary_cross_entropy_with_logits."
        )
    return binary_cross_entropy_op(input, target, weight, reduction=reduction)


@operation("binary_cross_entropy_with_logits", flops=lambda step, outputs: 8 * int(step.arrays[0].size))
def binary_cross_entropy_with_logits_op(
    step: Step, logits: Array, target: Array, weight: Array | None, pos_weight: Array | None, *, reduction: str
) -> Any:
    """Return what `binary_cross_entropy_with_logits` promises, of arrays of one shape and float type.

    No exponential overflows. Small losses, of confident right answers, are relatively accurate too. NaN stays NaN.
    """
    # -log σ(x) = log(1 + e^-x) = max(-x, 0) + log(1 + e^-|x|), and e^-|x| cannot overflow.
    yes: Array = np.log1p(np.exp(-np.abs(logits)))
    no = yes + np.maximum(logits, 0)
    yes += np.maximum(-logits, 0)
    if pos_weight is not None:
        yes *= pos_weight
    losses: Array = target * yes + (1 - target) * no
    if weight is not None:
        losses *= weight
    return finish(losses, reduction)


def logit_slopes(logits: Array, target: Array, pos_weight: Array | None) -> Array:
    """Return the derivative of each element's loss, -(w t log σ(x) + (1 - t) log σ(-x)), by its logit x.

    Parameters
    ----------
    logits, target : ndarray of floats, equal shapes
    pos_weight : ndarray, optional
        The factor w; broadcasts to the shape of `logits`. None for 1.

    Returns
    -------
    ndarray, the shape and type of `logits`
        No exponential overflows. Relatively accurate at confident right answers too.
    """
    # (1 - t) σ(x) - w t σ(-x), which for w = 1 is σ(x) - t without a difference of near-equal numbers.
    e: Array = np.exp(-np.abs(logits))
    whole = 1 + e
    missing: Array = target * (np.maximum(e, logits <= 0) / whole)  # t σ(-x)
    if pos_weight is not None:
        missing *= pos_weight
    slopes: Array = (1 - target) * (np.maximum(e, logits >= 0) / whole) - missing
    return slopes


@rule(binary_cross_entropy_with_logits_op, keeps=(0, 1, 2, 3))
def binary_cross_entropy_with_logits_rule(step: Step, grad: Array) -> tuple[Any, Any, None, None]:
    logits, target, weight, pos_weight = step.inputs
    grad = _spread(grad, logits.size, step.parameters["reduction"])
    if weight is not None:
        grad = grad * weight
    to_logits = to_target = None
    if step.needs[0]:
        to_logits = grad * logit_slopes(logits, target, pos_weight)
    if step.needs[1]:
        if pos_weight is None:
            to_target = grad * -logits
        else:
            both = np.log1p(np.exp(-np.abs(logits)))
            to_target = grad * (pos_weight * (both + np.maximum(-logits, 0)) - both - np.maximum(logits, 0))
    return to_logits, to_target, None, None


@composition(binary_cross_entropy_with_logits_op)
def binary_cross_entropy_with_logits_composition(
    logits: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, *, reduction: str
) -> Tensor:
    yes, no = softplus(-logits), softplus(logits)
    if pos_weight is not None:
        yes = yes * pos_weight
    losses = target * yes + (1 - target) * no
    return reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Return -(t log σ(x) + (1 - t) log(1 - σ(x))) for logits x and the sigmoid σ, in nats.

    Parameters
    ----------
    input : Tensor of floats, any shape
        Logits: log(p / (1 - p)).
    target : Tensor, the shape of `input`
        From 0 to 1: labels, or probabilities.
    weight : Tensor, optional
        A factor for each element; broadcasts to the shape of `input`. A constant: no gradient goes to it.
    reduction : {"none", "sum", "mean"}, default "mean"
        The mean is over all elements, weights or not.
    pos_weight : Tensor, optional
        A factor for the term of the positive answer, t log σ(x); broadcasts to the shape of `input`. Above 1 it
        favours recall over precision. A constant: no gradient goes to it.

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none".

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast.

    Notes
    -----
    Nothing is clipped: the loss of a confident error grows linearly with the logit and its derivative, σ(x) - t, stays
    ±1. Small derivatives of confident right answers are relatively accurate too.

    Examples
    --------
    >>> binary_cross_entropy_with_logits(Tensor([1e4, -1e4]), Tensor([1.0, 1.0]), reduction="none")
    Tensor([    0., 10000.])
    """
    name = "binary_cross_entropy_with_logits"
    check_reduction(name, reduction)
    input, target = alike(name, input, target)
    weight = _fitting(name, "weight", weight, input)
    pos_weight = _fitting(name, "pos_weight", pos_weight, input)
    return binary_cross_entropy_with_logits_op(input, target, weight, pos_weight, reduction=reduction)


def _fitting(name: str, what: str, weight: Tensor | None, input: Tensor) -> Tensor | None:
    """Return `weight` in the type of `input`, refusing one that does not broadcast to its shape."""
    if weight is None:
        return None
    try:
        fits = broadcast_shapes(weight.shape, input.shape) == input.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{name}: {what} must broadcast to the input's shape {input.shape}, {weight.shape} does not.")
    return weight.astype(input.dtype)
