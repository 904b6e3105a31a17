"""Data sets, transforms and batches for TinyTorch."""

from tinytorch.dataloader._version import __version__

__all__ = ["__version__"]
