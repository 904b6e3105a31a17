"""GELU: each element times the probability that a normal number lies below it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tinytorch.activations._erf import erf, farthest, tail
from tinytorch.activations._floating import floating
from tinytorch.tensor import Array, Step, Tensor, composition, operation, rule

BLOCK = 32_768  # elements: the buffers of one block stay in the second-level cache
SQRT_2_PI = math.sqrt(2 / math.pi)
CUBIC = 0.044715


Block = Callable[[Array, Array, Array, Array | None], None]


def _in_blocks(block: Block, step: Step, x: Array, end: float) -> Array:
    """Return what `block` writes into an array of zeros like `x`; its derivative goes to ``step.extra`` if wanted.

    The distance from 0 is held to `end`, beyond which nothing changes, by an array and not by a number: NumPy's
    minimum of two arrays is vectorised, that of an array and a number is not.
    """
    y = np.zeros(x.shape, x.dtype)
    slope = step.extra = np.empty(x.shape, x.dtype) if step.recorded else None
    elements, y_elements = x.reshape(-1), y.reshape(-1)
    ends = np.full(min(BLOCK, x.size), end, x.dtype)
    for start in range(0, x.size, BLOCK):
        part = slice(start, start + BLOCK)
        slope_part = None if slope is None else slope.reshape(-1)[part]
        block(elements[part], ends[: x.size - start], y_elements[part], slope_part)
    return y


@operation("gelu", flops=25)
def gelu_op(step: Step, x: Array) -> Array:
    return _in_blocks(_gelu_block, step, x, farthest(x.dtype))


def _gelu_block(x: Array, ends: Array, y: Array, slope: Array | None) -> None:
    """Write GELU into `y`, which holds zeros, and its derivative into `slope`.

    With Φ(-z) = tail(z) both signs take one formula, without a choice per element:
    x Φ(x) = max(x, 0) - |x| tail(|x|).
    """
    z: Array = np.abs(x)
    np.minimum(z, ends, out=z)
    below, bell = tail(z)
    np.maximum(x, y, out=y)
    if slope is not None:  # Φ(x) + x φ(x) = 1/2 ± (1/2 - tail + |x| φ(x)), with the sign of x
        bell *= z
        bell *= 1 / math.sqrt(2 * math.pi)
        bell -= below
        bell += 0.5
        np.copysign(1, x, out=slope)
        slope *= bell
        slope += 0.5
    z *= below
    y -= z


@rule(gelu_op, keeps=(0,))
def gelu_rule(step: Step, grad: Array) -> Array:
    slope: Array = step.extra
    return grad * slope


@composition(gelu_op)
def gelu_composition(x: Tensor) -> Tensor:
    return x * (erf(x * math.sqrt(0.5)) + 1) * 0.5


@operation("gelu_tanh", flops=9)
def gelu_tanh_op(step: Step, x: Array) -> Array:
    return _in_blocks(_gelu_tanh_block, step, x, 10.0)  # from |x| = 7 on the tanh is ±1


def _gelu_tanh_block(x: Array, ends: Array, y: Array, slope: Array | None) -> None:
    """Write 0.5 x (1 + t), t = tanh(√(2/π) (x + 0.044715 x³)), into `y` and its derivative into `slope`."""
    z = np.minimum(x, ends)
    np.maximum(z, -ends, out=z)
    square = z * z
    t = square * (SQRT_2_PI * CUBIC)
    t += SQRT_2_PI
    t *= z
    np.tanh(t, out=t)
    np.maximum(x, -ends, out=y)
    if slope is not None:  # 0.5 (1 + t + x (1 - t²) √(2/π) (1 + 3 · 0.044715 x²))
        np.multiply(square, 3 * CUBIC * SQRT_2_PI, out=slope)
        slope += SQRT_2_PI
        slope *= z
        np.multiply(t, t, out=square)
        np.subtract(1, square, out=square)
        slope *= square
        slope += t
        slope += 1
        slope *= 0.5
    t += 1
    t *= 0.5
    y *= t


@rule(gelu_tanh_op, keeps=(0,))
def gelu_tanh_rule(step: Step, grad: Array) -> Array:
    slope: Array = step.extra
    return grad * slope


@composition(gelu_tanh_op)
def gelu_tanh_composition(x: Tensor) -> Tensor:
    return x * (((x * x * CUBIC + 1) * x * SQRT_2_PI).tanh() + 1) * 0.5


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """Return x Φ(x): each element times the probability Φ(x) that a standard normal number lies below it.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.
    approximate : {"none", "tanh"}, default "none"
        "none" computes Φ by the error function. "tanh" is 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), which the
        authors gave for speed and GPT-2 uses; the two differ by up to 4.8e-4.

    Returns
    -------
    Tensor, the shape of `x`
        0 at -inf. NaN stays NaN.

    Raises
    ------
    ValueError
        For any other `approximate`.

    Notes
    -----
    When gradients are recorded the derivative is computed beside the value, from the same exponential (or tanh), and
    kept: one more array of the size of `x`, for a rule of one multiplication. About thirty passes over the elements in
    blocks that stay in the cache for "none", ten for "tanh". The derivative tends to its limits at ±inf, 1 and 0
    (PyTorch's is NaN).

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units, section 2.

    Examples
    --------
    >>> gelu(Tensor([-1.0, 0.0, 1.0]))
    Tensor([-0.15865526,  0.        ,  0.8413447 ])
    >>> gelu(Tensor([-1.0, 0.0, 1.0]), approximate="tanh")
    Tensor([-0.158808,  0.      ,  0.841192])
    """
    if approximate == "none":
        return gelu_op(floating(x))
    if approximate == "tanh":
        return gelu_tanh_op(floating(x))
    raise ValueError(f"gelu: approximate must be 'none' or 'tanh', not {approximate!r}.")
