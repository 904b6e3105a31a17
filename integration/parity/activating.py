"""Rows of activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from integration.parity.draws import Cases, both, one, with_options
from integration.parity.mistakes import wrong_function, wrong_kernel, wrong_rule
from integration.parity.reductions import along
from integration.parity.row import Function, Row

from tinytorch import activations as ours
from tinytorch.tensor import Step, exp

F: Any = torch.nn.functional
inf, nan = np.inf, np.nan
FAR = [1000.0, -1000.0, 60.0, -60.0, 20.5, -20.5]
WIDE = list(np.linspace(-6, 6, 97))
LIMITS = [inf, -inf, nan, 1.0]


def faces(name: str, module: Any) -> dict[str, Function]:
    """The function and the object; options go to the function or to the constructor."""
    return {name: getattr(ours, name), module.__name__: lambda x, **options: module(**options)(x)}


def leaking(step: Step, grad: Any, right: Any) -> Any:
    return np.where(step.output == 0, grad, right)


def slope_at(place: float, slope: float) -> Any:
    """The derivative at one place replaced by another choice."""
    return lambda step, grad, right: np.where(step.inputs[0] == place, grad * slope, right)


def crude_erf(x: Any) -> Any:
    """Abramowitz and Stegun 7.1.26: 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return (np.sign(x) * (1 - series * np.exp(-x * x))).astype(x.dtype)


def unshifted(x: Any, axis: int) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def over_axes() -> Cases:
    """Every axis of every kind of shape, and rows that are hard."""
    return both(
        along(terms=False), along([1000.0, 999.0, -1000.0], [-inf, 0.0, 1.0], [nan, 1.0], [1e4, 1e4], terms=False)
    )


ROWS = [
    Row(
        "relu",
        faces("relu", ours.ReLU),
        F.relu,
        one(-3, 3, [0.0, -0.0, 1.0], LIMITS),
        "a slope of 1 at 0",
        wrong_rule("relu", leaking),
        (ours.relu, "At 0, where there is none, it is 0 by contract"),
    ),
    Row(
        "leaky_relu",
        faces("leaky_relu", ours.LeakyReLU),
        F.leaky_relu,
        with_options(one(-3, 3, [0.0, -0.0, 1.0], [inf, -inf, nan, 1.0]), {}, {"negative_slope": 0.2}),
        "a slope of 1 at 0",
        wrong_rule("leaky_relu", slope_at(0, 1)),
        (ours.leaky_relu, "derivative at 0 is `negative_slope` by contract"),
    ),
    Row(
        "sigmoid",
        faces("sigmoid", ours.Sigmoid),
        torch.sigmoid,
        one(-6, 6, FAR, LIMITS),
        "e^x / (1 + e^x), which overflows",
        wrong_kernel("sigmoid", lambda x: np.exp(x) / (1 + np.exp(x))),
    ),
    Row(
        "tanh, the activation",
        faces("tanh", ours.Tanh),
        torch.tanh,
        one(-2.5, 2.5, FAR, LIMITS),
        "tanh through a sigmoid that was not stretched",
        wrong_function(lambda x: ours.sigmoid(x) * 2 - 1),
        operations=("tanh",),
    ),
    Row(
        "erf",
        {"erf": ours.erf},
        torch.erf,
        one(-4, 4, FAR, LIMITS, [1e-8, -1e-8], [0.5, 1.0, 2.0, 3.0, 5.0]),
        "an approximation good to seven digits",
        wrong_kernel("erf", crude_erf),
    ),
    Row(
        "gelu",
        faces("gelu", ours.GELU),
        F.gelu,
        one(-0.5, 4, WIDE, FAR, [nan, 1.0], [-5.0, -4.0, 5.0]),
        "the tanh approximation unasked",
        wrong_function(lambda x: ours.gelu(x, "tanh")),
        (ours.gelu, 'default "none"'),
    ),
    Row(
        "gelu_tanh",
        {"gelu": lambda x: ours.gelu(x, "tanh"), "GELU": lambda x: ours.GELU("tanh")(x)},
        lambda x: F.gelu(x, approximate="tanh"),
        one(-0.5, 4, WIDE, FAR, [nan, 1.0]),
        "the exact function in the place of the approximation",
        wrong_function(ours.gelu),
    ),
    Row(
        "silu",
        faces("silu", ours.SiLU),
        F.silu,
        one(-0.5, 6, WIDE, FAR, [inf, nan, 1.0]),
        "the derivative of x σ(x) taken as σ(x)",
        wrong_rule("silu", lambda step, grad, right: grad / (1 + np.exp(-step.inputs[0]))),
    ),
    Row(
        "softplus",
        faces("softplus", ours.Softplus),
        lambda x, beta=1.0: F.softplus(x, beta, threshold=80),
        with_options(one(-6, 6, [60.0, -60.0, 1000.0, -1000.0], [inf, nan, -inf]), {}, {"beta": 3.0}),
        "log(1 + e^x), which overflows",
        wrong_kernel("softplus", lambda x, beta: np.log(1 + np.exp(x * beta)) / beta),
        (ours.softplus, "no threshold from which it turns linear"),
    ),
    Row(
        "elu",
        faces("elu", ours.ELU),
        F.elu,
        with_options(one(-3, 3, [0.0, 1e-9, -1e-9], FAR, LIMITS), {}, {"alpha": 0.5}),
        "a slope of 1 at 0, whatever alpha",
        wrong_rule("elu", slope_at(0, 1)),
        (ours.elu, "derivative at 0 is `alpha` by contract"),
    ),
    Row(
        "hardswish",
        faces("hardswish", ours.Hardswish),
        F.hardswish,
        one(-5, 5, [3.0, -3.0, 0.0], FAR, [inf, nan]),
        "the parabola's slope at the corner",
        wrong_rule("hardswish", slope_at(3, 1.5)),
        (ours.hardswish, "at the two corners it is, by contract, that of the straight line"),
    ),
    Row(
        "softmax",
        faces("softmax", ours.Softmax),
        lambda x, axis: torch.softmax(x, axis),
        over_axes(),
        "exponentials that overflow, the maximum not taken out",
        wrong_kernel("softmax", unshifted),
        (ours.softmax, "gives zeros by contract"),
    ),
    Row(
        "log_softmax",
        faces("log_softmax", ours.LogSoftmax),
        lambda x, axis: torch.log_softmax(x, axis),
        over_axes(),
        "the logarithm of a softmax that has become 0",
        wrong_kernel(
            "log_softmax",
            lambda x, axis: np.log(
                unshifted(x - x.max(axis=axis, keepdims=True, initial=-1e300 if x.dtype == np.float64 else -1e38), axis)
            ),
        ),
        (ours.log_softmax, "A row of -inf alone stays -inf"),
    ),
    Row(
        "e^x through two functions",
        {"exp, then sigmoid": lambda x: ours.sigmoid(exp(x))},
        lambda x: torch.sigmoid(torch.exp(x)),
        one(-3, 3),
        "the gradient of the outer function alone",
        wrong_rule("exp", lambda step, grad, right: grad),
        operations=("sigmoid", "exp"),
    ),
]
