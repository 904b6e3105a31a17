"""Losses of predicted numbers: squared and absolute error, and what lies between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.losses._reduction import alike, check_reduction, reduced
from tinytorch.tensor import Array, Step, Tensor, composition, minimum, operation, rule


@operation("mse_loss", flops=lambda step, outputs: 3 * int(step.arrays[0].size))
def mse_loss_op(step: Step, input: Array, target: Array, *, reduction: str) -> Any:
    """Return what `mse_loss` promises, of two arrays of one shape and float type."""
    difference: Array = np.subtract(input, target)
    difference *= difference
    if reduction == "none":
        return difference
    total = np.add.reduce(difference, axis=None)
    if reduction == "mean":
        total = total / input.size if input.size else total * np.nan  # the mean of nothing is not a number
    return total


@rule(mse_loss_op, keeps=(0, 1))
def mse_loss_rule(step: Step, grad: Any) -> tuple[Any, Any]:
    """Return the gradients by input and target: of their shape, None for one that nobody needs (``step.needs``)."""
    input, target = step.inputs
    factor = 2 / max(input.size, 1) if step.parameters["reduction"] == "mean" else 2
    result = (input - target) * (grad * factor)
    return result if step.needs[0] else None, -result if step.needs[1] else None


@composition(mse_loss_op)
def mse_loss_composition(input: Tensor, target: Tensor, *, reduction: str) -> Tensor:
    difference = input - target
    return reduced(difference * difference, reduction)


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the squared differences (x - t)² between `input` and `target`, or their mean or sum.

    Parameters
    ----------
    input : Tensor of floats, any shape
    target : Tensor, the shape of `input`
        A float32 input with a float64 target is computed in float64.
    reduction : {"none", "sum", "mean"}, default "mean"
        The mean is over all elements, not over examples.

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none". The mean of nothing is NaN, and NaN stays NaN.

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast.

    Notes
    -----
    The derivative is 2 (x - t), over the number of elements for the mean; both inputs are kept for it.

    Examples
    --------
    >>> mse_loss(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(2.)
    """
    check_reduction("mse_loss", reduction)
    input, target = alike("mse_loss", input, target)
    return mse_loss_op(input, target, reduction=reduction)


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the absolute differences |x - t| between `input` and `target`, or their mean or sum.

    Parameters
    ----------
    input : Tensor of floats, any shape
    target : Tensor, the shape of `input`
    reduction : {"none", "sum", "mean"}, default "mean"

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
    The derivative is the sign of the difference, 0 where there is none.

    Examples
    --------
    >>> l1_loss(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(1.)
    """
    check_reduction("l1_loss", reduction)
    input, target = alike("l1_loss", input, target)
    return reduced((input - target).abs(), reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Return d²/2 for differences |d| up to `delta` and delta (|d| - delta/2) beyond, or their mean or sum.

    Near 0 it is smooth like the squared error; an outlier pulls with a force of `delta` and no more.

    Parameters
    ----------
    input : Tensor of floats, any shape
    target : Tensor, the shape of `input`
    reduction : {"none", "sum", "mean"}, default "mean"
    delta : float, default 1.0
        Above 0.

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none".

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast, or `delta` is not above 0.

    References
    ----------
    Huber (1964), Robust estimation of a location parameter.

    Examples
    --------
    >>> huber_loss(Tensor([0.0, 0.0]), Tensor([1.0, 10.0]), reduction="none")
    Tensor([0.5, 9.5])
    """
    check_reduction("huber_loss", reduction)
    if not delta > 0:
        raise ValueError(f"huber_loss: delta must be above 0, not {delta}.")
    input, target = alike("huber_loss", input, target)
    distance = (input - target).abs()
    inner = minimum(distance, delta)
    # d²/2 inside and delta (d - delta/2) outside, in a form whose derivative adds no terms that cancel for small d.
    return reduced(inner * (distance - inner * 0.5), reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Return the Huber loss over `beta`: d²/(2 beta) for |d| up to `beta`, |d| - beta/2 beyond.

    Parameters
    ----------
    input : Tensor of floats, any shape
    target : Tensor, the shape of `input`
    reduction : {"none", "sum", "mean"}, default "mean"
    beta : float, default 1.0
        0 gives the absolute difference.

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none".

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast, or `beta` is negative.

    References
    ----------
    Girshick (2015), Fast R-CNN, equation 3.

    Examples
    --------
    >>> smooth_l1_loss(Tensor([0.0, 0.0]), Tensor([1.0, 10.0]), reduction="none", beta=2.0)
    Tensor([0.25, 9.  ])
    """
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta must be 0 or more, not {beta}.")
    if beta == 0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta
