"""The lesson's measurements against closed forms and counts; times are only times."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from tinytorch.course.optim.drawing import curves, paths
from tinytorch.course.optim.measurements import Path, Race, best_of, cost, images, memory, race, valley
from tinytorch.optim import SGD, Adam, Optimizer, StepLR


def plain(params: Any) -> Optimizer:
    return SGD(params, lr=0.015)


@pytest.mark.parametrize("turn", [0.0, 30.0, 45.0])
def test_plain_descent_multiplies_each_direction_by_its_own_number(turn: float) -> None:
    path = valley("SGD", plain, steps=20, turn=turn)
    t = np.arange(21)
    wanted = np.stack([10 * (1 - 0.015) ** t, (1 - 0.015 * 100) ** t], axis=1)
    np.testing.assert_allclose(path.points, wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(path.heights, (wanted[:, 0] ** 2 + 100 * wanted[:, 1] ** 2) / 2, rtol=1e-9)


def test_turning_the_valley_changes_nothing_for_descent_and_something_for_adam() -> None:
    straight, turned = (valley("Adam", lambda params: Adam(params, lr=0.5), 20, turn=turn) for turn in (0.0, 45.0))
    assert np.abs(straight.points[-1] - turned.points[-1]).max() > 0.1


def test_a_schedule_counts_the_steps_of_a_walk() -> None:
    path = valley("falling", plain, steps=3, schedule=lambda optimizer: StepLR(optimizer, 1, 0.5))
    np.testing.assert_allclose(path.points[-1, 0], 10 * (1 - 0.015) * (1 - 0.0075) * (1 - 0.00375), rtol=1e-9)


def test_the_first_step_below_is_found_or_none() -> None:
    path = Path("by hand", np.array([[2.0, 0.0], [1.0, 0.0], [0.5, 0.0]]))  # heights 2, 0.5, 0.125
    assert (path.steps_to(1.0), path.steps_to(0.2), path.steps_to(0.1)) == (1, 2, None)
    run = Race(0.1, (4.0, 2.0, 0.0, 0.0, 3.0))
    assert (run.steps_to(3.5, over=2), run.steps_to(1.5, over=2), run.steps_to(0.0, over=2)) == (2, 3, None)


def test_the_same_seed_races_the_same_way_and_the_best_rate_is_the_one_that_arrives_first() -> None:
    def make(params: Any, rate: float) -> Optimizer:
        return SGD(params, lr=rate)

    once, again = (race(make, 0.3, 30) for _ in range(2))
    assert once == again
    assert len(once.losses) == 30
    assert best_of(make, (0.0, 1.0), loss=1.5, steps=60).rate == 1.0


def test_digits_are_rows_of_numbers_from_0_to_1() -> None:
    pixels, labels = images()
    assert pixels.shape == (1433, 64)
    assert (pixels.min(), pixels.max()) == (0.0, 1.0)
    assert sorted(set(labels.tolist())) == list(range(10))


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (plain, 0),
        (lambda params: SGD(params, lr=0.1, momentum=0.9), 1),
        (lambda params: Adam(params), 2),
    ],
)
def test_memory_is_parameters_gradients_and_rows_of_state(make: Any, rows: int) -> None:
    used = memory(make, (300, 200, 100))
    parameters = 4 * used.elements
    assert used.elements == 300 * 200 + 200 + 200 * 100 + 100
    assert used.state == rows * parameters
    assert used.between / parameters == pytest.approx(1 + rows, abs=0.05)
    assert used.before / parameters == pytest.approx(2 + rows, abs=0.05)
    assert used.peak >= used.before


def test_the_parts_of_a_training_step_take_time() -> None:
    spent = cost(plain, (8, 4, 2), batch=4, repeats=2)
    assert min(spent.through, spent.step) > 0


def test_figures_are_documents_with_a_line_for_each_name() -> None:
    walked = [valley(name, plain, steps=5) for name in ("one", "two")]
    for text in (paths(walked), curves({"one": [2.0] * 25, "two": [0.5] * 30})):
        root = ET.fromstring(text)
        assert len(root.findall("{*}polyline")) == 2
        assert {"one", "two"} <= {element.text for element in root.findall("{*}text")}
