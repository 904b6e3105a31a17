"""Activation functions with their derivatives, stable where it is hard.

As functions of a tensor and as objects that stand in a `Sequential`. All keep NaN, tend to their limits at ±inf
without a warning, and compute integers as float32.
"""

from tinytorch.activations._erf import erf
from tinytorch.activations._gelu import gelu
from tinytorch.activations._modules import (
    ELU,
    GELU,
    Activation,
    Hardswish,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from tinytorch.activations._rectifiers import leaky_relu, relu
from tinytorch.activations._response import Response, response, saturation, slopes
from tinytorch.activations._sigmoid import sigmoid, tanh
from tinytorch.activations._smooth import elu, hardswish, silu, softplus
from tinytorch.activations._softmax import log_softmax, softmax
from tinytorch.activations._version import __version__

__all__ = [
    "ELU",
    "GELU",
    "Activation",
    "Hardswish",
    "LeakyReLU",
    "LogSoftmax",
    "ReLU",
    "Response",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "__version__",
    "elu",
    "erf",
    "gelu",
    "hardswish",
    "leaky_relu",
    "log_softmax",
    "relu",
    "response",
    "saturation",
    "sigmoid",
    "silu",
    "slopes",
    "softmax",
    "softplus",
    "tanh",
]
