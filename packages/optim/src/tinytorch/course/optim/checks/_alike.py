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
