"""Statistics of everything that passes through a model in one training step, told by the seam."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinytorch.layers import Module
from tinytorch.tensor import Array, Step, listen
from tinytorch.training._snapshot import Snapshot
from tinytorch.training._trainer import Loss


@dataclass
class Observation:
    """One operation of a step, or one parameter: what came out, and the gradient that came back.

    Attributes
    ----------
    name : str
        The operation's, or the parameter's.
    shape : tuple of int
    mean, std : float
        Of the values.
    zeros : float
        The share of values that are exactly 0: of a ReLU, the units that are silent.
    gradient : float
        The root mean square of the gradient of the loss by these values; not a number where none came.
    silent : float
        Of outputs (B, …) with at least two samples: the share of units that are 0 for every sample of the batch. A
        ReLU's unit that stays so gets no gradient and never learns.
    """

    name: str
    shape: tuple[int, ...]
    mean: float
    std: float
    zeros: float
    gradient: float = math.nan
    silent: float = math.nan


@dataclass
class StepReport:
    """What `observe` saw: the operations in the order in which they ran, and the parameters.

    Its text is a table.
    """

    loss: float
    operations: list[Observation] = field(default_factory=list)
    parameters: list[Observation] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{'':28} {'shape':>16} {'mean':>10} {'std':>10} {'zero':>7} {'silent':>7} {'gradient':>10}"]
        for seen in [*self.operations, *self.parameters]:
            silent = "" if math.isnan(seen.silent) else f"{100 * seen.silent:.0f} %"
            gradient = "none" if math.isnan(seen.gradient) else f"{seen.gradient:.3g}"
            shape = "x".join(map(str, seen.shape)) or "scalar"
            lines.append(
                f"{seen.name:28} {shape:>16} {seen.mean:>10.3g} {seen.std:>10.3g} {100 * seen.zeros:>5.0f} % "
                f"{silent:>7} {gradient:>10}"
            )
        return "\n".join([*lines, f"loss {self.loss:.6g}"])


class _Observer:
    """A listener that takes statistics of forward results, and of the gradients that rules are given."""

    def __init__(self) -> None:
        self.seen: list[Observation] = []
        self._by_step: dict[int, Observation] = {}
        self._steps: list[Step] = []  # kept alive, so that ids stay those of these steps

    def before(self, step: Step) -> None:
        """Take the gradient that arrives at a rule."""
        if step.phase == "rule" and id(step) in self._by_step and step.arrays:
            gradient = step.arrays[0]
            if isinstance(gradient, np.ndarray):
                self._by_step[id(step)].gradient = _root_mean_square(gradient)

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Take the statistics of what an operation returned."""
        if step.phase != "forward" or not outputs or outputs[0].dtype.kind != "f":
            return
        seen = _statistics(step.operation.name, outputs[0])
        self.seen.append(seen)
        if step.recorded:
            self._by_step[id(step)] = seen
            self._steps.append(step)


def observe(model: Module, loss: Loss, batch: Any) -> StepReport:
    """Run one forward and backward pass and report what passed through, operation by operation.

    Parameters
    ----------
    model : Module
    loss : callable
    batch : (x, y)

    Returns
    -------
    StepReport
        Reading it: standard deviations that shrink or grow from layer to layer, a ReLU that is mostly silent,
        gradients that vanish towards the input, a parameter without any.

    Notes
    -----
    No update is made; running statistics and generators are put back, gradients dropped. The numbers come from the
    seam, so operations of one's own are seen too.
    """
    x, y = batch
    before, observer = Snapshot(model), _Observer()
    try:
        model.zero_grad()
        with listen(observer):
            value = loss(model(x), y)
            value.backward()
        report = StepReport(value.item(), observer.seen)
        for name, parameter in model.named_parameters():
            seen = _statistics(name, np.asarray(parameter))
            seen.silent = math.nan
            if parameter.grad is not None:
                seen.gradient = _root_mean_square(np.asarray(parameter.grad))
            report.parameters.append(seen)
    finally:
        before.restore()
        model.zero_grad()
    return report


def _statistics(name: str, array: Array) -> Observation:
    values = array.astype(np.float64)
    if not values.size:
        return Observation(name, array.shape, math.nan, math.nan, math.nan)
    zero = values == 0
    silent = float(zero.all(axis=0).mean()) if array.ndim >= 2 and len(array) >= 2 else math.nan
    return Observation(name, array.shape, float(values.mean()), float(values.std()), float(zero.mean()), silent=silent)


def _root_mean_square(array: Array) -> float:
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) if array.size else math.nan
