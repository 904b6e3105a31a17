"""Layers one after another: what a chain computes, which list it keeps, and what it says when a layer fails."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, equals, given, raises


def chained(tt: Any, x: Any) -> Any:
    """Return what a chain of two functions makes of a number."""
    return tt.layers.Sequential(lambda t: t + 1, lambda t: t * 10)(tt.tensor.Tensor(x["x"]))


def own_lists(tt: Any, x: Any) -> Any:
    """Return what changes with a list that a chain was made of, and with another ModuleList."""
    layers = [tt.layers.Linear(1, 1)]
    chain = tt.layers.Sequential(layers)
    before = len(chain)
    layers.append(tt.layers.Linear(1, 1))
    first, second = tt.layers.ModuleList(), tt.layers.ModuleList()
    empty = len(second)
    first.append(tt.layers.Linear(1, 1))
    return {
        "a chain grows with the list that it was made of": len(chain) != before,
        "a list grows with another one": len(second) != empty,
    }


def joined(tt: Any, x: Any) -> Any:
    """Return a batch of pictures as Flatten gives it."""
    return tt.layers.Flatten()(tt.tensor.Tensor(x["x"]))


def noted(tt: Any, x: Any) -> Any:
    """Return whether the note on a chain's error says which of three layers failed."""
    layers = [tt.layers.Linear(2, 2), tt.layers.Linear(2, 2), tt.layers.Linear(3, 3)]
    try:
        tt.layers.Sequential(layers)(tt.tensor.zeros(1, 2))
    except ValueError as error:
        return any(re.search(r"\b2\b", note) for note in getattr(error, "__notes__", []))
    return "no error"


CHECKS = (
    Check(
        "Sequential.forward",
        "one after the other",
        given(x=[2.0]),
        chained,
        equals(lambda x: np.array([30.0]), dtype=False),
        shown="Sequential(add 1, times 10)({x})",
    ),
    Check(
        "Sequential.forward",
        "an error says in which layer",
        given(),
        noted,
        equals(lambda x: True, rule="An exception gets a note that says in which layer."),
        kind="contract",
        shown="Sequential(Linear(2, 2), Linear(2, 2), Linear(3, 3))(zeros(1, 2)): a note about layer 2",
    ),
    Check(
        "ModuleList.__init__",
        "each has a list of its own",
        given(),
        own_lists,
        equals(
            lambda x: {"a chain grows with the list that it was made of": False, "a list grows with another one": False}
        ),
        kind="aliasing",
        shown="layers = [Linear(1, 1)]; Sequential(layers); layers.append(Linear(1, 1)); and two ModuleLists",
    ),
    Check(
        "ModuleList.__init__",
        "a layer is something that can be called",
        given(),
        lambda tt, x: len(tt.layers.Sequential(tt.layers.Linear(1, 1), 3)),
        raises(TypeError),
        kind="contract",
        shown="Sequential(Linear(1, 1), 3)",
    ),
    Check(
        "Flatten.forward",
        "the batch stays",
        given(x=np.arange(12.0).reshape(2, 3, 2)),
        joined,
        equals(lambda x: np.arange(12.0).reshape(2, 6)),
        shown="Flatten() of shape (2, 3, 2)",
    ),
)
