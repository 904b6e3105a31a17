"""Walks on which some parameters miss some steps, held against each parameter's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.optim.checks._walks import BOXES, Array
from tinytorch.tito.checks import Check, close, given

EXACT = "the same arithmetic in float64, a few roundings apart"


def drive_missing(tt: Any, x: Any) -> Any:
    """Return all parameters after each step; who has a gradient when is in `present`."""
    params = [tt.tensor.Tensor(start) for start in x["starts"]]
    optimizer = getattr(tt.optim, x["optimizer"])(params, **x["settings"])
    path: list[list[Array]] = [[] for _ in params]
    for t in range(len(x["present"])):
        for p, gradients, there in zip(params, x["gradients"], x["present"][t], strict=True):
            p.grad = tt.tensor.Tensor(gradients[t]) if there else None
        optimizer.step()
        for places, p in zip(path, params, strict=True):
            places.append(np.array(p.numpy()))
    return named([np.stack(places) for places in path])


def named(paths: list[Array]) -> dict[str, Array]:
    """Name the parameters a, b, c, d, as the texts do."""
    return dict(zip("abcd", paths, strict=False))


def alone(x: Any) -> dict[str, Array]:
    """Each parameter by itself, with the gradients that were there."""
    paths = []
    for j, start in enumerate(x["starts"]):
        there = [t for t, row in enumerate(x["present"]) if row[j]]
        walked = [start, *BOXES[x["optimizer"]](start, x["gradients"][j][there], **x["settings"])]
        paths.append(np.stack([walked[sum(one <= t for one in there)] for t in range(len(x["present"]))]))
    return named(paths)


def misses(function: str, name: str, shown: str, rule: str = "", **walk: Any) -> Check:
    """Return a check of two numbers that begin at 4, each as if it were alone.

    `walk` has the optimizer, its settings, the gradients of each and, for each step, who has one.
    """
    return Check(
        function=function,
        name=name,
        inputs=given(starts=[np.array(4.0), np.array(4.0)], **walk),
        drive=drive_missing,
        judge=close(alone, rtol=1e-12, because=EXACT, rule=rule),
        kind="contract",
        shown=shown,
    )


def some_missing(rng: np.random.Generator) -> dict[str, Any]:
    optimizer, settings = [
        ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "dampening": 0.5}),
        ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.1}),
        ("AdamW", {"lr": 0.1, "weight_decay": 0.5}),
    ][rng.integers(3)]
    shapes = [(2, 2), (2, 2), (3,), ()][: rng.integers(1, 5)]
    return {
        "optimizer": optimizer,
        "settings": settings,
        "starts": [np.asarray(rng.uniform(-2, 2, shape)) for shape in shapes],
        "gradients": [rng.uniform(-1, 1, (6, *shape)) for shape in shapes],
        "present": [[bool(rng.random() < 0.6) for _ in shapes] for _ in range(6)],
    }
