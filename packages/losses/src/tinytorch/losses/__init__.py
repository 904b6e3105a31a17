"""Loss functions that are right at the edges, for TinyTorch."""

from tinytorch.losses._version import __version__

__all__ = ["__version__"]
