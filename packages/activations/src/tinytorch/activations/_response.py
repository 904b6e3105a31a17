"""What an activation does to a signal and to its gradient, as numbers to plot or to compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinytorch.tensor import Array, Tensor, recording

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Response:
    """An activation along a line of inputs.

    Attributes
    ----------
    x : ndarray of float64, shape (points,)
    y : ndarray of float64, shape (points,)
        The activation at `x`.
    slope : ndarray of float64, shape (points,)
        Its derivative there: the factor by which it multiplies a gradient that passes through.
    saturated : ndarray of bool, shape (points,)
        Whether the slope is so small that a gradient hardly passes.
    """

    x: Array
    y: Array
    slope: Array
    saturated: Array


def response(
    activation: Function, low: float = -6.0, high: float = 6.0, points: int = 241, threshold: float = 0.05
) -> Response:
    """Return value and slope of an activation at equally spaced inputs.

    Parameters
    ----------
    activation : callable
        From a tensor to one of the same shape, each element on its own: `relu`, ``ELU(0.5)``, one of yours.
    low, high : float, default -6.0 and 6.0
        The ends of the line, both included.
    points : int, default 241
    threshold : float, default 0.05
        Where the slope's magnitude is below it, the activation counts as saturated.

    Returns
    -------
    Response

    Examples
    --------
    >>> from tinytorch.activations import sigmoid
    >>> curve = response(sigmoid, -4.0, 4.0, points=5)
    >>> curve.slope.round(3)
    array([0.018, 0.105, 0.25 , 0.105, 0.018])
    >>> curve.saturated
    array([ True, False, False, False,  True])
    """
    x = np.linspace(low, high, points)
    slope = slopes(activation, x)
    with recording(False):
        y = activation(Tensor(x)).data
    return Response(x, y, slope, np.abs(slope) < threshold)


def slopes(activation: Function, x: Array) -> Array:
    """Return the derivative of an activation at each element of `x`, by central differences in float64.

    It trusts no derivative rule, so it shows what the function does and not what somebody wrote down. The error is
    about 1e-10 where the function is smooth; at a corner (ReLU at 0) it is the mean of both sides.

    Parameters
    ----------
    activation : callable
        From a tensor to one of the same shape, each element on its own.
    x : ndarray of numbers

    Returns
    -------
    ndarray of float64, the shape of `x`

    Raises
    ------
    ValueError
        If the result has another shape than `x`.
    """
    x = np.asarray(x, np.float64)
    width = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1, np.abs(x))
    right, left = x + width, x - width
    with recording(False):
        above, below = activation(Tensor(right)).data, activation(Tensor(left)).data
    if above.shape != x.shape:
        raise ValueError(f"slopes: the activation must keep the shape {x.shape} of its input, it gave {above.shape}.")
    return np.asarray((above - below) / (right - left))


def saturation(activation: Function, x: Tensor, threshold: float = 0.05) -> float:
    """Return the share of inputs at which an activation hardly passes a gradient: |slope| < `threshold`.

    Parameters
    ----------
    activation : callable
        From a tensor to one of the same shape, each element on its own.
    x : Tensor, any shape
        What arrives at the activation, for instance a layer's outputs on a batch.
    threshold : float, default 0.05

    Returns
    -------
    float
        From 0 to 1; NaN for an empty tensor.

    Examples
    --------
    >>> from tinytorch.activations import relu
    >>> saturation(relu, Tensor([-2.0, -1.0, 1.0, 3.0]))
    0.5
    """
    if x.size == 0:
        return float("nan")
    return float(np.mean(np.abs(slopes(activation, x.data)) < threshold))
