"""What optimizers do and what they cost: measured when called, returned as data, nothing remembered.

Times are in seconds, the shortest of several runs: whatever else the machine does can only add to them. Memory is what
is allocated in this process, in bytes, counted by `tracemalloc`, to which NumPy reports its arrays.
"""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.dataloader import Digits
from tinytorch.layers import Linear, Module, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import LRScheduler, Optimizer, state_bytes
from tinytorch.tensor import Array, Tensor, zeros
from tinytorch.tito.measuring import tracing

Make = Callable[[Any], Optimizer]

STEEP = 100.0  # times as steep across the valley as along it


@dataclass(frozen=True)
class Path:
    """Where an optimizer went in the valley ``(x² + 100 y²) / 2``, whose floor is the line y = 0 and lowest at x = 0.

    Attributes
    ----------
    name : str
    points : ndarray
        (steps + 1, 2), float64: the start, and the place after each step, in the coordinates x and y of the valley.
    """

    name: str
    points: Array

    @property
    def heights(self) -> Array:
        """The height above the lowest point at each of the places."""
        heights: Array = (self.points[:, 0] ** 2 + STEEP * self.points[:, 1] ** 2) / 2
        return heights

    def steps_to(self, height: float) -> int | None:
        """Return after how many steps it was below a height for the first time; None if it never was."""
        below = np.flatnonzero(self.heights < height)
        return int(below[0]) if below.size else None


def valley(
    name: str,
    make: Make,
    steps: int,
    turn: float = 0.0,
    schedule: Callable[[Optimizer], LRScheduler] | None = None,
) -> Path:
    """Let an optimizer walk down the valley, from (10, 1).

    Parameters
    ----------
    name : str
    make : callable
        Returns an optimizer for a list of tensors: ``lambda params: SGD(params, lr=0.01)``.
    steps : int
    turn : float, default 0
        By how many degrees the valley is turned against the axes of the parameters.
    schedule : callable, optional
        Returns a schedule for the optimizer, which then counts the steps.
    """
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    turned = np.array([[c, -s], [s, c]])  # from the valley's coordinates to the parameters'
    slope = turned @ np.diag([1.0, STEEP]) @ turned.T
    w = Tensor(turned @ np.array([10.0, 1.0]))
    optimizer = make([w])
    rates = schedule(optimizer) if schedule else None
    places = [np.array(w.numpy())]
    for _ in range(steps):
        w.grad = Tensor(slope @ places[-1])
        optimizer.step()
        if rates:
            rates.step()
        places.append(np.array(w.numpy()))
    return Path(name, np.array(places) @ turned)


@dataclass(frozen=True)
class Race:
    """The losses of a small network on its way, one for each step.

    Attributes
    ----------
    rate : float
        The learning rate.
    losses : tuple of float
        Of each batch, before the step that it led to.
    """

    rate: float
    losses: tuple[float, ...]

    def steps_to(self, loss: float, over: int = 20) -> int | None:
        """Return after how many steps the mean of the last `over` losses was below `loss`; None if it never was."""
        sums = np.cumsum([0.0, *self.losses])
        below = np.flatnonzero((sums[over:] - sums[:-over]) / over < loss)
        return int(below[0]) + over if below.size else None


def images() -> tuple[Array, Array]:
    """Return 1,433 handwritten digits as float32 (1433, 64), 0 for paper and 1 for ink, and their labels."""
    digits = Digits()
    pixels = np.asarray(digits.images, np.float32).reshape(len(digits), -1) / np.float32(255)
    return pixels, np.asarray(digits.labels, np.int64)


def race(make: Callable[[Any, float], Optimizer], rate: float, steps: int, faint: float = 1.0, seed: int = 0) -> Race:
    """Train a network 64-32-10 on digits, in batches of 64.

    Parameters
    ----------
    make : callable
        ``make(parameters, rate)`` returns an optimizer.
    rate : float
    steps : int
    faint : float, default 1
        By what every second pixel is multiplied: the smaller, the flatter the loss along half of the weights.
    seed : int
        Of the first weights and of the batches.
    """
    pixels, labels = images()
    pixels[:, ::2] *= np.float32(faint)
    generator = np.random.default_rng(seed)
    model = network((64, 32, 10), generator)
    optimizer = make(model.parameters(), rate)
    measure = CrossEntropyLoss()
    losses = []
    for _ in range(steps):
        rows = generator.integers(len(pixels), size=64)
        loss = measure(model(Tensor(pixels[rows])), Tensor(labels[rows]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return Race(rate, tuple(losses))


def best_of(
    make: Callable[[Any, float], Optimizer], rates: Sequence[float], loss: float, steps: int, **how: Any
) -> Race:
    """Race once with each rate and return the one that came to `loss` first."""
    races = [race(make, rate, steps, **how) for rate in rates]
    return min(races, key=lambda one: one.steps_to(loss) or math.inf)


@dataclass(frozen=True)
class Memory:
    """What is in memory for the parameters of a network while they are trained, apart from its activations.

    Attributes
    ----------
    elements : int
        Of all parameters, float32.
    between : int
        Bytes allocated between two steps: parameters and the optimizer's state.
    before : int
        Bytes allocated right before a step, when the gradients are there too.
    peak : int
        The most bytes allocated during a step.
    state : int
        Bytes of the state, as `state_bytes` counts them.
    """

    elements: int
    between: int
    before: int
    peak: int
    state: int


def memory(make: Make, sizes: Sequence[int]) -> Memory:
    """Measure what an optimizer has in memory for a chain of linear layers of these sizes, on its second step."""
    with tracing():
        empty = tracemalloc.get_traced_memory()[0]
        params = [p for pair in pairwise(sizes) for p in (zeros(*pair), zeros(pair[1]))]
        optimizer = make(params)
        between = before = peak = 0
        for _ in range(2):
            for p in params:
                p.grad = Tensor(np.ones(p.shape, np.float32))
            before = tracemalloc.get_traced_memory()[0] - empty
            tracemalloc.reset_peak()
            optimizer.step()
            between, peak = (bytes_ - empty for bytes_ in tracemalloc.get_traced_memory())
        return Memory(sum(p.size for p in params), between, before, peak, state_bytes(optimizer))


@dataclass(frozen=True)
class Cost:
    """Seconds of the two parts of a training step.

    Attributes
    ----------
    through : float
        Forwards and backwards through the network, with one batch.
    step : float
        The optimizer's step.
    """

    through: float
    step: float


def network(sizes: Sequence[int], generator: np.random.Generator) -> Module:
    """Return linear layers of these sizes with ReLU between them."""
    layers: list[Any] = []
    for pair in pairwise(sizes):
        layers += [Linear(*pair, generator=generator), ReLU()]
    return Sequential(layers[:-1])


def cost(make: Make, sizes: Sequence[int], batch: int = 64, repeats: int = 30) -> Cost:
    """Measure the parts of a training step of a network of these sizes on random numbers."""
    generator = np.random.default_rng(0)
    model = network(sizes, generator)
    optimizer = make(model.parameters())
    measure = CrossEntropyLoss()
    x = Tensor(generator.random((batch, sizes[0]), np.float32))
    labels = Tensor(generator.integers(sizes[-1], size=batch))
    through, step = [], []
    for _ in range(repeats):
        begin = time.perf_counter()
        measure(model(x), labels).backward()
        middle = time.perf_counter()
        optimizer.step()
        step.append(time.perf_counter() - middle)
        through.append(middle - begin)
    return Cost(min(through), min(step))
