"""Functions of tensors: the typed public face of operations that are not methods, and of some that are both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import _elementwise as elementwise
from tinytorch.tensor import _shapes as shapes
from tinytorch.tensor._dtypes import promote_types, result_type
from tinytorch.tensor._indexing import take_along_axis_op
from tinytorch.tensor._methods import Axis
from tinytorch.tensor._operands import as_tensor, binary, floating
from tinytorch.tensor._products import einsum_op
from tinytorch.tensor._shapes import place_of
from tinytorch.tensor._tensor import Tensor


def exp(x: Tensor) -> Tensor:
    """Return e to the power of each element."""
    return as_tensor(x).exp()


def expm1(x: Tensor) -> Tensor:
    """Return exp(x) - 1 of each element, exact for small x."""
    return elementwise.expm1_op(floating(as_tensor(x)))


def log(x: Tensor) -> Tensor:
    """Return the natural logarithm of each element."""
    return as_tensor(x).log()


def log1p(x: Tensor) -> Tensor:
    """Return log(1 + x) of each element, exact for small x."""
    return elementwise.log1p_op(floating(as_tensor(x)))


def sqrt(x: Tensor) -> Tensor:
    """Return the square root of each element."""
    return as_tensor(x).sqrt()


def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent of each element."""
    return as_tensor(x).tanh()


def sin(x: Tensor) -> Tensor:
    """Return the sine of each element, in radians."""
    return as_tensor(x).sin()


def cos(x: Tensor) -> Tensor:
    """Return the cosine of each element, in radians."""
    return as_tensor(x).cos()


def absolute(x: Tensor) -> Tensor:
    """Return the magnitude of each element; its derivative is the sign, 0 at 0."""
    return as_tensor(x).abs()


def sign(x: Tensor) -> Tensor:
    """Return -1, 0 or 1 by the sign of each element; its derivative is 0. NaN stays NaN (PyTorch gives 0)."""
    return elementwise.sign_op(as_tensor(x))


def floor(x: Tensor) -> Tensor:
    """Return the largest integer not above each element, in the tensor's dtype; its derivative is 0."""
    return elementwise.floor_op(as_tensor(x))


def ceil(x: Tensor) -> Tensor:
    """Return the smallest integer not below each element, in the tensor's dtype; its derivative is 0."""
    return elementwise.ceil_op(as_tensor(x))


def round(x: Tensor) -> Tensor:
    """Return the integer nearest to each element, ties to even, in the tensor's dtype; its derivative is 0."""
    return elementwise.round_op(as_tensor(x))


def isnan(x: Tensor) -> Tensor:
    """Return whether each element is not a number."""
    return elementwise.isnan_op(as_tensor(x))


def isfinite(x: Tensor) -> Tensor:
    """Return whether each element is neither infinite nor not a number."""
    return elementwise.isfinite_op(as_tensor(x))


def maximum(x: Any, y: Any) -> Tensor:
    """Return the larger of two elements; at a tie each side receives half of the gradient."""
    return binary(elementwise.maximum_op, x, y)


def minimum(x: Any, y: Any) -> Tensor:
    """Return the smaller of two elements; at a tie each side receives half of the gradient."""
    return binary(elementwise.minimum_op, x, y)


