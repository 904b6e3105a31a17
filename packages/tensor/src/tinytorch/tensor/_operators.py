"""The operators of a tensor. Operands broadcast, and meet in the type that `result_type` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinytorch.tensor import _elementwise as elementwise
from tinytorch.tensor._operands import as_tensor, binary, divide
from tinytorch.tensor._products import matmul_op
from tinytorch.tensor._protocols import ArrayProtocols

if TYPE_CHECKING:
    from tinytorch.tensor._tensor import Tensor


class Operators(ArrayProtocols):
    """What ``+``, ``@``, ``<`` and their like do, for `Tensor`."""

    __slots__ = ()
    __hash__ = object.__hash__  # by identity: == compares elements

    def __add__(self, other: Any) -> Tensor:
        return binary(elementwise.add_op, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return binary(elementwise.add_op, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return binary(elementwise.subtract_op, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        """Return ``other - self``, which Python asks for when the left operand, a number, knows no tensors.

        As in ``self - other``, a Python number imposes no type of its own (a float makes integers float32, no more)
        and keeps its digits.
        """
        return binary(elementwise.subtract_op, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return binary(elementwise.multiply_op, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return binary(elementwise.multiply_op, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return divide(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return divide(other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return binary(elementwise.floor_divide_op, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return binary(elementwise.floor_divide_op, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return binary(elementwise.remainder_op, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return binary(elementwise.remainder_op, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return binary(elementwise.power_op, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return binary(elementwise.power_op, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return binary(matmul_op, self, as_tensor(other))

    def __rmatmul__(self, other: Any) -> Tensor:
        return binary(matmul_op, as_tensor(other), self)

    def __neg__(self) -> Tensor:
        if self._array.dtype.kind == "b":
            raise TypeError("negative: booleans have no sign; ~t is the opposite, t.to(int64) a number.")
        return elementwise.negative_op(self)

    def __pos__(self) -> Tensor:
        return as_tensor(self)

    def __abs__(self) -> Tensor:
        return elementwise.absolute_op(self)

    def __eq__(self, other: object) -> Any:  # a Tensor, which object's signature does not allow to say
        return NotImplemented if other is None else binary(elementwise.equal_op, self, other)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if other is None else binary(elementwise.not_equal_op, self, other)

    def __lt__(self, other: Any) -> Tensor:
        return binary(elementwise.less_op, self, other)

    def __le__(self, other: Any) -> Tensor:
        return binary(elementwise.less_equal_op, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return binary(elementwise.greater_op, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return binary(elementwise.greater_equal_op, self, other)

    def __and__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_and_op, self, other)

    def __rand__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_and_op, other, self)

    def __or__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_or_op, self, other)

    def __ror__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_or_op, other, self)

    def __xor__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_xor_op, self, other)

    def __rxor__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_xor_op, other, self)

    def __invert__(self) -> Tensor:
        if self._array.dtype.kind == "f":
            raise TypeError(f"invert: ~ is for booleans and integers, not {self._array.dtype.name}.")
        return elementwise.invert_op(self)
