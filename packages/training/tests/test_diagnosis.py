"""Overfitting one batch, statistics of a step, and the memory that a batch takes."""

import gc
import math
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tinytorch.activations import ReLU
from tinytorch.layers import Dropout, Linear, Module, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import SGD, Adam, Optimizer
from tinytorch.tensor import Tensor, from_numpy
from tinytorch.training import MemoryModel, Trainer, largest_batch, measure_memory, observe, overfit_one_batch


def network(*widths: int) -> Sequential:
    generator = np.random.default_rng(0)
    layers: list[Any] = []
    for before, after in pairwise(widths):
        layers += [Linear(before, after, generator=generator), ReLU()]
    return Sequential(layers[:-1])


def batch_of(count: int, width: int, classes: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(1)
    return from_numpy(rng.normal(size=(count, width)).astype(np.float32)), from_numpy(rng.integers(classes, size=count))


def everything(model: Module, optimizer: Optimizer) -> str:
    with np.printoptions(threshold=10**9, floatmode="unique"):
        return repr([(name, np.array(value)) for name, value in model.state_dict().items()]) + repr(
            optimizer.state_dict()
        )


# Overfitting


def test_a_network_learns_one_batch_by_heart_and_everything_is_put_back() -> None:
    model = network(6, 16, 4)
    model[1] = Sequential(ReLU(), Dropout(0.1, generator=np.random.default_rng(5)))
    optimizer = Adam(model.parameters(), lr=0.05)
    before = everything(model, optimizer)
    report = overfit_one_batch(model, optimizer, CrossEntropyLoss(), batch_of(8, 6, 4), goal=0.05)
    assert report.reached
    assert report.losses[0] == pytest.approx(math.log(4), rel=0.5)  # four classes and an untrained network
    assert report.losses[-1] <= 0.05
    assert report.idle == []
    assert "can learn it by heart" in str(report)
    assert everything(model, optimizer) == before
    assert model[1][1].generator.random() == np.random.default_rng(5).random()


def test_a_layer_that_gradients_do_not_reach_is_named() -> None:
    class Cut(Module):
        def __init__(self) -> None:
            self.first, self.second = Linear(6, 5), Linear(5, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x).detach())

    model = Cut()
    report = overfit_one_batch(model, SGD(model.parameters(), lr=0.1), CrossEntropyLoss(), batch_of(8, 6, 4), steps=5)
    assert report.idle == ["first.weight", "first.bias"]
    assert "No step changed first.weight, first.bias" in str(report)


def test_steps_that_change_nothing_and_steps_that_are_too_long_are_told_apart() -> None:
    model = network(6, 4)
    batch = batch_of(8, 6, 4)
    flat = overfit_one_batch(model, SGD(model.parameters(), lr=0.0), CrossEntropyLoss(), batch, steps=3)
    assert "does not go down" in str(flat)
    assert len(flat.losses) == 4
    with np.errstate(all="ignore"):
        wild = overfit_one_batch(model, SGD(model.parameters(), lr=1e30), lambda o, y: ((o * o) ** 2).mean(), batch)
    assert "diverged" in str(wild)
    assert all(np.isfinite(np.asarray(value)).all() for value in model.state_dict().values())


# Statistics of a step


def test_observe_reports_what_numpy_computes() -> None:
    model = network(6, 16, 4)
    x, y = batch_of(32, 6, 4)
    state = {name: np.array(value) for name, value in model.state_dict().items()}
    report = observe(model, CrossEntropyLoss(), (x, y))
    first = x.data @ state["0.weight"] + state["0.bias"]
    hidden = np.maximum(first, 0)
    logits = (hidden @ state["2.weight"] + state["2.bias"]).astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    back = (shares - np.eye(4)[y.data]) / 32
    seen = [operation for operation in report.operations if operation.shape in ((32, 16), (32, 4))]
    by_hand = [(first, None), (hidden, back @ state["2.weight"].T), (logits, back)]
    for operation, (values, gradient) in zip(seen, by_hand, strict=True):
        assert operation.mean == pytest.approx(values.mean(), abs=1e-6)
        assert operation.std == pytest.approx(values.std(), rel=1e-5)
        assert operation.zeros == pytest.approx((values == 0).mean())
        if gradient is not None:
            assert operation.gradient == pytest.approx(np.sqrt((gradient**2).mean()), rel=1e-4)
    assert report.loss == pytest.approx(-np.log(shares[np.arange(32), y.data]).mean(), rel=1e-5)
    weight = next(parameter for parameter in report.parameters if parameter.name == "2.weight")
    assert weight.gradient == pytest.approx(np.sqrt(((hidden.T @ back) ** 2).mean()), rel=1e-4)
    assert "2.weight" in str(report)


def test_observe_finds_silent_units_and_parameters_without_gradients() -> None:
    model = network(6, 4, 2)
    with model[0].bias.edit() as bias:
        bias[:3] = -1e3  # three of four units never speak
    model[2].weight.requires_grad_(False)
    report = observe(model, CrossEntropyLoss(), batch_of(16, 6, 2))
    [relu] = [operation for operation in report.operations if operation.name == "relu"]
    assert relu.silent == 0.75
    assert relu.zeros >= 0.75
    frozen = next(parameter for parameter in report.parameters if parameter.name == "2.weight")
    assert math.isnan(frozen.gradient)
    assert "none" in str(report)


