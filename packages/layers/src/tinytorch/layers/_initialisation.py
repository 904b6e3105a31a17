"""Initialisation: where training starts.

A weight matrix W of shape (in, out) has fan-in `in`, the number of terms in each output, and fan-out `out`. With
independent inputs of variance v, an output has variance in · Var(W) · v: so that signals neither vanish nor explode
over many layers, Var(W) must be about 1/in, and backwards 1/out.

Each function draws in place and returns its tensor. Draws come from the `numpy.random.Generator` that is passed, a
fresh one otherwise.
"""

from __future__ import annotations

import math
from typing import Literal, TypeVar

import numpy as np

from tinytorch.tensor import Array, Step, Tensor, update

T = TypeVar("T", bound=Tensor)


@update("init.uniform")
def uniform_update(
    step: Step, targets: list[Array], *, low: float, high: float, generator: np.random.Generator
) -> None:
    for target in targets:
        target[...] = generator.uniform(low, high, target.shape)


@update("init.normal")
def normal_update(step: Step, targets: list[Array], *, mean: float, std: float, generator: np.random.Generator) -> None:
    for target in targets:
        target[...] = generator.normal(mean, std, target.shape)


@update("init.constant", flops=0)
def constant_update(step: Step, targets: list[Array], *, value: float) -> None:
    for target in targets:
        target[...] = value


def uniform_(tensor: T, low: float = 0.0, high: float = 1.0, *, generator: np.random.Generator | None = None) -> T:
    """Fill with draws that are uniform on [low, high)."""
    _check("uniform_", tensor)
    if not low <= high:
        raise ValueError(f"uniform_: low must not be above high, but {low} > {high}.")
    uniform_update([tensor], low=low, high=high, generator=_or_fresh(generator))
    return tensor


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, *, generator: np.random.Generator | None = None) -> T:
    """Fill with draws from the normal distribution of this mean and standard deviation."""
    _check("normal_", tensor)
    if not std >= 0:
        raise ValueError(f"normal_: a standard deviation is 0 or more, not {std}.")
    normal_update([tensor], mean=mean, std=std, generator=_or_fresh(generator))
    return tensor


def zeros_(tensor: T) -> T:
    """Fill with zeros. For biases: equal rows of a weight stay equal for ever, so that all units learn the same."""
    constant_update([tensor], value=0)
    return tensor


def ones_(tensor: T) -> T:
    """Fill with ones. For scales."""
    constant_update([tensor], value=1)
    return tensor


def xavier_uniform_(
    tensor: T,
    gain: float = 1.0,
    *,
    fans: tuple[int, int] | None = None,
    generator: np.random.Generator | None = None,
) -> T:
    """Fill with U(−b, b), b = gain · √(6 / (fan_in + fan_out)): variance 2 gain² / (fan_in + fan_out).

    A compromise between 1/in and 1/out, for layers with tanh or no activation.

    Parameters
    ----------
    tensor : Tensor of shape (in, out)
        Of any shape if `fans` is given.
    gain : float, default 1
    fans : (int, int), optional
        Fan-in and fan-out, for weights in another order of axes (a convolution's).
    generator : numpy.random.Generator, optional

    Raises
    ------
    ValueError
        For a tensor that is no matrix, unless `fans` is given.
    TypeError
        For integers.

    References
    ----------
    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, equation 16.
    """
    fan_in, fan_out = _fans("xavier_uniform_", tensor, fans)
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator=generator)


def xavier_normal_(
    tensor: T,
    gain: float = 1.0,
    *,
    fans: tuple[int, int] | None = None,
    generator: np.random.Generator | None = None,
) -> T:
    """Fill with N(0, σ²), σ = gain · √(2 / (fan_in + fan_out)). Parameters as of `xavier_uniform_`."""
    fan_in, fan_out = _fans("xavier_normal_", tensor, fans)
    return normal_(tensor, 0.0, gain * math.sqrt(2 / (fan_in + fan_out)), generator=generator)


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    *,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    fans: tuple[int, int] | None = None,
    generator: np.random.Generator | None = None,
) -> T:
    """Fill with U(−b, b), b = √(6 / ((1 + a²) fan)): variance 2 / ((1 + a²) fan).

    For layers followed by ReLU, which halves the second moment of its input; the 2 makes up for it.

    Parameters
    ----------
    tensor : Tensor of shape (in, out)
        Of any shape if `fans` is given.
    a : float, default 0
        The slope of the leaky ReLU that follows, for negative inputs; 0 for ReLU.
    mode : {"fan_in", "fan_out"}
        Keep the variance of the signals forward, or of the gradients backward.
    fans : (int, int), optional
        Fan-in and fan-out, for weights in another order of axes (a convolution's).
    generator : numpy.random.Generator, optional

    References
    ----------
    He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015, equations 10, 14 and 15.
    """
    std = _checked_std("kaiming_uniform_", tensor, a, mode, fans)
    bound = math.sqrt(3) * std  # U(−b, b) has variance b²/3
    return uniform_(tensor, -bound, bound, generator=generator)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    *,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    fans: tuple[int, int] | None = None,
    generator: np.random.Generator | None = None,
) -> T:
    """Fill with N(0, σ²), σ = √(2 / ((1 + a²) fan)). Parameters as of `kaiming_uniform_`."""
    return normal_(tensor, 0.0, _checked_std("kaiming_normal_", tensor, a, mode, fans), generator=generator)


def _checked_std(name: str, tensor: Tensor, a: float, mode: str, fans: tuple[int, int] | None) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name}: mode is 'fan_in' or 'fan_out', not {mode!r}.")
    return kaiming_std(_fans(name, tensor, fans)[mode == "fan_out"], a)


def kaiming_std(fan: int, a: float) -> float:
    """Return the standard deviation of the weights in a sum of `fan` terms that keeps its inputs' second moment.

    The inputs of the sum come from a leaky ReLU of slope `a`, which is all they lost on the way: a signal that is
    symmetric around 0 had half of its second moment on either side, and the left half was multiplied by a².
    """
    return math.sqrt(2 / ((1 + a * a) * fan))


def _fans(name: str, tensor: Tensor, fans: tuple[int, int] | None) -> tuple[int, int]:
    if fans is None:
        if tensor.ndim != 2:
            raise ValueError(
                f"{name}: shape {tensor.shape} is no matrix (in, out), so it does not tell how many terms each output "
                "sums; pass fans=(fan_in, fan_out)."
            )
        fans = (tensor.shape[0], tensor.shape[1])
    if min(fans) < 1:
        raise ValueError(f"{name}: fan-in and fan-out must be at least 1, not {fans}.")
    return fans


def _check(name: str, tensor: Tensor) -> None:
    if tensor.dtype.kind != "f":
        raise TypeError(f"{name}: draws are floats, this tensor is {tensor.dtype.name}.")


def _or_fresh(generator: np.random.Generator | None) -> np.random.Generator:
    return np.random.default_rng() if generator is None else generator
