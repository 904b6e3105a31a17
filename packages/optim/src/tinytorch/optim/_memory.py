"""How much memory an optimizer's state takes, counted on the arrays that are there."""

from __future__ import annotations

from tinytorch.optim._optimizer import Optimizer


def state_bytes(optimizer: Optimizer) -> int:
    """Return the bytes of the arrays that the optimizer keeps from step to step; counters (8 bytes) are not arrays.

    0 before the first step. Adam: exactly twice its parameters, so that with them the whole is three times the
    parameters, and four times while gradients are there.

    Examples
    --------
    >>> from tinytorch.optim import Adam
    >>> from tinytorch.tensor import Tensor, zeros
    >>> w = zeros(100, 10)
    >>> optimizer = Adam([w])
    >>> w.grad = zeros(100, 10)
    >>> optimizer.step()
    >>> state_bytes(optimizer) / w.nbytes
    2.0
    """
    return sum(array.nbytes for array in optimizer.state_arrays())
