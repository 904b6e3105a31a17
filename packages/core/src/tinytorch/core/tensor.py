"""`tinytorch.tensor`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.tensor"):
    from tinytorch.tensor import *  # noqa: F403
