"""What a run measured: one row of numbers an epoch, one loss a step."""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tinytorch.training._terminal import draw_curve

Mode = Literal["min", "max"]

_SMALLER_IS_BETTER = ("loss", "error", "perplexity", "norm")
_LARGER_IS_BETTER = ("accuracy",)


class History:
    """The numbers of a run: `history["loss"]` has one float an epoch.

    Attributes
    ----------
    step_losses : array of float
        The loss of every step, before the update it led to.
    seconds : list of float
        Time of each epoch, validation included; the only thing here that a resumed run does not repeat bit for bit.

    Notes
    -----
    Numbers only, 8 bytes a step: no tensor, so no graph stays alive.
    """

    def __init__(self) -> None:
        self.step_losses: array[float] = array("d")
        self.seconds: list[float] = []
        self._rows: list[dict[str, float]] = []

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self._rows)

    def __getitem__(self, name: str) -> list[float]:
        """Return one number an epoch; not a number for epochs that did not measure it."""
        if name not in self.names:
            have = ", ".join(self.names) or "nothing yet"
            raise KeyError(f"history has no {name!r}; it has {have}")
        return [row.get(name, math.nan) for row in self._rows]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    @property
    def names(self) -> list[str]:
        """What was measured, in the order in which it first came."""
        return list(dict.fromkeys(name for row in self._rows for name in row))

    @property
    def last(self) -> dict[str, float]:
        """The newest epoch's numbers; empty before the first."""
        return dict(self._rows[-1]) if self._rows else {}

    def add_epoch(self, values: Mapping[str, float], seconds: float) -> None:
        """Append an epoch's numbers."""
        self._rows.append(dict(values))
        self.seconds.append(seconds)

    def best(self, name: str, mode: Mode | None = None) -> tuple[int, float]:
        """Return the best epoch (the first is 1) and its value; of equal ones the earliest.

        Parameters
        ----------
        name : str
        mode : {"min", "max"}, optional
            Which is better; known for losses and accuracies.

        Raises
        ------
        ValueError
            If no epoch has a number.
        """
        values = np.array(self[name])
        if np.isnan(values).all():
            raise ValueError(f"history[{name!r}] has no number in {len(values)} epochs, so none is the best")
        smallest = better(name, mode) == "min"
        position = int(np.nanargmin(values) if smallest else np.nanargmax(values))
        return position + 1, float(values[position])

    def text(self, *names: str, width: int = 60, height: int = 12) -> str:
        """Draw columns as a curve of plain characters; by default the losses.

        Parameters
        ----------
        *names : str
            At most four.
        width, height : int
            Characters of the field between the axes.
        """
        chosen: Sequence[str] = names or [name for name in self.names if name in ("loss", "val_loss")]
        return draw_curve({name: self[name] for name in chosen}, "epoch", width, height)

    def state_dict(self) -> dict[str, Any]:
        """Return everything, for a checkpoint."""
        return {
            "rows": [dict(row) for row in self._rows],
            "seconds": list(self.seconds),
            "step_losses": np.array(self.step_losses, dtype=np.float64),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the place of what `state_dict` gave."""
        self._rows = [dict(row) for row in state["rows"]]
        self.seconds = list(state["seconds"])
        self.step_losses = array("d", np.asarray(state["step_losses"], dtype=np.float64).tobytes())


def better(name: str, mode: Mode | None) -> Mode:
    """Return which direction is better for a number of that name.

    Raises
    ------
    ValueError
        If `mode` is no direction, or None and the name does not tell.
    """
    if mode is not None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode is {mode!r}; it is 'min' where smaller is better and 'max' where larger is")
        return mode
    if name.endswith(_SMALLER_IS_BETTER):
        return "min"
    if name.endswith(_LARGER_IS_BETTER):
        return "max"
    raise ValueError(f"{name!r} does not tell whether smaller or larger is better; say mode='min' or mode='max'")
