"""Diagnosis: a learner's results, held against those of each catalogued mistake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tinytorch.tito.checks._check import Check, Raised
from tinytorch.tito.checks._fresh import mistaken
from tinytorch.tito.checks._plain import same
from tinytorch.tito.checks._run import Run, run_check
from tinytorch.tito.mistakes import Mistake
from tinytorch.tito.records import Diagnosis

#: Errors whose message is the author's, or another one on another day; of the rest Python's own words tell slips apart.
WORDED = ("ValueError", "RuntimeError", "RecursionError", "IndexError", "NotImplementedError")


def diagnose(
    module: str, function: str, checks: Sequence[Check], runs: Sequence[Run], mistakes: Iterable[Mistake]
) -> Diagnosis | None:
    """Return the one mistake that fails the learner's checks of a function with their results, or None.

    Parameters
    ----------
    module, function : str
    checks : sequence of Check
        Of that function.
    runs : sequence of Run
        What the learner's code gave, one a check.
    mistakes : iterable of Mistake
        Of the module.

    Notes
    -----
    Silent when two mistakes with different sentences fit, or none: a wrong name costs more than no name. Each mistake
    is seeded into the reference, which costs some 50 ms, and is dropped at the first result that differs.
    """
    found: dict[str, Diagnosis] = {}
    if all(run.record.state == "passed" for run in runs):
        return None
    for mistake in mistakes:
        if mistake.function == function and mistake.when not in found and matches(module, mistake, checks, runs):
            found[mistake.when] = Diagnosis(function, mistake.entry, mistake.when)
    return next(iter(found.values())) if len(found) == 1 else None


def matches(module: str, mistake: Mistake, checks: Sequence[Check], runs: Sequence[Run]) -> bool:
    """Whether a mistake passes what the learner's code passed, and gives its results where it failed."""
    with mistaken(module, mistake) as tt:
        # What failed is what tells mistakes apart: those first.
        pairs = sorted(zip(checks, runs, strict=True), key=lambda pair: pair[1].record.state != "failed")
        return all(agree(run, run_check(check, tt, locate=False)) for check, run in pairs)


def agree(one: Run, other: Run) -> bool:
    """Whether two runs of a check both passed, or failed with the same seed and the same result."""
    first, second = one.record.failure, other.record.failure
    if first is None or second is None:
        return one.record.state == other.record.state
    return first.seed == second.seed and _alike(one.results[-1], other.results[-1])


def _alike(one: Any, other: Any) -> bool:
    """Whether two wrong results are the same; of an error that people word themselves the kind counts."""
    if isinstance(one, Raised) and isinstance(other, Raised) and one.kinds[0] in WORDED:
        return one.kinds == other.kinds
    return same(one, other)
