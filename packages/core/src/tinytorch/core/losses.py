"""`tinytorch.losses`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.losses"):
    from tinytorch.losses import *  # noqa: F403
