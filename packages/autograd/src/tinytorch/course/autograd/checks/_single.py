"""A rule by itself, run on the step that it belongs to, without the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Drive = Callable[[Any, Any], Any]
Function = Callable[..., Any]


def step_of(tt: Any, x: Any, f: Function, names: tuple[str, ...]) -> Any:
    """Return the recorded step of ``f(tt, x, *tensors)``: leaves from arrays of x, unless ``x["wanted"]`` says no."""
    tensors = [tt.tensor.from_numpy(np.asarray(x[name])) for name in names]
    for tensor, wanted in zip(tensors, x.get("wanted", [True] * len(names)), strict=True):
        if wanted:
            tensor.requires_grad_()
    return f(tt, x, *tensors).grad_fn


def rule_of(f: Function, *names: str) -> Drive:
    """Return a drive: what the rule of ``f(tt, x, *tensors)`` makes of ``x["above"]``."""

    def drive(tt: Any, x: Any) -> Any:
        return tt.tensor.run_rule(step_of(tt, x, f, names), np.asarray(x["above"]))

    return drive


def on_tensors(f: Function, *names: str) -> Drive:
    """Return a drive: the same rule on tensors, as it runs for second derivatives, and whether tensors come out."""

    def drive(tt: Any, x: Any) -> Any:
        found = tt.tensor.run_rule(step_of(tt, x, f, names).kept_tensors(), tt.tensor.Tensor(x["above"]))
        parts = found if isinstance(found, tuple) else (found,)
        return [(isinstance(part, tt.tensor.Tensor), part) for part in parts]

    return drive


def untouched(f: Function, *names: str) -> Drive:
    """Return a drive: what became of the gradient that a rule was given."""

    def drive(tt: Any, x: Any) -> Any:
        above = np.asarray(x["above"])
        tt.tensor.run_rule(step_of(tt, x, f, names), above)
        return above

    return drive


def left_out(f: Function, *names: str) -> Drive:
    """Return a drive: which gradients the rule leaves out, None standing in their places."""
    return lambda tt, x: [part is None for part in rule_of(f, *names)(tt, x)]