def clip(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    """Return each element moved up to `low` or down to `high`; the gradient passes where it did not move."""
    return as_tensor(x).clip(low, high)


def where(condition: Tensor, x: Any, y: Any) -> Tensor:
    """Return `x` where `condition` is true and `y` elsewhere; all three broadcast.

    Both branches are computed by the caller: a NaN in the branch not taken does not enter the result, and its
    gradient is 0 there.
    """
    condition = as_tensor(condition).astype(np.bool_)
    dtype = result_type(*(one if isinstance(one, (bool, int, float)) else as_tensor(one).data for one in (x, y)))
    x, y = (one.astype(dtype) if isinstance(one, Tensor) else Tensor(one, dtype) for one in (x, y))
    try:
        return elementwise.where_op(condition, x, y)
    except ValueError:
        raise ValueError(
            f"where: shapes {condition.shape}, {x.shape} and {y.shape} do not broadcast: compared from the last axis "
            "backwards, sizes must be equal or 1."
        ) from None


def matmul(x: Tensor, y: Tensor) -> Tensor:
    """Return the matrix product ``x @ y``.

    Parameters
    ----------
    x : Tensor, shape (..., m, k) or (k,)
    y : Tensor, shape (..., k, n) or (k,)

    Returns
    -------
    Tensor, shape (..., m, n)
        Batch axes broadcast; an axis that a vector lacks is missing in the result too.

    Raises
    ------
    ValueError
        If the inner sizes differ, with both shapes and both sizes.

    Notes
    -----
    O(m k n) time per matrix, by BLAS.
    """
    return as_tensor(x) @ y


def einsum(subscripts: str, *operands: Tensor) -> Tensor:
    """Return products of elements, summed over the indices that the result does not name.

    Parameters
    ----------
    subscripts : str
        Such as ``"bik,bkj->bij"``; without ``->`` the indices that occur once, in alphabetical order. Each operand
        names an index at most once; ``...`` is not supported. At most eight operands.
    *operands : Tensor

    Raises
    ------
    ValueError
        If an operand has not as many axes as it has letters, or sizes disagree.

    Notes
    -----
    Time is the product of the sizes of all indices for two operands; more are multiplied pair by pair.
    """
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    letters = terms.replace(",", "")
    if not arrow:
        result = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    tensors = [as_tensor(operand) for operand in operands]
    parts = terms.split(",")
    if not all(letter.isascii() and letter.isalpha() for letter in letters + result):
        raise ValueError(f"einsum: {subscripts!r} must consist of letters, commas and at most one '->'.")
    if len(tensors) > 8:
        raise ValueError(f"einsum: at most 8 operands are supported, {len(tensors)} were given.")
    if len(parts) != len(tensors):
        raise ValueError(f"einsum: {subscripts!r} names {len(parts)} operands, {len(tensors)} were given.")
    sizes: dict[str, int] = {}
    for part, tensor in zip(parts, tensors, strict=True):
        if len(part) != tensor.ndim or len(set(part)) != len(part):
            raise ValueError(f"einsum: {part!r} must name each axis of shape {tensor.shape} with a letter of its own.")
        for letter, size in zip(part, tensor.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(f"einsum: index {letter!r} of {subscripts!r} has sizes {sizes[letter]} and {size}.")
    if not set(result) <= set(letters) or len(set(result)) != len(result):
        raise ValueError(f"einsum: the result {result!r} must name indices of {terms!r}, each once.")
    dtype = tensors[0].dtype
    for tensor in tensors[1:]:
        dtype = promote_types(dtype, tensor.dtype)
    return einsum_op(*(tensor.astype(dtype) for tensor in tensors), subscripts=f"{terms}->{result}")


def concatenate(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Return the tensors joined along an axis that they have; all other sizes must agree. A copy."""
    together = _same_dtype(tensors, "concatenate")
    return shapes.concatenate_op(*together, axis=place_of("concatenate", axis, together[0].ndim))


def stack(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Return tensors of one shape joined along a new axis. A copy."""
    together = _same_dtype(tensors, "stack")
    different = {tensor.shape for tensor in together}
    if len(different) > 1:
        raise ValueError(f"stack: shapes must be equal, not {', '.join(map(str, sorted(different)))}.")
    axis = place_of("stack", axis, together[0].ndim + 1)
    return shapes.concatenate_op(*(tensor.unsqueeze(axis) for tensor in together), axis=axis)


def split(x: Tensor, size: int | Sequence[int], axis: int = 0) -> tuple[Tensor, ...]:
    """Return views of consecutive pieces along an axis.

    Parameters
    ----------
    x : Tensor
    size : int or sequence of int
        The size of every piece (the last may be smaller), or the size of each.
    axis : int, default 0

    Raises
    ------
    ValueError
        If the sizes do not add up to the axis.
    """
    x = as_tensor(x)
    axis = place_of("split", axis, x.ndim)
    length = x.shape[axis]
    if isinstance(size, int):
        if size < 1:
            raise ValueError(f"split: a piece has a size of 1 or more, not {size}.")
        size = [min(size, length - start) for start in range(0, length, size)] or [0]
    if sum(size) != length or min(size, default=0) < 0:
        raise ValueError(f"split: sizes {list(size)} add up to {sum(size)}, axis {axis} has {length}.")
    pieces = []
    start = 0
    for n in size:
        pieces.append(x[(slice(None),) * axis + (slice(start, start + n),)])
        start += n
    return tuple(pieces)


def pad(x: Tensor, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """Return `x` with a border of `value`.

    Parameters
    ----------
    x : Tensor
    widths : sequence of (int, int)
        For each axis, how many elements to add before and after.
    value : float, default 0.0
    """
    x = as_tensor(x)
    pairs = [tuple(pair) if isinstance(pair, Sequence) else (pair,) for pair in widths]
    if len(pairs) != x.ndim or not all(len(pair) == 2 and min(pair) >= 0 for pair in pairs):
        raise ValueError(
            f"pad: {list(widths)} must hold a pair (before, after) of 0 or more for each of {x.ndim} axes."
        )
    return shapes.pad_op(x, widths=tuple((before, after) for before, after in pairs), value=value)


def flip(x: Tensor, axis: Axis = None) -> Tensor:
    """Return a view with the order along `axis` (all axes for None) reversed."""
    return shapes.flip_op(as_tensor(x), axis=axis)


def take_along_axis(x: Tensor, indices: Tensor, axis: int = -1) -> Tensor:
    """Return ``x[..., indices[..., j, ...], ...]``: for each position, the element of its own line.

    Parameters
    ----------
    x : Tensor
    indices : Tensor of integers
        As many axes as `x`; other sizes broadcast.
    axis : int, default -1
    """
    x = as_tensor(x)
    places = as_tensor(indices).data.copy()  # the rule reads them, and nobody counts edits of a parameter
    return take_along_axis_op(x, indices=places, axis=place_of("take_along_axis", axis, x.ndim))


def topk(x: Tensor, k: int, axis: int = -1) -> tuple[Tensor, Tensor]:
    """Return the `k` largest elements along an axis in descending order, and their positions (int64).

    Notes
    -----
    O(n + k log k) time per line: a partition, then a sort of the k. Which of several equal elements are taken is not
    defined; NaN counts as the largest.
    """
    x = as_tensor(x)
    axis = place_of("topk", axis, x.ndim)
    n = x.shape[axis]
    if not 0 <= k <= n:
        raise ValueError(f"topk: k = {k} must lie between 0 and the size of axis {axis}, {n}.")
    last = (slice(None),) * axis + (slice(n - k, n),)
    found = np.argpartition(x.data, n - k, axis=axis)[last] if 0 < k < n else np.argsort(x.data, axis=axis)[last]
    order = np.argsort(np.take_along_axis(x.data, found, axis), axis=axis)
    positions = Tensor(np.flip(np.take_along_axis(found, order, axis), axis), dtype=np.int64)
    return take_along_axis(x, positions, axis), positions


def _same_dtype(tensors: Sequence[Tensor], name: str) -> list[Tensor]:
    together = [as_tensor(tensor) for tensor in tensors]
    if not together:
        raise ValueError(f"{name}: at least one tensor is needed, none was given.")
    dtype = together[0].dtype
    for tensor in together[1:]:
        dtype = promote_types(dtype, tensor.dtype)
    return [tensor.astype(dtype) for tensor in together]


def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    """Return matrices with 0 above a diagonal: ``diagonal`` places to the right of the main one (left if negative).

    Parameters
    ----------
    x : Tensor, shape (..., m, n)
    diagonal : int, default 0

    Examples
    --------
    >>> tril(Tensor([[1, 2], [3, 4]]))
    Tensor([[1, 0],
            [3, 4]])
    """
    return where(_triangle("tril", x, diagonal), x, 0)


def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    """Return matrices with 0 below a diagonal: ``diagonal`` places to the right of the main one (left if negative).

    Parameters
    ----------
    x : Tensor, shape (..., m, n)
    diagonal : int, default 0
    """
    return where(~_triangle("triu", x, diagonal - 1), x, 0)


def _triangle(name: str, x: Tensor, diagonal: int) -> Tensor:
    """True where column - row <= diagonal."""
    if x.ndim < 2:
        raise ValueError(f"{name}: a tensor of shape {x.shape} holds no matrix; two axes or more are needed.")
    rows, columns = x.shape[-2:]
    return Tensor(np.tri(rows, columns, diagonal, dtype=np.bool_))


def allclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Return whether all elements agree: ``|x - y| <= atol + rtol * |y|``; `x` and `y` broadcast.

    Two NaN agree only with ``equal_nan=True``; infinities agree with themselves.
    """
    return bool(np.allclose(as_tensor(x).data, as_tensor(y).data, rtol, atol, equal_nan))
