"""The history and the curves made of characters."""

import math

import numpy as np
import pytest

from tinytorch.training import History, draw_curve, sparkline


def example() -> History:
    history = History()
    for loss, score in [(2.0, 0.25), (1.0, 0.75), (1.5, 0.75)]:
        history.add_epoch({"loss": loss, "val_accuracy": score}, 0.5)
        history.step_losses.append(loss)
    return history


def test_columns_have_one_number_an_epoch_in_the_order_measured() -> None:
    history = example()
    assert history["loss"] == [2.0, 1.0, 1.5]
    assert list(history) == history.names == ["loss", "val_accuracy"]
    assert "loss" in history
    assert "val_loss" not in history
    assert history.last == {"loss": 1.5, "val_accuracy": 0.75}
    assert len(history) == 3
    with pytest.raises(KeyError, match="no 'val_loss'; it has loss, val_accuracy"):
        history["val_loss"]


def test_an_epoch_that_did_not_measure_something_has_a_gap() -> None:
    history = example()
    history.add_epoch({"loss": 1.0, "extra": 7.0}, 0.5)
    assert math.isnan(history["val_accuracy"][3])
    assert history["extra"][3] == 7.0
    assert history.best("val_accuracy") == (2, 0.75)
    assert history.best("extra", "max") == (4, 7.0)


def test_best_knows_the_direction_and_takes_the_earliest() -> None:
    history = example()
    assert history.best("loss") == (2, 1.0)
    assert history.best("val_accuracy") == (2, 0.75)
    assert history.best("loss", "max") == (1, 2.0)
    with pytest.raises(KeyError):
        History().best("loss")


def test_state_comes_back() -> None:
    history, other = example(), History()
    other.load_state_dict(history.state_dict())
    assert other["loss"] == history["loss"]
    assert other.step_losses == history.step_losses
    assert other.seconds == history.seconds
    other.add_epoch({"loss": 0.0}, 1.0)
    assert len(history) == 3


def test_sparkline_maps_the_least_to_the_lowest_bar_and_the_largest_to_the_highest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([3, 1, 2], width=2) == "▁█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([0, math.nan, math.inf, 7]) == "▁  █"
    assert sparkline([]) == ""


def test_a_drawn_curve_has_each_point_where_it_belongs() -> None:
    text = draw_curve({"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 3.0, math.nan]}, "epoch", width=12, height=3)
    assert text.splitlines() == [
        "3 |*     o",
        "  |      *",
        "1 |           *",
        "  +------------",
        "   1          3  epoch   * loss   o val_loss",
    ]
    assert text.isascii()


def test_a_drawn_curve_never_is_wider_than_asked_and_survives_odd_numbers() -> None:
    rng = np.random.default_rng(0)
    text = draw_curve({"a": rng.normal(size=500).tolist()}, "step", width=40, height=5)
    assert max(map(len, text.splitlines()[:5])) <= 40 + 10
    assert "(no numbers" in draw_curve({"a": [math.nan]}, "epoch")
    assert "5 |" in draw_curve({"a": [5.0]}, "epoch")
    assert "5 |" in draw_curve({"a": [5.0, 5.0]}, "epoch")
    with pytest.raises(ValueError, match="at most 4"):
        draw_curve({str(i): [1.0] for i in range(5)}, "epoch")


def test_the_history_draws_its_losses() -> None:
    assert "* loss" in example().text()
    assert "* val_accuracy" in example().text("val_accuracy", width=20, height=4)
