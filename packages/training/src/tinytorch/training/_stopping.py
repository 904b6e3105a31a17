"""Callbacks that steer a run: when it ends, how fast it goes, how long its steps may be."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from tinytorch.tensor import Array
from tinytorch.training._callback import Callback, Run
from tinytorch.training._checkpoint import improves, watched
from tinytorch.training._history import Mode, better
from tinytorch.training._snapshot import model_state


class EarlyStopping(Callback):
    """End a run that no longer gets better, and give the model back its best weights.

    Parameters
    ----------
    watch : str
        A name in the history, usually "val_loss".
    patience : int
        Epochs in a row without an improvement that end the run.
    min_delta : float
        How much better counts as an improvement.
    mode : {"min", "max"}, optional
        Which is better; known for losses and accuracies.

    Attributes
    ----------
    best : float or None
    best_epoch : int
        The epoch whose weights the model has when `fit` returns; 0 before the first.

    Notes
    -----
    The best weights are kept by copy: as many bytes as the model's parameters and buffers.
    """

    def __init__(
        self, watch: str = "val_loss", patience: int = 3, min_delta: float = 0.0, mode: Mode | None = None
    ) -> None:
        if patience < 1 or min_delta < 0:
            raise ValueError(f"EarlyStopping: patience is {patience}, at least 1; min_delta {min_delta}, not negative")
        self.watch = watch
        self.patience = patience
        self.min_delta = min_delta
        self.mode: Mode = better(watch, mode)
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self._waited = 0
        self._weights: dict[str, Array] = {}

    def on_fit_begin(self, run: Run) -> None:
        """Forget an earlier run. A checkpoint that carries on comes after this and brings the state of its own."""
        self._forget()

    def on_epoch_end(self, run: Run) -> None:
        """Keep the weights of a better epoch; stop after `patience` others in a row.

        Better is what `improves` on `best` by more than `min_delta`, in the direction of `mode`: equal is not better,
        nor is what is not a number. Weights and buffers are kept by copy (`model_state`), for `on_fit_end` and for
        checkpoints.

        Raises
        ------
        KeyError
            If the run does not measure what is watched; `watched` says it.
        """
        value = watched(run, self.watch, "EarlyStopping")
        if improves(value, self.best, self.mode, self.min_delta):
            self.best, self.best_epoch, self._waited = value, run.epoch, 0
            self._weights = model_state(run.trainer.model)
        else:
            self._waited += 1
            if self._waited >= self.patience:
                run.stop(f"{self.watch} has not improved for {self._waited} epochs; the best was {self.best}")

    def on_fit_end(self, run: Run) -> None:
        """Give the model its best weights, if the run came to its end."""
        if run.finished and self._weights:
            run.trainer.model.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        """Return the best value, its weights and the count of epochs since."""
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "waited": self._waited,
            "weights": self._weights,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Carry on from what `state_dict` gave."""
        self.best = state["best"]
        self.best_epoch = state["best_epoch"]
        self._waited = state["waited"]
        self._weights = dict(state["weights"])


class Scheduler(Protocol):
    """What `Schedule` drives: the schedules of `tinytorch.optim`, or anything with these three methods."""

    def step(self) -> Any:
        """Set the learning rate of what comes next."""

    def state_dict(self) -> Any:
        """Return the place in the schedule."""

    def load_state_dict(self, state: Any, /) -> Any:
        """Take up a place in the schedule."""


class Schedule(Callback):
    """Move a learning-rate schedule along, and save its place with the run.

    Parameters
    ----------
    scheduler : Scheduler
        Made of the run's optimizer.
    every : {"epoch", "step"}
        When it moves: after each epoch, or after each update. A schedule's length is counted in the same.
    """

    def __init__(self, scheduler: Scheduler, every: Literal["epoch", "step"] = "epoch") -> None:
        if every not in ("epoch", "step"):
            raise ValueError(f"Schedule: every is {every!r}; it is 'epoch' or 'step'")
        self.scheduler = scheduler
        self.every = every

    def on_step_end(self, run: Run) -> None:
        """Move along after an update."""
        if self.every == "step":
            self.scheduler.step()

    def on_epoch_end(self, run: Run) -> None:
        """Move along after an epoch."""
        if self.every == "epoch":
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the schedule's place."""
        return {"every": self.every, "scheduler": self.scheduler.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Carry on from what `state_dict` gave."""
        if state["every"] != self.every:
            raise ValueError(f"Schedule: it moved every {state['every']}, and here every {self.every}")
        self.scheduler.load_state_dict(state["scheduler"])
