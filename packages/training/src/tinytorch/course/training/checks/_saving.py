"""A run that carries on as if it had never stopped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.course.training.checks._contents import CONTENTS, Cards
from tinytorch.course.training.checks._pieces import SUM, column, line, pairs, squares, watcher
from tinytorch.tito.checks import Check, Inputs, Raised, Wrong, close, compare, equals, given

AS_IF = "A run that was stopped and carried on is the one that never stopped, number by number."
KEYS = (
    "callbacks",
    "generators",
    "history",
    "loader",
    "model",
    "optimizer",
    "optimizer_kind",
    "run",
    "validation",
)
PLACE = ("batch", "epoch", "phase", "samples", "spent", "step", "stopped", "totals")


class Stop(Exception):  # noqa: N818  (no mishap: the power cut of these checks)
    """Ends a run in the middle."""


def _run(tt: Any, x: Any, path: Path, stop_at: int | None, seed: int = 0, save_every: int = 999) -> dict[str, Any]:
    """Train for three epochs, saving to a path; stop right after a step that was saved; return what could differ."""
    model = tt.layers.Linear(3, 2, generator=np.random.default_rng([seed, 0])).astype(np.float64)
    if x["dropout"]:
        model = tt.layers.Sequential(tt.layers.Dropout(0.4, generator=np.random.default_rng([seed, 1])), model)
    if x["adam"]:
        optimizer = tt.optim.Adam(model.parameters(), lr=0.05)
    else:
        optimizer = tt.optim.SGD(model.parameters(), lr=0.05)
    if x["shuffled"]:
        loader: Any = Cards(tt, x["batches"], seed)
    else:
        loader = pairs(tt, x["batches"])
    trainer = tt.training.Trainer(model, optimizer, squares)
    checkpoint = tt.training.Checkpoint(path, every=save_every, unit="step", resume=True)
    callbacks = [checkpoint]
    if x["scheduled"]:
        callbacks.append(tt.training.Schedule(tt.optim.LambdaLR(optimizer, lambda t: 0.8**t), "step"))

    def cut(run: Any) -> None:
        if run.step == stop_at:
            raise Stop

    callbacks.append(watcher(tt, on_step_end=cut, late=True))  # late, after the checkpoint
    trainer.fit(loader, 3, callbacks=callbacks, progress=False)
    history = trainer.history
    return {
        "steps": np.array(history.step_losses),
        "epochs": np.array(history["loss"]),
        "weights": [np.array(value) for value in model.state_dict().values()],
        "rate": optimizer.param_groups[0]["lr"],
    }


def _both(tt: Any, x: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        whole = _run(tt, x, Path(folder) / "whole", None)
        path = Path(folder) / "stopped"
        try:
            _run(tt, x, path, x["stop_at"], save_every=x["stop_at"])
        except Stop:
            try:  # whatever the second process draws at first must not matter
                return {"never stopped": whole, "carried on": _run(tt, x, path, None, seed=1)}
            except RuntimeError as error:
                return f"{type(error).__name__}: {str(error).replace(str(path), 'the file')}"
    return "the run did not come to the step at which it was to stop"


def _alike(x: Any, result: Any) -> None:
    if isinstance(result, Raised | str):
        raise Wrong("a run that carries on", result, AS_IF)
    whole, other = result["never stopped"], result["carried on"]
    for name, value in whole.items():
        one, two = (part if isinstance(part, list) else [part] for part in (value, other[name]))
        if len(one) != len(two) or not all(np.array_equal(a, b) for a, b in zip(one, two, strict=True)):
            raise Wrong(value, other[name], f"{AS_IF} The first that differs: {name}.")


def _setup(rng: np.random.Generator, **parts: Any) -> Inputs:
    batches = [(rng.normal(size=(n, 3)), rng.normal(size=(n, 2))) for n in (4, 4, 2, 3)]
    plain = {"dropout": False, "adam": False, "shuffled": False, "scheduled": False, "stop_at": 4}
    return {"batches": batches, **plain, **parts}


def _everything(rng: np.random.Generator) -> Inputs:
    parts = {name: bool(rng.integers(2)) for name in ("dropout", "adam", "shuffled", "scheduled")}
    return _setup(rng, **parts, stop_at=int(rng.integers(1, 12)))


def _waiting(tt: Any, x: Any) -> Any:
    """Return what early stopping makes of a run that was stopped after some epochs."""
    values = iter(x["values"])

    def run(path: Path, epochs: int) -> Any:
        model = tt.layers.Linear(1, 1).astype(np.float64)
        trainer = tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.0), squares)

        stopping = tt.training.EarlyStopping("score", x["patience"], mode="min")
        measured = watcher(tt, on_epoch_end=lambda run: run.results.update(score=next(values)))
        callbacks = [measured, stopping, tt.training.Checkpoint(path, resume=True)]
        batch = (tt.tensor.Tensor(np.ones((2, 1))), tt.tensor.Tensor(np.ones((2, 1))))
        trainer.fit([batch], epochs, callbacks=callbacks, progress=False)
        return {"epochs": len(trainer.history), "best": stopping.best, "best_epoch": stopping.best_epoch}

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        run(path, x["stopped_after"])
        try:
            return run(path, 9)
        except RuntimeError as error:
            return f"{type(error).__name__}: {str(error).replace(str(path), 'the file')}"


def _held(tt: Any, x: Any) -> Any:
    """Return the names in a file, and where it says that the run stands."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        try:
            _run(tt, x, path, x["stop_at"], save_every=x["stop_at"])
        except Stop:
            state = tt.training.load_state(path)
            place = {name: state["run"].get(name) for name in ("epoch", "batch", "step", "samples", "phase")}
            return {"names": sorted(state), "of the run": sorted(state["run"]), "place": place}
    return "the run did not come to the step at which it was to stop"


