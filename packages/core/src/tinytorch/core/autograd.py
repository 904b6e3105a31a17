"""`tinytorch.autograd`, through the front door."""

from tinytorch.core._door import naming_the_package

with naming_the_package("tinytorch.autograd"):
    from tinytorch.autograd import *  # noqa: F403
