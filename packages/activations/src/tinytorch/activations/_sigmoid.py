"""Sigmoid and tanh: the two s-shaped functions, one a stretched copy of the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations._floating import floating
from tinytorch.tensor import Array, Step, Tensor, operation, rule


def logistic(x: Array) -> Array:
    """Return 1 / (1 + e^-x) of an array of floats, in a new array of its type.

    0 at -inf, 1 at inf, without a warning; NaN stays NaN. No input overflows, and small values keep their relative
    accuracy, down to the smallest float.
    """
    # With e = e^-|x|, which cannot overflow, the value is 1 / (1 + e) for x >= 0 and e / (1 + e) for x < 0.
    e = np.empty(x.shape, x.dtype)
    np.abs(x, out=e)
    np.negative(e, out=e)
    np.exp(e, out=e)
    result: Array = np.maximum(e, x >= 0)  # the numerator: 1 for x >= 0, else e
    e += 1
    result /= e
    return result


@operation("sigmoid", flops=4)
def sigmoid_op(step: Step, x: Array) -> Array:
    return logistic(x)


@rule(sigmoid_op, output=True)
def sigmoid_rule(step: Step, grad: Any) -> Any:
    """Return the gradient by x, from the output alone: ``step.output``.

    Both are arrays, or tensors when a second derivative is wanted: arithmetic does for either.
    """
    y = step.output
    return grad * (y * (1 - y))


def sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + e^-x) of each element: 0 at -inf, 1/2 at 0, 1 at inf.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.

    Returns
    -------
    Tensor, the shape of `x`
        NaN stays NaN. No input overflows, and small values are relatively accurate.

    Notes
    -----
    The derivative is y (1 - y), at most 1/4; only the output y is kept for it. One exponential and six light passes.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, equation 2.

    Examples
    --------
    >>> sigmoid(Tensor([-1e4, 0.0, 1e4]))
    Tensor([0. , 0.5, 1. ])
    """
    return sigmoid_op(floating(x))


def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent of each element: -1 at -inf, 0 at 0, 1 at inf.

    It is 2 sigmoid(2x) - 1: the sigmoid, centred on 0, which lets the next layer's inputs be positive and negative.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.

    Returns
    -------
    Tensor, the shape of `x`
        NaN stays NaN. No input overflows.

    Notes
    -----
    The operation is the tensor's own, ``x.tanh()``. Its derivative 1 - y^2 comes from the output alone.

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.4.

    Examples
    --------
    >>> tanh(Tensor([-1e4, 0.0, 1e4]))
    Tensor([-1.,  0.,  1.])
    """
    return x.tanh()
