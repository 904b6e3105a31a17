"""Parameter: a tensor that a module learns."""

from __future__ import annotations

from typing import Any

from tinytorch.tensor import Tensor


class Parameter(Tensor):
    """A tensor that belongs to a module and is learned: `Module.parameters` finds it where it is an attribute.

    Parameters
    ----------
    data : array-like or Tensor
        Copied, as `Tensor` does.
    dtype : dtype, optional
        float32 or float64.
    requires_grad : bool, default True
        False for one that is frozen.

    Raises
    ------
    TypeError
        For integers and booleans that require a gradient: they have no derivative.

    Examples
    --------
    >>> Parameter([1.0, 2.0])
    Parameter([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any = None, requires_grad: bool = True) -> None:
        super().__init__(data, dtype, requires_grad)
