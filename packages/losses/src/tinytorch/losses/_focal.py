"""Focal loss: binary cross-entropy that looks away from what is already right."""

from __future__ import annotations

from tinytorch.activations import sigmoid
from tinytorch.losses._binary import binary_cross_entropy_with_logits
from tinytorch.losses._reduction import alike, check_reduction, reduced
from tinytorch.tensor import Tensor


def focal_loss(
    input: Tensor, target: Tensor, alpha: float | None = 0.25, gamma: float = 2.0, reduction: str = "mean"
) -> Tensor:
    """Return -α_t (1 - p_t)^γ log p_t, p_t being the probability given to the right answer.

    Parameters
    ----------
    input : Tensor of floats, any shape
        Logits.
    target : Tensor, the shape of `input`
        Labels 0 and 1.
    alpha : float, optional, default 0.25
        α_t is `alpha` for label 1 and 1 - `alpha` for label 0; None for 1 in both cases.
    gamma : float, default 2.0
        0 gives the binary cross-entropy. The larger, the less the easy examples count.
    reduction : {"none", "sum", "mean"}, default "mean"
        The mean is over all elements. (The paper divides the sum by the number of objects.)

    Returns
    -------
    Tensor
        Rank 0, or the shape of `input` for "none".

    Raises
    ------
    ValueError
        If the shapes differ, even where they would broadcast, `gamma` is negative or `alpha` lies outside 0 to 1.

    References
    ----------
    Lin, Goyal, Girshick, He and Dollár (2017), Focal loss for dense object detection, equation 5.

    Examples
    --------
    >>> focal_loss(Tensor([0.0, 100.0]), Tensor([1.0, 1.0]), alpha=None, gamma=1.0, reduction="none")
    Tensor([0.3465736, 0.       ])
    """
    check_reduction("focal_loss", reduction)
    if not gamma >= 0:
        raise ValueError(f"focal_loss: gamma must be 0 or more, not {gamma}.")
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"focal_loss: alpha must lie between 0 and 1, or be None, not {alpha}.")
    input, target = alike("focal_loss", input, target)
    losses = binary_cross_entropy_with_logits(input, target, reduction="none")
    if gamma:
        wrong = sigmoid(input) * (1 - target) + sigmoid(-input) * target  # 1 - p_t, without a difference
        losses = losses * wrong**gamma
    if alpha is not None:
        losses = losses * (target * alpha + (1 - target) * (1 - alpha))
    return reduced(losses, reduction)
