"""What the functions of module 07 promise."""

from tinytorch.course.training.checks._confusion import CONFUSION
from tinytorch.course.training.checks._evaluating import EVALUATING
from tinytorch.course.training.checks._files import FILES
from tinytorch.course.training.checks._metrics import METRICS
from tinytorch.course.training.checks._saving import SAVING
from tinytorch.course.training.checks._shares import SHARES
from tinytorch.course.training.checks._steering import STEERING
from tinytorch.course.training.checks._stopping import STOPPING
from tinytorch.course.training.checks._updates import UPDATES

CHECKS = (*METRICS, *CONFUSION, *SHARES, *UPDATES, *EVALUATING, *STOPPING, *STEERING, *SAVING, *FILES)

__all__ = ["CHECKS"]
