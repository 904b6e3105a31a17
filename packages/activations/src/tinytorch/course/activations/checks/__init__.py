"""What the functions of module 02 promise."""

from tinytorch.course.activations.checks import _curves, _rectifiers, _softmax

CHECKS = (*_rectifiers.CHECKS, *_curves.CHECKS, *_softmax.CHECKS)
