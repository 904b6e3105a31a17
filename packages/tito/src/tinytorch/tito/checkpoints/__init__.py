"""Checkpoints: one question an act's module has to answer with evidence and a picture, on the learner's own code."""

from tinytorch.tito.checkpoints._registry import CHECKPOINTS, Checkpoint, find_checkpoint

__all__ = ["CHECKPOINTS", "Checkpoint", "find_checkpoint"]
