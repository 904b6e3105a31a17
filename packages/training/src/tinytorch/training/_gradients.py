"""What happens to gradients between backward and update."""

import math

from tinytorch.optim import clip_grad_norm_
from tinytorch.training._callback import Callback, Run
from tinytorch.training._nonfinite import refuse_gradients


class ClipGradients(Callback):
    """Shorten gradients so that all of a step together have at most a given norm.

    Parameters
    ----------
    max_norm : float
        The root of the sum of squares over all parameters. Shorter gradients stay as they are; longer ones keep their
        direction.

    Attributes
    ----------
    norm : float
        Of the newest step, before it was shortened.

    Raises
    ------
    NonFiniteError
        If the norm is not finite: no step is made.

    References
    ----------
    Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks, 2013, algorithm 1.
    """

    def __init__(self, max_norm: float) -> None:
        if not max_norm > 0:
            raise ValueError(f"ClipGradients: max_norm is {max_norm}; it must be above 0")
        self.max_norm = max_norm
        self.norm = math.nan

    def on_gradients(self, run: Run) -> None:
        """Shorten the gradients of this step."""
        parameters = [parameter for group in run.trainer.optimizer.param_groups for parameter in group["params"]]
        try:
            self.norm = float(clip_grad_norm_(parameters, self.max_norm, error_if_nonfinite=True))
        except ValueError as error:
            self.norm = math.nan
            refuse_gradients(run, error)
