"""Modules, linear layers and initialisation for TinyTorch."""

from tinytorch.layers._version import __version__

__all__ = ["__version__"]
