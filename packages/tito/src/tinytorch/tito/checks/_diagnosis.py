"""Diagnosis: a learner's results, held against those of each catalogued mistake.

A mistake that gives the learner's results on every check of the function is what they made. Few learners make one
mistake alone: who leaves out the maximum leaves out an error as well, and writes another type than the reference. So a
mistake is named too if it explains the failure that is shown, and nothing that it gets wrong is right in the learner's
code or wrong in another way; `weighed` has the rule. Of two, the one that explains more is named, and none if they
explain as much: a wrong name costs more than no name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from tinytorch.tito.checks._check import Check, Raised
from tinytorch.tito.checks._fresh import mistaken, modules
from tinytorch.tito.checks._plain import same
from tinytorch.tito.checks._run import Run, run_check
from tinytorch.tito.mistakes import Mistake
from tinytorch.tito.records import Diagnosis

#: Errors whose message is the author's, or another one on another day; of the rest Python's own words tell slips apart.
WORDED = ("ValueError", "RuntimeError", "RecursionError", "IndexError", "NotImplementedError")

#: How much a shared failure says: of an error that is missing little, for much is computed alike; of an error of the
#: same kind in other words next to nothing.
SAME_RESULT, SAME_OVERSIGHT, SAME_KIND = 1.0, 0.5, 0.25
#: How many failures that could not be compared, for one side broke down there, a shared failure makes up for.
BROKEN_DOWN = 0.7

Sort: TypeAlias = Literal["value", "form", "error", "contract"]


class Symptom(NamedTuple):
    """How a check failed.

    Attributes
    ----------
    seed : int
        The first that did.
    result : object
    sort : str
        ``contract`` where an error was wanted, ``error`` where none was and one came, ``form`` where the values are
        right and their type is not, ``value`` where they are wrong.
    """

    seed: int
    result: Any
    sort: Sort


Symptoms: TypeAlias = Sequence[Symptom | None]


class Comparison(NamedTuple):
    """What speaks for a mistake, and what against it.

    Attributes
    ----------
    shared : float
        The failures with one result, as much as each says.
    values : int
        Those of them that are no errors.
    left, beyond : int
        The learner's failures where the mistake is right: of wrong values and errors, and all of them.
    against : int
        Those that could not be compared.
    """

    shared: float
    values: int
    left: int
    beyond: int
    against: int


class Weight(NamedTuple):
    """How well a mistake explains a learner's failures; of two, the greater explains more."""

    fully: bool
    shared: float
    against: int  # minus the number of failures that could not be compared


def diagnose(
    module: str, function: str, checks: Sequence[Check], runs: Sequence[Run], mistakes: Iterable[Mistake]
) -> Diagnosis | None:
    """Return the one mistake that explains why the learner's checks of a function failed as they did, or None.

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
    Each mistake is seeded into the reference, which costs some 50 ms, and is dropped at the first check that speaks
    against it.
    """
    if all(run.record.state != "failed" for run in runs):
        return None
    with modules(None) as (tt, _):
        right = [run_check(check, tt, locate=False).results for check in checks]
    learner = [symptom(*pair) for pair in zip(runs, right, strict=True)]
    # What failed is what tells mistakes apart: those first, and of them the one that is shown.
    order = sorted(range(len(checks)), key=lambda place: learner[place] is None)
    known: list[tuple[Mistake, list[Symptom | None]]] = []
    for mistake in mistakes:
        if mistake.function == function:
            theirs: list[Symptom | None] = []
            with mistaken(module, mistake) as tt:
                for place in order:
                    theirs.append(symptom(run_check(checks[place], tt, locate=False), right[place]))
                    if compared([learner[one] for one in order[: len(theirs)]], theirs) is None:
                        break
                else:
                    known.append((mistake, theirs))
    found = likeliest([learner[place] for place in order], known)
    return Diagnosis(function, found.entry, found.when) if found else None


