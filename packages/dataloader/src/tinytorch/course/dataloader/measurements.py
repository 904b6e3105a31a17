"""What a batch costs before a model sees it, and who waits for whom: measured when called, returned as data.

Times are in seconds. Those of a part are the shortest of several runs: whatever else the machine does can only add.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.dataloader import Batch, DataLoader, Dataset, ImageDataset, Images, Indices, Transform
from tinytorch.layers import Flatten, Linear, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import SGD
from tinytorch.tito.measuring import best, tracing

Step = Callable[[Batch], Any]


@dataclass(frozen=True)
class Stage:
    """One thing that is done to a batch on its way from the stored bytes to the model.

    Attributes
    ----------
    name : str
    bytes_in, bytes_out : int
        What it reads and what it writes.
    seconds : float
    """

    name: str
    bytes_in: int
    bytes_out: int
    seconds: float


def stages(
    data: ImageDataset, transforms: Iterable[Transform], batch_size: int = 128, seed: int = 0
) -> tuple[Stage, ...]:
    """Measure the gather of a batch of stored images, and each transform on what the one before it made."""
    indices = np.random.default_rng(seed).permutation(len(data))[:batch_size]
    images: Images = data.images.take(indices, axis=0)
    found = [Stage("gather", images.nbytes, images.nbytes, best(lambda: data.images.take(indices, axis=0), 20))]
    for transform in transforms:
        result = transform(images)
        seconds = best(partial(transform, images), 20)
        found.append(Stage(type(transform).__name__, images.nbytes, result.nbytes, seconds))
        images = result
    return tuple(found)


class OneByOne:
    """The same samples without ``__getitems__``: a loader has to ask for each by itself."""

    def __init__(self, data: Dataset[Any]) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> Any:
        return self.data[index]


@dataclass(frozen=True)
class Fetch:
    """The same batches, asked for at once and one sample after the other.

    Attributes
    ----------
    batch_size : int
    at_once, one_by_one : float
        Seconds a batch.
    """

    batch_size: int
    at_once: float
    one_by_one: float

    @property
    def call(self) -> float:
        """Seconds that each further sample costs when it is asked for by itself."""
        return (self.one_by_one - self.at_once) / self.batch_size


def fetching(data: Dataset[Any], batch_size: int = 128, batches: int = 10, seed: int = 0) -> Fetch:
    """Measure an epoch's first batches of a data set with ``__getitems__``, with it and without."""
    return Fetch(
        batch_size,
        loading(DataLoader(data, batch_size, shuffle=True, generator=np.random.default_rng(seed)), batches),
        loading(DataLoader(OneByOne(data), batch_size, shuffle=True, generator=np.random.default_rng(seed)), batches),
    )


def loading(loader: Iterable[Any], batches: int = 10) -> float:
    """Measure a batch of a loader with nobody else at work: the mean of an epoch's first, of the best of three runs.

    The order of the epoch is drawn before the clock starts.
    """
    times = []
    for _ in range(3):
        epoch = iter(loader)
        begin = time.perf_counter()
        count = sum(1 for _ in islice(epoch, batches))
        times.append((time.perf_counter() - begin) / count)
    return min(times)


def training_step(features: int, hidden: int, classes: int = 10, seed: int = 0) -> Step:
    """Return one step of training of a network features-hidden-classes with ReLU: forward, backward, SGD."""
    generator = np.random.default_rng(seed)
    model = Sequential(
        Flatten(),
        Linear(features, hidden, generator=generator),
        ReLU(),
        Linear(hidden, classes, generator=generator),
    )
    loss_of, optimizer = CrossEntropyLoss(), SGD(model.parameters(), lr=0.01)

    def step(batch: Batch) -> None:
        loss = loss_of(model(batch.x), batch.y)
        loss.backward()
        optimizer.step()

    return step


def step_flops(batch_size: int, features: int, hidden: int, classes: int = 10) -> int:
    """Return the FLOPs of the matrix products of a training step.

    Forward and gradient of the weights are a product each for both layers, 2 FLOPs a term; the gradient of the input
    is wanted of the second layer alone.
    """
    return 2 * batch_size * (2 * features * hidden + 3 * hidden * classes)


