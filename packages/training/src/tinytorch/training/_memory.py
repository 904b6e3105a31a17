"""How much memory a training step takes as the batch grows, found out with two small batches.

Between any two moments at which the seam tells of an operation, the memory in use is a fixed part (parameters,
gradients, the optimizer's state and scratch) and a part for each sample (inputs, what rules keep, gradients on their
way): a + b·batch. Two runs with small batches give a and b of every such interval, and the peak of any batch is the
largest of these lines at that batch. One line through two peaks would not do: with a small batch the peak is in the
update, with a large one in the backward pass.
"""

import gc
import math
import tracemalloc
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinytorch.layers import Module
from tinytorch.optim import Optimizer
from tinytorch.tensor import Array, Step, from_numpy, listen
from tinytorch.training._snapshot import Snapshot
from tinytorch.training._trainer import Loss


@dataclass(frozen=True)
class MemoryModel:
    """Peak memory of training as a function of the batch.

    Attributes
    ----------
    parameters, state : int
        Bytes of the model's parameters and buffers, and of the optimizer's state: there all the time.
    intervals : tuple of (str, float, float)
        For each interval of a step: the operation before it, bytes whatever the batch, and bytes a sample.
    """

    parameters: int
    state: int
    intervals: tuple[tuple[str, float, float], ...]

    def peak(self, batch: int) -> int:
        """Return the predicted bytes of a training step at its highest moment, everything counted."""
        return self.parameters + self.state + math.ceil(max(fixed + each * batch for _, fixed, each in self.intervals))

    def peak_at(self, batch: int) -> str:
        """Return the name of the operation at which the peak is."""
        return max(self.intervals, key=lambda interval: interval[1] + interval[2] * batch)[0]

    def largest(self, bytes: int) -> int:
        """Return the largest batch whose predicted peak is at most so many bytes.

        Raises
        ------
        ValueError
            If a batch of one does not fit.
        """
        room = bytes - self.parameters - self.state
        if self.peak(1) > bytes:
            raise ValueError(
                f"largest_batch: a batch of 1 takes {self.peak(1):,} bytes, {self.parameters + self.state:,} of them "
                f"for parameters and the optimizer's state, and {bytes:,} are allowed; take a smaller model or an "
                "optimizer with less state"
            )
        batch = min(int((room - fixed) / each) for _, fixed, each in self.intervals if each > 0)
        while self.peak(batch) > bytes:  # rounding
            batch -= 1
        return batch


