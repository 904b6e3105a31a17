"""The type in which a function of real numbers is computed."""

from __future__ import annotations

from tinytorch.tensor import Tensor


def floating(x: Tensor) -> Tensor:
    """Return integers and booleans as float32 and floats as they are."""
    return x if x.dtype.kind == "f" else x.float()
