"""How dropout leaves each element to its own chance, and a single number as well."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, equals, given, holds


def counts(tt: Any, x: Any) -> Any:
    """Return how many elements each of many masks drops."""
    generator, ones = np.random.default_rng(x["seed"]), tt.tensor.ones(10, 10)
    return [int((tt.layers.dropout(ones, 0.5, generator).numpy() == 0).sum()) for _ in range(30)]


def single_numbers(tt: Any, x: Any) -> Any:
    """Return the different results of dropout for a tensor of rank 0, and their shapes."""
    generator, one = np.random.default_rng(x["seed"]), tt.tensor.Tensor(1.0)
    results = [tt.layers.dropout(one, 0.5, generator) for _ in range(30)]
    return {"values": sorted({y.item() for y in results}), "shapes": sorted({y.shape for y in results})}


CHECKS = (
    Check(
        "bernoulli_update",
        "how many are dropped is left to chance",
        given(seed=11),
        counts,
        holds(lambda x, dropped: len(set(dropped)) > 1, "not the same number in each of 30 masks"),
        kind="invariance",
        shown="how many elements dropout(ones(10, 10), 0.5) drops, 30 times",
    ),
    Check(
        "bernoulli_update",
        "a single number",
        given(seed=12),
        single_numbers,
        equals(lambda x: {"values": [0.0, 2.0], "shapes": [()]}),
        kind="contract",
        shown="dropout(Tensor(1.0), 0.5), 30 times",
    ),
)