def largest_batch(model: Module, loss: Loss, sample: Any, bytes: int, optimizer: Optimizer | None = None) -> int:
    """Return the largest batch with which training stays within so many bytes.

    Parameters
    ----------
    model : Module
    loss : callable
        `loss(output, y)`, a tensor of one element.
    sample : (x, y)
        Any batch: its samples are repeated as needed.
    bytes : int
        For everything that training holds: parameters, gradients, the optimizer's state, the batch, and what lives
        between forward and backward. Not the data set, and not Python itself.
    optimizer : Optimizer, optional
        Without one, forward and backward are counted.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If a batch of one does not fit.

    Notes
    -----
    A first answer comes from batches of 8 and 40 (see `measure_memory`). Large arrays behave a little differently:
    NumPy puts the result of an expression into a temporary operand of at least 256 kB. So where the answer is far from
    those sizes, a quarter and a half of it are measured as well, which stays within the bytes allowed.
    """
    batch = measure_memory(model, loss, sample, optimizer).largest(bytes)
    if batch <= 100:
        return batch
    return measure_memory(model, loss, sample, optimizer, (batch // 4, batch // 2)).largest(bytes)


def measure_memory(
    model: Module, loss: Loss, sample: Any, optimizer: Optimizer | None = None, sizes: tuple[int, int] = (8, 40)
) -> MemoryModel:
    """Run training steps with two small batches and return how memory grows with the batch.

    Parameters
    ----------
    model, loss, sample, optimizer
        As for `largest_batch`.
    sizes : (int, int)
        The two batches.

    Notes
    -----
    Seven steps under tracemalloc, which counts what NumPy and Python ask for (buffers inside BLAS it does not see,
    and neither would a measurement of the predicted step). Model, optimizer and generators are put back as they were.
    Memory must grow in proportion to the batch, as it does wherever samples do not look at each other. One batch is
    counted: `Trainer.fit` lets go of it before the next one is made, a plain `for batch in loader` only afterwards.
    """
    small, large = sizes
    if not 1 <= small < large:
        raise ValueError(f"measure_memory: the sizes are {sizes}; they rise from at least 1")
    before = Snapshot(model, optimizer)
    try:
        model.train()
        _step(model, loss, _Repeated(sample, small), optimizer, None)  # the first step makes the optimizer's state
        low, high = (_profile(model, loss, _Repeated(sample, size), optimizer) for size in sizes)
        held = [*model.parameters(), *model.buffers()]
        parameters = sum(tensor.data.nbytes for tensor in held)
        state = _bytes_of(optimizer.state_dict()) if optimizer is not None else 0
    finally:
        before.restore()
        model.zero_grad()
    if [name for name, _ in low] != [name for name, _ in high]:
        raise ValueError(
            f"measure_memory: batches of {small} and {large} ran different operations, so nothing can be concluded "
            "for others"
        )
    intervals = []
    for (name, at_small), (_, at_large) in zip(low, high, strict=True):
        each = max(0.0, (at_large - at_small) / (large - small))
        intervals.append((name, at_small - each * small, each))
    return MemoryModel(parameters, state, tuple(intervals))


class _Repeated:
    """Makes a batch of a size from the samples at hand, when called."""

    def __init__(self, sample: Any, size: int) -> None:
        self._arrays = [np.asarray(part) for part in sample]
        self._rows = np.arange(size) % len(self._arrays[0])

    def __call__(self) -> list[Any]:
        return [from_numpy(array.take(self._rows, axis=0)) for array in self._arrays]


class _Peaks:
    """A listener that notes the peak of traced memory between any two moments that the seam tells of."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, int]] = []
        self._name = "batch"
        self._base = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()

    def note(self, name: str) -> None:
        """End an interval; `name` is what the next one comes after."""
        self.noted.append((self._name, tracemalloc.get_traced_memory()[1] - self._base))
        self._name = name
        tracemalloc.reset_peak()

    def before(self, step: Step) -> None:
        """End the interval before an operation."""
        self.note(f"{step.phase} {step.operation.name}")

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """End the operation's own interval."""
        self.note(f"after {step.phase} {step.operation.name}")


def _profile(model: Module, loss: Loss, make: _Repeated, optimizer: Optimizer | None) -> list[tuple[str, int]]:
    """Return the peak of each interval of a training step, above what was in use before it: the least of three runs.

    What else happens to allocate in the meantime can only add to a peak.
    """
    traced_before = tracemalloc.is_tracing()
    collects = gc.isenabled()
    gc.collect()
    gc.disable()
    if not traced_before:
        tracemalloc.start()
    try:
        runs = []
        for _ in range(3):
            peaks = _Peaks()
            with listen(peaks):
                _step(model, loss, make, optimizer, peaks)
            runs.append(peaks.noted)
    finally:
        if not traced_before:
            tracemalloc.stop()
        if collects:
            gc.enable()
    return [(name, min(run[i][1] for run in runs)) for i, (name, _) in enumerate(runs[0])]


def _step(model: Module, loss: Loss, make: _Repeated, optimizer: Optimizer | None, peaks: _Peaks | None) -> None:
    """Do what the loop does for one batch."""
    x, y = make()
    output = model(x)  # kept to the end, as the loop does
    value = loss(output, y)
    value.backward()
    if optimizer is not None:
        optimizer.step()
    else:
        model.zero_grad()
    if peaks is not None:
        peaks.note("end")


def _bytes_of(state: Any) -> int:
    """Return the bytes of all arrays in nested state."""
    if isinstance(state, dict):
        return sum(map(_bytes_of, state.values()))
    if isinstance(state, list | tuple):
        return sum(map(_bytes_of, state))
    if isinstance(state, bool | int | float | str) or state is None:
        return 0
    return int(np.asarray(state).nbytes)
