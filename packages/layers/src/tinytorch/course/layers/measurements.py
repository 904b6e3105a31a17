"""What a network of layers holds and costs, and what becomes of a signal in it: measured when called, returned as data.

Times are the shortest of several runs, in seconds: whatever else the machine does can only add to them.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinytorch.activations import relu
from tinytorch.dataloader import Digits
from tinytorch.layers import Module, Parameter, summary
from tinytorch.tensor import Array, Tensor, live_bytes, recording, zeros

Start = Callable[[Parameter, np.random.Generator], object]


def digits(train: bool = True) -> tuple[Tensor, Array]:
    """Return handwritten digits as float32 (n, 64), from 0 for paper to 1 for ink, and their labels, int64 (n,)."""
    data = Digits(train=train)
    images = np.asarray(data.images, np.float32).reshape(len(data), 64) / np.float32(255)
    return Tensor(images), np.asarray(data.labels, np.int64)


@dataclass(frozen=True)
class Holding:
    """What a model takes in memory.

    Attributes
    ----------
    tensor_bytes : int
        Of the numbers that its tensors stand on.
    python_bytes : int
        Of everything that was allocated to make it: these numbers, the objects around them, their names.
    """

    tensor_bytes: int
    python_bytes: int


def holding(make: Callable[[], Module]) -> Holding:
    """Make a model and measure what it takes.

    Raises
    ------
    RuntimeError
        If allocations are being traced already, by somebody whose counts this would spoil.
    """
    if tracemalloc.is_tracing():
        raise RuntimeError("holding: allocations are being traced already; stop tracemalloc first.")
    make()  # what is made once, for all models, does not count
    gc.collect()  # what others left behind must not vanish in between
    before = live_bytes()
    tracemalloc.start()
    try:
        model = make()
        python_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    tensor_bytes = live_bytes() - before
    del model
    return Holding(tensor_bytes, python_bytes)


@dataclass(frozen=True)
class Forward:
    """One forward pass.

    Attributes
    ----------
    rows : int
    flops : int
        As the operations count them.
    result_bytes : int
        Memory that is filled with results.
    seconds : float
    """

    rows: int
    flops: int
    result_bytes: int
    seconds: float


def forward(model: Module, rows: int, inputs: int, repeats: int = 7) -> Forward:
    """Measure a forward pass of `rows` rows with `inputs` features each, without recording.

    Each of the `repeats` times is that of as many passes as fill about a millisecond.
    """
    x = zeros(rows, inputs)
    report = summary(model, x)
    with recording(False):
        passes = max(1, round(1e-3 / _timed(model, x, 1)))
        seconds = min(_timed(model, x, passes) for _ in range(repeats))
    return Forward(rows, report.flops, report.result_bytes, seconds)


def _timed(model: Module, x: Tensor, passes: int) -> float:
    """Return the seconds of one of several passes."""
    begin = time.perf_counter()
    for _ in range(passes):
        model(x)
    return (time.perf_counter() - begin) / passes


def spread(
    start: Start,
    depth: int = 30,
    width: int = 256,
    rows: int = 64,
    activation: Callable[[Tensor], Tensor] = relu,
    seed: int = 0,
) -> tuple[float, ...]:
    """Return the root mean square of a signal before the first layer and after each.

    Parameters
    ----------
    start : callable
        ``start(weight, generator)`` draws a weight of shape (width, width) in place.
    depth, width, rows : int
        So many layers without biases, of so many units, for so many rows of draws from N(0, 1).
    activation : callable, default relu
    seed : int, default 0
    """
    generator = np.random.default_rng(seed)
    signal = Tensor(generator.normal(size=(rows, width)).astype(np.float32))
    found = [_rms(signal)]
    with recording(False):
        for _ in range(depth):
            weight = Parameter(zeros(width, width))
            start(weight, generator)
            signal = activation(signal @ weight)
            found.append(_rms(signal))
    return tuple(found)


def _rms(x: Tensor) -> float:
    return float(np.sqrt(np.mean(np.square(x.data, dtype=np.float64))))
