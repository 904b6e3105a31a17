"""Saving a run so that it can carry on as if it had never stopped."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tinytorch.training._atomic import CheckpointError
from tinytorch.training._callback import Callback, Run
from tinytorch.training._history import Mode, better
from tinytorch.training._safetensors import safetensors
from tinytorch.training._snapshot import (
    Snapshot,
    Stateful,
    generator_states,
    load_generator_states,
    set_generator,
    state_of_generator,
)
from tinytorch.training._state import load_model, load_state, save_state, save_weights


class Checkpoint(Callback):
    """Save the whole run every so often, at its end and at Ctrl-C.

    Parameters
    ----------
    path : path
        One file, always the newest state. With `{epoch}` or `{step}` in the name each gets a file of its own.
    every : int
        Save every so many epochs or steps.
    unit : {"epoch", "step"}
    resume : bool
        Begin from the file where it exists (with a pattern: from the newest).

    Raises
    ------
    CheckpointError
        If the file is damaged or of another run, or the last state cannot be saved. A save that fails in the middle
        of a run is a `RuntimeWarning`: the file before it is still there, and the run goes on.
    ImportError
        At once, without the safetensors library; the message has the line that installs it.

    Notes
    -----
    The file holds the model, the optimizer, the state of the callbacks (schedules, early stopping), the generators of
    the model and the loader, the position in the epoch and the history; `load_state` reads it. A resumed run repeats
    the one that never stopped bit for bit where the arithmetic does: with the same BLAS, kernel and number of threads.
    Put into `Remember` what else is drawn from. One save writes the model's and the optimizer's bytes once: with Adam
    three times the parameters.
    """

    late = True

    def __init__(
        self, path: str | Path, every: int = 1, unit: Literal["epoch", "step"] = "epoch", resume: bool = False
    ) -> None:
        if every < 1 or unit not in ("epoch", "step"):
            raise ValueError(f"Checkpoint: every is {every!r} {unit!r}; it is at least 1, of 'epoch' or 'step'")
        safetensors()  # missing, it is missed now and not after the first epoch
        self.path = Path(path)
        self.every = every
        self.unit = unit
        self.resume = resume

    def on_fit_begin(self, run: Run) -> None:
        """Carry on from the file where it exists and that is wanted."""
        newest = self._newest() if self.resume else None
        if newest is not None:
            restore(run, load_state(newest), newest)
            run.saved = newest

    def on_step_end(self, run: Run) -> None:
        """Save every `every` steps."""
        if self.unit == "step" and run.step % self.every == 0:
            self._save_or_warn(run)

    def on_epoch_end(self, run: Run) -> None:
        """Save every `every` epochs, and after the last one."""
        if run.epoch == run.epochs or run.stopped:
            self.save(run)
        elif self.unit == "epoch" and run.epoch % self.every == 0:
            self._save_or_warn(run)

    def on_interrupt(self, run: Run) -> None:
        """Save where the run stands."""
        self.save(run)

    def save(self, run: Run) -> None:
        """Save the run now; between two steps only."""
        path = self.path.with_name(self.path.name.format(epoch=run.epoch, step=run.step))
        save_state(path, capture(run))
        run.saved = path

    def _save_or_warn(self, run: Run) -> None:
        try:
            self.save(run)
        except CheckpointError as error:
            warnings.warn(f"{error} The run goes on.", RuntimeWarning, stacklevel=2)

    def _newest(self) -> Path | None:
        if "{" not in self.path.name:
            return self.path if self.path.exists() else None
        head, tail = self.path.name.split("{", 1)[0], self.path.name.rsplit("}", 1)[1]
        folder = self.path.parent
        files = folder.iterdir() if folder.is_dir() else iter(())
        saved = [file for file in files if file.name.startswith(head) and file.name.endswith(tail)]
        return max(saved, key=lambda file: file.stat().st_mtime_ns, default=None)


class SaveBest(Callback):
    """Save the model's weights whenever a number is the best so far.

    Parameters
    ----------
    path : path
        Read it with `load_weights`.
    watch : str
        A name in the history, for instance "val_loss".
    mode : {"min", "max"}, optional
        Which is better; known for losses and accuracies.

    Raises
    ------
    ImportError
        At once, without the safetensors library; the message has the line that installs it.
    """

    def __init__(self, path: str | Path, watch: str, mode: Mode | None = None) -> None:
        safetensors()
        self.path = Path(path)
        self.watch = watch
        self.mode: Mode = better(watch, mode)
        self.best: float | None = None

    def on_fit_begin(self, run: Run) -> None:
        """Forget an earlier run."""
        self.best = None

    def on_epoch_end(self, run: Run) -> None:
        """Save if this epoch is the best."""
        value = watched(run, self.watch, "SaveBest")
        if improves(value, self.best, self.mode):
            save_weights(run.trainer.model, self.path)
            self.best = value

    def state_dict(self) -> dict[str, Any]:
        """Return the best value."""
        return {"best": self.best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Carry on from what `state_dict` gave."""
        self.best = state["best"]


