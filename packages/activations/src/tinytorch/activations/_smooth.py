"""Smooth relatives of ReLU: SiLU, softplus and ELU, and hardswish, which imitates SiLU with straight lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations._floating import floating
from tinytorch.activations._sigmoid import logistic, sigmoid
from tinytorch.tensor import Array, Step, Tensor, composition, operation, rule


@operation("silu", flops=5)
def silu_op(step: Step, x: Array) -> Array:
    probability = logistic(x)
    step.extra = probability if step.recorded else None
    return probability * np.maximum(x, -1e3)  # -inf * 0 would be NaN; from -1e3 on the probability is 0


@rule(silu_op, keeps=(0,))
def silu_rule(step: Step, grad: Array) -> Array:
    probability: Array = step.extra
    slope = 1 - probability
    slope *= np.maximum(step.inputs[0], -1e3)
    slope += 1
    slope *= probability
    slope *= grad
    return slope


@composition(silu_op)
def silu_composition(x: Tensor) -> Tensor:
    return x * sigmoid(x)


def silu(x: Tensor) -> Tensor:
    """Return x sigmoid(x), also known as swish.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.

    Returns
    -------
    Tensor, the shape of `x`
        0 at -inf, least at -1.278 with -0.278. NaN stays NaN.

    Notes
    -----
    The derivative is s (1 + x (1 - s)) with s = sigmoid(x), which is kept beside `x`.

    References
    ----------
    Elfwing, Uchibe and Doya (2018), Sigmoid-weighted linear units for neural network function approximation in
    reinforcement learning, equation 3.

    Examples
    --------
    >>> silu(Tensor([-1e4, 0.0, 1.0]))
    Tensor([-0.       ,  0.       ,  0.7310586])
    """
    return silu_op(floating(x))


@operation("softplus", flops=6)
def softplus_op(step: Step, x: Array, *, beta: float) -> Array:
    scaled: Array = x * beta
    result = np.empty(x.shape, x.dtype)
    np.abs(scaled, out=result)
    np.negative(result, out=result)
    np.exp(result, out=result)
    np.log1p(result, out=result)
    result += np.maximum(scaled, 0)  # log(1 + e^z) = max(z, 0) + log(1 + e^-|z|), and e^-|z| cannot overflow
    result /= beta
    return result


@rule(softplus_op, output=True)
def softplus_rule(step: Step, grad: Any) -> Any:
    beta = step.parameters["beta"]
    return grad * -np.expm1(step.output * -beta)  # sigmoid(βx) = 1 - e^(-βy)


def softplus(x: Tensor, beta: float = 1.0) -> Tensor:
    """Return log(1 + e^(βx)) / β, a smooth ReLU whose derivative is sigmoid(βx).

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.
    beta : float, default 1.0
        Above 0; the larger, the closer to ReLU.

    Returns
    -------
    Tensor, the shape of `x`
        0 at -inf. NaN stays NaN. No input overflows, so there is no threshold from which it turns linear, as in
        PyTorch's (which differs by 2e-9 there).

    Raises
    ------
    ValueError
        If `beta` is not above 0.

    Notes
    -----
    Only the output is kept for the derivative.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia (2001), Incorporating second-order functional knowledge for better option
    pricing.

    Examples
    --------
    >>> softplus(Tensor([-1e4, 1e4]))
    Tensor([    0., 10000.])
    """
    if not beta > 0:
        raise ValueError(f"softplus: beta must be above 0, not {beta}.")
    return softplus_op(floating(x), beta=beta)


@operation("elu", flops=4)
def elu_op(step: Step, x: Array, *, alpha: float) -> Array:
    zeros = np.zeros(x.shape, x.dtype)
    result = np.empty(x.shape, x.dtype)
    np.minimum(x, zeros, out=result)
    np.expm1(result, out=result)
    result *= alpha
    result += np.maximum(x, zeros, out=zeros)
    return result


@rule(elu_op, keeps=(0,))
def elu_rule(step: Step, grad: Any) -> Any:
    x = step.inputs[0]
    passed = grad * (x > 0)
    return passed + (grad - passed) * (np.exp(np.minimum(x, 0)) * step.parameters["alpha"])


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Return x where it is positive and alpha (e^x - 1) elsewhere.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.
    alpha : float, default 1.0
        The function tends to -alpha for x to -inf.

    Returns
    -------
    Tensor, the shape of `x`
        NaN stays NaN.

    Notes
    -----
    The derivative at 0 is `alpha` by contract, which for 1 is the derivative.

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by exponential linear units,
    equation 15.

    Examples
    --------
    >>> elu(Tensor([-1e4, 0.0, 3.0]))
    Tensor([-1.,  0.,  3.])
    """
    return elu_op(floating(x), alpha=alpha)


@operation("hardswish", flops=5)
def hardswish_op(step: Step, x: Array) -> Array:
    weight: Array = np.clip(x, -3, 3)
    weight += 3
    weight /= 6
    weight *= np.maximum(x, -3)  # -inf * 0 would be NaN
    return weight


@rule(hardswish_op, keeps=(0,))
def hardswish_rule(step: Step, grad: Any) -> Any:
    x = step.inputs[0]
    bent = grad * (x > -3) * (x < 3)
    return bent * (np.clip(x, -3, 3) / 3 + 0.5) + grad * (x >= 3)


def hardswish(x: Tensor) -> Tensor:
    """Return x min(max(x + 3, 0), 6) / 6: 0 up to -3, x from 3 on, a parabola between.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.

    Returns
    -------
    Tensor, the shape of `x`
        NaN stays NaN.

    Notes
    -----
    The derivative is x/3 + 1/2 between -3 and 3; at the two corners it is, by contract, that of the straight line: 0
    and 1.

    References
    ----------
    Howard et al. (2019), Searching for MobileNetV3, section 5.2.

    Examples
    --------
    >>> hardswish(Tensor([-4.0, 1.0, 4.0]))
    Tensor([-0.       ,  0.6666667,  4.       ])
    """
    return hardswish_op(floating(x))
