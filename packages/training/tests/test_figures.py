"""Figures: what is drawn is what was given, they need no display, and the same figure is the same file."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinytorch.training import History, figures

matplotlib = pytest.importorskip("matplotlib")


def example() -> History:
    history = History()
    for epoch in range(1, 6):
        history.add_epoch({"loss": 1 / epoch, "accuracy": 1 - 0.5 / epoch, "val_loss": 1.2 / epoch}, 1.0)
    return history


def test_a_history_is_drawn_as_losses_and_accuracies() -> None:
    figure: Any = figures.curve(example(), title="digits", target=97.0)
    losses, accuracies = figure.axes
    assert [axis.get_xlabel() for axis in figure.axes] == ["epoch", "epoch"]
    assert (losses.get_ylabel(), accuracies.get_ylabel()) == ("loss", "accuracy (%)")
    assert [line.get_label() for line in losses.lines] == ["loss", "val_loss"]
    np.testing.assert_allclose(losses.lines[1].get_ydata(), [1.2, 0.6, 0.4, 0.3, 0.24])
    np.testing.assert_allclose(losses.lines[0].get_xdata(), [1, 2, 3, 4, 5])
    np.testing.assert_allclose(accuracies.lines[0].get_ydata(), [50, 75, 100 - 50 / 3, 87.5, 90])
    np.testing.assert_allclose(accuracies.lines[1].get_ydata(), [97, 97])


def test_lines_differ_in_more_than_their_hue() -> None:
    figure: Any = figures.curve({name: [1.0, 2.0] for name in "abcd"}, xlabel="step", ylabel="loss (nats)")
    [axes] = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss (nats)")
    looks = {(line.get_linestyle(), str(line.get_marker())) for line in axes.lines}
    assert len(looks) == 4
    grey = sorted(np.dot(matplotlib.colors.to_rgb(line.get_color()), [0.299, 0.587, 0.114]) for line in axes.lines)
    assert min(np.diff(grey)) > 0.03


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        figures.curve(History())
    with pytest.raises(ValueError, match="more than 4 lines"):
        figures.curve({str(i): [1.0] for i in range(5)})


def test_a_confusion_matrix_shows_counts_and_the_tone_of_the_mistakes() -> None:
    counts = np.array([[50, 3, 0], [0, 40, 1], [2, 0, 1000]])
    figure: Any = figures.confusion_matrix(counts, ["a", "b", "c"])
    [axes] = figure.axes
    drawn = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in axes.texts}
    assert drawn == {(0, 0): "50", (0, 1): "3", (1, 1): "40", (1, 2): "1", (2, 0): "2", (2, 2): "1,000"}
    tones = axes.images[0].get_array()
    np.testing.assert_allclose(np.diag(tones), 0)
    np.testing.assert_allclose(tones[0, 1], 3 / 53)
    assert axes.get_title(loc="left") == "6 wrong of 1,096; tone: share of the row"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("is", "taken for")
    with pytest.raises(ValueError, match="2 names for 3 classes"):
        figures.confusion_matrix(counts, ["a", "b"])
    with pytest.raises(ValueError, match="no square"):
        figures.confusion_matrix(counts[:2])


def test_the_worst_mistakes_come_first_and_say_what_they_are() -> None:
    images = np.arange(5 * 4.0).reshape(5, 1, 2, 2)
    output = np.array([[5.0, 0, 0], [0, 9, 1], [0, 2, 1], [0, 0, 3], [1, 0, 0]])
    target = np.array([0, 2, 2, 0, 1])
    # Wrong: sample 1 by 8, sample 2 by 1, sample 3 by 3, sample 4 by 1 (tied with 2, later).
    figure: Any = figures.worst_mistakes(images, output, target, count=3)
    assert [axes.get_title() for axes in figure.axes] == ["2 → 1", "0 → 2", "2 → 1"]
    np.testing.assert_allclose(figure.axes[1].images[0].get_array(), [[0, 1 / 3], [2 / 3, 1]])
    assert len(figures.worst_mistakes(images, output, target).axes) == 4
    assert len(figures.worst_mistakes(images, output, np.array([0, 1, 1, 2, 0])).axes) == 0
    colour: Any = figures.worst_mistakes(np.zeros((5, 3, 2, 2)), output, target, names=["x", "y", "z"])
    assert colour.axes[0].get_title() == "z → y"
    assert colour.axes[0].images[0].get_array().shape == (2, 2, 3)
    with pytest.raises(ValueError, match="do not fit"):
        figures.worst_mistakes(images[:2], output, target)
    with pytest.raises(ValueError, match="no squares"):
        figures.worst_mistakes(np.zeros((5, 3)), output, target)


def test_first_layer_weights_are_those_of_each_unit(rng: np.random.Generator) -> None:
    weight = rng.normal(size=(6, 10)) * np.arange(1, 11)
    figure: Any = figures.first_layer_weights(weight, (2, 3), count=4)
    order = np.argsort(-np.linalg.norm(weight, axis=0))[:4]
    fields = [axes for axes in figure.axes if axes.images]
    assert len(fields) == 4
    for axes, unit in zip(fields, order, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), weight[:, unit].reshape(2, 3))
    limits = {axes.images[0].get_clim() for axes in fields}
    assert len(limits) == 1
    [(low, high)] = limits
    assert low == -high
    with pytest.raises(ValueError, match=r"weight \(6, 10\) does not fit images of \(3, 3\)"):
        figures.first_layer_weights(weight, (3, 3))


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_figure_is_the_same_file(kind: str, folder: Path) -> None:
    first = figures.save(figures.curve(example()), folder / f"a.{kind}").read_bytes()
    assert figures.save(figures.curve(example()), folder / f"b.{kind}").read_bytes() == first
    with pytest.raises(ValueError, match=r"curve\.jpg"):
        figures.save(figures.curve(example()), folder / "curve.jpg")


def test_drawing_leaves_matplotlib_s_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    figures.curve(example())
    assert dict(matplotlib.rcParams) == before


SCRIPT = """
import sys
from tinytorch.training import figures
assert "matplotlib" not in sys.modules
if sys.argv[1] == "without":
    sys.modules["matplotlib"] = None
try:
    figures.save(figures.curve({"loss": [2.0, 1.0]}), sys.argv[2])
except figures.FigureError as error:
    print(error)
assert "matplotlib.pyplot" not in sys.modules
"""


@pytest.mark.parametrize("how", ["with", "without"])
def test_matplotlib_is_loaded_when_something_is_drawn_and_named_where_it_is_missing(how: str, folder: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT, how, str(folder / "a.svg")]
    done: Any = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("pip install 'tinytorch-training[figures]'" in done.stdout) == (how == "without")
    assert (folder / "a.svg").exists() == (how == "with")
