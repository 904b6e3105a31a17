"""Which line of a learner's to show for a failure: where the function returned, or where the error left it."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tinytorch.tito.checks._fresh import reference_text
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.records import Place
from tinytorch.tito.splice import Source, SpliceError, decode, definitions, first_line, is_private

Where = tuple[CodeType, int, int]  # code, line, instruction


def place_of_error(
    error: BaseException, function: str, root: Path | None, returned: Place | None = None
) -> Place | None:
    """Return the line to show for an error.

    That is where it left the function which is checked, or one that it called and that was written for it. An error
    that came later, when others used the result, is shown where the function returned; unless it left another function
    that is to be written.

    Parameters
    ----------
    error : BaseException
    function : str
    root : Path or None
        The workspace; without one, only the function's own lines are shown.
    returned : Place, optional
        Where the function returned last.
    """
    frames: list[Where] = []
    link = error.__traceback__
    while link is not None:
        code = link.tb_frame.f_code
        if code.co_qualname == function if root is None else Path(code.co_filename).is_relative_to(root):
            frames.append((code, link.tb_lineno, link.tb_lasti))
        link = link.tb_next
    inside = next((place for place, (code, _, _) in enumerate(frames) if code.co_qualname == function), None)
    if inside is not None:
        file = frames[inside][0].co_filename
        near = [one for one in frames[inside:] if is_asked(one[0]) or (one[0].co_filename == file and is_new(one[0]))]
        return _place(*(near or frames[inside : inside + 1])[-1])
    asked = [one for one in frames if is_asked(one[0])]
    if asked or returned is None:
        frames = asked or frames
        return _place(*frames[-1]) if frames else None
    return returned


def is_asked(code: CodeType) -> bool:
    """Whether a function is one that its module asks people to write."""
    return code.co_qualname.partition(".<locals>")[0] in asked_of(Path(code.co_filename).parent.name)


def is_new(code: CodeType) -> bool:
    """Whether a function is not one of those that are given with its file; the private ones there may be rewritten."""
    file, name = Path(code.co_filename), code.co_qualname.partition(".<locals>")[0]
    return is_private(name.rpartition(".")[2]) or name not in given_in(file.parent.name, file.name)


@lru_cache
def given_in(module: str, file: str) -> frozenset[str]:
    """Return the qualified names of the functions that stand in a file of the reference; none without such a file."""
    try:
        tree = Source(reference_text(module, file), file).tree
    except (OSError, SpliceError):
        return frozenset()
    return frozenset(one.name for one in definitions(tree))


@lru_cache
def asked_of(module: str) -> frozenset[str]:
    """Return the names of the functions that a module asks for; none if it asks for nothing."""
    exercises = read_exercises(module)
    return frozenset(one.name for one in exercises.functions) if exercises else frozenset()


def place_of_result(function: str, again: Callable[[], object]) -> tuple[Place | None, bool]:
    """Run a drive again and return the line on which the function that it checks returned last, in whichever thread.

    If it returned None though its annotation promises something, that line and True.
    """
    last: list[Where] = []
    lost: list[Where] = []

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "return":
            last[:] = [(frame.f_code, frame.f_lineno, frame.f_lasti)]
            if argument is None and not lost and returns(frame.f_code, frame.f_lasti):
                lost[:] = last
        return local

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_qualname == function else None

    before, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)
    try:
        again()
    finally:
        sys.settrace(before)
        threading.settrace(in_threads)
    if lost and promises_a_result(lost[0][0]):
        return _place(*lost[0]), True
    return (_place(*last[0]) if last else None), False


def returns(code: CodeType, instruction: int) -> bool:
    """Whether an instruction hands a result back; a frame that an error leaves gives None to a tracer as well."""
    return 0 <= instruction < len(code.co_code) and dis.opname[code.co_code[instruction]].startswith("RETURN_")


def promises_a_result(code: CodeType) -> bool:
    """Whether the function of a code is annotated with a result, and None is none of those it may have."""
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return False  # the annotation is of what calling it gives; that its body ends with None is as it should be
    try:
        every = definitions(Source(decode(Path(code.co_filename).read_bytes()), code.co_filename).tree)
    except (OSError, SpliceError):
        return False
    for one in every:
        same = one.name == code.co_qualname and first_line(one.node) == code.co_firstlineno
        if same and one.node.returns is not None:
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