@dataclass(frozen=True)
class Balance:
    """What a batch costs the loader and what it costs the model.

    Attributes
    ----------
    hidden : int
        Units of the model's hidden layer.
    flops : int
        Of its step.
    load, step : float
        Seconds a batch.
    """

    hidden: int
    flops: int
    load: float
    step: float

    @property
    def in_turn(self) -> float:
        """Seconds a batch when each waits for the other."""
        return self.load + self.step

    @property
    def side_by_side(self) -> float:
        """Seconds a batch when the next one is loaded during a step, and loading takes nothing from the step."""
        return max(self.load, self.step)

    @property
    def waiting(self) -> float:
        """The share of the time in turn in which the model waits."""
        return self.load / self.in_turn

    @property
    def most_won(self) -> float:
        """How many times faster prefetching can be at most: 2 where both cost the same, near 1 where one costs all."""
        return self.in_turn / self.side_by_side


def balance(loader: Iterable[Batch], hidden: int, batches: int = 10) -> Balance:
    """Measure a batch of a loader, and a training step on such a batch, each by itself."""
    batch = next(iter(loader))
    size, features = batch.x.shape[0], int(np.prod(batch.x.shape[1:]))
    step = training_step(features, hidden)
    flops = step_flops(size, features, hidden)
    return Balance(hidden, flops, loading(loader, batches), best(lambda: step(batch), 5))


@dataclass(frozen=True)
class Span:
    """A stretch of time in which somebody was at work.

    Attributes
    ----------
    who : str
        ``loader`` or ``model``.
    batch : int
        The number of the batch, from 0.
    begin, end : float
        Seconds since the first span began.
    """

    who: str
    batch: int
    begin: float
    end: float


Through = Callable[[Iterator[Batch]], Iterable[Batch]]


def time_lines(
    loader: Iterable[Batch], step: Step, batches: int = 8, through: Through = iter, runs: int = 5
) -> tuple[Span, ...]:
    """Train on an epoch's first batches several times, and keep who worked when in the quickest run.

    Parameters
    ----------
    loader : iterable of Batch
    step : callable
        The model's work on a batch.
    batches : int
    through : callable, optional
        From an iterator to another one over the same batches, such as one that loads ahead.
    runs : int
        Each on an epoch of its own.

    Returns
    -------
    tuple of Span
        By their beginnings. Where a model's span ends and its next one begins later, it waited.
    """
    return min((_one_run(iter(loader), step, batches, through) for _ in range(runs)), key=seconds)


def seconds(spans: Iterable[Span]) -> float:
    """Return when the last of some spans ends."""
    return max((span.end for span in spans), default=0.0)


def _one_run(epoch: Iterator[Batch], step: Step, batches: int, through: Through) -> tuple[Span, ...]:
    spans: list[tuple[str, int, float, float]] = []

    def load() -> Iterator[Batch]:
        for number in range(batches):
            begin = time.perf_counter()
            batch = next(epoch, None)
            if batch is None:
                return
            spans.append(("loader", number, begin, time.perf_counter()))
            yield batch

    for number, batch in enumerate(through(load())):
        begin = time.perf_counter()
        step(batch)
        spans.append(("model", number, begin, time.perf_counter()))
    start = min((begin for _, _, begin, _ in spans), default=0.0)
    kept = (Span(who, number, begin - start, end - start) for who, number, begin, end in spans)
    return tuple(sorted(kept, key=lambda span: span.begin))


@dataclass(frozen=True)
class Held:
    """What an epoch holds beside the data set itself.

    Attributes
    ----------
    samples : int
    batch_bytes : int
        Of one batch as the model reads it.
    peak : int
        Bytes at the most crowded moment of the epoch.
    """

    samples: int
    batch_bytes: int
    peak: int

    @property
    def order(self) -> int:
        """Bytes of the order: an int64 a sample."""
        return 8 * self.samples


def held(loader: DataLoader[Batch], batches: int = 20) -> Held:
    """Measure what an epoch's beginning allocates; what NumPy allocates is counted, exactly."""
    batch = next(iter(loader))
    size = int(batch.x.numpy().nbytes + batch.y.numpy().nbytes)
    del batch
    with tracing():
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        for _ in islice(loader, batches):
            pass
        return Held(len(loader.dataset), size, tracemalloc.get_traced_memory()[1] - before)


class Slow:
    """A data set that answers each request for a batch after a pause, as a disk or a network does.

    Parameters
    ----------
    data : BatchedDataset
    seconds : float
        A batch. The processor is free meanwhile.
    """

    def __init__(self, data: Any, seconds: float) -> None:
        self.data = data
        self.seconds = seconds

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> Any:
        return self.data[index]

    def __getitems__(self, indices: Indices) -> Any:
        """Wait, then return the batch."""
        time.sleep(self.seconds)
        return self.data.__getitems__(indices)
