"""The lesson's measurements against what can be computed beforehand; times are only times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tinytorch.course.losses.measurements import costs, digits, handwritten, pull, reaches, squared_error, surfaces
from tinytorch.losses import binary_cross_entropy_with_logits

X, T = np.array([-2.0, -1.0, 0.5, 1.5]), np.array([0.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_exponential_ends_where_the_type_does(dtype: Any) -> None:
    top, least = math.log(float(np.finfo(dtype).max)), math.log(float(np.finfo(dtype).smallest_normal))
    written, by_softmax, by_log_softmax, fused = reaches(dtype)
    assert written.high == pytest.approx(top - math.log(2), rel=1e-4)
    assert written.wrong == pytest.approx(top, rel=1e-4)
    assert written.low > -least  # somewhere among the subnormal numbers, if the machine has them
    assert by_softmax.wrong == pytest.approx(written.low, rel=1e-4)
    assert {by_softmax.high, by_softmax.low} == {math.inf}
    assert {by_log_softmax.wrong, fused.high, fused.low, fused.wrong} == {math.inf}


def test_a_score_that_is_added_back_costs_half_of_its_step_at_most() -> None:
    loss = math.log1p(math.exp(-2))
    for row in digits([1.0, 64.0, 5000.0, 1e6]):
        assert row.added_back <= (2 * row.height + 1) * 2.0**-24 / loss
        assert row.kept_out < 1e-6


def test_surfaces_are_the_two_losses_at_each_pair_of_knobs() -> None:
    both = surfaces(X, T, reach=2.0, k=5)
    probability = 1 / (1 + np.exp(-(both.slopes[3] * X + both.offsets[1])))
    assert both.squared[3, 1] == pytest.approx(np.mean((probability - T) ** 2))
    likelihood = np.where(T == 1, probability, 1 - probability)
    assert both.cross_entropy[3, 1] == pytest.approx(-np.mean(np.log(likelihood)))


def test_the_pull_is_the_slope_of_the_surface() -> None:
    both = surfaces(X, T, reach=1e-4, k=3)
    for loss, height in ((squared_error, both.squared), (binary_cross_entropy_with_logits, both.cross_entropy)):
        slopes = height[2, 1] - height[0, 1], height[1, 2] - height[1, 0]
        assert pull(loss, 0.0, 0.0, X, T) == pytest.approx(math.hypot(*slopes) / 2e-4, rel=1e-6)


def test_the_fused_loss_keeps_no_array_of_the_logits_size() -> None:
    by_softmax, by_log_softmax, fused = costs(8, 1000, repeats=1)
    assert min(by_softmax.saved, by_log_softmax.saved) >= 4 * 8 * 1000 > 10 * fused.saved
    assert min(one.seconds for one in (by_softmax, by_log_softmax, fused)) > 0


def test_digits_are_ink_on_paper_with_labels() -> None:
    images, labels = handwritten()
    assert images.shape == (len(labels), 8, 8)
    assert (images.min(), images.max()) == (0.0, 1.0)
    assert set(labels.tolist()) == set(range(10))
