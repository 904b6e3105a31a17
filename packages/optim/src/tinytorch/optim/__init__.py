"""Optimizers, learning-rate schedules and gradient clipping for TinyTorch."""

from tinytorch.optim._version import __version__

__all__ = ["__version__"]
