"""Slopes and saturation as data, against known derivatives."""

import math

import numpy as np
import pytest

from tinytorch.activations import relu, response, saturation, sigmoid, slopes, softmax, tanh
from tinytorch.tensor import Tensor


def test_slopes_are_the_derivative() -> None:
    x = np.linspace(-5, 5, 41)
    np.testing.assert_allclose(slopes(tanh, x), 1 - np.tanh(x) ** 2, atol=1e-9)
    np.testing.assert_allclose(slopes(lambda t: t * t, x * 1e3), 2e3 * x, rtol=1e-8, atol=1e-6)
    assert slopes(relu, np.array([-1.0, 0.0, 1.0])).tolist() == pytest.approx([0, 0.5, 1], abs=1e-9)


def test_a_response_holds_what_a_plot_needs() -> None:
    curve = response(sigmoid, -8, 8, points=161, threshold=0.01)
    assert curve.x.shape == curve.y.shape == curve.slope.shape == curve.saturated.shape == (161,)
    assert (curve.x[0], curve.x[-1]) == (-8, 8)
    np.testing.assert_allclose(curve.y, [1 / (1 + math.exp(-x)) for x in curve.x], rtol=1e-14)
    np.testing.assert_allclose(curve.slope, curve.y * (1 - curve.y), atol=1e-9)
    # σ' = 1/100 where σ = (1 ± √0.96) / 2, that is at ±4.585.
    np.testing.assert_array_equal(curve.saturated, np.abs(curve.x) > 4.585)


def test_saturation_is_the_share_of_flat_inputs() -> None:
    assert saturation(relu, Tensor([-3.0, -2.0, -1.0, 1.0])) == 0.75
    assert saturation(sigmoid, Tensor([[0.0, 10.0], [-10.0, 0.1]])) == 0.5
    assert saturation(tanh, Tensor([0, 9])) == 0.5
    assert math.isnan(saturation(relu, Tensor(np.zeros((0, 2)))))


def test_nothing_is_recorded_and_no_gradient_is_left_behind() -> None:
    x = Tensor([0.5, -0.5], requires_grad=True)
    saturation(tanh, x)
    assert x.grad is None


def test_a_function_that_changes_the_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"keep the shape \(3,\) of its input, it gave \(\)"):
        slopes(lambda t: softmax(t).sum(), np.zeros(3))
