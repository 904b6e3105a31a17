"""Softmax and its logarithm: scores become probabilities along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations._floating import floating
from tinytorch.tensor import Array, Step, Tensor, operation, rule

LOWEST = {np.dtype(kind): float(np.finfo(kind).min) for kind in (np.float32, np.float64)}


def _shifted(name: str, x: Array, axis: int) -> Array:
    """Return each row minus its own maximum, so that its largest exponential is 1 and none overflows.

    The maximum starts at the lowest number, not at -inf: a row of -inf alone stays -inf and is not -inf - -inf.
    """
    try:
        top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=LOWEST[x.dtype])
    except np.exceptions.AxisError:
        raise IndexError(
            f"{name}: axis {axis} is out of range for shape {x.shape}; it must lie between {-x.ndim} and {x.ndim - 1}."
        ) from None
    return np.asarray(x - top)


@operation("softmax", flops=5)
def softmax_op(step: Step, x: Array, *, axis: int) -> Array:
    """Return what `softmax` promises, for an array of floats of any shape; a number is a row of one (axes 0 and -1)."""
    result = _shifted("softmax", x, axis)
    np.exp(result, out=result)
    # A sum is 1 or more, since the largest term is 1; only that of a row of -inf alone is 0.
    total: Array = np.maximum(np.add.reduce(result, axis=axis, keepdims=True), 1)
    result /= total
    return result


@rule(softmax_op, output=True)
def softmax_rule(step: Step, grad: Any) -> Any:
    """Return the gradient by x, from the output (``step.output``) and the axis (``step.parameters["axis"]``).

    Output and `grad` are arrays, or tensors when a second derivative is wanted: arithmetic and ``sum`` do for either.
    """
    y = step.output
    weighted = grad * y
    return weighted - y * weighted.sum(axis=step.parameters["axis"], keepdims=True)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return e^x / Σ e^x, the sum along `axis`: positive numbers that add up to 1.

    Parameters
    ----------
    x : Tensor, any shape
        Scores (logits). Integers are computed as float32. -inf excludes an element: its probability is 0.
    axis : int, default -1

    Returns
    -------
    Tensor, the shape of `x`
        A row of -inf alone, which excludes everything, gives zeros by contract, and the gradient there is 0 (PyTorch's
        softmax gives NaN). A row with NaN or +inf gives NaN (the latter with NumPy's warning).

    Raises
    ------
    IndexError
        If `x` has no such axis, naming it (``axis 2``) and the shape.

    Notes
    -----
    Each row's maximum is subtracted first, which changes nothing in the quotient and keeps the exponentials at 1 and
    below. The derivative is y (g - Σ g y); only the output y is kept. One exponential and four passes.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> softmax(Tensor([1e4, 1e4, -1e4]))
    Tensor([0.5, 0.5, 0. ])
    """
    return softmax_op(floating(x), axis=axis)


@operation("log_softmax", flops=5)
def log_softmax_op(step: Step, x: Array, *, axis: int) -> Array:
    """Return what `log_softmax` promises, for floats of any shape; a number is a row of one (axes 0 and -1)."""
    result = _shifted("log_softmax", x, axis)
    total: Array = np.maximum(np.add.reduce(np.exp(result), axis=axis, keepdims=True), 1)
    result -= np.log(total)
    return result


@rule(log_softmax_op, output=True)
def log_softmax_rule(step: Step, grad: Any) -> Any:
    return grad - np.exp(step.output) * grad.sum(axis=step.parameters["axis"], keepdims=True)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return log softmax(x) = x - log Σ e^x, the sum along `axis`, also where the softmax itself would be 0.

    Parameters
    ----------
    x : Tensor, any shape
        Scores (logits). Integers are computed as float32. -inf excludes an element: it stays -inf.
    axis : int, default -1

    Returns
    -------
    Tensor, the shape of `x`
        At most 0. A row of -inf alone stays -inf. A row with NaN or +inf gives NaN (the latter with NumPy's warning).

    Raises
    ------
    IndexError
        If `x` has no such axis, naming it (``axis 2``) and the shape.

    Notes
    -----
    The logarithm is taken of the sum of shifted exponentials, which lies between 1 and the length of the row. The
    derivative is g - softmax(x) Σ g; only the output is kept. One exponential and four passes.

    Examples
    --------
    >>> log_softmax(Tensor([1e4, 0.0]))
    Tensor([     0., -10000.])
    """
    return log_softmax_op(floating(x), axis=axis)
