"""The first test of any network: whether it can learn a single batch by heart."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinytorch.layers import Module
from tinytorch.optim import Optimizer
from tinytorch.training._snapshot import Snapshot
from tinytorch.training._trainer import Loss


@dataclass(frozen=True)
class OverfitReport:
    """What `overfit_one_batch` saw.

    Attributes
    ----------
    losses : list of float
        Before the first step, before the second, and so on.
    reached : bool
        Whether the last loss is at most the goal.
    goal : float
    idle : list of str
        Parameters that no step has changed.
    """

    losses: list[float]
    reached: bool
    goal: float
    idle: list[str]

    def __str__(self) -> str:
        steps = len(self.losses) - 1
        course = f"loss {self.losses[0]:.4g} -> {self.losses[-1]:.4g} in {steps} steps on one batch"
        if self.reached:
            text = f"{course}: the model can learn it by heart (goal {self.goal:g})"
        elif not np.isfinite(self.losses[-1]):
            text = f"{course}: it diverged; the learning rate is too large, or the loss takes a log or a quotient of 0"
        elif self.losses[-1] >= self.losses[0]:
            text = f"{course}: it does not go down; look at the sign of the step, the gradients and the learning rate"
        else:
            text = f"{course}: goal {self.goal:g} not reached; more steps, a larger rate, or a model that is too small"
        return f"{text}. No step changed {', '.join(self.idle)}." if self.idle else f"{text}."


def overfit_one_batch(
    model: Module, optimizer: Optimizer, loss: Loss, batch: Any, *, steps: int = 200, goal: float = 0.01
) -> OverfitReport:
    """Train on one batch again and again, report how far the loss came down, and put everything back.

    A network of more than a few parameters learns a batch by heart. One that does not has a mistake that no amount of
    data will mend: a layer that gradients do not reach, targets in the wrong order, a learning rate far off.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer
        Of the model's parameters.
    loss : callable
        `loss(output, y)`, a tensor of one element.
    batch : (x, y)
    steps : int
        At most; it ends when the goal is reached.
    goal : float
        A loss small enough. Not 0 where a loss cannot get there (label smoothing).

    Returns
    -------
    OverfitReport
        Its text says what the numbers mean. Model, optimizer and generators are as before.
    """
    x, y = batch
    before = Snapshot(model, optimizer)
    first = {name: np.array(parameter) for name, parameter in model.named_parameters()}
    idle = set(first)
    losses: list[float] = []
    try:
        model.train()
        optimizer.zero_grad()
        while True:
            value = loss(model(x), y)
            losses.append(value.item())
            if len(losses) > steps or losses[-1] <= goal or not np.isfinite(losses[-1]):
                break
            value.backward()
            optimizer.step()
            if idle:
                now = dict(model.named_parameters())
                idle = {name for name in idle if np.array_equal(first[name], now[name])}
    finally:
        before.restore()
    return OverfitReport(losses, losses[-1] <= goal, goal, [name for name in first if name in idle])
