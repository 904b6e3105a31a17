"""Module 09: passes over a loader."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Asked, some
from tinytorch.tito.checks import Check, Inputs, Raised, Wrong, equals, given, holds

MOST = 60  # batches taken of a pass that may never end


def _loader(tt: Any, x: Any, data: Any = None, **options: Any) -> Any:
    return tt.dataloader.DataLoader(list(range(x["n"])) if data is None else data, x["batch_size"], **options)


def _numbers(batches: Any) -> list[list[int]]:
    return [batch.numpy().tolist() for batch in some(batches, MOST)]


def _runs(x: Any) -> list[list[int]]:
    """The batches of an epoch in the data set's order."""
    n, size = x["n"], x["batch_size"]
    return [list(range(begin, min(begin + size, n))) for begin in range(0, n, size)]


def _nested(tt: Any, x: Any) -> list[tuple[int, int]]:
    loader = _loader(tt, x)
    outer = ((int(a.numpy()[0]), b) for a in loader for b in loader)
    return [(a, int(b.numpy()[0])) for a, b in some(outer, MOST)]


def _pairs(x: Any) -> list[tuple[int, int]]:
    firsts = [batch[0] for batch in _runs(x)]
    return [(a, b) for a in firsts for b in firsts]


def _interleaved(tt: Any, x: Any) -> list[list[int]]:
    """Take from two passes in turn, one batch of the first before the second begins."""
    loader = _loader(tt, x)
    one = iter(loader)
    taken = [next(one)]
    other = iter(loader)
    taken += [next(other), next(one), next(other)]
    return [batch.numpy().tolist() for batch in taken]


def _ended(tt: Any, x: Any) -> list[str]:
    epoch = iter(_loader(tt, x))
    some(epoch, MOST)
    return ["nothing" if next(epoch, None) is None else "a batch" for _ in range(2)]


def _asked(tt: Any, x: Any) -> dict[str, object]:
    data = Asked(x["n"])
    for _ in some(_loader(tt, x, data), MOST):
        pass
    return {"asked at once for": data.at_once, "asked one by one for": data.one_by_one}


def _asked_first(tt: Any, x: Any) -> list[list[int]]:
    data = Asked(x["n"])
    next(iter(_loader(tt, x, data)))
    return [*data.at_once, *([data.one_by_one] if data.one_by_one else [])]


def _made(tt: Any, x: Any) -> list[str]:
    def describe(samples: Any) -> str:
        return f"{type(samples).__name__}: {samples}"

    return some(_loader(tt, x, Asked(x["n"]), collate_fn=describe), MOST)


def _shuffled(rng: np.random.Generator) -> Inputs:
    return {
        "n": int(rng.integers(0, 40)),
        "batch_size": int(rng.integers(1, 9)),
        "drop_last": bool(rng.integers(2)),
        "seed": int(rng.integers(1000)),
    }


def _whole(x: Any, result: Any) -> None:
    full, rest = divmod(x["n"], x["batch_size"])
    sizes = [x["batch_size"]] * full + ([rest] if rest and not x["drop_last"] else [])
    if isinstance(result, Raised) or [len(batch) for batch in result] != sizes:
        raise Wrong(f"batches of the sizes {sizes}", result)
    seen = [index for batch in result for index in batch]
    if len(set(seen)) < len(seen) or not set(seen) <= set(range(x["n"])):
        raise Wrong("no index twice", result, "A shuffled epoch sees each sample once.")


def _resumed(tt: Any, x: Any) -> dict[str, object]:
    """Stop after some batches, go on with another loader; and what the first one would have given."""
    first = _loader(tt, x, shuffle=True, generator=np.random.default_rng(x["seed"]))
    epoch = iter(first)
    some(epoch, x["taken"])
    state = first.state_dict()
    second = _loader(tt, x, shuffle=True, generator=np.random.default_rng(x["seed"] + 1))
    second.load_state_dict(state)
    return {
        "rest": _numbers(epoch),
        "rest after resuming": _numbers(second),
        "next epoch": _numbers(first),
        "next epoch after resuming": _numbers(second),
    }


