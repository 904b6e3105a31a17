"""Which function of tensors stands for which function of NumPy."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import _elementwise as elementwise
from tinytorch.tensor import _functions as functions
from tinytorch.tensor._methods import Axis
from tinytorch.tensor._operands import as_tensor, binary, floating
from tinytorch.tensor._operation import Operation
from tinytorch.tensor._protocols import NUMPY_FUNCTIONS, NUMPY_REDUCTIONS, NUMPY_UFUNCS
from tinytorch.tensor._tensor import Tensor

BINARY: dict[np.ufunc, Operation] = {
    np.add: elementwise.add_op,
    np.subtract: elementwise.subtract_op,
    np.multiply: elementwise.multiply_op,
    np.floor_divide: elementwise.floor_divide_op,
    np.remainder: elementwise.remainder_op,
    np.power: elementwise.power_op,
    np.maximum: elementwise.maximum_op,
    np.minimum: elementwise.minimum_op,
    np.equal: elementwise.equal_op,
    np.not_equal: elementwise.not_equal_op,
    np.less: elementwise.less_op,
    np.less_equal: elementwise.less_equal_op,
    np.greater: elementwise.greater_op,
    np.greater_equal: elementwise.greater_equal_op,
    np.bitwise_and: elementwise.bitwise_and_op,
    np.bitwise_or: elementwise.bitwise_or_op,
    np.bitwise_xor: elementwise.bitwise_xor_op,
}
UNARY: dict[np.ufunc, Operation] = {
    np.negative: elementwise.negative_op,
    np.absolute: elementwise.absolute_op,
    np.sign: elementwise.sign_op,
    np.floor: elementwise.floor_op,
    np.ceil: elementwise.ceil_op,
    np.rint: elementwise.round_op,
    np.isnan: elementwise.isnan_op,
    np.isfinite: elementwise.isfinite_op,
    np.invert: elementwise.invert_op,
}
FLOATING: dict[np.ufunc, Operation] = {
    np.exp: elementwise.exp_op,
    np.expm1: elementwise.expm1_op,
    np.log: elementwise.log_op,
    np.log1p: elementwise.log1p_op,
    np.sqrt: elementwise.sqrt_op,
    np.sin: elementwise.sin_op,
    np.cos: elementwise.cos_op,
    np.tanh: elementwise.tanh_op,
}


def _two(operation: Operation) -> Any:
    return lambda x, y: binary(operation, x, y)


def _one(operation: Operation) -> Any:
    return lambda x: operation(as_tensor(x))


def _one_floating(operation: Operation) -> Any:
    return lambda x: operation(floating(as_tensor(x)))


NUMPY_UFUNCS.update({ufunc: _two(operation) for ufunc, operation in BINARY.items()})
NUMPY_UFUNCS.update({ufunc: _one(operation) for ufunc, operation in UNARY.items()})
NUMPY_UFUNCS.update({ufunc: _one_floating(operation) for ufunc, operation in FLOATING.items()})
NUMPY_UFUNCS[np.divide] = lambda x, y: binary(elementwise.divide_op, floating(x), floating(y))
NUMPY_UFUNCS[np.matmul] = lambda x, y: as_tensor(x) @ as_tensor(y)


def _reduction(name: str) -> Any:
    def reduce(x: Tensor, axis: Axis = None, keepdims: bool = False, **unused: Any) -> Tensor:
        for option, value in unused.items():
            if value is not None:
                raise TypeError(f"np.{name}: {option}= is not supported for tensors.")
        result: Tensor = getattr(x, name)(axis=axis, keepdims=keepdims)
        return result

    return reduce


NUMPY_REDUCTIONS.update(
    {
        np.add: _reduction("sum"),
        np.multiply: _reduction("prod"),
        np.maximum: _reduction("max"),
        np.minimum: _reduction("min"),
    }
)


def _transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    return x.T if axes is None else x.permute(*axes)


def _expand_dims(x: Tensor, axis: int) -> Tensor:
    return x.unsqueeze(axis)


def _variance(x: Tensor, axis: Axis = None, *, ddof: int = 0, keepdims: bool = False) -> Tensor:
    return x.var(axis, correction=ddof, keepdims=keepdims)


def _standard_deviation(x: Tensor, axis: Axis = None, *, ddof: int = 0, keepdims: bool = False) -> Tensor:
    return x.std(axis, correction=ddof, keepdims=keepdims)


def _cumsum(x: Tensor, axis: int | None = None) -> Tensor:
    return x.flatten().cumsum(0) if axis is None else x.cumsum(axis)


def _clip(x: Tensor, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Tensor:
    return functions.clip(x, min if a_min is None else a_min, max if a_max is None else a_max)


def _where(condition: Tensor, *branches: Any) -> Any:
    return functions.where(condition, *branches) if branches else np.nonzero(as_tensor(condition).data)


def _dot(x: Tensor, y: Tensor) -> Tensor:
    x, y = as_tensor(x), as_tensor(y)
    if x.ndim > 2 or y.ndim > 2:
        raise ValueError(f"np.dot: of tensors, it takes up to two axes, not {x.shape} and {y.shape}; use @.")
    return x @ y if x.ndim and y.ndim else x * y


def _split(x: Tensor, sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    if not isinstance(sections, int):
        cuts = [0, *sections, x.shape[axis]]
        return list(functions.split(x, [end - start for start, end in itertools.pairwise(cuts)], axis))
    if x.shape[axis] % sections:
        raise ValueError(f"np.split: axis {axis} of size {x.shape[axis]} does not divide into {sections} equal parts.")
    return list(functions.split(x, x.shape[axis] // sections, axis))


NUMPY_FUNCTIONS.update(
    {
        np.sum: _reduction("sum"),
        np.mean: _reduction("mean"),
        np.prod: _reduction("prod"),
        np.max: _reduction("max"),
        np.min: _reduction("min"),
        np.argmax: _reduction("argmax"),
        np.argmin: _reduction("argmin"),
        np.any: _reduction("any"),
        np.all: _reduction("all"),
        np.var: _variance,
        np.std: _standard_deviation,
        np.cumsum: _cumsum,
        np.dot: _dot,
        np.reshape: lambda x, shape: x.reshape(shape),
        np.ravel: lambda x: x.reshape(-1),
        np.round: lambda x: functions.round(x),
        np.transpose: _transpose,
        np.swapaxes: lambda x, axis1, axis2: x.transpose(axis1, axis2),
        np.broadcast_to: lambda x, shape: x.expand(shape),
        np.expand_dims: _expand_dims,
        np.squeeze: lambda x, axis=None: x.squeeze(axis),
        np.concatenate: lambda tensors, axis=0: functions.concatenate(tensors, axis),
        np.stack: lambda tensors, axis=0: functions.stack(tensors, axis),
        np.split: _split,
        np.flip: functions.flip,
        np.where: _where,
        np.clip: _clip,
        np.tril: functions.tril,
        np.triu: functions.triu,
        np.einsum: functions.einsum,
        np.take_along_axis: functions.take_along_axis,
        np.zeros_like: lambda x: Tensor(np.zeros_like(x.data)),
        np.ones_like: lambda x: Tensor(np.ones_like(x.data)),
        np.copy: lambda x: x.clone(),
    }
)
