"""`tinytorch.optim`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.optim"):
    from tinytorch.optim import *  # noqa: F403
