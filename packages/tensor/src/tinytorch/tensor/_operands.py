"""What operands become before an operation runs: arrays of a supported type, and of one type.

`binary` is where two operands meet: numbers, arrays and tensors, in the type that `result_type` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tinytorch.tensor import _elementwise as elementwise
from tinytorch.tensor._dtypes import DType, as_dtype, float32, result_type
from tinytorch.tensor._operation import Operation
from tinytorch.tensor._step import Array, Value, set_writeable

if TYPE_CHECKING:
    from tinytorch.tensor._tensor import Tensor


def as_array(data: Any, dtype: Any = None) -> Array:
    """Return `data` as an array of a supported type; Python floats become float32."""
    if isinstance(data, Value):
        array = data._array
    elif hasattr(data, "__array__"):  # NumPy's arrays and numbers, and other libraries' arrays
        array = np.asarray(data)
    else:
        array = _from_python(data, dtype)
        if dtype is not None and array.dtype.kind == "i" and array.size:
            _check_range(array, as_dtype(dtype))
    wanted = as_dtype(array.dtype if dtype is None else dtype)
    return array if wanted == array.dtype else array.astype(wanted)


def _check_range(integers: Array, dtype: DType) -> None:
    """Refuse Python's integers that an integer type cannot hold; they would come back as others."""
    if dtype.kind in "iu":
        limits, low, high = np.iinfo(dtype), integers.min(), integers.max()
        if low < limits.min or high > limits.max:
            raise OverflowError(
                f"Tensor: {dtype.name} holds {limits.min} to {limits.max}, the numbers given are {low} to {high}."
            )


def _from_python(data: Any, dtype: Any) -> Array:
    """Nested lists of numbers, tensors or arrays as an array; floats that are Python's as float32 unless asked."""
    if isinstance(data, (list, tuple)) and any(isinstance(part, (Value, np.ndarray)) for part in data):
        return np.stack([as_array(part) for part in data])
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(f"Tensor: the rows of a nested list must have equal lengths ({error}).") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"Tensor: {type(data).__name__} {data!r} does not hold numbers alone.")
    return array.astype(float32) if dtype is None and array.dtype == np.float64 else array


def from_array(array: Array) -> Tensor:
    """Return a leaf tensor on the memory of `array`, which is made read-only (hand over a view if you keep it)."""
    tensor: Tensor = object.__new__(Value.tensor_type)
    become(tensor, array)
    return tensor


def become(tensor: Value, array: Array) -> None:
    """Make `tensor` a leaf that stands on `array`."""
    set_writeable(array, False)
    tensor._array = array
    tensor._version = [0]
    tensor._node = None
    tensor.grad = None


def as_tensor(x: Any) -> Tensor:
    """Return `x` itself if it is a tensor, else a tensor made of it."""
    return cast("Tensor", x) if isinstance(x, Value) else Value.tensor_type(x)


def converted(x: Value, dtype: Any) -> Tensor:
    """Return the elements converted to `dtype`; `x` itself where it has it already."""
    dtype = as_dtype(dtype)
    if dtype == x._array.dtype:
        return cast("Tensor", x)
    operation = elementwise.cast_op if dtype.kind == "f" else elementwise.cast_to_integers_op
    return operation(x, dtype=dtype, source=x._array.dtype)


def floating(x: Any) -> Any:
    """Return integers as float32 (a Python number as it is), floats unchanged."""
    if isinstance(x, Value):
        return x if x._array.dtype.kind == "f" else converted(x, float32)
    return x if isinstance(x, (int, float)) else floating(as_tensor(x))


def binary(operation: Operation, x: Any, y: Any) -> Tensor:
    """Run an operation on two operands that broadcast, in the type in which they meet.

    A Python number stays one: NumPy computes ``float32 * 2.0`` in float32.
    """
    if type(y) is float or type(y) is int:  # an AttributeError would cost half a microsecond
        same = _yields(y, x)
    else:
        try:
            same = x._array.dtype is y._array.dtype
        except AttributeError:  # one of them is not a tensor
            same = _yields(x, y)
    if not same:
        x, y = _promote(x, y)
    try:
        return operation(x, y)
    except (ValueError, TypeError, OverflowError) as error:
        raise _explained(error, operation, x, y) from None


def divide(x: Any, y: Any) -> Tensor:
    """Return ``x / y``; the quotient of integers is float32."""
    if isinstance(x, Value) and isinstance(y, Value):
        same = x._array.dtype is y._array.dtype
    else:
        same = _yields(y, x) or _yields(x, y)
    if not same:
        x, y = _promote(x, y)
    if (x if isinstance(x, Value) else y)._array.dtype.kind != "f":
        x, y = _convert(x, float32), _convert(y, float32)
    try:
        return elementwise.divide_op(x, y)
    except (ValueError, OverflowError) as error:
        raise _explained(error, elementwise.divide_op, x, y) from None


def _explained(error: Exception, operation: Operation, x: Any, y: Any) -> Exception:
    """Return the error in our words where the operands are to blame; `error` itself where they are not."""
    name = operation.name
    if isinstance(error, OverflowError):
        number, dtype = (x, y._array.dtype) if isinstance(y, Value) else (y, x.dtype)
        return OverflowError(f"{name}: {number} does not fit into {dtype.name}; convert the tensor first: t.to(int64).")
    x, y = as_tensor(x), as_tensor(y)
    if str(error).startswith(("ufunc", "numpy boolean")):
        return TypeError(f"{name}: not defined for {x.dtype.name} and {y.dtype.name}; convert one first: t.to(...).")
    if isinstance(error, ValueError) and operation.name != "matmul":
        try:
            elementwise.broadcast_shapes(x.shape, y.shape)
        except ValueError as reason:
            return ValueError(f"{name}: {reason}")
    return error


def _yields(number: Any, tensor: Any) -> bool:
    """Whether `number` is one of Python's that takes the type of `tensor`: what `_promote` would find out, sooner."""
    kind = type(number)
    if not isinstance(tensor, Value) or (kind is not float and kind is not int):
        return False
    return tensor._array.dtype.kind in ("f" if kind is float else "fiu")


def _promote(x: Any, y: Any) -> tuple[Any, Any]:
    """Both operands in the type in which they meet; a Python number of a lower or the same category as it is."""
    x = x if isinstance(x, (Value, bool, int, float)) and not isinstance(x, np.generic) else as_tensor(x)
    y = y if isinstance(y, (Value, bool, int, float)) and not isinstance(y, np.generic) else as_tensor(y)
    dtype = result_type(x._array if isinstance(x, Value) else x, y._array if isinstance(y, Value) else y)
    return _convert(x, dtype), _convert(y, dtype)


def _convert(x: Any, dtype: DType) -> Any:
    if isinstance(x, Value):
        return converted(x, dtype)
    return int(x) if isinstance(x, bool) and dtype.kind != "b" else x
