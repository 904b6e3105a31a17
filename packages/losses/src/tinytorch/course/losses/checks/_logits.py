"""Logits with labels, and the ways in which the checks of cross-entropy run on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.losses.checks._oracles import (
    REDUCTIONS,
    Array,
    cross_entropy,
    from_above,
    gradient,
    optional,
    slope,
)
from tinytorch.tito.checks import Inputs

IGNORED = -100


def classified(rng: np.random.Generator, least: int = 0) -> dict[str, Any]:
    """Return logits of shape (C,), (N, C) or (N, C, d1, d2) with labels and one choice of every option."""
    classes, examples = int(rng.integers(1, 5)), int(rng.integers(least, 5))
    further = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 3)))
    shape, labels = ((classes,), ()) if rng.integers(4) == 0 else ((examples, classes, *further), (examples, *further))
    ignored = int(rng.choice([IGNORED, 0]))
    y = np.asarray(rng.integers(0, classes, labels))
    return {
        "x": np.asarray(rng.normal(0, rng.choice([1.0, 5.0]), shape)),
        "y": np.asarray(np.where(rng.random(labels) < 0.2, ignored, y)),
        "weight": rng.uniform(0.5, 3.0, classes) if rng.integers(2) else None,
        "smoothing": float(rng.choice([0.0, 0.3])),
        "ignored": ignored,
        "reduction": str(rng.choice(REDUCTIONS)),
    }


def with_gradient(rng: np.random.Generator) -> dict[str, Any]:
    x = classified(rng, least=1)
    return {**x, "g": from_above(rng, x["y"].shape, x["reduction"])}


def plain(rng: np.random.Generator) -> dict[str, Any]:
    """Return logits up to 1e4 and their labels, without options."""
    shape = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    return {
        "x": rng.normal(0, 1, shape) * rng.choice([1.0, 1e4]) + rng.choice([0.0, -1e4, 1e4], (shape[0], 1)),
        "y": rng.integers(0, shape[1], shape[0]),
        "reduction": "none",
    }


def of_tensor(tt: Any, logits: Any, x: Inputs) -> Any:
    return tt.losses.cross_entropy(
        logits,
        tt.tensor.Tensor(x["y"]),
        optional(tt, x.get("weight")),
        x.get("ignored", IGNORED),
        x.get("reduction", "mean"),
        x.get("smoothing", 0.0),
    )


def loss(tt: Any, x: Inputs) -> Any:
    return of_tensor(tt, tt.tensor.Tensor(x["x"]), x)


def slopes(tt: Any, x: Inputs) -> Any:
    """Drive: the gradient in float32, given `g` from above if there is one."""
    above = np.array(x["g"], np.float32) if "g" in x else None
    return gradient(tt, lambda v: of_tensor(tt, v, x), np.array(x["x"], np.float32), above)


def in_all_reductions(tt: Any, x: Inputs) -> dict[str, Any]:
    return {reduction: loss(tt, {**x, "reduction": reduction}) for reduction in REDUCTIONS}


def numeric(x: Inputs) -> Array:
    return slope(lambda v: cross_entropy({**x, "x": v}), np.asarray(x["x"]), x["g"])
