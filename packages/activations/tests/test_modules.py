"""The objects: each is its function with its options, and nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinytorch.activations import (
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
    elu,
    gelu,
    hardswish,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from tinytorch.tensor import Tensor

PAIRS: list[tuple[Activation, Callable[[Tensor], Tensor], str]] = [
    (ReLU(), relu, "ReLU()"),
    (LeakyReLU(0.2), lambda x: leaky_relu(x, 0.2), "LeakyReLU(negative_slope=0.2)"),
    (Sigmoid(), sigmoid, "Sigmoid()"),
    (Tanh(), tanh, "Tanh()"),
    (GELU(), gelu, "GELU(approximate='none')"),
    (GELU("tanh"), lambda x: gelu(x, "tanh"), "GELU(approximate='tanh')"),
    (Softmax(0), lambda x: softmax(x, 0), "Softmax(axis=0)"),
    (LogSoftmax(0), lambda x: log_softmax(x, 0), "LogSoftmax(axis=0)"),
    (SiLU(), silu, "SiLU()"),
    (Softplus(2.0), lambda x: softplus(x, 2.0), "Softplus(beta=2.0)"),
    (ELU(0.5), lambda x: elu(x, 0.5), "ELU(alpha=0.5)"),
    (Hardswish(), hardswish, "Hardswish()"),
]


@pytest.mark.parametrize(("module", "function", "text"), PAIRS, ids=[text for *_, text in PAIRS])
def test_a_module_computes_its_function_and_says_its_options(
    module: Activation, function: Callable[[Tensor], Tensor], text: str
) -> None:
    x = Tensor(np.random.default_rng(0).standard_normal((3, 4)))
    np.testing.assert_array_equal(module(x).data, function(x).data)
    np.testing.assert_array_equal(module.forward(x).data, function(x).data)
    assert repr(module) == text
    assert list(module.parameters()) == []


def test_an_activation_of_ones_own_needs_only_forward() -> None:
    class Square(Activation):
        def forward(self, x: Tensor) -> Tensor:
            return x * x

    assert Square()(Tensor([3.0])).tolist() == [9.0]
    with pytest.raises(NotImplementedError, match=r"Activation\.forward"):
        Activation()(Tensor([3.0]))


def test_a_list_in_the_place_of_a_tensor_is_named_with_the_way_out() -> None:
    numbers: Any = [1.0, 2.0]
    for layer in (ReLU(), GELU(), Softmax(axis=0)):
        with pytest.raises(TypeError, match=r"x is a Tensor of tinytorch, not list; make one of it: Tensor\(x\)"):
            layer(numbers)


def test_options_out_of_range_are_refused_when_the_module_is_made() -> None:
    with pytest.raises(ValueError, match="GELU: approximate must be 'none' or 'tanh', not 'fast'"):
        GELU("fast")
    with pytest.raises(ValueError, match="Softplus: beta must be above 0, not -1"):
        Softplus(-1)
