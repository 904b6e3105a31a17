"""Running checks: drive beside the learner's code, judge, and say which line the result came from."""

from __future__ import annotations

import ast
import copy
import dis
import importlib
import linecache
import sys
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from tinytorch.tito.checks._check import Check, Modules, Raised, Wrong
from tinytorch.tito.checks._plain import plain, text
from tinytorch.tito.records import CheckRecord, Failure, Place, State
from tinytorch.tito.splice import Source, SpliceError, decode, definitions

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
        try:
            with np.errstate(all="ignore"):
                check.judge(x, result)
        except Wrong as wrong:
            mishap = next((said for kind, said in MISHAPS.items() if isinstance(error, kind)), "")
            place, lost = _cause(check, tt, seed, error, root, bool(mishap)) if locate else (None, False)
            rule = mishap or (f"{check.function} returned None: is a return missing?" if lost else wrong.rule)
            failure = Failure(seed, inputs_shown(check, x), text(wrong.expected), text(wrong.got), rule, place)
            break
    state: State = "passed" if failure is None else "failed"
    seconds = time.perf_counter() - begin
    return Run(CheckRecord(check.function, check.name, check.kind, state, seconds, failure), results)


def _cause(
    check: Check, tt: Modules, seed: int, error: BaseException | None, root: Path | None, mishap: bool
) -> tuple[Place | None, bool]:
    """Return the line to show, and whether the function came to its end there without a result that it promises."""
    place, lost = (None, False) if mishap else place_of_result(check, tt, seed)
    if error is not None and not lost:
        place = place_of_error(error, check.function, root)
    return place, lost


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


def place_of_error(error: BaseException, function: str, root: Path | None) -> Place | None:
    """Return the innermost line of an error that is the learner's; without a workspace, the function's own."""
    found: Place | None = None
    link: TracebackType | None = error.__traceback__
    while link is not None:
        code = link.tb_frame.f_code
        mine = code.co_qualname == function if root is None else Path(code.co_filename).is_relative_to(root)
        if mine:
            found = _place(code, link.tb_lineno, link.tb_lasti)
        link = link.tb_next
    return found


def place_of_result(check: Check, tt: Modules, seed: int) -> tuple[Place | None, bool]:
    """Run a drive again and return the line on which the function that it checks returned last.

    If it returned None though its annotation promises something, that line and True.
    """
    last: list[tuple[CodeType, int, int]] = []
    lost: list[tuple[CodeType, int, int]] = []

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "return":
            last[:] = [(frame.f_code, frame.f_lineno, frame.f_lasti)]
            if argument is None and not lost and returns(frame.f_code, frame.f_lasti):
                lost[:] = last
        return local

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_qualname == check.function else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        drive(check, tt, seed)
    finally:
        sys.settrace(before)
    if lost and promises_a_result(lost[0][0]):
        return _place(*lost[0]), True
    return (_place(*last[0]) if last else None), False


def returns(code: CodeType, instruction: int) -> bool:
    """Whether an instruction hands a result back; a frame that an error leaves gives None to a tracer as well."""
    return 0 <= instruction < len(code.co_code) and dis.opname[code.co_code[instruction]].startswith("RETURN_")


def promises_a_result(code: CodeType) -> bool:
    """Whether the function of a code is annotated with a result, and None is none of those it may have."""
    try:
        every = definitions(Source(decode(Path(code.co_filename).read_bytes()), code.co_filename).tree)
    except (OSError, SpliceError):
        return False
    for one in every:
        first = min([one.node.lineno, *(decorator.lineno for decorator in one.node.decorator_list)])
        if one.name == code.co_qualname and first == code.co_firstlineno and one.node.returns is not None:
            waiting: list[ast.expr] = [one.node.returns]
            while waiting:
                match waiting.pop():
                    case ast.BinOp(left=left, right=right):
                        waiting += [left, right]
                    case ast.Constant(value=None) | ast.Subscript(value=ast.Name(id="Optional")):
                        return False
                    case ast.Constant(value=str(quoted)) if "None" in quoted:
                        return False
                    case ast.Name(id="object" | "NoReturn"):
                        return False
            return True
    return False


def _place(code: CodeType, line: int, instruction: int) -> Place:
    shown = linecache.getline(code.co_filename, line).rstrip("\r\n")
    positions = list(code.co_positions())
    at = positions[instruction // 2] if 0 <= instruction // 2 < len(positions) else (None, None, None, None)
    begin, end, column, until = at
    if begin == end == line and column is not None and until is not None:
        # Columns of code count bytes.
        column, until = (len(shown.encode()[:count].decode(errors="ignore")) for count in (column, until))
    else:
        column = until = 0
    return Place(code.co_filename, line, shown, column, until, code.co_qualname)
