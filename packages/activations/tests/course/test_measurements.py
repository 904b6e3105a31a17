"""The lesson's measurements against what can be said beforehand; times are only times."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tinytorch.activations import relu, sigmoid
from tinytorch.course.activations.measurements import chain, cost, size_of_slopes, stack
from tinytorch.tensor import Tensor


def test_a_chain_of_sigmoids_stays_below_the_bound_and_tends_to_the_slope_at_its_fixed_point() -> None:
    shares = chain(sigmoid, depth=40, n=100)
    assert all(share <= 0.25**depth for depth, share in enumerate(shares, 1))
    x = 0.5
    for _ in range(100):
        x = 1 / (1 + math.exp(-x))
    assert shares[-1] / shares[-2] == pytest.approx(x * (1 - x), rel=1e-9)


def test_a_chain_of_relus_passes_what_was_positive_at_first() -> None:
    positive = float(np.mean(np.random.default_rng(5).standard_normal(1000) > 0))
    assert chain(relu, depth=3, n=1000, seed=5) == pytest.approx((positive,) * 3)


def test_a_stack_of_straight_layers_keeps_the_size_that_its_gain_says() -> None:
    run = stack(lambda t: t * 1.0, gain=2.0, depth=3, width=256, batch=256)
    assert run.shares == pytest.approx((1.0, 2.0, 4.0, 8.0), rel=0.05)  # a product's variance of 256 terms: 1 / 16 each
    assert run.saturated == 0.0


def test_slopes_are_those_of_the_rule() -> None:
    np.testing.assert_allclose(size_of_slopes(sigmoid, Tensor([[0.0], [math.log(3)]])), [0.25, 0.1875], rtol=1e-6)


def test_a_cost_has_times_both_ways() -> None:
    one = cost(relu, 100, repeats=2)
    assert one.n == 100
    assert min(one.forward, one.backward) > 0