def test_observe_changes_nothing() -> None:
    model = Sequential(Linear(6, 4), Dropout(0.5, generator=np.random.default_rng(2)))
    observe(model, CrossEntropyLoss(), batch_of(8, 6, 4))
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model[1].generator.random() == np.random.default_rng(2).random()


# Memory


class Fresh:
    """Makes its batches when they are asked for."""

    def __init__(self, count: int, width: int, classes: int) -> None:
        self.sizes = count, width, classes

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        count, width, _ = self.sizes

        def make(number: int) -> tuple[Tensor, Tensor]:
            x = from_numpy(np.ones((count, width), dtype=np.float32))
            return x, from_numpy(np.zeros(count, dtype=np.int64))

        return map(make, range(3))


def measured_peak(widths: tuple[int, ...], kind: type[Optimizer], batch: int) -> int:
    """Return the peak of `fit` by tracemalloc, with the parameters' bytes, which were there before."""
    model = network(*widths)
    trainer = Trainer(model, kind(model.parameters(), lr=0.01), CrossEntropyLoss())
    parameters = sum(parameter.data.nbytes for parameter in model.parameters())
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        trainer.fit(Fresh(batch, widths[0], widths[-1]), 1, progress=False)
        return parameters + tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [Adam, SGD])
@pytest.mark.parametrize(
    ("widths", "budget"),
    [
        ((784, 128, 64, 10), 4_000_000),
        ((784, 128, 64, 10), 30_000_000),
        ((20, 30, 10), 1_000_000),
        ((20, 30, 10), 10_000_000),
        ((64, 512, 512, 10), 10_000_000),
        ((1000, 8, 10), 2_000_000),
        ((100, 200, 200, 200, 200, 200, 10), 20_000_000),
    ],
)
def test_the_largest_batch_takes_the_bytes_it_was_given(widths: tuple[int, ...], budget: int, kind: Any) -> None:
    model = network(*widths)
    optimizer = kind(model.parameters(), lr=0.01)
    batch = largest_batch(model, CrossEntropyLoss(), batch_of(5, widths[0], widths[-1]), budget, optimizer)
    assert measured_peak(widths, kind, batch) == pytest.approx(budget, rel=0.10)


@pytest.mark.parametrize("kind", [Adam, SGD])
@pytest.mark.parametrize("batch", [16, 64, 200, 1000])
def test_predicted_peaks_are_within_a_tenth_of_the_measured_ones(batch: int, kind: Any) -> None:
    widths = (784, 128, 64, 10)
    model = network(*widths)
    memory = measure_memory(model, CrossEntropyLoss(), batch_of(5, 784, 10), kind(model.parameters(), lr=0.01))
    assert memory.parameters == 4 * (784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10)
    if kind is Adam:
        assert 2 * memory.parameters <= memory.state <= 2 * memory.parameters + 1000
    assert memory.peak(batch) == pytest.approx(measured_peak(widths, kind, batch), rel=0.10)


def test_measuring_memory_changes_nothing() -> None:
    model = Sequential(Linear(6, 4), Dropout(0.5, generator=np.random.default_rng(2)))
    optimizer = Adam(model.parameters())
    before = everything(model, optimizer)
    measure_memory(model, CrossEntropyLoss(), batch_of(3, 6, 4), optimizer)
    assert everything(model, optimizer) == before
    assert model[1].generator.random() == np.random.default_rng(2).random()
    assert not tracemalloc.is_tracing()
    assert gc.isenabled()


def test_the_peak_is_the_largest_of_the_lines_and_the_largest_batch_its_inverse() -> None:
    memory = MemoryModel(1000, 2000, (("update", 5000.0, 4.0), ("backward", 500.0, 30.0)))
    assert [memory.peak(batch) for batch in (1, 173, 174, 1000)] == [8004, 8692, 8720, 33500]
    assert (memory.peak_at(1), memory.peak_at(1000)) == ("update", "backward")
    for budget in (8004, 9000, 20_000, 33_499, 33_500):
        batch = memory.largest(budget)
        assert memory.peak(batch) <= budget < memory.peak(batch + 1)
    with pytest.raises(ValueError, match=r"a batch of 1 takes 8,004 bytes, 3,000 of them .* 8,003 are allowed"):
        memory.largest(8003)


def test_a_model_that_does_other_things_for_other_batches_is_refused() -> None:
    class Moody(Module):
        def __init__(self) -> None:
            self.layer = Linear(6, 4)

        def forward(self, x: Tensor) -> Tensor:
            output = self.layer(x)
            return output if x.shape[0] < 20 else output * 2.0

    with pytest.raises(ValueError, match="batches of 8 and 40 ran different operations"):
        measure_memory(Moody(), CrossEntropyLoss(), batch_of(3, 6, 4))
