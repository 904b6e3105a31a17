"""`tinytorch.activations`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.activations"):
    from tinytorch.activations import *  # noqa: F403
