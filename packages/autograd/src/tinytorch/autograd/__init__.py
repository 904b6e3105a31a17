"""Derivatives: the backward pass over recorded steps, and the rules of the tensor's operations.

``loss.backward()`` works as soon as this package is installed; nothing needs to import it.
"""

from tinytorch.autograd import _rules_elementwise, _rules_shapes  # noqa: F401  (they register rules)
from tinytorch.autograd._backward import backward, engine, grad
from tinytorch.autograd._gradcheck import GradientMismatch, gradcheck, gradgradcheck
from tinytorch.autograd._switches import enable_grad, no_grad
from tinytorch.autograd._version import __version__

__all__ = [
    "GradientMismatch",
    "__version__",
    "backward",
    "enable_grad",
    "engine",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "no_grad",
]