def symptom(run: Run, right: Sequence[Any]) -> Symptom | None:
    """Return how a check failed, None if it passed.

    Parameters
    ----------
    run : Run
    right : sequence
        The reference's result for each seed.
    """
    failure = run.record.failure
    if failure is None:
        return None
    result, wanted = run.results[-1], right[failure.seed] if failure.seed < len(right) else None
    if isinstance(wanted, Raised):
        return Symptom(failure.seed, result, "contract")
    if isinstance(result, Raised):
        return Symptom(failure.seed, result, "error")
    return Symptom(failure.seed, result, "form" if same(bare(result), bare(wanted)) else "value")


def likeliest(learner: Symptoms, known: Iterable[tuple[Mistake, Symptoms]]) -> Mistake | None:
    """Return the mistake that explains the learner's failures best; None if none does, or several equally well.

    The symptoms are in the order of the checks, or with those that failed first.
    """
    found: dict[str, tuple[Weight, Mistake]] = {}
    for mistake, theirs in known:
        weight = weighed(learner, theirs)
        if weight is not None and (mistake.when not in found or weight > found[mistake.when][0]):
            found[mistake.when] = weight, mistake
    best = max((weight for weight, _ in found.values()), default=None)
    likely = [mistake for weight, mistake in found.values() if weight == best]
    return likely[0] if len(likely) == 1 else None


def weighed(learner: Symptoms, mistake: Symptoms) -> Weight | None:
    """Return how well a mistake explains a learner's failures, None if not at all.

    It does if nothing refutes it (`compared`), and either all else that the learner fails are missing errors or types,
    or there is another fault as well: then the mistake explains as many wrong values as failures are left, at least
    two, and most of what both fail.
    """
    found = compared(learner, mistake)
    if found is None:
        return None
    if found.left or found.against:
        oversight = all(one is None or one.sort == "contract" for one in mistake)
        wanted = max(found.left, 2) if found.left else 1
        few = found.values < wanted or found.against > BROKEN_DOWN * found.shared
        if oversight or few:
            return None
    return Weight(not (found.beyond or found.against), found.shared, -found.against)


def compared(learner: Symptoms, mistake: Symptoms) -> Comparison | None:
    """Return what speaks for a mistake and what against it, None if something refutes it.

    It is refuted if it does not fail the check that is shown, the learner's first, with the same result; or if a check
    is right for the learner and wrong for the mistake, or wrong for both and with other values. Where one of the two
    broke down with an error, that may be another fault's, and only counts against it.
    """
    values = left = beyond = against = 0
    shared = 0.0
    shown = next((place for place, mine in enumerate(learner) if mine is not None), None)
    for place, (mine, other) in enumerate(zip(learner, mistake, strict=True)):
        same_seed = mine is not None and other is not None and mine.seed == other.seed
        likeness = alike(mine, other) if mine is not None and other is not None and same_seed else 0.0
        if place == shown and not likeness:
            return None
        if mine is not None and (other is None or other.seed > mine.seed):
            beyond += 1
            left += mine.sort in ("value", "error")
        elif mine is None or not same_seed:
            if other is not None:  # what is wrong there, the learner has right
                if other.sort != "error":
                    return None
                against += 1
        elif likeness:
            shared += likeness
            values += mine.sort in ("value", "form")
        elif other is not None and mine.sort == other.sort == "value":
            return None
        else:
            against += 1
    return Comparison(shared, values, left, beyond, against)


def alike(one: Symptom, other: Symptom) -> float:
    """Return how much it says that two failures of a check, with one seed, are the same; 0 if they are not."""
    mine, theirs = one.result, other.result
    if isinstance(mine, Raised) and isinstance(theirs, Raised):
        if mine == theirs:
            return SAME_RESULT
        return SAME_KIND if mine.kinds == theirs.kinds and mine.kinds[0] in WORDED else 0.0
    if not same(bare(mine), bare(theirs)) or (one.sort == "form" and not same(mine, theirs)):
        return 0.0
    return SAME_OVERSIGHT if one.sort == "contract" else SAME_RESULT


def bare(value: Any) -> Any:
    """Return a plain result without the types that its numbers stand in."""
    if isinstance(value, list | tuple):
        return [bare(one) for one in value]
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items()}
    if isinstance(value, bool | int | float | np.ndarray):
        numbers = np.asarray(value)
        return numbers.astype(np.float64) if numbers.dtype.kind in "biuf" else numbers
    return value
