"""Early stopping, and callbacks' order."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from tinytorch.layers import Linear
from tinytorch.optim import SGD, Adam
from tinytorch.tensor import Tensor
from tinytorch.training import Callback, EarlyStopping, Progress, Run, Trainer


def trained(values: Iterable[float], stopping: EarlyStopping, epochs: int = 10) -> tuple[Trainer, list[Any]]:
    """Run with a metric that takes given values, one an epoch; return the weights after each epoch as well."""
    course = iter(values)
    model = Linear(2, 1, generator=np.random.default_rng(0))
    seen = []

    class Keep(Callback):
        def on_epoch_end(self, run: Run) -> None:
            seen.append(np.array(model.weight))

    trainer = Trainer(
        model,
        SGD(model.parameters(), lr=0.01),
        lambda output, y: ((output - y) ** 2).mean(),
        {"score": lambda output, y: 0.0 if model.training else next(course)},
    )
    batch = (Tensor([[1.0, 2.0]]), Tensor([[30.0]]))
    trainer.fit([batch], epochs, validation=[batch], callbacks=[Keep(), stopping], progress=False)
    return trainer, seen


@pytest.mark.parametrize(
    ("mode", "values", "epochs", "best"),
    [
        ("min", [5, 4, 3, 3.5, 3.2], 5, 3),  # two without an improvement
        ("max", [1, 2, 3, 2.5, 2.8], 5, 3),
        ("max", [3, 2, 1], 3, 1),
        ("min", [1, 2, 0.5, 2, 0.4, 2, 2], 7, 5),  # the count begins anew with each improvement
        ("min", [1, 1, 1], 3, 1),  # equal is no improvement
        ("max", [1, float("nan"), float("nan")], 3, 1),  # nor is what is not a number
    ],
)
def test_early_stopping_counts_in_the_right_direction(mode: Any, values: list[float], epochs: int, best: int) -> None:
    stopping = EarlyStopping("val_score", patience=2, mode=mode)
    trainer, seen = trained(values, stopping)
    assert len(trainer.history) == epochs
    assert stopping.best_epoch == best
    assert stopping.best == values[best - 1]
    # The model has the best epoch's weights, though training went on in the same arrays.
    np.testing.assert_array_equal(trainer.model.state_dict()["weight"], seen[best - 1])
    assert best == epochs or not np.array_equal(seen[best - 1], seen[-1])


def test_min_delta_is_how_much_better_an_improvement_is() -> None:
    stopping = EarlyStopping("val_score", patience=2, min_delta=0.5, mode="min")
    trainer, _ = trained([3, 2.6, 2.4, 2.2, 2.0], stopping)
    assert (len(trainer.history), stopping.best_epoch) == (5, 3)


def test_a_run_that_always_improves_is_not_stopped_and_a_second_one_begins_anew() -> None:
    stopping = EarlyStopping("val_score", patience=1, mode="max")
    assert len(trained(range(10), stopping)[0].history) == 10
    assert len(trained([0, 1, 2, 1], stopping)[0].history) == 4


def test_directions_are_known_for_losses_and_accuracies_and_asked_for_otherwise() -> None:
    assert EarlyStopping("val_loss").mode == "min"
    assert EarlyStopping("val_accuracy").mode == "max"
    with pytest.raises(ValueError, match="'val_score' does not tell whether smaller or larger is better"):
        EarlyStopping("val_score")
    with pytest.raises(ValueError, match="mode is 'least'"):
        EarlyStopping("val_loss", mode="least")  # type: ignore[arg-type]


def test_watching_what_is_not_measured_is_named() -> None:
    model = Linear(1, 1)
    trainer = Trainer(model, Adam(model.parameters()), lambda output, y: (output - y).mean())
    batch = (Tensor([[1.0]]), Tensor([[1.0]]))
    with pytest.raises(KeyError, match="watches 'val_loss', and this run measures loss"):
        trainer.fit([batch], 1, callbacks=[EarlyStopping("val_loss")], progress=False)


def test_callbacks_come_in_their_order_and_the_late_ones_last() -> None:
    called = []

    class Named(Callback):
        def __init__(self, name: str, late: bool = False) -> None:
            self.name = name
            self.late = late

        def on_fit_begin(self, run: Run) -> None:
            called.append(f"begin {self.name}")

        def on_epoch_end(self, run: Run) -> None:
            called.append(self.name)
            run.stop("enough")

        def on_fit_end(self, run: Run) -> None:
            called.append(f"end {self.name} {run.finished} {run.stopped}")

    model = Linear(1, 1)
    trainer = Trainer(model, Adam(model.parameters()), lambda output, y: (output - y).mean())
    batch = (Tensor([[1.0]]), Tensor([[1.0]]))
    trainer.fit([batch], 5, callbacks=[Named("c", late=True), Named("a"), Named("b")], progress=False)
    assert called == [
        *("begin a", "begin b", "begin c", "a", "b", "c"),
        *(f"end {name} True enough" for name in "abc"),
    ]
    assert Progress.late
