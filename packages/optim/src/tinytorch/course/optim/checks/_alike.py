"""What the update of every optimizer promises alike: gradients only read, steps counted, its box's walk to the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.optim.checks._walks import SCALES, SHAPES, STEPS, follows, single, walk
from tinytorch.tito.checks import Check, equals, given


def held_gradients(tt: Any, optimizer: str, start: Any, gradients: Any, settings: Any) -> list[Any]:
    """Return the arrays of the gradients of some steps, each taken when it is set, as they are at the end."""
    w = tt.tensor.Tensor(start)
    taken = getattr(tt.optim, optimizer)([w], **settings)
    held = []
    for g in gradients:
        w.grad = tt.tensor.Tensor(g)
        held.append(w.grad.numpy())
        taken.step()
    return held


def only_read(function: str, optimizer: str, settled: str, **settings: Any) -> Check:
    """Return a check that the arrays of the gradients are at the end what they were."""
    return Check(
        function=function,
        name="gradients are only read",
        inputs=given(w=[1.0, 2.0], gradients=[[1.0, 1.0], [3.0, -1.0]], settings=settings),
        drive=lambda tt, x: held_gradients(tt, optimizer, x["w"], x["gradients"], x["settings"]),
        judge=equals(lambda x: [single(*g) for g in x["gradients"]], rule="A gradient's array is never written to."),
        kind="aliasing",
        shown=f"the arrays of {{gradients}}, after {optimizer}'s steps with {settled}",
    )


def steps_counted(function: str, optimizer: str, name: str = "steps are counted", **settings: Any) -> Check:
    """Return a check of how many steps each of three parameters has taken, by the optimizer's state."""

    def drive(tt: Any, x: Any) -> Any:
        params = [tt.tensor.Tensor(start) for start in x["starts"]]
        taken = getattr(tt.optim, optimizer)(params, **x["settings"])
        for _ in range(x["steps"]):
            for p in params:
                p.grad = tt.tensor.Tensor(np.ones(p.shape, np.float32))
            taken.step()
        state = taken.state_dict()["state"]
        return [int(state[number]["step"]) for number in sorted(state)]

    return Check(
        function=function,
        name=name,
        inputs=given(starts=[[1.0], [1.0, 2.0], [3.0]], steps=3, settings=settings),
        drive=drive,
        judge=equals(lambda x: [3, 3, 3], rule="A step raises the number of steps by one, whatever there is to move."),
        kind="contract",
        shown=f"state_dict() after {{steps}} steps of {optimizer} with three parameters",
    )


def laid_out_by_columns(function: str, optimizer: str, **settings: Any) -> Check:
    """Return a check of parameters and gradients whose columns lie one after another in memory."""
    orders = (np.asfortranarray, np.ascontiguousarray)

    def inputs(rng: np.random.Generator) -> dict[str, Any]:
        return {
            "optimizer": optimizer,
            "settings": settings,
            "starts": [rng.uniform(-2, 2, (2, 3)) for _ in orders],
            "gradients": [rng.uniform(-2, 2, (3, 2, 3)) for _ in orders],
        }

    def drive(tt: Any, x: Any) -> Any:
        params = [tt.tensor.Tensor(order(start)) for order, start in zip(orders, x["starts"], strict=True)]
        taken = getattr(tt.optim, optimizer)(params, **x["settings"])
        path: dict[int, list[Any]] = {}
        for t in range(3):
            for p, order, gradients in zip(params, orders[::-1], x["gradients"], strict=True):
                p.grad = tt.tensor.Tensor(order(gradients[t]))
            taken.step()
            path[t + 1] = [np.array(p.numpy()) for p in params]
        return path

    return Check(
        function=function,
        name="columns one after another in memory",
        inputs=inputs,
        drive=drive,
        judge=follows,
        kind="contract",
        shown=f"three steps of {optimizer} with {{settings}}: a laid out by columns, its gradients by rows; b not",
    )


def not_hidden(function: str, optimizer: str) -> Check:
    """Return a check that a NaN in a gradient arrives in the parameter, and only there."""

    def drive(tt: Any, x: Any) -> Any:
        w = tt.tensor.Tensor(x["w"])
        w.grad = tt.tensor.Tensor(x["gradient"])
        getattr(tt.optim, optimizer)([w], lr=0.5).step()
        return np.isnan(w.numpy())

    return Check(
        function=function,
        name="a NaN is not hidden",
        inputs=given(w=[1.0, 2.0], gradient=[np.nan, 1.0]),
        drive=drive,
        judge=equals(lambda x: np.array([True, False]), rule="It goes into the parameter, where it can be found."),
        kind="contract",
        shown=f"where w = {{w}} is NaN after {optimizer}'s step with gradient {{gradient}}",
    )


def a_thousand_steps(function: str, optimizer: str, how: str, **settings: Any) -> Check:
    """Return a check against the optimizer's box, with parameters of several shapes and gradients not centred."""

    def inputs(rng: np.random.Generator) -> dict[str, Any]:
        starts = [np.asarray(rng.standard_normal(shape)) for shape in SHAPES]
        pairs = zip(SHAPES, SCALES, strict=True)
        gradients = [scale * (rng.standard_normal((STEPS, *shape)) + 0.3) for shape, scale in pairs]
        return {"optimizer": optimizer, "settings": settings, "starts": starts, "gradients": gradients}

    return Check(
        function=function,
        name=f"a thousand steps {how}",
        inputs=inputs,
        drive=walk,
        judge=follows,
        kind="trajectory",
        shown=f"{optimizer} with {{settings}}, 1,000 recorded gradients",
    )


def any_settings(function: str, optimizer: str, name: str, **choices: list[Any]) -> Check:
    """Return a check of a few steps: one to four parameters of rank 0 to 4, sizes 0 to 4, settings out of choices."""

    def inputs(rng: np.random.Generator) -> dict[str, Any]:
        shapes = [tuple(rng.integers(0, 5, rng.integers(0, 5)).tolist()) for _ in range(rng.integers(1, 5))]
        steps = int(rng.integers(1, 6))
        return {
            "optimizer": optimizer,
            "settings": {name: values[rng.integers(len(values))] for name, values in choices.items()},
            "starts": [np.asarray(rng.uniform(-2, 2, shape)) for shape in shapes],
            "gradients": [
                np.asarray(10 ** rng.uniform(-8, 2) * rng.uniform(-1, 1, (steps, *shape))) for shape in shapes
            ],
        }

    return Check(
        function=function,
        name=name,
        inputs=inputs,
        drive=walk,
        judge=follows,
        kind="property",
        seeds=20,
        shown=f"{optimizer} with {{settings}}, parameters {{starts}}",
    )
