"""Why a network does not learn: units that are silent for every input, gradients that vanish or explode.

A listener gathers, step by step, what the forward pass put out and what the backward pass carried; the report says in
sentences what is out of the ordinary.

References
----------
Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from tinytorch.tensor import Array, Leaf, Step, Tensor, listen


@dataclass
class UnitRecord:
    """What one rectifier put out.

    Attributes
    ----------
    label : str
        The operation and its number in the order of the forward pass: "relu 2".
    zeros : float
        The share of zeros among all outputs.
    units : int
        How many units there are: the last axis of (..., D), the second of (B, C, H, W).
    dead : list of int
        Units that were 0 for every input of every batch: no gradient reaches what lies before them.
    """

    label: str
    zeros: float
    units: int
    dead: list[int]


@dataclass
class DepthRecord:
    """The gradient at the result of one step that has parameters, the first to run first.

    Attributes
    ----------
    label : str
        The operation and its number: "linear 3".
    rms : float
        The root mean square of the gradient's elements, over all batches.
    norms : dict from str to float
        The norm of the gradient of each parameter, as of the last batch.
    """

    label: str
    rms: float
    norms: dict[str, float] = field(default_factory=dict)


@dataclass
class GradientReport:
    """What `watch_gradients` has seen, and what it makes of it."""

    units: list[UnitRecord]
    depths: list[DepthRecord]
    sentences: list[str]

    def __str__(self) -> str:
        return "\n".join(self.sentences) or "Nothing out of the ordinary."


class GradientWatch:
    """The listener behind `watch_gradients`."""

    def __init__(self, names: Mapping[str, Tensor], rectifiers: Sequence[str]) -> None:
        self.names = {x.node: name for name, x in names.items()}
        self.rectifiers = rectifiers
        self.labels: WeakKeyDictionary[Step, str] = WeakKeyDictionary()
        self.counts: dict[str, int] = {}
        self.forward = False
        self.silent: dict[str, Array] = {}  # for each rectifier, which units have been 0 always
        self.zeros: dict[str, list[int]] = {}  # how many zeros, of how many
        self.squares: dict[str, list[float]] = {}  # the sum of the gradient's squares, and how many elements
        self.norms: dict[str, dict[str, float]] = {}

    def before(self, step: Step) -> None:
        """Number the steps of a forward pass, from 1 for each operation; after a rule, a new pass begins."""
        if step.phase != "forward":
            self.forward = False
            return
        if not self.forward:
            self.counts, self.forward = {}, True
        name = step.operation.name
        self.counts[name] = self.counts.get(name, 0) + 1
        self.labels[step] = f"{name} {self.counts[name]}"

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Gather the zeros of a rectifier, or the gradient at a step with parameters."""
        label = self.labels.get(step)
        if label is None:
            return
        if step.phase == "forward" and step.operation.name in self.rectifiers and outputs[0].ndim > 1:
            self._gather_units(label, outputs[0])
        leaves = [node for node in step.needs if isinstance(node, Leaf)]
        if step.phase == "rule" and leaves and isinstance(step.arrays[0], np.ndarray):
            gradient = step.arrays[0]
            total = self.squares.setdefault(label, [0.0, 0.0])
            total[0] += float(np.sum(np.square(gradient, dtype=np.float64)))
            total[1] += gradient.size
            self.norms[label] = dict(self._parameter_norms(step, outputs))

    def _gather_units(self, label: str, output: Array) -> None:
        axis = 1 if output.ndim == 4 else output.ndim - 1
        zero = output == 0
        silent = zero.all(axis=tuple(i for i in range(output.ndim) if i != axis))
        known = self.silent.get(label)
        self.silent[label] = silent & known if known is not None and known.shape == silent.shape else silent
        count = self.zeros.setdefault(label, [0, 0])
        count[0] += int(np.count_nonzero(zero))
        count[1] += zero.size

    def _parameter_norms(self, step: Step, outputs: Sequence[Array]) -> Iterator[tuple[str, float]]:
        wanted = [position for position, node in enumerate(step.needs) if node is not None]
        if len(outputs) == len(wanted):
            for position, gradient in zip(wanted, outputs, strict=True):
                node = step.needs[position]
                if isinstance(node, Leaf):
                    yield self.names.get(node, f"input {position}"), float(np.linalg.norm(gradient))

    def report(self) -> GradientReport:
        """Return what has been seen so far."""
        units = [
            UnitRecord(
                label, zeros / max(1, size), len(self.silent[label]), np.flatnonzero(self.silent[label]).tolist()
            )
            for label, (zeros, size) in self.zeros.items()
        ]
        # The backward pass meets the last step first.
        depths = [
            DepthRecord(label, float(np.sqrt(total / max(1.0, size))), self.norms[label])
            for label, (total, size) in reversed(self.squares.items())
        ]
        return GradientReport(units, depths, [*_about_units(units), *_about_depths(depths)])


def _about_units(units: Sequence[UnitRecord]) -> Iterator[str]:
    for unit in units:
        if unit.dead:
            yield (
                f"{unit.label}: {len(unit.dead)} of {unit.units} units are 0 for every input of the batch; no gradient "
                "reaches their weights. A smaller learning rate, another initialisation or a leaky slope may help."
            )


def _about_depths(depths: Sequence[DepthRecord]) -> Iterator[str]:
    if not depths:
        return
    first, last = depths[0], depths[-1]
    broken = [depth.label for depth in depths if not np.isfinite(depth.rms)]
    if broken:
        yield f"{', '.join(broken)}: the gradient is not finite; detect_anomaly() names the operation that made it so."
    elif all(depth.rms == 0 for depth in depths):
        yield "Every gradient is 0: nothing that the loss depends on reaches a parameter."
    elif last.rms > 1000 * first.rms:
        ratio = "to nothing" if first.rms == 0 else f"{last.rms / first.rms:.2g} times"
        yield (
            f"The gradient vanishes: {last.rms:.2g} at {last.label}, nearest the loss, {first.rms:.2g} at "
            f"{first.label} (it shrinks {ratio} on the way back). The first layers hardly learn."
        )
    elif first.rms > 1000 * last.rms:
        ratio = "from nothing" if last.rms == 0 else f"{first.rms / last.rms:.2g} times"
        yield (
            f"The gradient explodes: {last.rms:.2g} at {last.label}, nearest the loss, {first.rms:.2g} at "
            f"{first.label} (it grows {ratio} on the way back). Clip it, or start from smaller weights."
        )


@contextmanager
def watch_gradients(
    names: Mapping[str, Tensor] | None = None, *, rectifiers: Sequence[str] = ("relu",)
) -> Iterator[GradientWatch]:
    """Gather statistics of activations and gradients inside the block; ``report()`` says what they mean.

    Parameters
    ----------
    names : mapping from str to Tensor, optional
        What to call parameters: ``dict(model.named_parameters())``.
    rectifiers : sequence of str
        The operations whose zeros are counted, by their names.

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.tensor import Tensor, maximum, ones
    >>> w = Tensor(np.array([[1.0, -1.0], [1.0, -1.0]], np.float32), requires_grad=True)
    >>> with watch_gradients(rectifiers=["maximum"]) as watch:
    ...     maximum(ones(8, 2) @ w, 0.0).sum().backward()
    >>> watch.report().units
    [UnitRecord(label='maximum 1', zeros=0.5, units=2, dead=[1])]
    """
    watch = GradientWatch(names or {}, rectifiers)
    with listen(watch):
        yield watch
