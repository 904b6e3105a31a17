"""What training keeps in memory: Adam's state, the whole, 300 steps, and the largest batch that fits.

    python integration/benchmarks/memory.py

Bytes are those asked for, by tracemalloc; the system's count of resident memory stands beside where it is told.
"""

import gc
import itertools
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.layers import Linear, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import Adam, state_bytes
from tinytorch.tensor import Tensor
from tinytorch.training import largest_batch

SIZES = (784, 512, 256, 10)


def network(sizes: tuple[int, ...] = SIZES) -> Sequential:
    """Return an MLP."""
    layers: list[Any] = []
    for a, b in itertools.pairwise(sizes):
        layers += [Linear(a, b), ReLU()]
    return Sequential(layers[:-1])


def batch_of(count: int, inputs: int = SIZES[0]) -> tuple[Tensor, Tensor]:
    """Return random images and labels."""
    generator = np.random.default_rng(0)
    return Tensor(generator.standard_normal((count, inputs), np.float32)), Tensor(generator.integers(0, 10, count))


def step(model: Sequential, optimizer: Adam | None, x: Tensor, y: Tensor) -> None:
    """Take one training step; without an optimizer, the gradients remain."""
    CrossEntropyLoss()(model(x), y).backward()
    if optimizer is not None:
        optimizer.step()


def now() -> int:
    """Return the bytes that are allocated."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def states() -> None:
    """Print what parameters, state and gradients take, in multiples of the parameters."""
    x, y = batch_of(64)
    step(network((784, 8, 10)), None, x, y)
    tracemalloc.start()
    empty = now()
    model = network()
    parameters = sum(parameter.data.nbytes for parameter in model.parameters())
    alone = now() - empty
    optimizer = Adam(model.parameters())
    step(model, optimizer, x, y)
    trained = now() - empty
    step(model, None, x, y)
    with_gradients = now() - empty
    tracemalloc.stop()
    print(f"MLP {'-'.join(map(str, SIZES))}: {parameters / 1e6:.2f} MB of parameters; in multiples of them:")
    print(f"  model {alone / parameters:.3f}; Adam's state {state_bytes(optimizer) / parameters:.3f}", end="")
    print(
        f"; model and state after a step {trained / parameters:.3f}, with gradients {with_gradients / parameters:.3f}"
    )
    met = all(abs(bytes / parameters - n) < 0.02 for bytes, n in ((trained, 3), (with_gradients, 4)))
    print(f"  bar: 2, 3 and 4 to within 0.02: {'met' if met else 'MISSED'}")


def leak() -> None:
    """Print how much more there is after 300 steps than after the first ten."""
    x, y = batch_of(64)
    model = network()
    optimizer = Adam(model.parameters())
    tracemalloc.start()
    for _ in range(10):
        step(model, optimizer, x, y)
    before, resident_before = now(), resident()
    for _ in range(300):
        step(model, optimizer, x, y)
    grown, resident_grown = now() - before, resident() - resident_before
    tracemalloc.stop()
    print(
        f"300 steps: {grown:+,} bytes allocated, {resident_grown:+,} resident; bar: less than one bias, 2 kB: ", end=""
    )
    print("met" if grown < 2048 else "MISSED")


def resident() -> int:
    """Return the bytes of this process that lie in memory; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def largest() -> None:
    """Print the largest batch that is said to fit, and the peak measured with it."""
    for sizes, budget in (((784, 128, 64, 10), 8e6), (SIZES, 32e6), ((784, 1024, 10), 64e6)):
        model = network(sizes)
        optimizer = Adam(model.parameters())
        batch = largest_batch(model, CrossEntropyLoss(), batch_of(8), int(budget), optimizer)
        del model, optimizer
        tracemalloc.start()
        empty = now()
        model = network(sizes)
        optimizer = Adam(model.parameters())
        x, y = batch_of(batch)
        for _ in range(2):
            step(model, optimizer, x, y)
        tracemalloc.reset_peak()
        step(model, optimizer, x, y)
        peak = tracemalloc.get_traced_memory()[1] - empty
        tracemalloc.stop()
        off = peak / budget - 1
        print(f"largest batch in {budget / 1e6:.0f} MB, MLP {'-'.join(map(str, sizes))}: {batch:,}", end="; ")
        print(f"peak measured {peak / 1e6:.2f} MB, {off:+.1%}; bar 10 %: {'met' if abs(off) <= 0.1 else 'MISSED'}")


if __name__ == "__main__":
    states()
    leak()
    largest()
