"""What the commands call: check a module, run a program, run a task, each in a child."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytorch.tito.child._deaths import Death, by_signal, too_large, too_long, vanished
from tinytorch.tito.child._launch import MODULE, Child, ChildError
from tinytorch.tito.child._limits import Limits, MemoryWatch, SystemProcess, needs_watch
from tinytorch.tito.records import CheckRecord, Diagnosis, Place, check_record

DEFAULT = Limits()
TIMED_OUT = 124  # as timeout(1) answers
OVERTIME = 5.0  # seconds in which a program's own clock may end it


@dataclass(frozen=True)
class ModuleRun:
    """What the checks of a module gave.

    Attributes
    ----------
    module : str
    records : tuple of CheckRecord
        In order; those that ran before a death are there.
    diagnoses : tuple of Diagnosis
        At most one for each function that failed.
    death : Death or None
    printed : str
        What the learner's code printed.
    seconds : float
    during : str
        The function whose check was running at a death; empty without one, or before the first check.
    """

    module: str
    records: tuple[CheckRecord, ...]
    diagnoses: tuple[Diagnosis, ...]
    death: Death | None
    printed: str
    seconds: float
    during: str = ""


def check_module(
    workspace: Path,
    module: str,
    functions: Sequence[str] | None = None,
    *,
    limits: Limits = DEFAULT,
) -> ModuleRun:
    """Run the checks of a module beside a learner's code.

    Parameters
    ----------
    workspace : Path
    module : str
    functions : sequence of str, optional
        Qualified names, checked in this order. Default: all that the module has checks for, given functions included.
    limits : Limits, optional
        `seconds` counts for each check.

    Raises
    ------
    ChildError
        If the child fails for a reason of its own.
    """
    begin = time.perf_counter()
    root = Path(workspace).resolve()
    request = {
        "do": "check",
        "workspace": str(root),
        "module": module,
        "functions": None if functions is None else list(functions),
        "seconds": limits.seconds,
    }
    records: list[CheckRecord] = []
    diagnoses: list[Diagnosis] = []
    current, during, checked, death = "", "", False, None
    with Child(request, limits) as child:
        for answer in child.answers():
            if "begin" in answer:
                current, during = answer["begin"], answer["function"]
            elif "record" in answer:
                records.append(check_record(answer["record"]))
                current = during = ""
            elif "diagnosis" in answer:
                diagnoses.append(Diagnosis(**answer["diagnosis"]))
            elif "death" in answer:
                death = told(answer["death"])
            elif "bug" in answer:
                raise ChildError(answer["bug"])
            checked |= "checked" in answer
        if death is None and not checked:
            death = cause(child, [root], current)
        printed = child.printed
    seconds = time.perf_counter() - begin
    return ModuleRun(
        module, tuple(records), tuple(diagnoses), death, printed, seconds, during if death is not None else ""
    )


def run_task(
    workspace: Path,
    task: str,
    options: dict[str, Any],
    *,
    limits: Limits | None,
    on_event: Callable[[dict[str, Any]], None],
    own: Sequence[Path] = (),
) -> tuple[dict[str, Any] | None, Death | None]:
    """Run a function of ours beside a learner's modules: a checkpoint, a milestone.

    Parameters
    ----------
    workspace : Path
    task : str
        ``package.module:function``; called with a `tinytorch.tito.tasks.Context` and `options`, it yields events,
        dicts that JSON can hold. What it yields last under the key ``done`` is the result.
    options : dict
    limits : Limits or None
        `seconds` is the longest time between two events.
    on_event : callable
        Called with each event as it comes.
    own : sequence of Path, optional
        The files and folders whose lines a learner knows. Default: the workspace.

    Returns
    -------
    result : dict or None
    death : Death or None

    Raises
    ------
    ChildError
        If the child fails for a reason that nothing of the learner's can have.
    """
    root = Path(workspace).resolve()
    places = [place.resolve() for place in own] or [root]
    request = {
        "do": "task",
        "workspace": str(root),
        "own": [str(place) for place in places],
        "task": task,
        "options": options,
        "seconds": limits.seconds if limits else 0,
    }
    result: dict[str, Any] | None = None
    death: Death | None = None
    with Child(request, limits) as child:
        for answer in child.answers():
            if "event" in answer:
                event = answer["event"]
                result = event.get("done", result)
                on_event(event)
            elif "death" in answer:
                death = told(answer["death"])
            elif "bug" in answer:
                raise ChildError(answer["bug"])
        if result is None and death is None:
            death = cause(child, places, "")
    return (None, death) if death else (result, None)


def told(table: dict[str, Any]) -> Death:
    """Return a death as the child described it."""
    place, functions = table.pop("place", None), table.pop("functions", ())
    return Death(place=Place(**place) if place else None, functions=tuple(functions), **table)


def cause(child: Child, own: Sequence[Path], check: str) -> Death:
    """Return why a child ended without a final word."""
    limits = child.limits or Limits()
    dump, code = child.dump, child.code or 0
    if child.held:
        return too_large(limits.memory, child.held)
    if "Timeout (" in dump or child.timed_out:
        return too_long(limits.seconds, dump, own, child.since)
    if code < 0:
        return by_signal(-code, dump, own, child.since)
    if "Fatal Python error: " in dump or "Windows fatal exception" in dump:
        return by_signal(11, dump, own, child.since)
    return vanished(code, check)


def run_program(workspace: Path, arguments: Sequence[str], *, limits: Limits | None) -> tuple[int, Death | None]:
    """Run a program with a workspace's modules in the place of the installed ones; it has our terminal.

    Parameters
    ----------
    workspace : Path
    arguments : sequence of str
        As for ``python``: ``FILE ...``, ``-m MODULE ...`` or ``-c CODE ...``.
    limits : Limits or None
        None: as long and as large as the machine allows.

    Returns
    -------
    code : int
        Its exit code; 124 when it was stopped for its time.
    death : Death or None
    """
    root = Path(workspace).resolve()
    since = time.time_ns()
    with tempfile.TemporaryDirectory(prefix="tinytorch-") as folder:
        dump = Path(folder) / "dump"
        dump.touch()
        request = {
            "do": "program",
            "workspace": str(root),
            "arguments": list(arguments),
            "dump": str(dump),
            "memory": limits.memory if limits else 0,
            "seconds": limits.seconds if limits else 0,
        }
        file = Path(folder) / "request.json"
        file.write_text(json.dumps(request), "utf-8")
        # The learner's terminal stays theirs, so Ctrl-C and debuggers reach the program: no session of its own.
        process = subprocess.Popen([sys.executable, "-P", "-m", MODULE, str(file)])  # noqa: S603
        held, late = wait_for(process, limits)
        code, text = process.returncode, dump.read_text("utf-8", errors="replace")
    if held and limits:
        return 1, too_large(limits.memory, held)
    if limits and (late or "Timeout (" in text):
        return TIMED_OUT, too_long(limits.seconds, text, [root], since)
    if code < 0:
        return 128 - code, by_signal(-code, text, [root], since)
    return code, None


def wait_for(process: subprocess.Popen[bytes], limits: Limits | None) -> tuple[int, bool]:
    """Wait for a program's end, or end it; return the bytes it held if they were too many, and if it took too long."""
    family = SystemProcess(process.pid, process.kill)
    watch = MemoryWatch(family, limits.memory) if limits and needs_watch() else None
    late = False
    try:
        with watch or contextlib.nullcontext():
            try:
                process.wait(limits.seconds + OVERTIME if limits else None)
            except subprocess.TimeoutExpired:
                late = True
            except KeyboardInterrupt:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(2.0)  # it got the signal as well, and may be saving
                raise
    finally:
        if process.poll() is None:
            family.end()
            process.wait()
    return watch.exceeded if watch else 0, late
