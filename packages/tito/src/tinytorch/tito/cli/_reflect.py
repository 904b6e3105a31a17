"""The questions at a module's end: numbers and words that a learner can find by running something."""

from __future__ import annotations

from tinytorch.tito.cli._screen import Screen


def reflect(screen: Screen, module: str) -> None:
    """Ask them, if somebody is there to answer."""
