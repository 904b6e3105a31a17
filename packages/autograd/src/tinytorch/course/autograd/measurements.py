"""What gradients cost in time and memory: measured when called, returned as data, nothing remembered.

Times are the shortest of several runs, in seconds: whatever else the machine does can only add to them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.autograd import grad, saved_bytes
from tinytorch.dataloader import Digits
from tinytorch.layers import Linear, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.tensor import Array, Step, Tensor, listen, live_bytes, recording
from tinytorch.tito.measuring import best

LAYERS = (784, 128, 64, 10)


def digits(count: int | None = None) -> tuple[Tensor, Tensor]:
    """Return handwritten digits, (n, 64) float32 from 0 to 1, and their labels: the first `count` to train on."""
    data = Digits()
    images = np.asarray(data.images[:count], np.float32).reshape(-1, 64) / np.float32(255)
    return Tensor(images), Tensor(np.asarray(data.labels[:count], np.int64))


def network(sizes: Sequence[int] = LAYERS, seed: int = 0) -> Sequential:
    """Return a network of linear layers of these sizes, with a ReLU between each two."""
    generator = np.random.default_rng(seed)
    layers: list[Any] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [Linear(fan_in, fan_out, generator=generator), ReLU()]
    return Sequential(*layers[:-1])


def batch_of(sizes: Sequence[int], batch: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return random inputs for such a network, and labels."""
    generator = np.random.default_rng(seed)
    return Tensor(generator.random((batch, sizes[0]), np.float32)), Tensor(generator.integers(0, sizes[-1], batch))


@dataclass(frozen=True)
class Knobs:
    """Two ways to the gradient of one network.

    Attributes
    ----------
    parameters : int
        Numbers that the loss depends on.
    forward : float
        Seconds of one run of the network, nothing recorded.
    measured : float
        Seconds of the gradient by central differences: two runs for each parameter.
    carried : float
        Seconds of one recorded run and its backward pass.
    apart : float
        The largest difference of the two gradients over the largest slope. The network is float64.
    """

    parameters: int
    forward: float
    measured: float
    carried: float
    apart: float


def central_differences(loss: Callable[[], float], parameters: Sequence[Tensor], eps: float = 1e-6) -> Iterator[Array]:
    """Yield the gradient of each parameter, measured: every element is moved to either side by itself."""
    for parameter in parameters:
        found = np.empty(parameter.shape)
        for index in np.ndindex(parameter.shape):
            value = float(parameter.data[index])
            sides = []
            for moved in (value + eps, value - eps):
                with parameter.edit() as array:
                    array[index] = moved
                sides.append(loss())
            with parameter.edit() as array:
                array[index] = value
            found[index] = (sides[0] - sides[1]) / (2 * eps)
        yield found


def knobs(width: int, seed: int = 0) -> Knobs:
    """Measure both ways on a network 64-`width`-10 and 32 digits, in float64."""
    images, labels = digits(32)
    x = images.double()
    generator = np.random.default_rng(seed)
    w, v = (
        Tensor(generator.normal(0, shape[0] ** -0.5, shape), requires_grad=True) for shape in ((64, width), (width, 10))
    )
    criterion = CrossEntropyLoss()

    def loss() -> Tensor:
        return criterion((x @ w).tanh() @ v, labels)

    def number() -> float:
        with recording(False):
            return float(loss())

    begin = time.perf_counter()
    measured = list(central_differences(number, (w, v)))
    seconds = time.perf_counter() - begin
    carried = [slope.data for slope in grad(loss(), [w, v]) if slope is not None]
    apart = max(float(np.max(np.abs(one - other))) for one, other in zip(measured, carried, strict=True))
    largest = max(float(np.max(np.abs(one))) for one in carried)
    return Knobs(w.size + v.size, best(number), seconds, best(lambda: grad(loss(), [w, v])), apart / largest)


@dataclass(frozen=True)
class Kept:
    """What one forward pass keeps for its backward pass.

    Attributes
    ----------
    batch : int
    by_operation : dict from str to int
        Bytes, as `saved_bytes` finds them in the graph. Parameters do not count, they are there anyway.
    alive : int
        Bytes by which the memory of all live tensors grew from before the pass (its input is there) to after it.
    alive_unrecorded : int
        The same with recording off.
    """

    batch: int
    by_operation: dict[str, int]
    alive: int
    alive_unrecorded: int


def kept(batch: int, sizes: Sequence[int] = LAYERS) -> Kept:
    """Measure the memory that a network of these sizes keeps for one batch of random inputs."""
    model, criterion = network(sizes), CrossEntropyLoss()
    x, labels = batch_of(sizes, batch)
    growth = []
    found: dict[str, int] = {}
    for enabled in (False, True):
        before = live_bytes()
        with recording(enabled):
            loss = criterion(model(x), labels)
        growth.append(live_bytes() - before)
        found = saved_bytes(loss) if enabled else {}
        del loss
    return Kept(batch, found, growth[1], growth[0])


@dataclass(frozen=True)
class Passes:
    """One forward and one backward pass.

    Attributes
    ----------
    batch : int
    forward, backward : float
        Seconds.
    flops_forward, flops_backward : int
        Of the matrix products that ran, multiplications and additions.
    """

    batch: int
    forward: float
    backward: float
    flops_forward: int
    flops_backward: int


class ProductCount:
    """A listener that counts the products of linear layers, in both directions."""

    def __init__(self) -> None:
        self.forward = 0
        self.backward = 0

    def before(self, step: Step) -> None:
        """Count nothing yet."""

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Count one product for a run, and one for each gradient of a factor that is wanted."""
        if step.operation.name == "linear" and step.phase in ("forward", "rule"):
            rows, (fan_in, fan_out) = int(np.prod(step.shapes[0][:-1])), step.shapes[1]
            product = 2 * rows * fan_in * fan_out
            if step.phase == "forward":
                self.forward += product
            else:
                self.backward += product * sum(need is not None for need in step.needs[:2])


def passes(batch: int, sizes: Sequence[int] = LAYERS) -> Passes:
    """Measure the two passes of a network of these sizes, for one batch of random inputs."""
    model, criterion = network(sizes), CrossEntropyLoss()
    x, labels = batch_of(sizes, batch)
    parameters = list(model.parameters())
    with listen(count := ProductCount()):
        criterion(model(x), labels).backward()
    forward, backward = [], []
    for _ in range(20):
        for parameter in parameters:
            parameter.grad = None
        begin = time.perf_counter()
        loss = criterion(model(x), labels)
        middle = time.perf_counter()
        loss.backward()
        backward.append(time.perf_counter() - middle)
        forward.append(middle - begin)
    return Passes(batch, min(forward), min(backward), count.forward, count.backward)
