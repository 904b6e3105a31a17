"""What to say when a number is not finite: where it happened and what to look at first."""

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from tinytorch.training._callback import Run


class NonFiniteError(ArithmeticError):
    """A loss or a gradient that is not finite; the parameters are as they were before this step."""


def refuse_loss(run: Run, value: float, x: Any, output: Any) -> NoReturn:
    """Stop the run because of a loss of a batch."""
    inputs, outputs = _describe("The inputs", x), _describe("the outputs", output)
    run.trainer.optimizer.zero_grad()  # shares of a step that will not be made
    raise NonFiniteError(
        f"The loss is {value} in {_here(run, run.batch + 1)}. {inputs}; {outputs}. {_look_at(run, x, output)}"
    )


def refuse_gradients(run: Run, error: ValueError) -> NoReturn:
    """Stop the run because the gradients of a step have no finite norm."""
    bad = [
        name
        for name, parameter in run.trainer.model.named_parameters()
        if parameter.grad is not None and not np.isfinite(np.asarray(parameter.grad)).all()
    ]
    run.trainer.optimizer.zero_grad()
    which = f"Those of {', '.join(bad)} are not finite." if bad else "Each is finite, and all together overflow."
    raise NonFiniteError(
        f"The gradients have no finite norm in {_here(run, run.batch)}. {which} The loss was {run.loss:.4g}. Look at "
        "the operations between these parameters and the loss (a log or a quotient near 0, an exp of something "
        "large), then at the learning rate."
    ) from error


def _here(run: Run, batch: int) -> str:
    return (
        f"epoch {run.epoch} of {run.epochs}, step {run.step + 1:,} (batch {batch:,} of the epoch); the run stopped "
        "before it could reach the parameters"
    )


def _describe(what: str, value: Any) -> str:
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return f"{what} {array.shape}: {array.dtype}"
    missing = int(array.size - np.count_nonzero(np.isfinite(array)))
    if missing:
        return f"{what} {array.shape}: {missing:,} of {array.size:,} numbers are not finite"
    return f"{what} {array.shape}: all finite, at most {float(np.abs(array).max(initial=0.0)):.3g} in magnitude"


def _look_at(run: Run, x: Any, output: Any) -> str:
    state: Mapping[str, Any] = run.trainer.model.state_dict()
    bad = [name for name, value in state.items() if not _finite(value)]
    if not _finite(x):
        return "Look at the data: this batch holds numbers that are not finite."
    if bad:
        return f"Look at the learning rate: {', '.join(bad[:3])} {'is' if len(bad) == 1 else 'are'} no longer finite."
    if not _finite(output):
        return "Look at the model: from finite inputs and parameters come outputs that are not finite; they overflow."
    rates = ", ".join(f"{group['lr']:g}" for group in run.trainer.optimizer.param_groups)
    return (
        f"Look at the learning rate ({rates}) and at the loss: whether it takes a log or a quotient of something that "
        "can be 0, and whether the targets are in range."
    )


def _finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())
