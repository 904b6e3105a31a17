"""Seeds each catalogued mistake into the reference and runs the module's checks against it.

A check that passes for a wrong implementation is found here, and so is one that only fails by accident.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.pool import Pool
from pathlib import Path
from types import FrameType
from typing import Any

from tinytorch.tito.checks import (
    Check,
    Modules,
    Raised,
    Run,
    likeliest,
    load_checks,
    mistaken,
    modules,
    run_checks,
    symptom,
)
from tinytorch.tito.exercises import Exercise, read_exercises
from tinytorch.tito.mistakes import Mistake, read_mistakes

MODULES = ("tensor", "activations", "layers", "losses", "autograd", "optim", "training", "dataloader")
SECONDS = 20.0  # of the processor, for all checks of a module; they take under two
WAITED = 300.0  # for what hangs and takes none
ACCIDENTS = {"NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError"}
BLANK = 'raise NotImplementedError("not written")'


class TooLong(BaseException):
    """The checks did not come to an end; no check can catch it."""


@dataclass(frozen=True)
class Verdict:
    """What the checks of a module say about one wrong implementation.

    Attributes
    ----------
    caught_by : tuple of str
        ``function: name`` of each check that fails by its judge.
    accidents : tuple of str
        Of each that fails by an error which the wrong code was not meant to raise.
    diagnosis : str or None
        The sentence that a learner is shown.
    death : str
        Why the checks did not run to their end; empty if they did.
    """

    caught_by: tuple[str, ...] = ()
    accidents: tuple[str, ...] = ()
    diagnosis: str | None = None
    death: str = ""


@dataclass(frozen=True)
class Matrix:
    """The verdicts of a module."""

    module: str
    checks: tuple[str, ...]
    seconds: tuple[float, ...]
    failing: tuple[str, ...]
    verdicts: tuple[tuple[Mistake, Verdict], ...]
    blanks: tuple[tuple[Exercise, Verdict], ...]

    def uncaught(self) -> list[Mistake]:
        """The mistakes that no check notices as it should."""
        return [mistake for mistake, verdict in self.verdicts if not verdict.caught_by or verdict.death]

    def unnoticed_blanks(self) -> list[str]:
        """The asked functions whose own checks all pass although they only raise."""
        return [
            exercise.name
            for exercise, verdict in self.blanks
            if not any(name.startswith(f"{exercise.name}: ") for name in verdict.caught_by)
        ]

    def without_mistakes(self) -> list[str]:
        """The asked functions that no mistake is known of."""
        known = {mistake.function for mistake, _ in self.verdicts}
        return [exercise.name for exercise, _ in self.blanks if exercise.name not in known]

    def misnamed(self) -> list[tuple[Mistake, str]]:
        """The mistakes that are diagnosed as another one."""
        return [
            (mistake, verdict.diagnosis)
            for mistake, verdict in self.verdicts
            if verdict.diagnosis not in (None, mistake.when) and verdict.diagnosis is not None
        ]

    def named(self) -> int:
        """How many mistakes are diagnosed as what they are."""
        return sum(verdict.diagnosis == mistake.when for mistake, verdict in self.verdicts)

    def idle(self) -> list[str]:
        """The checks that catch no mistake."""
        useful = {name for _, verdict in self.verdicts for name in verdict.caught_by}
        return [name for name in self.checks if name not in useful]


def label(check: Check) -> str:
    """Return how a check is called in the tables."""
    return f"{check.function}: {check.name}"


def _alarm(number: int, frame: FrameType | None) -> None:
    raise TooLong


@dataclass(frozen=True)
class Trial:
    """What the checks of a module gave for one wrong implementation.

    Attributes
    ----------
    runs : dict of str to Run
        By label, of the checks of its own function; each with its last result alone.
    failed, accidents : tuple of str
        Labels of all checks that failed: by their judge, and by an error which the wrong code was not meant to raise.
    death : str
    """

    runs: dict[str, Run]
    failed: tuple[str, ...] = ()
    accidents: tuple[str, ...] = ()
    death: str = ""


def tried(function: str, checks: Sequence[Check], world: AbstractContextManager[Modules]) -> Trial:
    """Run checks in a world where one function is wrong."""
    alarms = {signal.ITIMER_PROF: (signal.SIGPROF, SECONDS), signal.ITIMER_REAL: (signal.SIGALRM, WAITED)}
    for timer, (number, seconds) in alarms.items():
        signal.signal(number, _alarm)
        signal.setitimer(timer, seconds)
    try:
        with world as tt:
            runs = list(run_checks(checks, tt, locate=False))
    except TooLong:
        return Trial({}, death=f"not done after {SECONDS:g} s")
    except Exception as error:  # importing the module failed: no check has judged anything
        return Trial({}, death=f"{type(error).__name__}: {error}")
    finally:
        for timer in alarms:
            signal.setitimer(timer, 0.0)
    pairs = [(check, Run(run.record, run.results[-1:])) for check, run in zip(checks, runs, strict=True)]
    failed = [(label(check), run) for check, run in pairs if run.record.state == "failed"]
    return Trial(
        {label(check): run for check, run in pairs if check.function == function},
        tuple(name for name, run in failed if not accident(run)),
        tuple(name for name, run in failed if accident(run)),
    )


def named(
    trial: Trial, function: str, known: Iterable[tuple[Mistake, Trial]], right: Mapping[str, Sequence[Any]]
) -> str | None:
    """Return what a learner is told whose code gave a trial; as `tinytorch.tito.checks.diagnose` finds it.

    Here every mistake has been tried once, so that no one is seeded again for each of the others. `right` are the
    reference's results (`rightly`).
    """
    if all(run.record.state != "failed" for run in trial.runs.values()):
        return None
    labels = list(trial.runs)
    symptoms = [
        (mistake, [symptom(other.runs[name], right[name]) for name in labels])
        for mistake, other in known
        if mistake.function == function and other.runs.keys() == trial.runs.keys()
    ]
    found = likeliest([symptom(trial.runs[name], right[name]) for name in labels], symptoms)
    return found.when if found else None


def rightly(module: str) -> dict[str, list[Any]]:
    """Return the reference's results for each seed of each check of a module, by label."""
    checks = load_checks(module)
    with modules(None) as (tt, _):
        runs = list(run_checks(checks, tt, locate=False))
    return {label(check): run.results for check, run in zip(checks, runs, strict=True)}