def _complete(x: Any, result: Any) -> None:
    rule = "Everything that decides how a run goes on, under the names that `restore` reads."
    if not isinstance(result, dict):
        raise Wrong("a file", result, rule)
    for what, names in (("names", KEYS), ("of the run", PLACE)):
        if set(names) - set(result[what]):
            raise Wrong(list(names), result[what], f"{rule} Left out: {sorted(set(names) - set(result[what]))}.")
    compare({"epoch": 2, "batch": 2, "step": 6, "samples": 8, "phase": "training"}, result["place"], 0.0, 0.0, False)


def _handed_over(tt: Any, x: Any) -> Any:
    """Return where a run of three epochs ends whose loader is another one after the first."""
    with tempfile.TemporaryDirectory() as folder:
        for epochs, stateful in ((1, not x["stateful"]), (3, x["stateful"])):
            model = line(tt)
            trainer = tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.1), squares)
            loader = Cards(tt, x["batches"], 0) if stateful else pairs(tt, x["batches"])
            checkpoint = tt.training.Checkpoint(Path(folder) / "run", resume=True)
            trainer.fit(loader, epochs, callbacks=[checkpoint], progress=False)
    return {"steps": len(trainer.history.step_losses), "weight": model.weight.item()}


def _other_loader(name: str, shown: str, stateful: bool) -> Check:
    return Check(
        function="restore",
        name=name,
        inputs=given(batches=[(column(1), column(0))], stateful=stateful),
        drive=_handed_over,
        # the gradient is 2 w, so w shrinks to 0.8 of itself, three times
        judge=close(lambda x: {"steps": 3, "weight": 0.512}, rtol=1e-12, because=SUM),
        kind="contract",
        shown=f"y = w x with w = 1, the batch x = [1], y = [0], rate 0.1: one epoch, saved, and two more {shown}",
    )


def _resumed(function: str, name: str, shown: str, **parts: Any) -> Check:
    return Check(
        function=function,
        name=name,
        inputs=lambda rng: _setup(rng, **parts),
        drive=_both,
        judge=_alike,
        kind="invariance",
        shown=f"four batches, three epochs{shown}, stopped after step {parts.get('stop_at', 4)} and carried on",
    )


SAVING: tuple[Check, ...] = (
    Check(
        function="capture",
        name="what a file says after six steps",
        inputs=lambda rng: _setup(rng, stop_at=6),
        drive=_held,
        judge=_complete,
        shown="batches of 4, 4, 2 and 3 samples; what is saved after six steps",
    ),
    _resumed("capture", "stopped between two epochs", ", plain gradient descent"),
    _resumed("capture", "stopped in the middle of an epoch", ", plain gradient descent", stop_at=6),
    _resumed("capture", "with Adam", ", Adam", adam=True),
    _resumed("capture", "with dropout", ", dropout", dropout=True),
    _resumed("capture", "with a schedule", ", a rate that falls with each step", scheduled=True),
    _resumed("capture", "with a loader that shuffles", ", shuffled", shuffled=True, stop_at=6),
    Check(
        function="capture",
        name="early stopping goes on waiting",
        inputs=given(values=[3.0, 2.0, 4.0, 5.0, 6.0, 7.0], patience=3, stopped_after=4),
        drive=_waiting,
        judge=equals(lambda x: {"epochs": 5, "best": 2.0, "best_epoch": 2}),
        kind="invariance",
        shown="scores {values}, patience {patience}, stopped after {stopped_after} epochs and carried on",
    ),
    *CONTENTS,
    Check(
        function="capture",
        name="anything, stopped anywhere",
        inputs=_everything,
        drive=_both,
        judge=_alike,
        kind="property",
        seeds=4,
    ),
    _resumed("restore", "with Adam", ", Adam", adam=True),
    _resumed("restore", "with dropout", ", dropout", dropout=True),
    _other_loader("a loader with a state takes over", "with a loader that has a state", stateful=True),
    _other_loader("a loader without a state takes over", "with a list, after one that had a state", stateful=False),
)
