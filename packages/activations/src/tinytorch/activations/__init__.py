"""Activation functions with their derivatives, stable where it is hard."""

from tinytorch.activations._version import __version__

__all__ = ["__version__"]
