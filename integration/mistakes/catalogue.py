"""All mistakes of the foundation, how many entries a module has in the catalogue, and what is not seeded and why."""

from __future__ import annotations

from integration.mistakes import activations, autograd, dataloader, layers, losses, optim, tensor, training

MODULES = (tensor, activations, layers, losses, autograd, optim, training, dataloader)
MISTAKES = tuple(mistake for module in MODULES for mistake in module.MISTAKES)
ENTRIES = {"01": 12, "02": 11, "03": 12, "04": 11, "05": 15, "06": 14, "07": 12, "09": 13}
EXCEPTIONS = {"09-9": "The loader has no worker processes: there is no seed to share and no order to break."}
