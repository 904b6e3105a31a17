"""Flatten: from pictures to rows of features."""

from __future__ import annotations

from tinytorch.layers._module import Module
from tinytorch.tensor import Tensor


class Flatten(Module):
    """Join all axes from `start` on into one: (B, C, H, W) becomes (B, C·H·W). A view, where memory allows.

    Parameters
    ----------
    start : int, default 1
        The first axis that is joined; the axes before it, by default the batch's, stay.

    Raises
    ------
    ValueError
        When called on a tensor that has no axis `start`.

    Examples
    --------
    >>> from tinytorch.tensor import zeros
    >>> Flatten()(zeros(64, 1, 28, 28)).shape
    (64, 784)
    """

    def __init__(self, start: int = 1) -> None:
        self.start = start

    def forward(self, x: Tensor) -> Tensor:
        """Return the joined tensor."""
        if not -x.ndim <= self.start < x.ndim:
            raise ValueError(
                f"Flatten({self.start}): a tensor of shape {x.shape} has no axis {self.start} to start from."
            )
        return x.flatten(self.start)

    def extra_repr(self) -> str:
        """Return `start` where it is not 1."""
        return "" if self.start == 1 else str(self.start)
