"""What a training step costs in time and memory: measured when called, returned as data, nothing remembered.

The network is always a chain of Linear layers with ReLU between them, trained with cross-entropy and Adam on random
images. Times are in seconds: the shortest of several runs, since whatever else the machine does can only add to them.
"""

from __future__ import annotations

import gc
import itertools
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.dataloader import DataLoader, Digits, Normalize, Subset
from tinytorch.layers import Flatten, Linear, Module, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import Adam, Optimizer
from tinytorch.tensor import Array, Step, Tensor, from_numpy, listen, matmul
from tinytorch.tito.measuring import best, tracing

FLOAT32 = 4  # bytes


def network(sizes: Sequence[int], seed: int = 0) -> Sequential:
    """Return Linear layers of these sizes with ReLU between them; images are flattened first."""
    generator = np.random.default_rng(seed)
    layers: list[Any] = [Flatten()]
    for rows, columns in itertools.pairwise(sizes):
        layers += [Linear(rows, columns, generator=generator), ReLU()]
    return Sequential(*layers[:-1])


def digits(batch: int, seed: int = 0) -> tuple[DataLoader[Any], DataLoader[Any], DataLoader[Any]]:
    """Return the digits of the dataloader in batches: 1,133 to train, shuffled, 300 held out, and 364 to test."""
    transform = Normalize.fit(Digits())  # of training images alone
    data = Digits(transform=transform)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(data))
    train = DataLoader(Subset(data, order[300:]), batch, shuffle=True, generator=generator)
    held = DataLoader(Subset(data, order[:300]), 300)
    return train, held, DataLoader(Digits(train=False, transform=transform), 364)


def random_batch(sizes: Sequence[int], batch: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return random inputs (batch, first size) and classes below the last size."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((batch, sizes[0]), np.float32)
    return from_numpy(x), from_numpy(generator.integers(sizes[-1], size=batch))


def one_step(sizes: Sequence[int]) -> tuple[Module, Optimizer, Callable[[Tensor, Tensor], Any]]:
    """Return a network, its optimizer, and what the loop does for one batch."""
    model, loss = network(sizes), CrossEntropyLoss()
    optimizer = Adam(model.parameters(), lr=1e-3)

    def step(x: Tensor, y: Tensor) -> Any:
        output = model(x)
        loss(output, y).backward()
        optimizer.step()
        return output

    return model, optimizer, step


@dataclass(frozen=True)
class Speed:
    """Training steps of one size of batch.

    Attributes
    ----------
    batch : int
    seconds : float
        Of one step.
    """

    batch: int
    seconds: float

    @property
    def images(self) -> float:
        """Images per second."""
        return self.batch / self.seconds


def speeds(sizes: Sequence[int], batches: Iterable[int], repeats: int = 5) -> list[Speed]:
    """Measure training steps with batches of several sizes, without loader and metrics."""
    found = []
    _, _, step = one_step(sizes)
    for batch in batches:
        x, y = random_batch(sizes, batch)
        steps = max(1, 4096 // batch)

        def run(steps: int = steps, x: Tensor = x, y: Tensor = y) -> None:
            for _ in range(steps):
                step(x, y)

        found.append(Speed(batch, best(run, repeats) / steps))
    return found


def product_rate(rows: int, inner: int, columns: int, repeats: int = 20) -> float:
    """Measure the product (rows, inner) @ (inner, columns) in float32; return FLOPs per second."""
    generator = np.random.default_rng(0)
    x = Tensor(generator.random((rows, inner), np.float32))
    y = Tensor(generator.random((inner, columns), np.float32))
    return 2 * rows * inner * columns / best(lambda: matmul(x, y), repeats)


@dataclass(frozen=True)
class Part:
    """One kind of work in a training step.

    Attributes
    ----------
    name : str
        The operation's, with "rule" in front of work of the backward pass and "update" of the optimizer's.
    runs : int
        In one step.
    seconds : float
        In one step, all runs together.
    """

    name: str
    runs: int
    seconds: float


class _Clock:
    """A listener that adds up the time between the beginning and the end of each step of the seam."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.runs: dict[str, int] = {}
        self._begun: list[float] = []

    def before(self, step: Step) -> None:
        """Note the time."""
        self._begun.append(time.perf_counter())

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Add the time since."""
        spent = time.perf_counter() - self._begun.pop()
        name = step.operation.name if step.phase == "forward" else f"{step.phase} {step.operation.name}"
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
        self.runs[name] = self.runs.get(name, 0) + 1


def profile(sizes: Sequence[int], batch: int, steps: int = 40) -> tuple[float, list[Part]]:
    """Return the time of a training step while somebody listens, and its parts, the longest first.

    What the parts leave of the step is Python: the layers' and the loop's own code, the walk over the graph, and the
    listening.
    """
    _, _, step = one_step(sizes)
    x, y = random_batch(sizes, batch)
    for _ in range(5):
        step(x, y)
    clock = _Clock()
    with listen(clock):
        begin = time.perf_counter()
        for _ in range(steps):
            step(x, y)
        whole = (time.perf_counter() - begin) / steps
    parts = [Part(name, clock.runs[name] // steps, seconds / steps) for name, seconds in clock.seconds.items()]
    return whole, sorted(parts, key=lambda part: -part.seconds)


@dataclass(frozen=True)
class Footprint:
    """Bytes of a training step at its highest moment.

    Attributes
    ----------
    batch : int
    standing : int
        Parameters and the optimizer's state: there all the time.
    passing : int
        What came and went in the step on top of that, the batch included, at its highest.
    """

    batch: int
    standing: int
    passing: int

    @property
    def peak(self) -> int:
        """Both together."""
        return self.standing + self.passing


def footprint(sizes: Sequence[int], batch: int) -> Footprint:
    """Measure the bytes that NumPy and Python ask for in one training step."""
    model, optimizer, step = one_step(sizes)
    step(*random_batch(sizes, 2))  # Adam makes its state in the first step
    states = [entry[name] for entry in optimizer.state_dict()["state"].values() for name in entry if name != "step"]
    standing = sum(p.data.nbytes for p in model.parameters()) + sum(np.asarray(each).nbytes for each in states)
    gc.collect()
    with tracing():
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        kept = step(*random_batch(sizes, batch))
        passing = tracemalloc.get_traced_memory()[1] - before
        del kept
    return Footprint(batch, standing, passing)
