"""Module 09: how orders are cut into batches, and data sets into parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Asked, some
from tinytorch.tito.checks import Check, Inputs, Raised, Wrong, equals, given, raises


def _cut(tt: Any, x: Any) -> tuple[int, list[list[int]]]:
    batches = tt.dataloader.BatchSampler(range(x["samples"]), x["batch_size"], drop_last=x["drop_last"])
    return len(batches), some(batches, 60)


def _by_hand(x: Any) -> tuple[int, list[list[int]]]:
    rest = list(range(x["samples"]))
    batches = []
    while len(rest) >= x["batch_size"] or (rest and not x["drop_last"]):
        batches.append(rest[: x["batch_size"]])
        rest = rest[x["batch_size"] :]
    return len(batches), batches


def _counted(name: str, samples: int, batch_size: int, drop_last: bool, kind: Any = "contract") -> Check:
    return Check(
        function="count_batches",
        name=name,
        inputs=given(samples=samples, batch_size=batch_size, drop_last=drop_last),
        drive=lambda tt, x: len(
            tt.dataloader.BatchSampler(range(x["samples"]), x["batch_size"], drop_last=x["drop_last"])
        ),
        judge=equals(lambda x: len(_by_hand(x)[1])),
        kind=kind,
        shown="len(BatchSampler(range({samples}), {batch_size}, drop_last={drop_last}))",
    )


def _cuts(rng: np.random.Generator) -> Inputs:
    return {
        "samples": int(rng.integers(0, 40)),
        "batch_size": int(rng.integers(1, 12)),
        "drop_last": bool(rng.integers(2)),
    }


def _parts(tt: Any, x: Any) -> list[list[int]]:
    data = list(range(x["n"]))
    parts = tt.dataloader.random_split(data, x["lengths"], generator=np.random.default_rng(x["seed"]))
    return [[part[i] for i in range(len(part))] for part in parts]


def _shares_nothing(lengths: Any) -> Callable[[Any, Any], None]:
    """Return a judge that wants parts of these lengths which together are the data set."""

    def judge(x: Any, result: Any) -> None:
        wanted = lengths(x)
        if isinstance(result, Raised) or [len(part) for part in result] != wanted:
            raise Wrong(f"parts of the lengths {wanted}", result)
        seen = [sample for part in result for sample in part]
        if len(set(seen)) < len(seen):
            raise Wrong("no sample in two places", result, "Parts that share a sample leak what is held out.")
        if sorted(seen) != list(range(x["n"])):
            raise Wrong(f"each of 0 to {x['n'] - 1}", result, "No sample is lost.")

    return judge


def _lengths(rng: np.random.Generator) -> Inputs:
    lengths = rng.integers(0, 9, size=rng.integers(1, 5)).tolist()
    return {"n": sum(lengths), "lengths": lengths, "seed": int(rng.integers(1000))}


def _fractions(x: Any) -> list[int]:
    """The lengths by the rule of the docstring, in whole numbers of tenths."""
    sizes = [x["n"] * round(10 * share) // 10 for share in x["lengths"]]
    return [size + (i < x["n"] - sum(sizes)) for i, size in enumerate(sizes)]


def _kept(tt: Any, x: Any) -> dict[str, object]:
    data = Asked(x["n"])
    parts = tt.dataloader.random_split(data, x["lengths"], generator=np.random.default_rng(x["seed"]))
    return {
        "samples read": len(data.at_once) + len(data.one_by_one),
        "parts of the data set itself": [getattr(part, "dataset", None) is data for part in parts],
    }


def _splits(tt: Any, x: Any) -> dict[str, bool]:
    first = _parts(tt, x)
    data = list(range(x["n"]))
    alone = [
        [[part[i] for i in range(len(part))] for part in tt.dataloader.random_split(data, x["lengths"])]
        for _ in range(2)
    ]
    return {
        "the parts are runs of the data set": first[0] == data[: len(first[0])],
        "the same seed splits alike": first == _parts(tt, x),
        "another seed splits alike": first == _parts(tt, {**x, "seed": x["seed"] + 1}),
        "two splits without a generator are alike": alone[0] == alone[1],
    }


CHECKS = (
    _counted("ten samples by four are three batches", 10, 4, False, "example"),
    _counted("two where a short last one is dropped", 10, 4, True, "example"),
    _counted("eight samples by four leave nothing over", 8, 4, False),
    _counted("no samples are no batches", 0, 4, False),
    _counted("fewer samples than a batch are one short batch", 3, 4, False),
    _counted("or none", 3, 4, True),
    Check(
        function="count_batches",
        name="as many batches as len says, each sample once and in order",
        inputs=_cuts,
        drive=_cut,
        judge=equals(_by_hand),
        kind="property",
        seeds=20,
        shown="len and batches of BatchSampler(range({samples}), {batch_size}, drop_last={drop_last})",
    ),
    Check(
        function="random_split",
        name="ten samples into seven, two and one",
        inputs=given(n=10, lengths=[7, 2, 1], seed=0),
        drive=_parts,
        judge=_shares_nothing(lambda x: x["lengths"]),
        shown="random_split(list(range({n})), {lengths})",
    ),
    Check(
        function="random_split",
        name="parts share no sample and miss none",
        inputs=_lengths,
        drive=_parts,
        judge=_shares_nothing(lambda x: x["lengths"]),
        kind="property",
        seeds=20,
        shown="random_split(list(range({n})), {lengths})",
    ),
    Check(
        function="random_split",
        name="fractions, with what is left over in the first parts",
        inputs=lambda rng: {"n": int(rng.integers(0, 40)), "lengths": [0.5, 0.3, 0.2], "seed": 1},
        drive=_parts,
        judge=_shares_nothing(_fractions),
        kind="property",
        seeds=10,
        shown="random_split(list(range({n})), {lengths})",
    ),
    Check(
        function="random_split",
        name="parts are drawn at random, by the generator",
        inputs=lambda rng: {"n": 60, "lengths": [30, 30], "seed": int(rng.integers(10_000))},
        drive=_splits,
        judge=equals(
            lambda x: {
                "the parts are runs of the data set": False,
                "the same seed splits alike": True,
                "another seed splits alike": False,
                "two splits without a generator are alike": False,
            }
        ),
        kind="invariance",
        seeds=3,
        shown="random_split(list(range({n})), {lengths})",
    ),
    Check(
        function="random_split",
        name="nothing is copied",
        inputs=given(n=10, lengths=[7, 3], seed=0),
        drive=_kept,
        judge=equals(
            lambda x: {"samples read": 0, "parts of the data set itself": [True, True]},
            rule="A Subset holds the indices and the data set.",
        ),
        kind="cost",
        shown="random_split(data of {n}, {lengths})",
    ),
    Check(
        function="random_split",
        name="lengths that do not add up are refused",
        inputs=given(n=10, lengths=[7, 2], seed=0),
        drive=_parts,
        judge=raises(ValueError, rule="Seven and two of ten leave one sample in no part."),
        kind="contract",
        shown="random_split(list(range({n})), {lengths})",
    ),
)
