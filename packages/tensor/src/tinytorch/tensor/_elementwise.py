"""Element by element: the kernels of arithmetic, comparison and the usual functions.

Each is one NumPy function that broadcasts. FLOPs count one per element of the result, whatever the function.
Their derivative rules live in tinytorch.autograd.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor._dtypes import bool_
from tinytorch.tensor._operation import operation
from tinytorch.tensor._step import Array, Step

Shape = tuple[int, ...]


def broadcast_shapes(first: Sequence[int], second: Sequence[int]) -> Shape:
    """Return the shape in which two shapes meet.

    Sizes are compared from the last axis backwards; a missing axis counts as 1; a 1 stretches to the other size.

    Raises
    ------
    ValueError
        If two sizes differ and neither is 1, naming the axis and both shapes.

    Examples
    --------
    >>> broadcast_shapes((3, 1), (1, 4))
    (3, 4)
    >>> broadcast_shapes((5, 1, 4), (3, 1))
    (5, 3, 4)
    """
    shape: list[int] = []
    for axis in range(1, max(len(first), len(second)) + 1):
        m = first[-axis] if axis <= len(first) else 1
        n = second[-axis] if axis <= len(second) else 1
        if m != n and 1 not in (m, n):
            raise ValueError(
                f"shapes {tuple(first)} and {tuple(second)} do not broadcast: axis {-axis} has {m} and {n} "
                "(sizes must be equal, or one of them 1)."
            )
        shape.append(n if m == 1 else m)
    return tuple(reversed(shape))


def sum_to(x: Any, shape: Shape) -> Any:
    """Sum a broadcast result back to `shape`: the inverse of broadcasting, and its derivative.

    Axes that broadcasting added are summed away; axes that it stretched from 1 are summed to 1.

    Parameters
    ----------
    x : ndarray or Tensor
        Of a shape to which `shape` broadcasts.
    shape : tuple of int

    Returns
    -------
    ndarray or Tensor, of `shape`
        Of the kind and dtype of `x`.

    Examples
    --------
    >>> sum_to(np.ones((3, 4)), (3, 1))
    array([[4.],
           [4.],
           [4.]])
    """
    if x.shape == shape:
        return x
    added = x.ndim - len(shape)
    stretched = [added + axis for axis, size in enumerate(shape) if size == 1 and x.shape[added + axis] != 1]
    return x.sum(axis=(*range(added), *stretched)).reshape(shape)


@operation("add")
def add_op(step: Step, x: Array, y: Array) -> Array:
    return np.add(x, y)


@operation("subtract")
def subtract_op(step: Step, x: Array, y: Array) -> Array:
    return np.subtract(x, y)


@operation("multiply")
def multiply_op(step: Step, x: Array, y: Array) -> Array:
    return np.multiply(x, y)


@operation("divide")
def divide_op(step: Step, x: Array, y: Array) -> Array:
    return np.divide(x, y)


@operation("floor_divide", differentiable=False)
def floor_divide_op(step: Step, x: Array, y: Array) -> Array:
    _refuse_booleans("floor_divide", x, y)
    return np.floor_divide(x, y)


@operation("remainder")
def remainder_op(step: Step, x: Array, y: Array) -> Array:
    _refuse_booleans("remainder", x, y)
    return np.remainder(x, y)


@operation("power")
def power_op(step: Step, x: Array, y: Any) -> Array:
    # np.power calls the C library for each element (50 ns); products and roots are vector instructions (0.2 ns).
    if type(y) in (int, float):
        if y == 2:
            return np.multiply(x, x)
        if y == 3:
            return np.multiply(np.multiply(x, x), x)
        if y == 0.5:
            return np.sqrt(x)
        if y == -1 and x.dtype.kind == "f":
            return np.reciprocal(x)
    _refuse_booleans("power", x, y)
    try:
        powers: Array = np.power(x, y)
    except ValueError:
        if np.result_type(x, y).kind == "f" or not np.any(np.less(y, 0)):
            raise
        raise ValueError(
            "power: an integer to a negative power is no integer; convert the base first: t.float() ** n."
        ) from None
    return powers


def _refuse_booleans(name: str, x: Any, y: Any) -> None:
    """NumPy would compute in int8; the question makes no sense, and PyTorch refuses it too."""
    if getattr(x, "dtype", bool_) is bool_ and getattr(y, "dtype", bool_) is bool_:
        raise TypeError(f"{name}: not defined for two booleans; convert one first: t.to(int64).")


@operation("maximum")
def maximum_op(step: Step, x: Array, y: Array) -> Array:
    return np.maximum(x, y)


@operation("minimum")
def minimum_op(step: Step, x: Array, y: Array) -> Array:
    return np.minimum(x, y)


@operation("where", flops=0)
def where_op(step: Step, condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition, x, y)


@operation("clip")
def clip_op(step: Step, x: Array, *, low: float | None, high: float | None) -> Array:
    return np.clip(x, low, high)


@operation("negative")
def negative_op(step: Step, x: Array) -> Array:
    return np.negative(x)


@operation("absolute")
def absolute_op(step: Step, x: Array) -> Array:
    return np.absolute(x)


@operation("sign")
def sign_op(step: Step, x: Array) -> Array:
    return np.sign(x)


@operation("floor")
def floor_op(step: Step, x: Array) -> Array:
    return np.floor(x)


@operation("ceil")
def ceil_op(step: Step, x: Array) -> Array:
    return np.ceil(x)


@operation("round")
def round_op(step: Step, x: Array) -> Array:
    return np.rint(x) if x.dtype.kind == "f" else x  # NumPy would make floats of integers


@operation("exp")
def exp_op(step: Step, x: Array) -> Array:
    return np.exp(x)


@operation("expm1")
def expm1_op(step: Step, x: Array) -> Array:
    return np.expm1(x)


@operation("log")
def log_op(step: Step, x: Array) -> Array:
    return np.log(x)


@operation("log1p")
def log1p_op(step: Step, x: Array) -> Array:
    return np.log1p(x)


@operation("sqrt")
def sqrt_op(step: Step, x: Array) -> Array:
    return np.sqrt(x)


@operation("sin")
def sin_op(step: Step, x: Array) -> Array:
    return np.sin(x)


@operation("cos")
def cos_op(step: Step, x: Array) -> Array:
    return np.cos(x)


@operation("tanh")
def tanh_op(step: Step, x: Array) -> Array:
    return np.tanh(x)


@operation("equal", differentiable=False)
def equal_op(step: Step, x: Array, y: Array) -> Array:
    return np.equal(x, y)


@operation("not_equal", differentiable=False)
def not_equal_op(step: Step, x: Array, y: Array) -> Array:
    return np.not_equal(x, y)


@operation("less", differentiable=False)
def less_op(step: Step, x: Array, y: Array) -> Array:
    return np.less(x, y)


@operation("less_equal", differentiable=False)
def less_equal_op(step: Step, x: Array, y: Array) -> Array:
    return np.less_equal(x, y)


@operation("greater", differentiable=False)
def greater_op(step: Step, x: Array, y: Array) -> Array:
    return np.greater(x, y)


@operation("greater_equal", differentiable=False)
def greater_equal_op(step: Step, x: Array, y: Array) -> Array:
    return np.greater_equal(x, y)


@operation("bitwise_and", flops=0, differentiable=False)
def bitwise_and_op(step: Step, x: Array, y: Array) -> Array:
    return np.bitwise_and(x, y)


@operation("bitwise_or", flops=0, differentiable=False)
def bitwise_or_op(step: Step, x: Array, y: Array) -> Array:
    return np.bitwise_or(x, y)


@operation("bitwise_xor", flops=0, differentiable=False)
def bitwise_xor_op(step: Step, x: Array, y: Array) -> Array:
    return np.bitwise_xor(x, y)


@operation("invert", flops=0, differentiable=False)
def invert_op(step: Step, x: Array) -> Array:
    return np.invert(x)


@operation("isnan", flops=0, differentiable=False)
def isnan_op(step: Step, x: Array) -> Array:
    return np.isnan(x)


@operation("isfinite", flops=0, differentiable=False)
def isfinite_op(step: Step, x: Array) -> Array:
    return np.isfinite(x)


@operation("cast", flops=0)
def cast_op(step: Step, x: Array, *, dtype: Any, source: Any) -> Array:
    return x.astype(dtype)


@operation("cast_to_integers", flops=0, differentiable=False)
def cast_to_integers_op(step: Step, x: Array, *, dtype: Any, source: Any) -> Array:
    return x.astype(dtype)


@operation("copy", flops=0)
def copy_op(step: Step, x: Array) -> Array:
    return x.copy()
