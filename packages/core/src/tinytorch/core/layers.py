"""`tinytorch.layers`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.layers"):
    from tinytorch.layers import *  # noqa: F403
