"""All mistakes of the foundation, how many entries the catalogue has for each module, and what is not seeded and why."""

from __future__ import annotations

from integration.mistakes import activations, autograd, losses, optim, tensor

MODULES = (tensor, activations, losses, autograd, optim)
MISTAKES = tuple(mistake for module in MODULES for mistake in module.MISTAKES)
ENTRIES = {"01": 12, "02": 11, "04": 11, "05": 15, "06": 14}
EXCEPTIONS: dict[str, str] = {}
