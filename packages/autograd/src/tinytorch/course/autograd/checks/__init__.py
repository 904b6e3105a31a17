"""What the functions of module 05 promise."""

from __future__ import annotations

from tinytorch.course.autograd.checks._door import DOOR
from tinytorch.course.autograd.checks._leaves import LEAVES
from tinytorch.course.autograd.checks._limits import LIMITS
from tinytorch.course.autograd.checks._measured import MEASURED
from tinytorch.course.autograd.checks._moves import MOVES
from tinytorch.course.autograd.checks._order import ORDER
from tinytorch.course.autograd.checks._rules import RULES
from tinytorch.course.autograd.checks._seed import SEED
from tinytorch.course.autograd.checks._sums import SUMS
from tinytorch.course.autograd.checks._switch import SWITCH
from tinytorch.course.autograd.checks._tensors import TENSORS
from tinytorch.course.autograd.checks._walk import WALK
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (
    *MEASURED,
    *RULES,
    *MOVES,
    *TENSORS,
    *DOOR,
    *SWITCH,
    *ORDER,
    *SUMS,
    *WALK,
    *SEED,
    *LEAVES,
    *LIMITS,
)
