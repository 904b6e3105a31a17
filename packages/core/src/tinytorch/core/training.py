"""`tinytorch.training`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.training"):
    from tinytorch.training import *  # noqa: F403
