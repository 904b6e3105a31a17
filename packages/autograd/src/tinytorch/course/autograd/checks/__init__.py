"""What the functions of module 05 promise."""

from __future__ import annotations

from tinytorch.course.autograd.checks._door import DOOR
from tinytorch.course.autograd.checks._leaves import LEAVES
from tinytorch.course.autograd.checks._measured import MEASURED
from tinytorch.course.autograd.checks._moves import MOVES
from tinytorch.course.autograd.checks._order import ORDER
from tinytorch.course.autograd.checks._rules import RULES
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (*MEASURED, *RULES, *MOVES, *DOOR, *ORDER, *LEAVES)
