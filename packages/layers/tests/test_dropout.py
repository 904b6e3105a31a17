"""Dropout against the binomial distribution, and against what it must not do."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tinytorch.layers import Dropout, Linear, Sequential, dropout
from tinytorch.tensor import Step, Tensor, listen, ones


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_that_is_dropped_is_p_and_the_survivors_are_divided_by_one_minus_p(p: float) -> None:
    y = Dropout(p, generator=np.random.default_rng(0))(ones(1000, 100)).data.astype(np.float64)
    survivors = y[y != 0]
    np.testing.assert_allclose(survivors, 1 / (1 - p), rtol=1e-6)
    # The number dropped is binomial with standard deviation sqrt(n p (1 - p)).
    assert abs(y.size - survivors.size - p * y.size) < 5 * np.sqrt(y.size * p * (1 - p))
    assert abs(y.mean() - 1) < 5 * np.sqrt(p / (1 - p) / y.size)


def test_elements_are_dropped_independently_of_their_neighbours() -> None:
    dropped = Dropout(0.5, generator=np.random.default_rng(1))(ones(400, 250)).data == 0
    for axis in (0, 1):  # whole rows or columns would agree always, independent elements half the time
        agree = np.mean(np.diff(dropped.astype(int), axis=axis) == 0)
        assert abs(agree - 0.5) < 5 * 0.5 / np.sqrt(1e5)


def test_the_survivors_keep_their_values() -> None:
    x = np.arange(1, 101, dtype=np.float32)
    y = Dropout(0.5, generator=np.random.default_rng(0))(Tensor(x)).data
    np.testing.assert_array_equal(y[y != 0], 2 * x[y != 0])


def test_each_call_draws_another_mask_and_the_same_seed_the_same_sequence() -> None:
    first, second = (Dropout(0.5, generator=np.random.default_rng(5)) for _ in range(2))
    x = ones(64)
    masks = [first(x).data for _ in range(3)]
    assert not np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[1], masks[2])
    for mask in masks:
        np.testing.assert_array_equal(second(x).data, mask)
    assert not np.array_equal(Dropout(0.5)(x).data, Dropout(0.5)(x).data)


def test_dropout_does_nothing_in_evaluation_and_draws_nothing() -> None:
    generator = np.random.default_rng(0)
    state = generator.bit_generator.state
    layer, x = Dropout(0.5, generator=generator).eval(), ones(100)
    assert layer(x) is x
    assert generator.bit_generator.state == state
    assert layer.train()(x) is not x


def test_evaluation_reaches_a_dropout_deep_inside() -> None:
    model = Sequential(Linear(8, 64), Sequential(Dropout(0.5)))
    x = ones(4, 8)
    assert not np.array_equal(model(x).data, model(x).data)
    model.eval()
    np.testing.assert_array_equal(model(x).data, model(x).data)


def test_p_of_zero_changes_nothing() -> None:
    x = ones(3)
    assert Dropout(0.0)(x) is x


def test_the_gradient_passes_where_the_values_passed_and_is_scaled_alike() -> None:
    x = Tensor(np.arange(1.0, 101.0), requires_grad=True)
    y = dropout(x, 0.25, np.random.default_rng(0))
    upstream = np.random.default_rng(1).normal(size=100)
    y.backward(Tensor(upstream))
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, upstream * (y.data / x.data), rtol=1e-14)
    assert 0 < np.count_nonzero(x.grad.data) < 100


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_has_the_type_of_the_input(dtype: Any) -> None:
    assert dropout(ones(3, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1,), (2, 3, 4)])
def test_dropout_takes_any_shape(shape: tuple[int, ...]) -> None:
    y = dropout(ones(shape), 0.5, np.random.default_rng(0))
    assert y.shape == shape
    assert set(np.unique(y.data)) <= {0.0, 2.0}


class Names:
    """A listener that keeps what ran, by kind."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def before(self, step: Step) -> None:
        self.seen.append((step.phase, step.operation.name))

    def after(self, step: Step, outputs: tuple[npt.NDArray[Any], ...]) -> None:
        pass


def test_the_mask_is_drawn_by_an_update_and_is_an_input_of_a_product() -> None:
    names = Names()
    with listen(names):
        dropout(ones(3), 0.5)
    assert ("update", "bernoulli") in names.seen
    assert names.seen[-1] == ("forward", "multiply")


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
def test_a_probability_outside_its_range_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=f"0 <= p < 1, not {p}"):
        Dropout(p)
    with pytest.raises(ValueError, match=f"0 <= p < 1, not {p}"):
        dropout(ones(2), p)


def test_integers_are_refused() -> None:
    with pytest.raises(TypeError, match=r"x is int64.*x\.float\(\)"):
        dropout(Tensor([1, 2, 3]), 0.5)


def test_a_dropout_shows_its_probability() -> None:
    assert repr(Dropout(0.25)) == "Dropout(0.25)"
