"""What the checks are judged by: formulas in plain Python, and central differences of them; nothing of TinyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.tito.checks import Check, Inputs, close

Array = NDArray[Any]
ROUNDING = "float32 rounds each step to 7 digits"
ROUNDING_64 = "float64 rounds each step to 16 digits"
DIFFERENCES = "central differences at a width of 1e-6 are right to 1e-9, times the size of the loss"
NAN_RULE = "A NaN that disappears here hides a mistake elsewhere."
REDUCTIONS = ("none", "sum", "mean")
LOG_2, LOG_3, LOG_4 = math.log(2), math.log(3), math.log(4)


def floats(*values: Any) -> NDArray[np.float32]:
    """Return an array of float32; rows are lists."""
    return np.array(values, np.float32)


def number(value: float) -> NDArray[np.float32]:
    """Return a float32 of rank 0."""
    return np.array(value, np.float32)


def shape_of(rng: np.random.Generator, most: int = 4) -> tuple[int, ...]:
    """Return a shape of 0 to 4 axes with sizes from 0 to `most`."""
    return tuple(int(n) for n in rng.integers(0, most + 1, rng.integers(0, 5)))


def from_above(rng: np.random.Generator, shape: tuple[int, ...], reduction: str) -> Array:
    """Return a gradient of a loss's result, whose elements differ."""
    return np.asarray(rng.uniform(0.5, 2.0, shape if reduction == "none" else ()))


def reduced(losses: Array, reduction: str, divisor: float | None = None) -> Array:
    """Return the losses, their sum, or their sum over a divisor: their number, unless it is said."""
    if reduction == "none":
        return losses
    total = math.fsum(losses.ravel().tolist())
    if reduction == "sum":
        return np.array(total)
    divisor = losses.size if divisor is None else divisor
    return np.array(total / divisor if divisor else math.nan)


def each(function: Callable[..., float], *arrays: Array) -> Array:
    """Return a function of the elements of arrays that broadcast to one shape."""
    together = np.broadcast_arrays(*arrays)
    values = [function(*(float(v) for v in row)) for row in zip(*(one.ravel() for one in together), strict=True)]
    return np.reshape(np.array(values, np.float64), together[0].shape)


def log_sum_exp(scores: list[float]) -> float:
    """Return the logarithm of the sum of the exponentials, for scores of any size."""
    top = max(scores)
    return top + math.log(math.fsum(math.exp(score - top) for score in scores))


def softplus(x: float) -> float:
    """Return log(1 + e^x), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def binary(x: Inputs) -> Array:
    """Return the binary cross-entropy of probabilities p between 0 and 1."""
    losses = each(lambda p, t: -(t * math.log(p) + (1 - t) * math.log1p(-p)), x["p"], x["t"])
    return reduced(losses if x["weight"] is None else losses * x["weight"], x["reduction"])


def binary_of_logits(x: Inputs) -> Array:
    """Return the binary cross-entropy of logits."""
    factor = np.array(1.0) if x["pos_weight"] is None else x["pos_weight"]
    losses = each(lambda v, t, w: w * t * softplus(-v) + (1 - t) * softplus(v), x["x"], x["t"], factor)
    return reduced(losses if x["weight"] is None else losses * x["weight"], x["reduction"])


def cross_entropy(x: Inputs) -> Array:
    """Return the cross-entropy of logits and labels, from its definition, row by row."""
    logits, labels = np.asarray(x["x"]), np.asarray(x["y"])
    axis = min(1, logits.ndim - 1)
    rows = np.moveaxis(logits, axis, -1).reshape(-1, logits.shape[axis])
    classes = rows.shape[1]
    weight = [1.0] * classes if x.get("weight") is None else list(x["weight"])
    smoothing, ignored = x.get("smoothing", 0.0), x.get("ignored", -100)
    losses, divisor = [], 0.0
    for row, label in zip(rows.tolist(), labels.ravel().tolist(), strict=True):
        if label == ignored:
            losses.append(0.0)
            continue
        total = log_sum_exp(row)
        shares = [w * ((1 - smoothing) * (c == label) + smoothing / classes) for c, w in enumerate(weight)]
        losses.append(math.fsum(q * (total - score) for q, score in zip(shares, row, strict=True)))
        divisor += weight[label]
    return reduced(np.reshape(np.array(losses, np.float64), labels.shape), x.get("reduction", "mean"), divisor)


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


def central_differences(
    function: str,
    inputs: Callable[[np.random.Generator], Inputs],
    drive: Callable[[Any, Any], Any],
    oracle: Callable[[Any], Any],
    atol: float = 1e-7,
) -> Check:
    """Return the check of a gradient, for any inputs, against its oracle, which asks `slope`."""
    return Check(
        function=function,
        name="central differences",
        inputs=inputs,
        drive=drive,
        judge=close(oracle, rtol=1e-6, atol=atol, because=DIFFERENCES),
        kind="gradient",
        seeds=20,
    )


def gradient(tt: Any, function: Callable[[Any], Any], x: Array, g: Array | None = None) -> Any:
    """Drive: return the gradient by x of `function`, given the gradient g of its output."""
    leaf = tt.tensor.Tensor(x, requires_grad=True)
    above = None if g is None else tt.tensor.Tensor(g)
    return tt.autograd.grad(function(leaf), leaf, above)[0]


def optional(tt: Any, array: Array | None) -> Any:
    """Drive: return a tensor of an array, and None of None."""
    return None if array is None else tt.tensor.Tensor(array)
