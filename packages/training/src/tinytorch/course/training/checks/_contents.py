"""What a saved run holds beside the weights: callbacks by name, seconds, and the places of loaders."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import column, line, pairs, squares, watcher
from tinytorch.tito.checks import Check, equals, given


class Cards:
    """A loader that shuffles anew each epoch and can be stopped and carried on in the middle of one."""

    def __init__(self, tt: Any, batches: list[tuple[Any, Any]], seed: int) -> None:
        self.batches = pairs(tt, batches)
        self.generator = np.random.default_rng(seed)
        self.order: list[int] = []
        self.given = 0
        self.resumed = False

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if not self.resumed:
            self.order = self.generator.permutation(len(self.batches)).tolist()
            self.given = 0
        self.resumed = False
        while self.given < len(self.order):
            self.given += 1
            yield self.batches[self.order[self.given - 1]]

    def state_dict(self) -> dict[str, Any]:
        """Return place, order and generator."""
        return {"order": self.order, "given": self.given, "generator": self.generator.bit_generator.state}

    def load_state_dict(self, state: Any) -> None:
        """Carry on: the next pass is the rest of the one that was under way."""
        self.resumed = True
        self.order, self.given = list(state["order"]), state["given"]
        self.generator.bit_generator.state = state["generator"]


def _callbacks(tt: Any, x: Any) -> Any:
    """Return the names of the callbacks that a file knows: one with a state of its own, two without."""
    model = tt.layers.Linear(1, 1).astype(np.float64)
    trainer = tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.0), squares)
    silent = type("Silent", (tt.training.Callback,), {})
    batch = (tt.tensor.Tensor(np.ones((2, 1))), tt.tensor.Tensor(np.ones((2, 1))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        callbacks = [silent(), tt.training.EarlyStopping("loss", 3, mode="min"), silent(), tt.training.Checkpoint(path)]
        trainer.fit([batch], 1, callbacks=callbacks, progress=False)
        return sorted(tt.training.load_state(path)["callbacks"])


def _of_the_run(tt: Any, x: Any) -> Any:
    """Return whether the seconds of an epoch under way are saved, and what of a loader of held-out batches."""
    model = line(tt)
    trainer = tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.0), squares)

    def begin_earlier(run: Any) -> None:
        run.began -= x["seconds"]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        callbacks = [watcher(tt, on_step_end=begin_earlier), tt.training.Checkpoint(path, unit="step")]
        loader, held_out = pairs(tt, x["batches"]), Cards(tt, x["batches"], 0)
        trainer.fit(loader, 1, held_out, callbacks, progress=False)
        state = tt.training.load_state(path)
    kept = state["validation"]
    return {
        "seconds": state["run"]["spent"] >= x["seconds"],
        "validation": sorted(kept) if isinstance(kept, dict) else kept,
    }


CONTENTS: tuple[Check, ...] = (
    Check(
        function="capture",
        name="callbacks without a state are named too",
        inputs=given(),
        drive=_callbacks,
        judge=equals(lambda x: ["Checkpoint", "EarlyStopping", "Silent", "Silent 2"]),
        kind="contract",
        shown="the callbacks in a file, of two that have no state, EarlyStopping and Checkpoint",
    ),
    Check(
        function="capture",
        name="the seconds so far, and the place of the other loader",
        inputs=given(batches=[(column(1), column(0))], seconds=1000.0),
        drive=_of_the_run,
        judge=equals(
            lambda x: {"seconds": True, "validation": ["generator", "given", "order"]},
            rule="run.seconds counts what this process has spent; run.spent, what the ones before it have.",
        ),
        kind="contract",
        shown="an epoch that began {seconds} seconds ago, with held-out batches that are shuffled: what is saved",
    ),
)
