"""`tinytorch.dataloader`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.dataloader"):
    from tinytorch.dataloader import *  # noqa: F403
