"""All mistakes of the foundation, how many entries the catalogue has for each module, and what is not seeded and why."""

from __future__ import annotations

from integration.mistakes import tensor

MISTAKES = tensor.MISTAKES
ENTRIES = {"01": 12}
EXCEPTIONS: dict[str, str] = {}
