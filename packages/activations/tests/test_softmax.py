"""Softmax and log-softmax: along the right axis, at any size of score, with excluded elements."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.activations import LogSoftmax, Softmax, log_softmax, softmax
from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.tensor import Array, Tensor

INF = math.inf


def by_definition(row: Array) -> list[float]:
    """Softmax of a few moderate numbers, in plain Python."""
    exponentials = [math.exp(x) for x in row]
    return [e / math.fsum(exponentials) for e in exponentials]


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_each_axis_has_rows_of_its_own(axis: int) -> None:
    x = np.random.default_rng(0).uniform(-5, 5, (3, 4, 5))
    expected = np.apply_along_axis(by_definition, axis, x)
    np.testing.assert_allclose(softmax(Tensor(x), axis).data, expected, rtol=1e-14)
    np.testing.assert_allclose(log_softmax(Tensor(x), axis).data, np.log(expected), rtol=1e-13)
    np.testing.assert_allclose(Softmax(axis)(Tensor(x)).data, expected, rtol=1e-14)
    np.testing.assert_allclose(LogSoftmax(axis)(Tensor(x)).data, np.log(expected), rtol=1e-13)


def test_the_last_axis_is_the_default() -> None:
    x = Tensor(np.random.default_rng(0).standard_normal((3, 4)))
    for function in (softmax, log_softmax):
        np.testing.assert_array_equal(function(x).data, function(x, 1).data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_enormous_scores_overflow_nothing(dtype: type) -> None:
    x = Tensor(np.array([[1e4, 1e4, -1e4], [-1e4, -1e4, -1e4], [1e4, 0, 0]], dtype))
    y, log_y = softmax(x), log_softmax(x)
    assert y.dtype == log_y.dtype == dtype
    expected = np.array([[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3], [1, 0, 0]])
    np.testing.assert_allclose(y.data, expected, rtol=1e-6)
    ln2, ln3 = math.log(2), math.log(3)
    np.testing.assert_allclose(log_y.data, [[-ln2, -ln2, -2e4 - ln2], [-ln3, -ln3, -ln3], [0, -1e4, -1e4]], rtol=1e-6)


def test_a_row_of_small_scores_does_not_vanish_beside_one_of_large_ones() -> None:
    y = softmax(Tensor(np.array([[1000.0, 1001.0], [-1001.0, -1000.0]])))
    np.testing.assert_allclose(y.data, [by_definition(np.array([0.0, 1.0]))] * 2, rtol=1e-14)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9), st.floats(-1e3, 1e3))
def test_a_constant_added_to_a_row_changes_nothing(row: list[float], constant: float) -> None:
    x = np.array(row)
    y = softmax(Tensor(x)).data
    assert math.isclose(math.fsum(y), 1, rel_tol=1e-14)
    np.testing.assert_allclose(softmax(Tensor(x + constant)).data, y, atol=1e-11)


def test_minus_infinity_excludes_an_element() -> None:
    x = np.array([[0.5, -INF, 1.5], [-INF, -INF, 2.0]])
    first = by_definition(np.array([0.5, 1.5]))
    np.testing.assert_allclose(softmax(Tensor(x)).data, np.array([[first[0], 0, first[1]], [0, 0, 1]]), rtol=1e-14)
    np.testing.assert_allclose(
        log_softmax(Tensor(x)).data, [[math.log(first[0]), -INF, math.log(first[1])], [-INF, -INF, 0]], rtol=1e-14
    )


@pytest.mark.parametrize("axis", [0, 1])
def test_a_row_that_excludes_everything_gives_zeros_and_no_gradient(axis: int) -> None:
    x = np.array([[-INF, -INF, -INF], [0.0, 1.0, -INF]])
    scores = Tensor(x if axis == 1 else x.T, requires_grad=True)
    y = softmax(scores, axis)
    rows = y.data if axis == 1 else y.data.T
    assert rows[0].tolist() == [0, 0, 0]
    np.testing.assert_allclose(rows[1, :2], by_definition(np.array([0.0, 1.0])), rtol=1e-14)
    y.backward(Tensor(np.arange(6.0).reshape(y.shape)))
    assert scores.grad is not None
    gradient = scores.grad.data if axis == 1 else scores.grad.data.T
    assert gradient[0].tolist() == [0, 0, 0]
    assert np.isfinite(gradient).all()
    assert gradient[1, 0] != 0
    log_rows = log_softmax(scores, axis).data if axis == 1 else log_softmax(scores, axis).data.T
    assert log_rows[0].tolist() == [-INF, -INF, -INF]


def test_nan_spoils_its_own_row_alone() -> None:
    x = Tensor([[math.nan, 1.0], [1.0, 1.0]])
    for function in (softmax, log_softmax):
        assert np.isnan(function(x).data).tolist() == [[True, True], [False, False]]


def test_empty_axes_and_rank_0_are_rows_too() -> None:
    for function in (softmax, log_softmax):
        assert function(Tensor(np.zeros((0, 3)))).shape == (0, 3)
        assert function(Tensor(np.zeros((3, 0)))).shape == (3, 0)
    assert softmax(Tensor(5.0)).item() == 1.0
    assert softmax(Tensor([[5.0], [7.0]])).tolist() == [[1.0], [1.0]]


def test_views_that_are_not_contiguous_give_the_same_numbers() -> None:
    view = Tensor(np.random.default_rng(0).standard_normal((6, 8))).T[::2, ::-1]
    for function in (softmax, log_softmax):
        np.testing.assert_allclose(function(view).data, function(Tensor(view.data.copy())).data, rtol=1e-14)


def test_integers_are_computed_as_float32() -> None:
    assert softmax(Tensor(np.array([1, 2], np.int8))).dtype == np.float32
    np.testing.assert_array_equal(softmax(Tensor([1, 2])).data, softmax(Tensor([1.0, 2.0])).data)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_derivatives_agree_with_central_differences_along_every_axis(function: Callable[..., Tensor]) -> None:
    x = Tensor(np.random.default_rng(0).uniform(-2, 2, (2, 3, 4)))
    for axis in (0, 1, 2, -1):
        assert gradcheck(lambda t, axis=axis: function(t, axis), x)
    assert gradcheck(lambda t: function(t, 0), x.permute(2, 0, 1)[::-1])
    assert gradgradcheck(lambda t: function(t, 0), Tensor(x.data[0]))


def test_an_axis_that_is_not_there_is_named_with_the_shape() -> None:
    with pytest.raises(IndexError, match=r"softmax: axis 2 is out of range for shape \(3, 4\).* between -2 and 1"):
        softmax(Tensor(np.zeros((3, 4))), axis=2)
    with pytest.raises(IndexError, match=r"log_softmax: axis -3"):
        log_softmax(Tensor(np.zeros((3, 4))), axis=-3)
