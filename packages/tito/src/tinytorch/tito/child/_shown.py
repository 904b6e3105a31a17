"""An error that ends a program, as Python shows it, without the frames that are ours."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType

TITO = Path(__file__).parents[1]


def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error as `sys.excepthook` does: of one in a file that does not parse the line alone."""
    if isinstance(error, SyntaxError) and ours(innermost(trace)):  # the loader's way to it says nothing
        sys.stderr.write("".join(traceback.format_exception_only(error)))
        return
    without_ours(error)
    sys.__excepthook__(kind, error, error.__traceback__)


def without_ours(error: BaseException) -> None:
    """Take the frames of tito and of the machinery of imports out of an error and of those that led to it."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = kept(one.__traceback__)
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]


def kept(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames that are ours."""
    links = []
    while trace is not None:
        links.append(trace)
        trace = trace.tb_next
    rest: TracebackType | None = None
    for link in reversed(links):
        if not ours(link):
            rest = TracebackType(rest, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return rest


def innermost(trace: TracebackType | None) -> TracebackType | None:
    """Return the last link of a traceback."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def ours(link: TracebackType | None) -> bool:
    """Return whether a link of a traceback is a line of tito, or of what Python imports and runs programs with."""
    if link is None:
        return True
    file = link.tb_frame.f_code.co_filename
    if file.startswith("<frozen "):
        return file.startswith(("<frozen importlib", "<frozen runpy"))
    return Path(file).is_relative_to(TITO)
