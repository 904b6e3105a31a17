"""The ways in which a learner's code can end a process, each in a sentence with the line it happened on."""

from __future__ import annotations

import linecache
import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tinytorch.tito.records import Place
from tinytorch.tito.splice import Source, SpliceError, decode, definitions

FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$')


Kind: TypeAlias = Literal[
    "syntax", "import", "load", "time", "memory", "recursion", "signal", "exit", "vanished", "error", "cannot"
]


@dataclass(frozen=True)
class Death:
    """Why a run did not come to its end.

    Attributes
    ----------
    kind : str
        ``syntax``, ``import`` or ``load``: a file of the learner's that does not load; ``time``, ``memory``,
        ``recursion``, ``signal``, ``exit``, ``vanished``, ``error``; or ``cannot``: what the run needs is not there.
    message : str
        A sentence, and maybe more lines.
    place : Place or None
        The learner's line.
    help : str
        One next step.
    functions : tuple of str
        What of the learner's had run before an error in a task, by ``module.name``.
    """

    kind: Kind
    message: str
    place: Place | None = None
    help: str = ""
    functions: tuple[str, ...] = ()


def place_at(file: str, line: int, column: int = 0, end: int = 0, *, since: int = 0, function: str = "") -> Place:
    """Return a place with its text and the qualified name of the function around it.

    Where the file has changed `since` its code was loaded, a time in nanoseconds, what stands there is not what ran:
    then the place has no text, and `function` is taken for the name.
    """
    if since and changed(file, since):
        return Place(file, line, function="" if function == "<module>" else function)
    linecache.checkcache(file)
    text = linecache.getline(file, line).rstrip("\r\n")
    return Place(file, line, text, column, end, function_at(file, line))


def changed(file: str, since: int) -> bool:
    """Return whether a file was written, or another took its name, after a time in nanoseconds; if it is gone, too."""
    try:
        status = Path(file).stat()
    except OSError:
        return True
    return max(status.st_mtime_ns, status.st_ctime_ns) > since


def is_own(file: str, own: Sequence[Path]) -> bool:
    """Return whether a file is the learner's: one of some files, or in one of some folders."""
    path = Path(file)
    return path.is_absolute() and any(path.is_relative_to(place) for place in own)


def function_at(file: str, line: int) -> str:
    """Return the qualified name of the innermost function around a line; empty where there is none."""
    try:
        tree = Source(decode(Path(file).read_bytes()), file).tree
    except (OSError, SpliceError):
        return ""
    around = [one for one in definitions(tree) if one.node.lineno <= line <= (one.node.end_lineno or line)]
    return max(around, key=lambda one: one.node.lineno).name if around else ""


def frames(dump: str) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and function of each frame that faulthandler wrote, the innermost first."""
    for line in dump.splitlines():
        found = FRAME.match(line)
        if found:
            yield found[1], int(found[2]), found[3]


def innermost(dump: str, own: Sequence[Path], since: int = 0) -> Place | None:
    """Return the innermost place of a dump in the learner's files, or None if none of its frames is."""
    for file, line, function in frames(dump):
        if is_own(file, own):
            return place_at(file, line, since=since, function=function)
    return None


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    inside = f" in `{place.function}`," if place.function else " at"
    if not place.text.strip():
        return f"{inside} line {place.line} of {Path(place.file).name} as it was; it has been changed since"
    return f"{inside} line {place.line}: `{place.text.strip()}`"


def unparsed(error: SyntaxError) -> Death:
    """Describe a file that does not parse."""
    file, line = error.filename or "", error.lineno or 1
    column = max((error.offset or 1) - 1, 0)
    end = max((error.end_offset or 1) - 1, column) if error.end_lineno == error.lineno else column
    return Death(
        "syntax",
        f"{Path(file).name} does not parse: {error.msg} (line {error.lineno}).",
        place_at(file, line, column, end),
        "Fix the line; tito undo brings back the last copy that loaded.",
    )


def too_long(seconds: float, dump: str, own: Sequence[Path], since: int = 0) -> Death:
    """Describe a time-out."""
    place = innermost(dump, own, since)
    return Death(
        "time",
        f"Stopped after {seconds:g} s{_where(place)}.",
        place,
        "See that every loop comes nearer to its end with each turn.",
    )


def too_large(limit: int, held: int, place: Place | None = None, detail: str = "") -> Death:
    """Describe a process that outgrew its memory."""
    amount = f"{held / 1e9:.1f} GB were held" if held else detail or "an allocation failed"
    return Death(
        "memory",
        f"Stopped at the memory limit of {limit / 1e9:.1f} GB{_where(place)}; {amount}.",
        place,
        "Look at the shapes on that line, and for a list that grows without end.",
    )


def by_signal(number: int, dump: str, own: Sequence[Path], since: int = 0) -> Death:
    """Describe a process that a signal ended."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    place = innermost(dump, own, since)
    words = {"SIGSEGV": "a segmentation fault", "SIGABRT": "an abort", "SIGKILL": "the system", "SIGFPE": "a CPU fault"}
    what = f"{words[name]} ({name})" if name in words else name
    memory = " The system does so when memory runs out." if name == "SIGKILL" else ""
    return Death(
        "signal",
        f"The process was ended by {what}{_where(place)}.{memory}",
        place,
        "Python alone does not do that: look for ctypes, strides made by hand, or another library near that line.",
    )


def vanished(code: int, check: str) -> Death:
    """Describe a process that ended by itself before it was done."""
    during = f" during the check '{check}'" if check else ""
    return Death(
        "vanished",
        f"The process ended with exit code {code}{during} before it was done; that is not a pass.",
        None,
        "Look for os._exit, or for another way out of the program, in what you wrote.",
    )
