"""What the functions of module 03 promise."""

from __future__ import annotations

from tinytorch.course.layers.checks import (
    _chains,
    _chances,
    _linear,
    _linear_slopes,
    _modes,
    _new_layers,
    _odd_places,
    _searching,
    _starting,
    _states,
)
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (
    *_linear.CHECKS,
    *_linear_slopes.CHECKS,
    *_starting.CHECKS,
    *_new_layers.CHECKS,
    *_searching.CHECKS,
    *_odd_places.CHECKS,
    *_modes.CHECKS,
    *_chances.CHECKS,
    *_chains.CHECKS,
    *_states.CHECKS,
)
