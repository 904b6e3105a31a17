"""The training loop, metrics, safe checkpoints and curves for TinyTorch."""

from tinytorch.training._version import __version__

__all__ = ["__version__"]
