"""What the checks are judged by: formulas, and central differences of them; nothing of TinyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ROUNDING = "float32 rounds each step to 7 digits"
ROUNDING_64 = "float64 rounds each step to 16 digits"
DIFFERENCES = "central differences are right to about 1e-9 at a width of 1e-6"


def floats(*values: float) -> NDArray[np.float32]:
    """Return numbers as an array of float32."""
    return np.array(values, np.float32)


def shape_of(rng: np.random.Generator, least: int = 0) -> tuple[int, ...]:
    """Return a shape of 0 to 4 axes with sizes from `least` to 4."""
    return tuple(int(n) for n in rng.integers(least, 5, rng.integers(0, 5)))


def away_from_0(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return numbers of both signs, none nearer to 0 than 0.1."""
    return np.asarray(rng.uniform(0.1, 3.0, shape) * rng.choice([-1.0, 1.0], shape))


def slope(f: Callable[[Array], Array], x: Array, g: Array) -> Array:
    """Return the gradient of the sum of g f(x) by x, each element of x moved by itself to both sides."""
    result = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        width = 1e-6 * max(1.0, abs(float(x[index])))
        right, left = x.copy(), x.copy()
        right[index] += width
        left[index] -= width
        result[index] = np.sum(g * (f(right) - f(left))) / (right[index] - left[index])
    return result


def relu(x: Array) -> Array:
    """Return x where it is positive, 0 elsewhere, NaN where it is NaN."""
    return np.where(x <= 0, np.zeros((), x.dtype), x)


def leaky_relu(x: Array, slope: float) -> Array:
    """Return x where it is positive, slope x elsewhere."""
    return np.where(x > 0, x, slope * x)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e^-x) by Python's own exponential, element by element."""

    def one(v: float) -> float:
        if math.isnan(v):
            return v
        return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

    return np.reshape([one(float(v)) for v in x.ravel()], x.shape)


def exact_gelu(x: Array) -> Array:
    """Return x times the normal probability of a number below it."""
    return np.reshape([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x.ravel().tolist()], x.shape)


def tanh_gelu(x: Array) -> Array:
    """Return GELU's approximation by the hyperbolic tangent."""
    inner = math.sqrt(2 / math.pi)
    return np.reshape([0.5 * v * (1 + math.tanh(inner * (v + 0.044715 * v**3))) for v in x.ravel().tolist()], x.shape)


def softmax(x: Array, axis: int) -> Array:
    """Return e^x over its sum, row by row along an axis; zeros for a row of -inf alone."""

    def row(scores: Array) -> Array:
        top = max((v for v in scores.tolist() if v > -math.inf), default=0.0)
        e = [math.exp(v - top) for v in scores.tolist()]
        return np.array([v / (math.fsum(e) or 1.0) for v in e])

    return _along(row, x, axis)


def log_softmax(x: Array, axis: int) -> Array:
    """Return x - log Σ e^x, row by row along an axis."""

    def row(scores: Array) -> Array:
        top = max((v for v in scores.tolist() if v > -math.inf), default=0.0)
        total = math.fsum(math.exp(v - top) for v in scores.tolist()) or 1.0
        return np.array([v - top - math.log(total) for v in scores.tolist()])

    return _along(row, x, axis)


def _along(row: Callable[[Array], Array], x: Array, axis: int) -> Array:
    if x.ndim == 0:
        return row(x.reshape(1)).reshape(())
    result = np.zeros(x.shape)
    moved, rows = np.moveaxis(x, axis, -1), np.moveaxis(result, axis, -1)
    for index in np.ndindex(*moved.shape[:-1]):
        rows[index] = row(moved[index])
    return result
