"""The front door: ``from tinytorch.core import Tensor, Linear, Adam``, with whatever is installed or written.

A name is looked up when it is asked for, so importing the door costs nothing and needs no module. The submodules
(``from tinytorch.core.layers import Linear``) open onto one module each.
"""

from __future__ import annotations

from typing import Any

from tinytorch.core._door import fetch, names
from tinytorch.core._version import __version__

__all__ = ["__version__"]  # a star import takes no more than this: it would import every module


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'tinytorch.core' has no attribute {name!r}", name=name)
    value = fetch(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *names()})
