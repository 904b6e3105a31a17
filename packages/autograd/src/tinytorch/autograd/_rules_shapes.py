"""Derivative rules of reductions, shapes, indexing and products.

What moved numbers forward moves gradients back: the rule of each is its transpose. `expand` and `sum`, `getitem` and
`index_add`, `pad` and slicing are transposes of one another. A rule writes into none of its arguments, gives None for
an input whose gradient ``step.needs`` does not ask for, and runs on arrays as on tensors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor import Operation, Step, Tensor, operations, rule, sum_to

Axis = int | tuple[int, ...] | None


def on_either(operation: Operation, x: Any, **parameters: Any) -> Any:
    """Run an operation on an array or on a tensor, and return the same kind."""
    if isinstance(x, Tensor):
        return operation(x, **parameters)
    return operation.kernel(Step(), x, **parameters)


def with_reduced_axes(x: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Give the result of a reduction of `shape` its reduced axes back, with size 1."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    reduced = {one % len(shape) for one in axes} if shape else set()
    return x.reshape(tuple(1 if one in reduced else size for one, size in enumerate(shape)))


@rule(operations["sum"])
def sum_rule(step: Step, grad: Any) -> Any:
    """A sum: every term gets the gradient of the total."""
    (shape,) = step.shapes
    return np.broadcast_to(with_reduced_axes(grad, shape, step.parameters["axis"]), shape)


@rule(operations["mean"])
def mean_rule(step: Step, grad: Any) -> Any:
    """A mean of n: every term gets 1/n of the gradient; where n is 0, nothing is divided by it.

    The axes are None for all, one, or several, maybe negative.
    """
    (shape,) = step.shapes
    n = math.prod(shape) // max(1, math.prod(grad.shape))
    return np.broadcast_to(with_reduced_axes(grad / max(n, 1), shape, step.parameters["axis"]), shape)


@rule(operations["prod"], keeps=(0,))
def prod_rule(step: Step, grad: Any) -> Any:
    """A product: every factor gets the product of the others, also where some are 0."""
    x, axis = step.inputs[0], step.parameters["axis"]
    grad = with_reduced_axes(grad, step.shapes[0], axis)
    zero = x == 0
    if isinstance(x, Tensor) and zero.data.any():
        return grad * products_of_others(x, axis)
    factors = np.where(zero, 1.0, x)
    product = np.prod(factors, axis=axis, keepdims=True)
    elsewhere = np.sum(zero, axis=axis, keepdims=True) - zero  # zeros among the other factors
    return np.where(elsewhere == 0, grad * product / factors, 0.0)


def products_of_others(x: Tensor, axis: Axis) -> Tensor:
    """Return for each element the product of the others along `axis`, written without a division.

    Its derivatives are right at zeros too, at the price of O(n²) time and memory for n factors.
    """
    axes = (
        [*range(x.ndim)] if axis is None else [one % x.ndim for one in (axis if isinstance(axis, tuple) else (axis,))]
    )
    others = [one for one in range(x.ndim) if one not in axes]
    order = [*others, *axes]
    n = math.prod(x.shape[one] for one in axes)
    moved = x.permute(order)
    lines = moved.reshape(*(x.shape[one] for one in others), 1, n)  # (..., 1, n)
    products = np.where(np.eye(n, dtype=np.bool_), 1.0, lines).prod(axis=-1)  # (..., n, n) -> (..., n)
    restored: Tensor = products.reshape(moved.shape).permute([order.index(one) for one in range(x.ndim)])
    return restored


@rule(operations["max"], keeps=(0,), output=True)
@rule(operations["min"], keeps=(0,), output=True)
def extreme_rule(step: Step, grad: Any) -> Any:
    """The largest (or smallest, for min) of several: all to it, in equal parts to those that are equal."""
    x, axis = step.inputs[0], step.parameters["axis"]
    extreme = x == with_reduced_axes(step.output, step.shapes[0], axis)
    ties = np.sum(extreme, axis=axis, keepdims=True).astype(x.dtype)
    return with_reduced_axes(grad, step.shapes[0], axis) * extreme / ties


@rule(operations["cumsum"])
def cumsum_rule(step: Step, grad: Any) -> Any:
    """Running sums: element i is in every sum from the i-th on."""
    axis = step.parameters["axis"]
    return np.flip(np.cumsum(np.flip(grad, axis), axis), axis)


@rule(operations["reshape"])
def reshape_rule(step: Step, grad: Any) -> Any:
    """The old shape."""
    return grad.reshape(step.shapes[0])


@rule(operations["permute"])
def permute_rule(step: Step, grad: Any) -> Any:
    """The inverse permutation. The axes may be negative."""
    axes = [axis % grad.ndim for axis in step.parameters["axes"]]
    return np.transpose(grad, [axes.index(axis) for axis in range(grad.ndim)])


@rule(operations["swapaxes"])
def swapaxes_rule(step: Step, grad: Any) -> Any:
    """The same exchange once more."""
    return grad.swapaxes(step.parameters["axis0"], step.parameters["axis1"])


@rule(operations["expand"])
def expand_rule(step: Step, grad: Any) -> Any:
    """Repetition: the sum over the repetitions."""
    return sum_to(grad, step.shapes[0])


@rule(operations["flip"])
def flip_rule(step: Step, grad: Any) -> Any:
    """The same reversal once more."""
    return np.flip(grad, step.parameters["axis"])


@rule(operations["concatenate"])
def concatenate_rule(step: Step, grad: Any) -> tuple[Any, ...]:
    """Each tensor gets the piece of the gradient that stands where it stood."""
    axis = step.parameters["axis"]
    gradients = []
    start = 0
    for shape, need in zip(step.shapes, step.needs, strict=True):
        stop = start + shape[axis]
        gradients.append(grad[(slice(None),) * axis + (slice(start, stop),)] if need else None)
        start = stop
    return tuple(gradients)


@rule(operations["pad"])
def pad_rule(step: Step, grad: Any) -> Any:
    """The inside, without the border."""
    widths = step.parameters["widths"]
    return grad[tuple(slice(before, before + n) for (before, _), n in zip(widths, step.shapes[0], strict=True))]


@rule(operations["getitem"], keeps=(1,))
def getitem_rule(step: Step, grad: Any) -> tuple[Any, None]:
    """Zeros, with the gradient added where the elements came from: twice, if one was taken twice."""
    index = step.inputs[1]
    return on_either(operations["index_add"], grad, index=index, shape=step.shapes[0]), None


@rule(operations["index_add"])
def index_add_rule(step: Step, grad: Any) -> Any:
    """The elements at the index."""
    return grad[step.parameters["index"]]


@rule(operations["take_along_axis"])
def take_along_axis_rule(step: Step, grad: Any) -> Any:
    """Zeros, with the gradient added where the elements came from: twice, if one was taken twice."""
    indices, axis = step.parameters["indices"], step.parameters["axis"]
    return on_either(operations["put_along_axis"], grad, indices=indices, axis=axis, shape=step.shapes[0])


@rule(operations["put_along_axis"])
def put_along_axis_rule(step: Step, grad: Any) -> Any:
    """The elements at the indices."""
    indices, axis = step.parameters["indices"], step.parameters["axis"]
    return on_either(operations["take_along_axis"], grad, indices=indices, axis=axis)


@rule(operations["matmul"], keeps=(0, 1))
def matmul_rule(step: Step, grad: Any) -> tuple[Any, Any]:
    """X Y: grad Yᵀ and Xᵀ grad, summed over broadcast batch axes; a vector counts as a matrix of one row or column."""
    x, y = step.inputs
    if x.ndim == 1 and y.ndim == 1:
        return grad * y if step.needs[0] else None, grad * x if step.needs[1] else None
    rows = x.reshape((1, -1)) if x.ndim == 1 else x  # (..., m, k)
    columns = y.reshape((-1, 1)) if y.ndim == 1 else y  # (..., k, n)
    if x.ndim == 1:
        grad = grad.reshape((*grad.shape[:-1], 1, grad.shape[-1]))  # (..., n) -> (..., 1, n)
    if y.ndim == 1:
        grad = grad.reshape((*grad.shape, 1))  # (..., m) -> (..., m, 1)
    dx = dy = None
    if step.needs[0]:
        dx = _reduced(grad @ columns.mT, rows.shape).reshape(step.shapes[0])
    if step.needs[1]:
        if rows.ndim > 2 and columns.ndim == 2:  # one tall product instead of a stack of small ones and a sum
            tall = rows.reshape((math.prod(rows.shape[:-1]), rows.shape[-1]))
            dy = tall.mT @ grad.reshape((tall.shape[0], grad.shape[-1]))
        else:
            dy = _reduced(rows.mT @ grad, columns.shape)
        dy = dy.reshape(step.shapes[1])
    return dx, dy


def _reduced(x: Any, shape: tuple[int, ...]) -> Any:
    return x if x.shape == shape else sum_to(x, shape)


@rule(operations["einsum"], keeps=tuple(range(8)))
def einsum_rule(step: Step, grad: Any) -> tuple[Any, ...]:
    """A product of operands: for each, the gradient times the other operands, summed to its own indices.

    An index that only this operand has was summed away alone: its gradient is the same at every value of it.
    """
    terms, result = step.parameters["subscripts"].split("->")
    parts = terms.split(",")
    gradients: list[Any] = []
    for position, (part, need) in enumerate(zip(parts, step.needs, strict=True)):
        if not need:
            gradients.append(None)
            continue
        others = [x for i, x in enumerate(step.inputs) if i != position]
        names = [result, *(other for i, other in enumerate(parts) if i != position)]
        shared = "".join(letter for letter in part if any(letter in name for name in names))
        found = einsum_on_either(f"{','.join(names)}->{shared}", grad, *others)
        shape = tuple(n if letter in shared else 1 for letter, n in zip(part, step.shapes[position], strict=True))
        gradients.append(np.broadcast_to(found.reshape(shape), step.shapes[position]))
    return tuple(gradients)


def einsum_on_either(subscripts: str, *operands: Any) -> Any:
    """Run einsum on arrays or, if any is a tensor, on tensors."""
    operation = operations["einsum"]
    if any(isinstance(operand, Tensor) for operand in operands):
        return operation(*operands, subscripts=subscripts)
    return operation.kernel(Step(), *operands, subscripts=subscripts)
