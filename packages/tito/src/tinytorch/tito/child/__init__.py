"""A learner's code always runs in a child process: with limits, and a sentence for each way to die.

This is the parent's side, which does not import NumPy. ``python -m tinytorch.tito.child`` is the other.
"""

from tinytorch.tito.child._deaths import Death, is_own
from tinytorch.tito.child._imports import forbidden
from tinytorch.tito.child._launch import ChildError
from tinytorch.tito.child._limits import Limits
from tinytorch.tito.child._parent import ModuleRun, check_module, run_program, run_task

__all__ = [
    "ChildError",
    "Death",
    "Limits",
    "ModuleRun",
    "check_module",
    "forbidden",
    "is_own",
    "run_program",
    "run_task",
]
