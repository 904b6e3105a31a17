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
    """Return a drive: the same rule on tensors, as it runs for second derivatives.

    For each gradient its array, and which of the tensors by name, and of what came from above, it was computed from.
    """

    def drive(tt: Any, x: Any) -> Any:
        step = step_of(tt, x, f, names)
        above = tt.tensor.Tensor(x["above"], dtype=np.asarray(x["above"]).dtype, requires_grad=True)
        places = {"above": above.node, **dict(zip(names, step.needs, strict=True))}
        found = tt.tensor.run_rule(step.kept_tensors(), above)
        said: list[Any] = []
        for part in found if isinstance(found, tuple) else (found,):
            if isinstance(part, tt.tensor.Tensor):
                said += [part, [name for name, place in places.items() if place in behind(part)]]
            else:
                said.append(f"no tensor, but of type {type(part).__name__}")
        return said

    return drive


def behind(tensor: Any) -> set[Any]:
    """Return every place in the graph behind a tensor."""
    found: set[Any] = set()
    waiting = [tensor.node]
    while waiting:
        place = waiting.pop()
        if place is not None and place not in found:
            found.add(place)
            waiting += [getattr(place, "step", None), *getattr(place, "needs", ())]
    return found


def products_made(f: Function, *names: str) -> Drive:
    """Return a drive: how many matrix products the rule makes, counted by a listener while it runs on tensors."""

    def drive(tt: Any, x: Any) -> Any:
        step = step_of(tt, x, f, names).kept_tensors()
        counter = _Products()
        with tt.tensor.listen(counter):
            tt.tensor.run_rule(step, tt.tensor.Tensor(x["above"]))
        return counter.count

    return drive


class _Products:
    """A listener that counts matrix products."""

    count = 0

    def before(self, step: Any) -> None:
        """Count."""
        self.count += step.phase == "forward" and step.operation.name in ("matmul", "einsum")

    def after(self, step: Any, outputs: Any) -> None:
        """Nothing more."""


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
