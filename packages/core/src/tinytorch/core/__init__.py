"""The front door of TinyTorch: every installed module under one typed name."""

from tinytorch.core._version import __version__

__all__ = ["__version__"]
