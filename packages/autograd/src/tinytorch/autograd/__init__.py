"""Reverse-mode automatic differentiation for TinyTorch tensors."""

from tinytorch.autograd._version import __version__

__all__ = ["__version__"]
