"""Losses of given log-probabilities: of a label (negative log-likelihood), from a distribution (Kullback-Leibler)."""

from __future__ import annotations

import numpy as np

from tinytorch.losses._labels import check_class_targets, checked_labels
from tinytorch.losses._reduction import alike, check_reduction, reduced
from tinytorch.tensor import Tensor, take_along_axis, where


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Return the negative log-probability of each label; after `log_softmax` this is the cross-entropy.

    Parameters
    ----------
    input : Tensor of floats, shape (N, C), (C,) or (N, C, d1, …)
        Log-probabilities of C classes on axis 1.
    target : Tensor of integers, shape (N,), () or (N, d1, …)
        Labels from 0 to C - 1.
    weight : Tensor, shape (C,), optional
        A factor for each class, a constant: no gradient goes to it.
    ignore_index : int, default -100
        A label that does not count: its loss is 0 and it is left out of the mean.
    reduction : {"none", "sum", "mean"}, default "mean"
        The mean divides by the sum of the class weights of the labels that count (without weights, by their number).

    Returns
    -------
    Tensor
        Rank 0, or the shape of `target` for "none". The mean of no label at all is NaN.

    Raises
    ------
    ValueError
        If shapes do not fit or a label is not a class.
    TypeError
        If labels are not integers.

    Examples
    --------
    >>> nll_loss(Tensor([[-0.5, -2.0], [-1.0, -0.25]]), Tensor([0, 1]))
    Tensor(0.375)
    """
    check_reduction("nll_loss", reduction)
    check_class_targets("nll_loss", input, target, weight)
    axis = min(1, input.ndim - 1)
    line, valid = checked_labels("nll_loss", target.data, input.shape[axis], ignore_index)
    labels = line.reshape(target.shape)
    picked = take_along_axis(input, Tensor(np.expand_dims(labels, axis)), axis).squeeze(axis)
    shares = np.ones(labels.shape, input.dtype) if weight is None else weight.data.astype(input.dtype)[labels]
    if valid is not None:
        shares = shares * valid.reshape(labels.shape)
        picked = where(Tensor(valid.reshape(labels.shape)), picked, 0.0)  # 0 times -inf would be NaN
    losses = -(picked * Tensor(shares))
    if reduction == "mean":
        total = float(shares.sum())
        return losses.sum() / total if total else losses.sum() * float("nan")
    return reduced(losses, reduction)


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """Return the terms t (log t - x) of the Kullback-Leibler divergence of e^x from t, or their mean or sum, in nats.

    Parameters
    ----------
    input : Tensor of floats, any shape
        Log-probabilities x, of the model. The order is PyTorch's: the approximation first.
    target : Tensor, the shape of `input`
        Probabilities t; a term with t = 0 is 0.
    reduction : {"none", "sum", "mean", "batchmean"}, default "mean"
        "batchmean" is the divergence: the sum over the size of the first axis. "mean" divides by the number of
        elements, which is PyTorch's default and no divergence.
    log_target : bool, default False
        Whether `target` holds log t instead of t.

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none".

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast, or a probability is negative.

    References
    ----------
    Kullback and Leibler (1951), On information and sufficiency.

    Examples
    --------
    >>> kl_div(Tensor([[0.5, 0.5]]).log(), Tensor([[1.0, 0.0]]), reduction="batchmean")
    Tensor(0.6931472)
    """
    if reduction != "batchmean":
        check_reduction("kl_div", reduction)
    input, target = alike("kl_div", input, target)
    if log_target:
        losses = target.exp() * (target - input)
    else:
        if target.size and target.data.min() < 0:
            raise ValueError(
                f"kl_div: probabilities must be 0 or more, the least is {target.data.min():g}; "
                "for log-probabilities say log_target=True."
            )
        absent = Tensor(target.data == 0)
        losses = target * (where(absent, 1.0, target).log() - where(absent, 0.0, input))
    if reduction == "batchmean":
        if not input.ndim:
            raise ValueError("kl_div: reduction 'batchmean' needs an axis of examples; the input has rank 0.")
        total, n = losses.sum(), input.shape[0]
        return total / n if n else total * float("nan")  # as every mean of nothing
    return reduced(losses, reduction)
