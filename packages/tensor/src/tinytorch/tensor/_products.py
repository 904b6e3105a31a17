"""Products: matrix multiplication and einsum."""

from __future__ import annotations

import math

import numpy as np

from tinytorch.tensor._operation import operation
from tinytorch.tensor._step import Array, Step


def matmul_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    """A multiplication and an addition for each of the k terms of each element."""
    x = step.arrays[0]
    return 2 * outputs[0].size * int(x.shape[-1])


@operation("matmul", flops=matmul_flops)
def matmul_op(step: Step, x: Array, y: Array) -> Array:
    """The product of the last two axes; all axes before them broadcast, and an axis that a vector lacks is missing.

    Raises
    ------
    ValueError
        If an operand has no axis, the inner sizes differ or the batch axes do not broadcast, with both shapes.
    """
    try:
        if y.ndim == 2:
            if x.ndim == 2:
                product: Array = x.dot(y)  # the same, 0.5 us sooner
                return product
            if x.ndim > 2 and x.flags.c_contiguous:  # one tall product is faster than a stack of small ones
                rows: Array = x.reshape(math.prod(x.shape[:-1]), x.shape[-1]).dot(y)
                return rows.reshape(*x.shape[:-1], y.shape[-1])
        stack: Array = np.matmul(x, y)
        return stack
    except ValueError:
        raise _does_not_fit(x, y) from None


def _does_not_fit(x: Array, y: Array) -> ValueError:
    """Return the error that says what is wrong with the shapes of a product."""
    if x.ndim == 0 or y.ndim == 0:
        return ValueError(f"matmul: operands need an axis to multiply over: {x.shape} @ {y.shape}; use * for numbers.")
    k, n = x.shape[-1], y.shape[-2 if y.ndim > 1 else 0]
    if k != n:
        return ValueError(f"matmul: inner dimensions differ: {x.shape} @ {y.shape} ({k} != {n}).")
    return ValueError(
        f"matmul: batch axes do not broadcast: {x.shape} @ {y.shape} ({x.shape[:-2]} and {y.shape[:-2]})."
    )


def einsum_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    """Two for each combination of all index values; exact for two operands."""
    sizes: dict[str, int] = {}
    terms = step.parameters["subscripts"].split("->")[0].split(",")
    for term, array in zip(terms, step.arrays, strict=True):
        sizes.update(zip(term, array.shape, strict=True))
    return 2 * math.prod(sizes.values())


@operation("einsum", flops=einsum_flops)
def einsum_op(step: Step, *arrays: Array, subscripts: str) -> Array:
    product: Array = np.einsum(subscripts, *arrays, optimize=len(arrays) > 1)
    return product