def _alike(x: Any, result: Any) -> bool:
    wanted = len(_runs(x)) - x["taken"]
    return bool(
        len(result["rest"]) == wanted
        and result["rest"] == result["rest after resuming"]
        and result["next epoch"] == result["next epoch after resuming"]
    )


def _stops(rng: np.random.Generator) -> Inputs:
    n, batch_size = int(rng.integers(4, 30)), int(rng.integers(1, 6))
    return {
        "n": n,
        "batch_size": batch_size,
        "taken": int(rng.integers(1, -(-n // batch_size))) if n > batch_size else 0,
        "seed": int(rng.integers(1000)),
    }


def _places(tt: Any, x: Any) -> list[int | None]:
    loader = _loader(tt, x)
    epoch = iter(loader)
    places = [loader.state_dict()["position"]]
    for _ in range(len(_runs(x)) + 1):
        next(epoch, None)
        places.append(loader.state_dict()["position"])
    return places


class _Faulty:
    """A data set that fails once, at one of its samples."""

    def __init__(self, n: int, at: int) -> None:
        self.n, self.at = n, at

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> int:
        if index == self.at:
            self.at = -1
            raise OSError("for once")
        return index


def _after_a_fault(tt: Any, x: Any) -> list[Any]:
    epoch = iter(_loader(tt, x, _Faulty(x["n"], x["at"])))
    found: list[Any] = []
    for _ in range(4):
        try:
            found.append(next(epoch).numpy().tolist())
        except OSError as error:
            found.append(type(error).__name__)
    return found


def _begun_again(tt: Any, x: Any) -> dict[str, bool]:
    loader = _loader(tt, x, shuffle=True, generator=np.random.default_rng(x["seed"]))
    first, second = _numbers(loader), _numbers(loader)
    some(loader, 2)  # a pass that is given up
    third = _numbers(loader)
    sizes = [len(batch) for batch in _runs(x)]
    return {
        "each epoch is whole": all([len(batch) for batch in epoch] == sizes for epoch in (first, second, third)),
        "two epochs alike": first == second or second == third,
    }


def _within(function: str, name: str, rule: str, kind: Any = "example") -> Check:
    return Check(
        function=function,
        name=name,
        inputs=given(n=6, batch_size=2),
        drive=_nested,
        judge=equals(_pairs, rule=rule),
        kind=kind,
        shown="[(a[0], b[0]) for a in loader for b in loader], of DataLoader(list(range({n})), {batch_size})",
    )


def _goes_on(function: str, name: str, seeds: int) -> Check:
    return Check(
        function=function,
        name=name,
        inputs=_stops,
        drive=_resumed,
        judge=holds(_alike, "after resuming, the same rest of the epoch and the same next epoch"),
        kind="invariance",
        seeds=seeds,
        shown="stopped after {taken} batches of DataLoader(list(range({n})), {batch_size}, shuffle=True)",
    )


CHECKS = (
    Check(
        function="Epoch.__next__",
        name="ten samples in batches of four",
        inputs=given(n=10, batch_size=4),
        drive=lambda tt, x: _numbers(_loader(tt, x)),
        judge=equals(_runs),
        shown="the batches of DataLoader(list(range({n})), {batch_size})",
    ),
    _within(
        "Epoch.__next__",
        "two passes over one loader have places of their own",
        "Each pass keeps its own place.",
        "contract",
    ),
    Check(
        function="Epoch.__next__",
        name="a pass that is over stays over",
        inputs=given(n=4, batch_size=2),
        drive=_ended,
        judge=equals(lambda x: ["nothing", "nothing"]),
        kind="contract",
        shown="next, twice, after the last batch of DataLoader(list(range({n})), {batch_size})",
    ),
    Check(
        function="Epoch.__next__",
        name="no samples, no batches",
        inputs=given(n=0, batch_size=2),
        drive=lambda tt, x: _numbers(_loader(tt, x)),
        judge=equals(lambda x: []),
        kind="contract",
        shown="the batches of DataLoader([], {batch_size})",
    ),
    Check(
        function="Epoch.__next__",
        name="a batch that could not be fetched is fetched next",
        inputs=given(n=6, batch_size=2, at=3),
        drive=_after_a_fault,
        judge=equals(lambda x: [[0, 1], "OSError", [2, 3], [4, 5]], rule="It has not been handed out."),
        kind="contract",
        shown="next, four times, of DataLoader(data of {n}, {batch_size}); sample {at} cannot be read at first",
    ),
    Check(
        function="Epoch.__next__",
        name="a data set that can give a batch at once is asked once a batch",
        inputs=given(n=5, batch_size=2),
        drive=_asked,
        judge=equals(lambda x: {"asked at once for": _runs(x), "asked one by one for": []}),
        kind="cost",
        shown="how DataLoader(data, {batch_size}) asks {n} samples of a data set with __getitems__",
    ),
    Check(
        function="Epoch.__next__",
        name="only the batch that is wanted is fetched",
        inputs=given(n=9, batch_size=3),
        drive=_asked_first,
        judge=equals(lambda x: [_runs(x)[0]], rule="One next fetches one batch."),
        kind="cost",
        shown="what is fetched for the first of DataLoader(data of {n}, {batch_size})",
    ),
    Check(
        function="Epoch.__next__",
        name="a collate_fn makes the batch of a list of samples",
        inputs=given(n=3, batch_size=2),
        drive=_made,
        judge=equals(lambda x: ["list: [(0, 0), (1, 10)]", "list: [(2, 20)]"]),
        kind="contract",
        shown="what collate_fn is given for DataLoader(data of {n} pairs (i, 10 i), {batch_size}, collate_fn=...)",
    ),
    Check(
        function="Epoch.__next__",
        name="each index once, in batches of the right size",
        inputs=_shuffled,
        drive=lambda tt, x: _numbers(
            _loader(tt, x, shuffle=True, drop_last=x["drop_last"], generator=np.random.default_rng(x["seed"]))
        ),
        judge=_whole,
        kind="property",
        seeds=20,
        shown="DataLoader(list(range({n})), {batch_size}, shuffle=True, drop_last={drop_last})",
    ),
    Check(
        function="Epoch.__next__",
        name="the place counts the batches handed out, and is None once the epoch is over",
        inputs=given(n=5, batch_size=2),
        drive=_places,
        judge=equals(
            lambda x: [0, 1, 2, 3, None],
            rule="With the last batch handed out the epoch is not over: a run saved then goes on with the empty rest.",
        ),
        kind="contract",
        shown="state_dict()['position'] before and after each next of DataLoader(list(range({n})), {batch_size})",
    ),
    _goes_on("Epoch.__next__", "a run that is stopped goes on with the next batch", seeds=10),
    _within(
        "DataLoader.__iter__", "a loop within a loop sees the whole data set", "Every iter is an epoch of its own."
    ),
    Check(
        function="DataLoader.__iter__",
        name="two passes in turn",
        inputs=given(n=4, batch_size=2),
        drive=_interleaved,
        judge=equals(lambda x: [[0, 1], [0, 1], [2, 3], [2, 3]], rule="Every iter is an epoch of its own."),
        kind="contract",
        shown="one batch of a pass, then a second pass begins and both are asked in turn",
    ),
    Check(
        function="DataLoader.__iter__",
        name="every pass is whole and in another order, also after one that was given up",
        inputs=lambda rng: {"n": 40, "batch_size": 7, "seed": int(rng.integers(1000))},
        drive=_begun_again,
        judge=equals(lambda x: {"each epoch is whole": True, "two epochs alike": False}),
        kind="invariance",
        seeds=3,
        shown="three passes over DataLoader(list(range({n})), {batch_size}, shuffle=True)",
    ),
    _goes_on("DataLoader.__iter__", "a state that was loaded is gone on with once", seeds=5),
)
