"""The smooth activations against closed forms from `math`, at the edges and in their derivatives."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from tinytorch.activations import (
    elu,
    erf,
    gelu,
    hardswish,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from tinytorch.autograd import grad, gradcheck, gradgradcheck
from tinytorch.tensor import Tensor, concatenate, operations

Function = Callable[[Tensor], Tensor]


def exact_sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def exact_gelu(x: float) -> float:
    return x * 0.5 * math.erfc(-x / math.sqrt(2))


def exact_gelu_tanh(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu_tanh(x: Tensor) -> Tensor:
    return gelu(x, approximate="tanh")


def steep_softplus(x: Tensor) -> Tensor:
    return softplus(x, 3.0)


def tall_elu(x: Tensor) -> Tensor:
    return elu(x, 2.0)


FORMULAS: dict[Function, Callable[[float], float]] = {
    sigmoid: exact_sigmoid,
    tanh: math.tanh,
    erf: math.erf,
    gelu: exact_gelu,
    gelu_tanh: exact_gelu_tanh,
    silu: lambda x: x * exact_sigmoid(x),
    softplus: lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
    steep_softplus: lambda x: max(x, 0) + math.log1p(math.exp(-3 * abs(x))) / 3,
    elu: lambda x: x if x > 0 else math.expm1(x),
    tall_elu: lambda x: x if x > 0 else 2 * math.expm1(x),
    hardswish: lambda x: x * min(max(x + 3, 0), 6) / 6,
}
LIMITS: dict[Function, tuple[float, float]] = {
    relu: (0, math.inf),
    leaky_relu: (-math.inf, math.inf),
    sigmoid: (0, 1),
    tanh: (-1, 1),
    erf: (-1, 1),
    gelu: (0, math.inf),
    gelu_tanh: (0, math.inf),
    silu: (0, math.inf),
    softplus: (0, math.inf),
    elu: (-1, math.inf),
    hardswish: (0, math.inf),
}
LINE = np.concatenate([np.linspace(-6, 6, 97), np.linspace(-40, 40, 21), [-1e4, 1e4, -1e-9, 1e-9]])


@pytest.mark.parametrize("function", FORMULAS)
def test_float64_agrees_with_the_formula_to_14_digits_of_the_scale(function: Function) -> None:
    expected = np.array([FORMULAS[function](float(x)) for x in LINE])
    np.testing.assert_allclose(function(Tensor(LINE)).data, expected, rtol=2e-15, atol=2e-15)


@pytest.mark.parametrize("function", FORMULAS)
def test_float32_stays_float32_and_is_right_to_its_rounding(function: Function) -> None:
    x = LINE.astype(np.float32)
    y = function(Tensor(x))
    assert y.dtype == np.float32
    expected = np.array([FORMULAS[function](float(v)) for v in x])
    np.testing.assert_allclose(y.data, expected, rtol=5e-7, atol=5e-7)


@pytest.mark.parametrize("function", LIMITS)
def test_infinities_go_to_their_limits_and_nan_stays(function: Function) -> None:
    y = function(Tensor([-math.inf, math.inf, math.nan])).data
    assert (y[0], y[1]) == LIMITS[function]
    assert math.isnan(y[2])


@pytest.mark.parametrize("function", LIMITS)
def test_the_gradient_at_ten_thousand_is_finite_in_both_types(function: Function) -> None:
    for dtype in (np.float32, np.float64):
        x = Tensor(np.array([-1e4, -1e3, 1e3, 1e4], dtype), requires_grad=True)
        function(x).backward(Tensor(np.array([2, 3, 5, 7], dtype)))
        assert x.grad is not None
        assert x.grad.dtype == dtype
        assert np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("function", LIMITS)
def test_shapes_are_kept_and_views_give_the_same_numbers(function: Function) -> None:
    for shape in [(), (1,), (0, 3), (2, 3, 4)]:
        assert function(Tensor(np.ones(shape))).shape == shape
    x = np.random.default_rng(0).standard_normal((6, 8))
    view = Tensor(x).T[::2, ::-1]
    np.testing.assert_array_equal(function(view).data, function(Tensor(view.data.copy())).data)


@pytest.mark.parametrize("function", [f for f in LIMITS if f is not relu])
def test_integers_are_computed_as_float32(function: Function) -> None:
    y = function(Tensor(np.array([-2, 0, 3], np.int8)))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, function(Tensor([-2.0, 0.0, 3.0])).data)


@pytest.mark.parametrize("function", [*FORMULAS, relu])
def test_the_input_is_left_alone(function: Function) -> None:
    x = Tensor(LINE)
    function(x)
    np.testing.assert_array_equal(x.data, LINE)


@pytest.mark.parametrize("function", FORMULAS)
def test_derivatives_agree_with_central_differences(function: Function) -> None:
    x = Tensor(np.array([[-3.7, -1.3, -0.4, 0.2], [0.6, 1.1, 2.4, 3.9]]))
    assert gradcheck(function, x)
    assert gradcheck(function, x.T[::-1])
    assert gradcheck(lambda t: concatenate([function(t), t * function(t)]), x)


@pytest.mark.parametrize("function", FORMULAS)
def test_second_derivatives_agree_with_central_differences(function: Function) -> None:
    assert gradgradcheck(function, Tensor(np.array([[-3.7, -1.3, -0.4], [0.6, 1.1, 2.4]])))


def test_sigmoid_keeps_the_relative_accuracy_of_small_values() -> None:
    x = np.array([-700.0, -100.0, -40.0, -20.0])
    np.testing.assert_allclose(sigmoid(Tensor(x)).data, np.exp(x), rtol=3e-9)
    y = sigmoid(Tensor(np.array([-80.0, -20.0], np.float32))).data
    np.testing.assert_allclose(y, np.exp([-80.0, -20.0]), rtol=3e-7)


def test_sigmoid_of_minus_x_is_one_minus_sigmoid_of_x() -> None:
    x = np.random.default_rng(0).uniform(-9, 9, 100)
    np.testing.assert_allclose(sigmoid(Tensor(-x)).data, 1 - sigmoid(Tensor(x)).data, atol=2e-16)


def test_erf_is_relatively_accurate_however_small_its_argument() -> None:
    x = np.concatenate([np.logspace(-300, 0.7, 400), -np.logspace(-20, 0.7, 100)])
    np.testing.assert_allclose(erf(Tensor(x)).data, [math.erf(v) for v in x], rtol=1e-15)
    single = x[np.abs(x) > 1e-30].astype(np.float32)
    np.testing.assert_allclose(erf(Tensor(single)).data, [math.erf(float(v)) for v in single], rtol=3e-7)


def test_gelu_is_relatively_accurate_in_its_negative_tail() -> None:
    x = -np.linspace(0.1, 30, 300)
    # The exponent -x²/2 is rounded, so its error grows like x².
    np.testing.assert_array_less(
        np.abs(gelu(Tensor(x)).data / [exact_gelu(float(v)) for v in x] - 1), 4e-16 * (4 + x * x)
    )


def test_the_two_forms_of_gelu_are_not_mixed_up() -> None:
    x = np.linspace(-4, 4, 101)
    assert 4e-4 < np.abs(gelu(Tensor(x)).data - gelu_tanh(Tensor(x)).data).max() < 5e-4


def test_gelu_of_more_elements_than_a_block_is_that_of_its_pieces() -> None:
    x = np.random.default_rng(0).standard_normal(70_001).astype(np.float32)
    for function in (gelu, gelu_tanh):
        whole = Tensor(x, requires_grad=True)
        y = function(whole)
        y.backward(Tensor(np.ones_like(x)))
        assert whole.grad is not None
        for piece in (slice(0, 9), slice(32_760, 32_775), slice(69_990, 70_001)):
            part = Tensor(x[piece], requires_grad=True)
            z = function(part)
            z.backward(Tensor(np.ones_like(x[piece])))
            assert part.grad is not None
            np.testing.assert_allclose(y.data[piece], z.data, rtol=1e-6, atol=1e-7)
            np.testing.assert_allclose(whole.grad.data[piece], part.grad.data, rtol=1e-6, atol=1e-7)


def test_gelu_refuses_a_form_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="approximate must be 'none' or 'tanh', not 'fast'"):
        gelu(Tensor([1.0]), approximate="fast")


def test_softplus_refuses_a_beta_of_0() -> None:
    with pytest.raises(ValueError, match="beta must be above 0, not 0"):
        softplus(Tensor([1.0]), beta=0)


def test_the_corners_have_the_slopes_that_the_docstrings_promise() -> None:
    x = Tensor([-3.0, 3.0], requires_grad=True)
    hardswish(x).backward(Tensor([2.0, 5.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 5.0]
    zero = Tensor([0.0], requires_grad=True)
    elu(zero, 0.5).backward(Tensor([4.0]))
    assert zero.grad is not None
    assert zero.grad.tolist() == [2.0]


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu"])
def test_a_composition_is_the_same_function_with_the_same_derivative(name: str) -> None:
    operation = operations[name]
    assert operation.composition is not None
    x = Tensor(LINE, requires_grad=True)
    np.testing.assert_allclose(operation.composition(x).data, operation(x).data, rtol=1e-9, atol=1e-14)
    upstream = Tensor(np.linspace(0.5, 1.5, LINE.size))
    (by_rule,) = grad(operation(x), x, upstream)
    (by_composition,) = grad(operation(x), x, upstream, create_graph=True)
    assert by_rule is not None
    assert by_composition is not None
    np.testing.assert_allclose(by_composition.data, by_rule.data, rtol=1e-9, atol=1e-14)
