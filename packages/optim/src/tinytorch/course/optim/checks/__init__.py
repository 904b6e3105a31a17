"""What the functions of module 06 promise."""

from __future__ import annotations

from tinytorch.course.optim.checks._adaptive import ADAM, RMSPROP
from tinytorch.course.optim.checks._gradients import CLIPPING, ZERO_GRAD
from tinytorch.course.optim.checks._rates import AVERAGES, RATES
from tinytorch.course.optim.checks._sgd import SGD
from tinytorch.course.optim.checks._state import BLOCKS, PARTS, STATE_BYTES
from tinytorch.course.optim.checks._steps import ADDED, STEP
from tinytorch.course.optim.checks._unusual import UNUSUAL
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (
    *ZERO_GRAD,
    *PARTS,
    *SGD,
    *STEP,
    *RMSPROP,
    *ADAM,
    *STATE_BYTES,
    *CLIPPING,
    *UNUSUAL,
    *RATES,
    *ADDED,
    *BLOCKS,
    *AVERAGES,
)

__all__ = ["CHECKS"]
