"""What the functions of module 03 promise."""

from __future__ import annotations

from tinytorch.course.layers.checks import _linear, _modes, _searching, _starting
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (*_linear.CHECKS, *_starting.CHECKS, *_searching.CHECKS, *_modes.CHECKS)
