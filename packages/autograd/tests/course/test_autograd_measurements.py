"""What the lesson measures, against closed forms and counts; times are only times."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tinytorch.course.autograd.measurements import batch_of, central_differences, digits, kept, knobs, network, passes
from tinytorch.tensor import Tensor


def test_slopes_of_a_polynomial_are_measured_and_its_parameters_are_left_as_they_were() -> None:
    w, v = Tensor(np.array([[1.0, -2.0], [0.5, 3.0]])), Tensor(np.array([4.0]))
    before = w.data.copy()
    found = list(central_differences(lambda: float((w * w * w).sum() + w.sum() * v.sum()), [w, v]))
    np.testing.assert_allclose(found[0], 3 * before**2 + 4.0, rtol=1e-7)
    np.testing.assert_allclose(found[1], [before.sum()], rtol=1e-7)
    np.testing.assert_array_equal(w.data, before)


def test_both_ways_to_a_gradient_agree() -> None:
    race = knobs(2)
    assert race.parameters == 64 * 2 + 2 * 10
    assert race.apart < 1e-6
    assert race.forward > 0
    assert race.measured > race.carried > 0


@pytest.mark.parametrize("sizes", [(20, 12, 7, 5), (6, 6, 6, 6, 6)])
def test_each_activation_is_kept_once_and_nothing_without_recording(sizes: tuple[int, ...]) -> None:
    found = kept(16, sizes)
    assert found.by_operation["linear"] == 4 * 16 * sizes[0]
    assert found.by_operation["relu"] == 4 * 16 * sum(sizes[1:-1])
    labels, loss = 8 * 16, 4
    assert found.alive == sum(found.by_operation.values()) - found.by_operation["linear"] - labels + loss
    assert found.alive_unrecorded == loss


@pytest.mark.parametrize("sizes", [(20, 12, 7, 5), (6, 6, 6, 6, 6)])
def test_the_walk_back_makes_two_products_a_layer_but_one_in_the_first(sizes: tuple[int, ...]) -> None:
    one = passes(16, sizes)
    products = [2 * 16 * fan_in * fan_out for fan_in, fan_out in itertools.pairwise(sizes)]
    assert one.flops_forward == sum(products)
    assert one.flops_backward == 2 * sum(products) - products[0]
    assert min(one.forward, one.backward) > 0


def test_networks_and_batches_have_the_sizes_asked_for() -> None:
    x, labels = batch_of((20, 12, 5), 3)
    assert network((20, 12, 5))(x).shape == (3, 5)
    assert (labels.shape, labels.data.max() < 5) == ((3,), True)
    images, names = digits(7)
    assert images.shape == (7, 64)
    assert 0 <= images.data.min() < images.data.max() <= 1
    assert names.shape == (7,)
