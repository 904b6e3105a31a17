"""Running checks: drive beside the learner's code, judge, and say which line the result came from."""

from __future__ import annotations

import copy
import importlib
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.tito.checks._check import Check, Modules, Raised, Wrong
from tinytorch.tito.checks._place import place_of_error, place_of_result
from tinytorch.tito.checks._plain import plain, text
from tinytorch.tito.records import CheckRecord, Failure, Place, State

MISHAPS: dict[type[Exception], str] = {
    RecursionError: "It calls itself again and again without coming to an end: find the case that must not.",
    MemoryError: "It asks for more memory than it may have: look at the shapes on that line.",
}


@dataclass
class Run:
    """What a check gave: its record, and the results it was judged by.

    Attributes
    ----------
    record : CheckRecord
    results : list
        For each seed up to the first that failed, the plain result.
    """

    record: CheckRecord
    results: list[Any] = field(default_factory=list)


def load_checks(module: str) -> tuple[Check, ...]:
    """Return ``CHECKS`` of an installed module's ``tinytorch.course.NAME.checks``; none without such a file."""
    name = f"tinytorch.course.{module}.checks"
    try:
        checks: tuple[Check, ...] = importlib.import_module(name).CHECKS
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            return ()
        raise
    return checks


def drive(check: Check, tt: Any, seed: int) -> tuple[Any, Any, BaseException | None]:
    """Return inputs, plain result, and the error if it is one."""
    x = check.inputs(check.rng(seed))
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("ignore")
        if check.strict:
            warnings.simplefilter("error", RuntimeWarning)
        try:
            return x, plain(check.drive(tt, copy.deepcopy(x))), None
        except Exception as error:
            kinds = tuple(kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException))
            return x, Raised(kinds, str(error)), error


def run_check(
    check: Check, tt: Modules, *, seeds: int | None = None, root: Path | None = None, locate: bool = True
) -> Run:
    """Run one check.

    Parameters
    ----------
    check : Check
    tt : Modules
    seeds : int, optional
        How many seeds, for checks with more than one. Default: the check's own number.
    root : Path, optional
        The workspace; of an error, the line shown is the innermost one in it.
    locate : bool, optional
        Whether to say which line a failure came from, for which the drive runs a second time, slowly.
    """
    begin = time.perf_counter()
    results: list[Any] = []
    failure: Failure | None = None
    for seed in range(check.seeds if seeds is None or check.seeds == 1 else seeds):
        x, result, error = drive(check, tt, seed)
        results.append(result)
        wrong = judged(check, x, result)
        if wrong is not None:
            mishap = next((said for kind, said in MISHAPS.items() if isinstance(error, kind)), "")
            place, lost = _cause(check, tt, seed, error, root, bool(mishap)) if locate else (None, False)
            rule = mishap or (f"{check.function} returned None: is a return missing?" if lost else wrong.rule)
            failure = Failure(seed, inputs_shown(check, x), text(wrong.expected), text(wrong.got), rule, place)
            break
    state: State = "passed" if failure is None else "failed"
    seconds = time.perf_counter() - begin
    return Run(CheckRecord(check.function, check.name, check.kind, state, seconds, failure), results)


def judged(check: Check, x: Any, result: Any) -> Wrong | None:
    """Return what is wrong with a result, or None if it is right."""
    try:
        with np.errstate(all="ignore"):
            check.judge(x, result)
    except Wrong as wrong:
        return wrong
    except Exception as error:  # a judge takes a result apart as the one that is promised; this one is another
        rule = f"It is of another kind or shape than is promised ({type(error).__name__}: {error})."
        return Wrong("another kind of result", result, rule)
    return None


def _cause(
    check: Check, tt: Modules, seed: int, error: BaseException | None, root: Path | None, mishap: bool
) -> tuple[Place | None, bool]:
    """Return the line to show, and whether the function came to its end there without a result that it promises."""
    found, lost = (None, False) if mishap else place_of_result(check.function, lambda: drive(check, tt, seed))
    if error is not None and not lost:
        found = place_of_error(error, check.function, root, found)
    return found, lost


def run_checks(
    checks: Iterable[Check],
    tt: Modules,
    *,
    blank: Collection[str] = (),
    seeds: int | None = None,
    root: Path | None = None,
    locate: bool = True,
) -> Iterator[Run]:
    """Run checks in order; those of a blank function are not run, for they would check ours."""
    for check in checks:
        if check.function in blank:
            yield Run(CheckRecord(check.function, check.name, check.kind, "blank"))
        else:
            yield run_check(check, tt, seeds=seeds, root=root, locate=locate)


def inputs_shown(check: Check, x: Any) -> str:
    """Return the inputs as a reader would write them."""
    if check.shown:
        return check.shown.format_map({name: text(value) for name, value in x.items()})
    return ", ".join(f"{name} = {text(value)}" for name, value in x.items())
