"""Tensors on NumPy with one seam through which everything computes."""

from tinytorch.tensor._version import __version__

__all__ = ["__version__"]
