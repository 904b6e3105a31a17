"""Module 09: random orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array, with_global_seeds
from tinytorch.tito.checks import Check, Raised, Wrong, equals, given, holds


def _order(tt: Any, x: Any, generator: np.random.Generator, **options: Any) -> Array:
    order: Array = np.asarray(tt.dataloader.RandomSampler(range(x["n"]), generator=generator, **options).order())
    return order


def _once_each(x: Any, result: Any) -> None:
    wanted = np.arange(x["n"])
    if isinstance(result, Raised) or not np.array_equal(np.sort(result), wanted) or result.dtype != np.int64:
        raise Wrong(f"each of 0 to {x['n'] - 1} once, int64", result, "An epoch has every sample, and none twice.")


def _epochs(tt: Any, x: Any) -> dict[str, bool]:
    sampler = tt.dataloader.RandomSampler(range(x["n"]), generator=np.random.default_rng(x["seed"]))
    first, second, third = (np.asarray(sampler.order()).tolist() for _ in range(3))
    other = _order(tt, x, np.random.default_rng(x["seed"] + 1)).tolist()
    return {
        "two epochs alike": first == second or second == third,
        "the same seed again begins alike": first == _order(tt, x, np.random.default_rng(x["seed"])).tolist(),
        "another seed begins alike": first == other,
    }


def _globally(tt: Any, x: Any) -> dict[str, object]:
    found = with_global_seeds(lambda: _order(tt, x, np.random.default_rng(x["seed"])).tolist())
    return {
        "two global seeds give one order": found["under the global seed 1"] == found["under the global seed 2"],
        "global state untouched": found["global state untouched"],
    }


def _followed(tt: Any, x: Any) -> int:
    """How many indices are followed by the next one: about 1 in a permutation, whatever its length."""
    order = _order(tt, x, np.random.default_rng(x["seed"]))
    return int(np.sum(np.diff(order) == 1))


def _reach(tt: Any, x: Any) -> dict[str, object]:
    generator = np.random.default_rng(x["seed"])
    sampler = tt.dataloader.RandomSampler(range(x["n"]), num_samples=x["num_samples"], generator=generator)
    orders = [np.asarray(sampler.order()).tolist() for _ in range(x["epochs"])]
    return {
        "lengths": sorted({len(order) for order in orders}),
        "indices seen": sorted({index for order in orders for index in order}),
        "an index twice": any(len(set(order)) < len(order) for order in orders),
    }


def _replaced(tt: Any, x: Any) -> dict[str, object]:
    generator = np.random.default_rng(x["seed"])
    order = _order(tt, x, generator, replacement=True, num_samples=x["num_samples"])
    return {"dtype": str(order.dtype), "length": len(order), "indices seen": sorted(set(order.tolist()))}


def _seeds(**fixed: Any) -> Any:
    return lambda rng: {**fixed, "seed": int(rng.integers(10_000))}


CHECKS = (
    Check(
        function="RandomSampler.order",
        name="an epoch of six has each of them once",
        inputs=given(n=6, seed=0),
        drive=lambda tt, x: _order(tt, x, np.random.default_rng(x["seed"])),
        judge=_once_each,
        shown="RandomSampler(range({n})).order()",
    ),
    Check(
        function="RandomSampler.order",
        name="any number of samples, each once",
        inputs=lambda rng: {"n": int(rng.integers(0, 50)), "seed": int(rng.integers(1000))},
        drive=lambda tt, x: _order(tt, x, np.random.default_rng(x["seed"])),
        judge=_once_each,
        kind="property",
        seeds=20,
        shown="RandomSampler(range({n})).order()",
    ),
    Check(
        function="RandomSampler.order",
        name="every epoch has another order, and the seed decides them all",
        inputs=_seeds(n=40),
        drive=_epochs,
        judge=equals(
            lambda x: {
                "two epochs alike": False,
                "the same seed again begins alike": True,
                "another seed begins alike": False,
            }
        ),
        kind="invariance",
        seeds=3,
        shown="three epochs of RandomSampler(range({n}))",
    ),
    Check(
        function="RandomSampler.order",
        name="the global generator is neither read nor moved",
        inputs=given(n=40, seed=3),
        drive=_globally,
        judge=equals(lambda x: {"two global seeds give one order": True, "global state untouched": True}),
        kind="invariance",
        shown="RandomSampler(range({n}), generator=default_rng({seed})) after np.random.seed(1), then after seed(2)",
    ),
    Check(
        function="RandomSampler.order",
        name="neighbours do not stay neighbours",
        inputs=_seeds(n=200),
        drive=_followed,
        # The number is nearly Poisson with mean 1: above 14 once in 10^13 permutations.
        judge=holds(lambda x, result: result <= 14, "at most 14 of 200 indices are followed by the next one"),
        kind="property",
        seeds=3,
        shown="how many of RandomSampler(range({n})).order() are followed by the next index",
    ),
    Check(
        function="RandomSampler.order",
        name="few of many: none twice, and all of them sooner or later",
        inputs=_seeds(n=10, num_samples=4, epochs=200),
        drive=_reach,
        # An index is missed by all epochs with a chance of 0.6^200.
        judge=equals(lambda x: {"lengths": [4], "indices seen": list(range(10)), "an index twice": False}),
        kind="property",
        seeds=3,
        shown="{epochs} epochs of RandomSampler(range({n}), num_samples={num_samples})",
    ),
    Check(
        function="RandomSampler.order",
        name="with replacement, more draws than samples, from the first to the last",
        inputs=_seeds(n=5, num_samples=400),
        drive=_replaced,
        # An index is missed with a chance of 0.8^400.
        judge=equals(lambda x: {"dtype": "int64", "length": 400, "indices seen": [0, 1, 2, 3, 4]}),
        kind="contract",
        seeds=3,
        shown="RandomSampler(range({n}), replacement=True, num_samples={num_samples})",
    ),
)
