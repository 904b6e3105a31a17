"""Saved states: a copy when it is taken, and all or nothing when it is loaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, equals, given, raises


def remembered(tt: Any, x: Any) -> Any:
    """Return a weight as it was saved, after an edit, and as it is once the state is loaded again."""
    layer = tt.layers.Linear(2, 1, bias=False)
    layer.weight.copy_(np.array([[1.0], [2.0]], np.float32))
    weight = layer.weight
    saved = layer.state_dict()
    layer.weight.copy_(np.array([[5.0], [5.0]], np.float32))
    kept = np.array(saved["weight"].numpy())
    layer.load_state_dict({"weight": np.array([[1.0], [2.0]], np.float32)})
    return {"saved": kept, "loaded": weight, "in place": layer.weight is weight}


def half_loaded(tt: Any, x: Any) -> Any:
    """Load a state that lacks the bias."""
    tt.layers.Linear(2, 1).load_state_dict({"weight": np.zeros((2, 1), np.float32)})
    return "loaded"


def torn(tt: Any, x: Any) -> Any:
    """Load a state in which one shared weight has two values."""
    first, last = tt.layers.Linear(2, 2, bias=False), tt.layers.Linear(2, 2, bias=False)
    last.weight = first.weight
    state = {"0.weight": np.zeros((2, 2), np.float32), "1.weight": np.ones((2, 2), np.float32)}
    tt.layers.Sequential(first, last).load_state_dict(state)
    return "loaded"


def misfit(tt: Any, x: Any) -> Any:
    """Load a state with a weight of another shape; return whether anything changed."""
    layer = tt.layers.Linear(2, 1)
    before = {name: np.array(value.numpy()) for name, value in layer.state_dict().items()}
    try:
        layer.load_state_dict({"bias": np.ones(1, np.float32), "weight": np.zeros((3, 1), np.float32)})
    except ValueError as error:
        after = layer.state_dict()
        said = "weight" in str(error) and "(3, 1)" in str(error)
        return {
            "says name and shape": said,
            "changed": not all(np.array_equal(before[name], after[name].numpy()) for name in before),
        }
    return "loaded"


CHECKS = (
    Check(
        "snapshot",
        "a saved state stays as it was saved, loading writes in place",
        given(),
        remembered,
        equals(
            lambda x: {"saved": np.array([[1.0], [2.0]]), "loaded": np.array([[1.0], [2.0]]), "in place": True},
            dtype=False,
        ),
        kind="aliasing",
        shown="saved = layer.state_dict(); then the weight changes; then load_state_dict",
    ),
    Check(
        "load",
        "a state that lacks an entry",
        given(),
        half_loaded,
        raises(ValueError, "bias"),
        kind="contract",
        shown="Linear(2, 1).load_state_dict of a weight alone",
    ),
    Check(
        "load",
        "a weight of another shape is named, and nothing changes",
        given(),
        misfit,
        equals(lambda x: {"says name and shape": True, "changed": False}),
        kind="contract",
        shown="Linear(2, 1).load_state_dict with a weight of shape (3, 1)",
    ),
    Check(
        "load",
        "two values for one shared weight",
        given(),
        torn,
        raises(ValueError, "0.weight", "1.weight"),
        kind="contract",
        shown="0.weight and 1.weight are one parameter; the state has zeros for one and ones for the other",
    ),
)
