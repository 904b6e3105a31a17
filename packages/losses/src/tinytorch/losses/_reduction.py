"""What all losses share: the shapes that are allowed, and how many numbers become one."""

from __future__ import annotations

from tinytorch.tensor import Tensor, promote_types

REDUCTIONS = ("none", "sum", "mean")


def check_reduction(name: str, reduction: str) -> None:
    """Raise ValueError unless `reduction` is one of "none", "sum" and "mean"."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{name}: reduction must be 'none', 'sum' or 'mean', not {reduction!r}.")


def alike(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return both tensors in the float type in which they meet.

    Raises
    ------
    ValueError
        If their shapes differ, even where they would broadcast; names both.
    TypeError
        If `input` holds integers or truth values; names the dtype.
    """
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: input and target must have the same shape, not {input.shape} and {target.shape}. Nothing is "
            "broadcast here: a target of shape (N,) against an input of shape (N, 1) would silently give N² "
            "differences. Reshape one of them."
        )
    if input.dtype.kind != "f":
        raise TypeError(f"{name}: input must hold floats, not {input.dtype.name}; convert it: input.float().")
    if input.dtype is not target.dtype:
        dtype = promote_types(input.dtype, target.dtype)
        input, target = input.astype(dtype), target.astype(dtype)
    return input, target


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Return the losses themselves, their sum or their mean."""
    if reduction == "mean":
        return losses.mean()
    return losses.sum() if reduction == "sum" else losses
