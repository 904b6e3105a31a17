"""Diagnosis: a learner's results, held against those of each catalogued mistake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinytorch.tito.checks._check import Check, Modules, Raised, Wrong
from tinytorch.tito.checks._fresh import mistaken
from tinytorch.tito.checks._plain import same
from tinytorch.tito.checks._run import Run, drive
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
        for check, run in sorted(zip(checks, runs, strict=True), key=lambda pair: pair[1].record.state != "failed"):
            if not _agrees(check, run, tt):
                return False
    return True


def _agrees(check: Check, run: Run, tt: Modules) -> bool:
    """Whether a mistake fails where the learner's code failed, with the same result, and passes where that passed."""
    wrong = run.record.failure.seed if run.record.failure else None
    for seed, result in enumerate(run.results):
        x, other, _ = drive(check, tt, seed)
        if not (_alike(result, other) if seed == wrong else same(result, other) or _passes(check, x, other)):
            return False
    return True


def _alike(one: Any, other: Any) -> bool:
    """Whether two wrong results are the same; of an error that people word themselves the kind counts."""
    if isinstance(one, Raised) and isinstance(other, Raised) and one.kinds[0] in WORDED:
        return one.kinds == other.kinds
    return same(one, other)


def _passes(check: Check, x: Any, result: Any) -> bool:
    try:
        with np.errstate(all="ignore"):
            check.judge(x, result)
    except Wrong:
        return False
    return True