class Remember(Callback):
    """Put more into the checkpoints: generators, or anything with `state_dict` and `load_state_dict`.

    Parameters
    ----------
    **things : numpy.random.Generator or Stateful
        Under the names they are saved by, for instance `Remember(noise=generator)`.
    """

    def __init__(self, **things: np.random.Generator | Stateful) -> None:
        for name, thing in things.items():
            if not isinstance(thing, np.random.Generator | Stateful):
                raise TypeError(
                    f"Remember: {name} is a {type(thing).__name__}; it needs state_dict and load_state_dict, or is a "
                    "Generator"
                )
        self.things = things

    def state_dict(self) -> dict[str, Any]:
        """Return the state of each thing."""
        return {
            name: state_of_generator(thing) if isinstance(thing, np.random.Generator) else thing.state_dict()
            for name, thing in self.things.items()
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Carry on from what `state_dict` gave."""
        if state.keys() != self.things.keys():
            raise ValueError(f"Remember: the state has {sorted(state)}, this run {sorted(self.things)}")
        for name, thing in self.things.items():
            if isinstance(thing, np.random.Generator):
                set_generator(thing, state[name], name)
            else:
                thing.load_state_dict(state[name])


def watched(run: Run, name: str, owner: str) -> float:
    """Return a number of this epoch."""
    if name not in run.results:
        raise KeyError(
            f"{owner} watches {name!r}, and this run measures {', '.join(run.results)}; names with val_ need "
            "fit(validation=…)"
        )
    return run.results[name]


def improves(value: float, best: float | None, mode: Mode, least: float = 0.0) -> bool:
    """Return whether a value is better than the best so far by more than `least`."""
    if value != value:  # not a number is no improvement
        return False
    if best is None:
        return True
    return value < best - least if mode == "min" else value > best + least


def capture(run: Run) -> dict[str, Any]:
    """Return everything that decides how a run goes on, for `restore`.

    Returns
    -------
    dict
        "run": the run's own attributes epoch, batch, step, samples, phase, totals and stopped, each under its name,
        and "spent", which is ``run.seconds``; "model", "optimizer" and "history": what their `state_dict` gives;
        "optimizer_kind": the name of the optimizer's class; "generators": the states of the model's generators;
        "loader" and "validation": what `loader_state` gives; "callbacks": the `state_dict` of each callback, as a dict,
        by the name that `named` gives it.
    """
    trainer = run.trainer
    return {
        "run": {
            "epoch": run.epoch,
            "batch": run.batch,
            "step": run.step,
            "samples": run.samples,
            "phase": run.phase,
            "totals": run.totals,
            "stopped": run.stopped,
            "spent": run.seconds,
        },
        "model": trainer.model.state_dict(),
        "optimizer_kind": type(trainer.optimizer).__name__,
        "optimizer": trainer.optimizer.state_dict(),
        "generators": generator_states(trainer.model),
        "loader": loader_state(run.loader),
        "validation": loader_state(run.validation),
        "callbacks": {name: dict(callback.state_dict()) for name, callback in named(run.callbacks).items()},
        "history": run.history.state_dict(),
    }


def restore(run: Run, state: Mapping[str, Any], source: Path) -> None:
    """Put a run where `capture` found it; if anything does not fit, model and optimizer stay as they were.

    A loader that has no state, or had none when the run was saved, is left alone.
    """
    trainer = run.trainer
    missing = {"run", "model", "optimizer", "generators", "loader", "callbacks", "history"} - state.keys()
    if missing:
        raise CheckpointError(f"{source} is no checkpoint of a run: it lacks {', '.join(sorted(missing))}")
    before = Snapshot(trainer.model, trainer.optimizer)
    try:
        kind = type(trainer.optimizer).__name__
        if state["optimizer_kind"] != kind:
            raise ValueError(f"it was saved with the optimizer {state['optimizer_kind']}, this run has {kind}")
        load_model(trainer.model, state["model"], str(source))
        trainer.optimizer.load_state_dict(state["optimizer"])
        load_generator_states(trainer.model, state["generators"])
        callbacks = named(run.callbacks)
        for name, saved in state["callbacks"].items():
            if name in callbacks:
                callbacks[name].load_state_dict(saved)
            elif saved:
                raise ValueError(f"it was saved with the callback {name}, which this run lacks: pass it again")
        for loader, saved in ((run.loader, state["loader"]), (run.validation, state["validation"])):
            if saved is not None and isinstance(loader, Stateful):
                loader.load_state_dict(saved)
        run.history.load_state_dict(state["history"])
    except (ValueError, KeyError, TypeError) as error:
        before.restore()
        raise CheckpointError(
            f"{source} does not fit this run: {error}. Model and optimizer are as they were. Build what was saved, or "
            "save under another name."
        ) from error
    except CheckpointError:
        before.restore()
        raise
    for name, value in state["run"].items():
        setattr(run, name, value)


def loader_state(loader: object) -> Any:
    """Return the state of a loader that has one (its place, its generator), else None."""
    return loader.state_dict() if isinstance(loader, Stateful) else None


def named(callbacks: list[Callback]) -> dict[str, Callback]:
    """Return callbacks by class and, where there are several of one, a number: the same in every run of one script."""
    found: dict[str, Callback] = {}
    for callback in callbacks:
        name, count = type(callback).__name__, 1
        while (key := name if count == 1 else f"{name} {count}") in found:
            count += 1
        found[key] = callback
    return found
