"""ReLU and leaky ReLU against their definition, element by element."""

import math

import numpy as np
import pytest

from tinytorch.activations import LeakyReLU, ReLU, leaky_relu, relu
from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.tensor import Tensor

VALUES = [-1e4, -2.5, -1.0, -1e-30, 0.0, 1e-30, 1.0, 2.5, 1e4]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_relu_is_the_larger_of_x_and_0_in_the_type_of_x(dtype: type) -> None:
    y = relu(Tensor(np.array(VALUES, dtype)))
    assert y.dtype == dtype
    assert y.tolist() == [max(float(dtype(x)), 0.0) for x in VALUES]


def test_relu_keeps_integers() -> None:
    y = relu(Tensor([-2, 0, 3]))
    assert y.dtype == np.int64
    assert y.tolist() == [0, 0, 3]


def test_relu_passes_the_gradient_where_x_is_positive_and_nothing_at_0() -> None:
    x = Tensor([-2.0, -0.0, 0.0, 1e-30, 3.0], requires_grad=True)
    relu(x).backward(Tensor([2.0, 3.0, 5.0, 7.0, 11.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 0.0, 0.0, 7.0, 11.0]


def test_relu_hides_no_nan_and_lets_its_gradient_pass() -> None:
    x = Tensor([math.nan, 1.0, -1.0], requires_grad=True)
    y = relu(x)
    assert np.isnan(y.data).tolist() == [True, False, False]
    y.backward(Tensor([2.0, 3.0, 5.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 3.0, 0.0]


def test_relu_leaves_its_input_alone() -> None:
    array = np.array(VALUES)
    x = Tensor(array)
    relu(x)
    leaky_relu(x)
    np.testing.assert_array_equal(x.data, array)


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3, 4)])
def test_every_shape_is_kept(shape: tuple[int, ...]) -> None:
    x = Tensor(np.full(shape, -2.0))
    assert relu(x).shape == shape
    assert leaky_relu(x).shape == shape


def test_views_that_are_not_contiguous_give_the_same_numbers() -> None:
    x = np.random.default_rng(0).standard_normal((6, 8))
    view = Tensor(x).T[::2, ::-1]
    np.testing.assert_array_equal(relu(view).data, np.where(x.T[::2, ::-1] > 0, x.T[::2, ::-1], 0))
    np.testing.assert_array_equal(
        leaky_relu(view, 0.25).data, np.where(x.T[::2, ::-1] > 0, x.T[::2, ::-1], 0.25 * x.T[::2, ::-1])
    )


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.5, 2.0, -1.0])
def test_leaky_relu_multiplies_negative_numbers_once_by_the_slope(slope: float) -> None:
    y = leaky_relu(Tensor(np.array(VALUES)), slope)
    assert y.tolist() == [x if x > 0 else slope * x for x in VALUES]


def test_leaky_relu_uses_a_hundredth_unless_told() -> None:
    np.testing.assert_allclose(leaky_relu(Tensor(np.array([-1.0, 1.0]))).data, [-0.01, 1.0], rtol=1e-15)
    np.testing.assert_allclose(LeakyReLU()(Tensor(np.array([-1.0, 1.0]))).data, [-0.01, 1.0], rtol=1e-15)


def test_leaky_relu_has_the_slope_of_the_negative_side_at_0() -> None:
    x = Tensor([-2.0, 0.0, 3.0], requires_grad=True)
    leaky_relu(x, 0.25).backward(Tensor([4.0, 8.0, 16.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 2.0, 16.0]
    assert x.grad.dtype == np.float32


def test_infinities_go_to_their_limits_and_nan_stays() -> None:
    x = Tensor([math.inf, -math.inf, math.nan])
    np.testing.assert_array_equal(relu(x).data, [math.inf, 0, math.nan])
    np.testing.assert_array_equal(leaky_relu(x, 0.5).data, [math.inf, -math.inf, math.nan])


def test_derivatives_agree_with_central_differences() -> None:
    x = Tensor(np.random.default_rng(1).uniform(0.1, 2, (3, 4)) * [1, -1, 1, -1])
    assert gradcheck(relu, x)
    assert gradcheck(lambda t: leaky_relu(t, 0.3), x.T[::-1])
    assert gradgradcheck(lambda t: relu(t) * t, x)
    assert gradgradcheck(lambda t: leaky_relu(t, 0.3) * t, x)


def test_modules_are_the_functions_with_their_options() -> None:
    x = Tensor([-4.0, 2.0])
    assert ReLU()(x).tolist() == ReLU().forward(x).tolist() == [0.0, 2.0]
    assert LeakyReLU(0.25)(x).tolist() == [-1.0, 2.0]
