"""Diagnosis: a learner's results, held against those of each catalogued mistake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tinytorch.tito.checks._check import Check, Modules
from tinytorch.tito.checks._fresh import mistaken
from tinytorch.tito.checks._plain import same
from tinytorch.tito.checks._run import Run, drive
from tinytorch.tito.mistakes import Mistake
from tinytorch.tito.records import Diagnosis


def diagnose(
    module: str, function: str, checks: Sequence[Check], runs: Sequence[Run], mistakes: Iterable[Mistake]
) -> Diagnosis | None:
    """Return the one mistake whose results are the learner's on every check of a function, or None.

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
    """Whether a mistake gives the results that the learner's code gave."""
    with mistaken(module, mistake) as tt:
        # What failed is what tells mistakes apart: those first.
        for check, run in sorted(zip(checks, runs, strict=True), key=lambda pair: pair[1].record.state != "failed"):
            if not _agrees(check, run, tt):
                return False
    return True


def _agrees(check: Check, run: Run, tt: Modules) -> bool:
    return all(same(result, drive(check, tt, seed)[1]) for seed, result in enumerate(run.results))