def accident(run: Run) -> bool:
    """Whether a check failed because the wrong code itself is broken."""
    last: Any = run.results[-1]
    return isinstance(last, Raised) and last.kinds[0] in ACCIDENTS


def _job(arguments: tuple[str, Mistake]) -> Trial:
    module, mistake = arguments
    return tried(mistake.function, load_checks(module), mistaken(module, mistake))


def trials(module: str, mistakes: Sequence[Mistake], pool: Pool) -> list[Trial]:
    """Return the trials of mistakes, each made in a process of its own."""
    return pool.map(_job, [(module, one) for one in mistakes], chunksize=1)


def _reference(arguments: tuple[str, int | None]) -> tuple[list[str], list[float], list[str]]:
    module, seeds = arguments
    checks = load_checks(module)
    runs, spent = [], [time.process_time()]
    with modules(None) as (tt, _):
        for run in run_checks(checks, tt, seeds=seeds):
            runs.append(run)
            spent.append(time.process_time())
    failing = [
        f"{label(check)}: {run.record.failure}"
        for check, run in zip(checks, runs, strict=True)
        if run.record.state != "passed"
    ]
    return [label(check) for check in checks], [end - begin for begin, end in pairwise(spent)], failing


def variant(arguments: tuple[str, Path, int | None]) -> list[str]:
    """Return which checks of a module fail for a workspace, with the first failure of each."""
    module, workspace, seeds = arguments
    checks = load_checks(module)
    with modules(workspace) as (tt, _):
        runs = list(run_checks(checks, tt, seeds=seeds, root=workspace))
    return [f"{label(c)}: {r.record.failure}" for c, r in zip(checks, runs, strict=True) if r.record.state != "passed"]


def blank(exercise: Exercise) -> Mistake:
    """Return the mistake of writing nothing, in a form that the loader does not fill."""
    return Mistake("blank", exercise.name, exercise.file, "nothing is written", BLANK)


def matrix(module: str, *, seeds: int | None = None, only: str | None = None) -> Matrix:
    """Return the matrix of a module; each wrong implementation runs in a process of its own.

    Parameters
    ----------
    module : str
    seeds : int, optional
        For the reference alone: how many seeds its random checks go through.
    only : str, optional
        The one function whose mistakes to seed.
    """
    mistakes = read_mistakes(module)
    listed = read_exercises(module)
    asked = [one for one in (listed.functions if listed else ()) if only in (None, one.name)]
    chosen = [one for one in mistakes if only in (None, one.function)]
    load_checks(module)  # and NumPy, once for all processes
    with processes() as pool:
        checks, seconds, failing = pool.map(_reference, [(module, seeds)])[0]
        known = list(zip(chosen, trials(module, chosen, pool), strict=True))
        blanks = trials(module, [blank(one) for one in asked], pool)
        right = pool.map(rightly, [module])[0]
    verdicts = [
        (one, Verdict(trial.failed, trial.accidents, named(trial, one.function, known, right), trial.death))
        for one, trial in known
    ]
    empty = [Verdict(trial.failed, trial.accidents, None, trial.death) for trial in blanks]
    unwritten = tuple(zip(asked, empty, strict=True))
    return Matrix(module, tuple(checks), tuple(seconds), tuple(failing), tuple(verdicts), unwritten)


def processes() -> Pool:
    """Return two processes at a time, a new one for each piece of work."""
    return multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1)


def timed(module: str, **options: Any) -> tuple[Matrix, float]:
    """Return the matrix and the seconds it took."""
    begin = time.perf_counter()
    result = matrix(module, **options)
    return result, time.perf_counter() - begin
