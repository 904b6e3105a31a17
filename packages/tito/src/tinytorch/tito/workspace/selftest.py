"""The proof that a set-up works: the installed modules learn exclusive or. Runs in a child process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinytorch.tito.tasks import Context, Event

STEPS = 150


def learn_xor(context: Context, options: dict[str, Any]) -> Iterator[Event]:
    """Train a network 2-8-1 on the four cases; yield how many it gets right and its loss."""
    modules: Any = context.tt
    generator = np.random.default_rng(0)
    model = modules.layers.Sequential(
        modules.layers.Linear(2, 8, generator=generator),
        modules.activations.Tanh(),
        modules.layers.Linear(8, 1, generator=generator),
    )
    optimizer = modules.optim.Adam(model.parameters(), lr=0.1)
    x = modules.tensor.Tensor(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32))
    y = modules.tensor.Tensor(np.array([[0], [1], [1], [0]], np.float32))
    criterion = modules.losses.BCEWithLogitsLoss()
    loss = criterion(model(x), y)
    for _ in range(STEPS):
        loss.backward()
        optimizer.step()
        loss = criterion(model(x), y)
    right = int(((model(x) > 0) == y).data.sum())
    yield {"done": {"right": right, "loss": loss.item()}}
