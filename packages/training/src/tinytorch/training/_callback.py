"""What takes part in a run without being the loop: the callback's hooks, and the run that they are told about."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytorch.training._history import History

if TYPE_CHECKING:
    from tinytorch.training._trainer import Trainer


@dataclass
class Run:
    """A call of `Trainer.fit` as it stands; callbacks read it and may ask it to stop.

    Attributes
    ----------
    trainer : Trainer
    loader, validation : iterable of batches
    epochs : int
        How many there are to be.
    epoch : int
        The one that is under way, from 1; 0 before the first.
    batch : int
        Batches done in this epoch.
    batches : int or None
        Batches of an epoch, where the loader has a length.
    step : int
        Updates done in the whole run, resumed ones included.
    samples : int
        Samples seen in this epoch.
    loss : float
        The newest step's, the mean over its samples.
    history : History
    results : dict
        In `on_epoch_end`: the epoch's numbers.
    saved : Path or None
        The newest file of this run.
    stopped : str
        Why the run ended early; empty when it did not.
    finished : bool
        Whether the run came to its end, early or not: in `on_fit_end` after an error or Ctrl-C it is False.
    """

    trainer: Trainer
    loader: Iterable[Any]
    validation: Iterable[Any] | None
    epochs: int
    batches: int | None
    history: History
    callbacks: list[Callback]
    accumulate: int = 1
    epoch: int = 0
    batch: int = 0
    step: int = 0
    samples: int = 0
    loss: float = 0.0
    phase: str = "between"  # "training" or "validating" inside an epoch
    results: dict[str, float] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    saved: Path | None = None
    stopped: str = ""
    finished: bool = False
    began: float = field(default_factory=time.perf_counter)  # this epoch, in this process
    spent: float = 0.0  # seconds in this epoch before it was carried on

    @property
    def seconds(self) -> float:
        """How long the epoch under way has taken so far, what an earlier process spent on it included."""
        return self.spent + time.perf_counter() - self.began

    def stop(self, reason: str) -> None:
        """End the run after this epoch."""
        self.stopped = reason

    @property
    def place(self) -> str:
        """Where the run stands, in words."""
        of = f" of {self.batches:,}" if self.batches is not None else ""
        return f"epoch {self.epoch} of {self.epochs}, step {self.step:,} (batch {self.batch:,}{of} of the epoch)"


class Callback:
    """Takes part in a run; every hook does nothing until a subclass says what.

    Hooks of several callbacks are called in the order in which `fit` was given them, except that those whose `late`
    is true come last: a checkpoint then holds what the others did.
    """

    late = False

    def on_fit_begin(self, run: Run) -> None:
        """Before the first epoch; what a callback reads from a file to carry on is read here."""

    def on_epoch_begin(self, run: Run) -> None:
        """Before an epoch, and before the rest of one that a resumed run carries on with."""

    def on_gradients(self, run: Run) -> None:
        """When all gradients of a step are there and the optimizer has not yet used them."""

    def on_step_end(self, run: Run) -> None:
        """After the optimizer's update."""

    def on_epoch_end(self, run: Run) -> None:
        """After validation, with the epoch's numbers in `run.results` and in the history."""

    def on_interrupt(self, run: Run) -> None:
        """After Ctrl-C, when the step under way is done."""

    def on_fit_end(self, run: Run) -> None:
        """At the very end, also after an error."""

    def state_dict(self) -> Mapping[str, Any]:
        """Return what a resumed run needs of this callback; see `save_state` for what may be in it."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Carry on from what `state_dict` gave."""
