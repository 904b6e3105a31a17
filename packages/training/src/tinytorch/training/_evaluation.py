"""Measuring without learning: the model's modes and the recording, put aside and given back."""

from collections.abc import Iterator
from contextlib import contextmanager

from tinytorch.layers import Module
from tinytorch.tensor import recording


@contextmanager
def evaluation(model: Module) -> Iterator[None]:
    """Hold a model still: evaluation mode and no recording, then everything as it was.

    Modules need not all be in the same mode before, and each gets its own back: a part that was frozen stays frozen.
    Modes and recording come back after an error too.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with recording(False):
            yield
    finally:
        for module, training in modes:
            module.training = training
