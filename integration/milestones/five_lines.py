"""The five lines of a training loop, on MNIST: one epoch, Adam at a constant rate, standardised images.

    python integration/milestones/five_lines.py [seed ...]

No import of autograd, no `zero_grad()`: the first tensor that requires gradients finds the engine, and `step()`
releases the gradients it has used.
"""

import sys

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.dataloader import MNIST, DataLoader, Normalize
from tinytorch.layers import Flatten, Linear, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import Adam


def one_epoch(seed: int) -> float:
    """Return the share of test images that are right after one epoch, in per cent."""
    generator = np.random.default_rng(seed)
    standardised = Normalize.fit(MNIST(download=True))
    dataloader = DataLoader(MNIST(transform=standardised), 64, shuffle=True, generator=generator)
    model = Sequential(
        Flatten(),
        Linear(784, 128, generator=generator),
        ReLU(),
        Linear(128, 64, generator=generator),
        ReLU(),
        Linear(64, 10, generator=generator),
    )
    optimizer = Adam(model.parameters(), lr=1e-3)

    for batch in dataloader:
        output = model(batch.x)
        loss = CrossEntropyLoss()(output, batch.y)
        loss.backward()
        optimizer.step()

    model.eval()
    right = 0
    for batch in DataLoader(MNIST(train=False, transform=standardised), 1000):
        right += int((model(batch.x).argmax(axis=1) == batch.y).sum())
    return right / 100


if __name__ == "__main__":
    for seed in [int(word) for word in sys.argv[1:]] or range(5):
        print(f"seed {seed}: {one_epoch(seed):.2f} % of the test images after one epoch")
