"""Reductions against NumPy over every choice of axes, and what they say about axes that are not there."""

from typing import Any

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor

X = np.random.default_rng(0).permutation(24).reshape(2, 3, 4) / 8.0
AXES = [None, 0, 1, 2, -1, -3, (0,), (0, 2), (-1, 0), (0, 1, 2), ()]
NAMES = ["sum", "mean", "max", "min", "prod", "any", "all"]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", NAMES)
def test_reductions_take_one_axis_several_or_all(name: str, axis: Any, keepdims: bool) -> None:
    expected = getattr(np, name)(X, axis=axis, keepdims=keepdims)
    for t in (Tensor(X), Tensor(X.T.copy()).T):
        result = getattr(t, name)(axis=axis, keepdims=keepdims)
        assert result.shape == expected.shape
        np.testing.assert_allclose(result.data, expected, rtol=1e-14)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, -3])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_of_extremes_are_numpys(name: str, axis: Any, keepdims: bool) -> None:
    expected = getattr(np, name)(X, axis=axis, keepdims=keepdims)
    np.testing.assert_array_equal(getattr(Tensor(X), name)(axis, keepdims).data, expected)
    assert getattr(Tensor([1, 3, 3, 1]), name)().item() == {"argmax": 1, "argmin": 0}[name]  # the first of ties


@pytest.mark.parametrize("axis", AXES[:-1])
@pytest.mark.parametrize("correction", [0, 1])
def test_variance_divides_by_n_less_the_correction(axis: Any, correction: int) -> None:
    expected = np.var(X, axis=axis, ddof=correction)
    np.testing.assert_allclose(Tensor(X).var(axis, correction).data, expected, rtol=1e-12)
    np.testing.assert_allclose(Tensor(X).std(axis, correction).data, np.sqrt(expected), rtol=1e-12)
    kept = Tensor(X).var(axis, correction, keepdims=True)
    assert kept.shape == np.var(X, axis=axis, keepdims=True).shape


def test_variance_is_pytorchs_by_default_and_survives_a_large_mean() -> None:
    assert Tensor([1.0, 3.0]).var().item() == 2.0
    assert Tensor([1.0, 3.0]).var(correction=0).item() == 1.0
    assert np.isnan(Tensor([1.0]).var().item())
    shifted = Tensor(X + 1e7).var().item()
    assert shifted == pytest.approx(X.var(ddof=1), rel=1e-6)


def test_means_are_right_for_known_numbers() -> None:
    t = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
    assert t.mean().item() == 4.0
    assert t.mean(0).tolist() == [2.5, 3.5, 6.0]
    assert t.mean(1).tolist() == [2.0, 6.0]
    assert t.mean((0, 1), keepdims=True).tolist() == [[4.0]]


def test_reducing_nothing_gives_the_neutral_element_or_says_there_is_none() -> None:
    empty = tt.zeros(0, 3)
    assert empty.sum().item() == 0
    assert empty.sum(0).tolist() == [0, 0, 0]
    assert empty.prod(0).tolist() == [1, 1, 1]
    assert empty.sum(1).shape == (0,)
    assert empty.max(1).shape == (0,)
    assert np.isnan(empty.mean().item())
    assert np.isnan(empty.mean(0).data).all()
    for name in ("max", "min", "argmax", "argmin"):
        with pytest.raises(ValueError, match=rf"{name}: axis 0 of shape \(0, 3\) has no elements"):
            getattr(empty, name)(0)


def test_a_tensor_of_rank_0_reduces_to_itself() -> None:
    t = Tensor(3.0)
    for name in ("sum", "mean", "max", "min", "prod"):
        assert getattr(t, name)().item() == 3.0
    assert t.argmax().item() == 0
    assert t.sum(keepdims=True).shape == ()


@pytest.mark.parametrize("name", [*NAMES, "argmax", "argmin"])
@pytest.mark.parametrize("axis", [3, -4])
def test_an_axis_that_is_not_there_is_named_with_the_shape(name: str, axis: int) -> None:
    with pytest.raises(IndexError, match=rf"{name}: axis {axis} is out of range for a tensor of shape \(2, 3, 4\)"):
        getattr(Tensor(X), name)(axis)


def test_axes_must_be_integers_each_once() -> None:
    with pytest.raises(TypeError, match=r"sum: axis is None, an int or a tuple of ints, not \[0\]"):
        Tensor(X).sum([0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"not 1\.5"):
        Tensor(X).mean(1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"axis \(0, -3\) names an axis twice"):
        Tensor(X).sum((0, -3))
    with pytest.raises(TypeError, match=r"argmax: axis is one int, not \(0, 1\)"):
        Tensor(X).argmax((0, 1))  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="rank 0"):
        Tensor(1.0).sum(1)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_running_sum_adds_up_what_came_before(axis: int) -> None:
    result = Tensor(X).cumsum(axis)
    step = np.diff(result.data, axis=axis)
    np.testing.assert_allclose(step, np.delete(X, 0, axis=axis), atol=1e-12)
    np.testing.assert_allclose(result.data.take(0, axis), X.take(0, axis))
    assert tt.zeros(0, 2).cumsum(0).shape == (0, 2)
    with pytest.raises(IndexError, match="cumsum: axis 3 is not an axis"):
        Tensor(X).cumsum(3)
