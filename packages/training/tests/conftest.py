"""Small problems with known answers, for the tests of this package."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tinytorch.layers import Linear, Sequential
from tinytorch.tensor import Tensor, from_numpy

Batches = list[tuple[Tensor, Tensor]]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def make_batches(rng: np.random.Generator) -> Callable[..., Batches]:
    """Regression batches of given sizes: y = x @ w + noise, x (n, 3), y (n, 2)."""

    def make(*sizes: int) -> Batches:
        weight = rng.normal(size=(3, 2))
        batches = []
        for size in sizes:
            x = rng.normal(size=(size, 3))
            y = x @ weight + 0.1 * rng.normal(size=(size, 2))
            batches.append((from_numpy(x), from_numpy(y)))
        return batches

    return make


@pytest.fixture
def linear() -> Linear:
    """A float64 Linear(3, 2) with known weights."""
    model = Linear(3, 2).astype(np.float64)
    model.load_state_dict({"weight": np.arange(6.0).reshape(3, 2) / 10, "bias": np.array([0.5, -0.5])})
    return model


@pytest.fixture
def mlp() -> Sequential:
    """A float32 network 6-5-4 with seeded weights."""
    generator = np.random.default_rng(3)
    return Sequential(Linear(6, 5, generator=generator), Linear(5, 4, generator=generator))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which no temporary file may be left behind."""
    yield tmp_path
    assert not [path.name for path in tmp_path.rglob("*.tmp")]
