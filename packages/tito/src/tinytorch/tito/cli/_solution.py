"""`tito solution`: the reference's function beside the learner's, after it passed; before, only when asked to spoil."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, OK, USAGE, Stop
from tinytorch.tito.cli._here import meant, noted, progress, task_of
from tinytorch.tito.cli._hint import named, way_on
from tinytorch.tito.cli._hurdles import gone_sentence
from tinytorch.tito.cli._mishap import syntax_problem
from tinytorch.tito.cli._screen import Screen, colours, relative
from tinytorch.tito.cli._status import by_choice, repairs
from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.splice import Source, companions, decode, definitions, first_line, identifiers
from tinytorch.tito.workspace import ModuleProgress, Progress, Task

TIMING = "tinytorch.tito.workspace.timing:both"


@dataclass(frozen=True)
class Version:
    """A function's source.

    Attributes
    ----------
    file : Path
    line : int
    text : str
        With decorators and docstring.
    lines : int
        Of the body, without docstring, comments and empty lines.
    docstring : range
        Its lines.
    """

    file: Path
    line: int
    text: str
    lines: int
    docstring: range = range(0)


@click.command()
@click.argument("function", metavar="[MODULE.]FUNCTION")
@click.option("--spoil", is_flag=True, help="Show it before yours passes; that is written down.")
def solution(function: str, spoil: bool) -> int:
    """The reference's FUNCTION beside yours, with time and length of each."""
    screen = Screen()
    here = progress()
    module, name = meant(function, here)
    task = task_of(module, name)
    if not name or task is None:
        raise Stop(USAGE, "given", f"{function} is not a function to write.", f"tito show {module.name}")
    passed = task.standing == "passed"
    reading = here.settings.path == "guided"
    if not (passed or spoil or reading):
        in_the_way(here, module, task)
        message = f"{module.name}.{name} has not passed yet; its solution would be the end of the exercise."
        raise Stop(NOT_PASSED, "not-passed", message, f"{way_on(here, task)}, or tito solution {function} --spoil")
    if not passed:
        noted(screen, here, "solution", module=module.name, function=name, path=here.settings.path)
    ours = reference(here, task)
    if ours is None:
        raise Stop(CANNOT_RUN, "course", f"The reference has no {name}.", "tito doctor")
    mine = read(task.file, task.name) if task.file and not task.unwritten else None
    both(screen, here, mine, ours)
    for helper in helpers(here, task):
        screen.line(f"ours, which only such functions use · {helper.file.name}:{helper.line}", bold=True)
        write_source(screen, helper)
    if mine is not None and passed:
        timing(screen, here, task, mine, ours)
    screen.next("tito" if passed else f"tito check{named(here, task)}")
    return OK


def in_the_way(here: Progress, module: ModuleProgress, task: Task) -> None:
    """End where it cannot be said whether a function has passed, or where it is not the learner's that runs.

    Raises
    ------
    Stop
    """
    if module.broken is not None:
        problem = syntax_problem(module.broken)
        message = f"{problem.message}\nUntil it is, nobody can say whether {task.name} has passed."
        raise Stop(CANNOT_RUN, "syntax", message, ", or ".join(repairs(here, module.broken)), problem.place)
    if task.standing == "reference":
        message = f"{module.name}.{task.name} is set to ours, so yours would not run."
        raise Stop(CANNOT_RUN, "reference", message, f"tito use mine {by_choice(here, module)[0]}")
    if task.standing == "absent" and task.file:
        raise Stop(NOT_PASSED, "absent", gone_sentence(task), f"tito reset {module.name}.{task.name}")


def reference(here: Progress, task: Task) -> Version | None:
    """Return the reference's version of a function."""
    from tinytorch.tito.loader import reference_folder

    where, file = home(task.exercise.file, task.module)
    folder = reference_folder(where, here.place)
    return read(folder / file, task.name) if folder else None


def helpers(here: Progress, task: Task) -> list[Version]:
    """Return the private functions of the reference that a function stands on and that were cut with it."""
    from tinytorch.tito.loader import reference_folder

    where, file = home(task.exercise.file, task.module)
    folder, exercises = reference_folder(where, here.place), read_exercises(task.module)
    if folder is None or exercises is None:
        return []
    source = Source(decode((folder / file).read_bytes()), str(folder / file))
    listed = {one.name for one in here.functions(exercises) if home(one.file, task.module) == (where, file)}
    asked = [one for one in definitions(source.tree) if listed & set(one.names)]
    left = {one.definition.node.name: one.definition for one in companions(source, asked)}
    names: dict[str, None] = {}
    waiting = [one for one in asked if task.name in one.names]
    while waiting:
        mentioned = identifiers(waiting.pop().node)
        fresh = [name for name in left if name in mentioned and name not in names]
        names |= dict.fromkeys(fresh)
        waiting += [left[name] for name in fresh]
    versions = [version_of(source, left[name].name, folder / file) for name in names]
    return [one for one in versions if one is not None]


def read(file: Path, name: str) -> Version | None:
    """Return a function of a file."""
    return version_of(Source(decode(file.read_bytes()), str(file)), name, file)


def version_of(source: Source, name: str, file: Path) -> Version | None:
    """Return a function of a source."""
    for one in definitions(source.tree):
        if name in one.names:
            first, last = source.start(one.node), source.end(one.node)
            text = source.text[source.line_start(first) : last]
            body = one.statements
            begin = body[0].lineno if body else one.node.lineno
            rows = [source.line(number).strip() for number in range(begin, (one.node.end_lineno or begin) + 1)]
            lines = sum(1 for row in rows if row and not row.startswith("#"))
            doc = one.docstring
            inside = range(doc.lineno, (doc.end_lineno or doc.lineno) + 1) if doc else range(0)
            return Version(file, first_line(one.node), text, lines, inside)
    return None


def both(screen: Screen, here: Progress, mine: Version | None, ours: Version) -> None:
    """Write both versions, one after the other: eighty columns do not hold two."""
    versions = [("yours", mine)] if mine else []
    for title, version in [*versions, ("ours", ours)]:
        if version is None:
            continue
        where = relative(version.file, here.root) if title == "yours" else version.file.name
        screen.line(
            f"{title} · {where}:{version.line} · {version.lines} line{'s' if version.lines != 1 else ''}", bold=True
        )
        write_source(screen, version)


def write_source(screen: Screen, version: Version, *, brief: bool = False) -> None:
    """Write a source with its line numbers, with colours where there are any; if brief, without its docstring."""
    left_out = version.docstring if brief else range(0)
    numbers = range(version.line, version.line + version.text.count("\n") + 1)
    if not (sys.stdout.isatty() and colours(True)):
        for number, line in zip(numbers, version.text.split("\n"), strict=True):
            if number not in left_out:
                screen.line(f"{number:>5} | {line}".rstrip())
        return
    from rich.console import Console
    from rich.syntax import Syntax

    console = Console(width=screen.width, highlight=False)
    text = Syntax("", "python", theme="ansi_dark").highlight(version.text)
    for number, part in zip(numbers, text.split("\n", allow_blank=True), strict=False):
        if number in left_out:
            continue
        part.rstrip()
        console.print(f"{number:>5} | ", part, sep="", end="\n", soft_wrap=True, markup=False)


def timing(screen: Screen, here: Progress, task: Task, mine: Version, ours: Version) -> None:
    """Write how long the same checks take on both."""
    from tinytorch.tito.child import Limits, run_task

    options: dict[str, Any] = {"module": task.module, "function": task.name}
    result, _ = run_task(here.root, TIMING, options, limits=Limits(30.0), on_event=lambda event: None)
    if result is None:
        return
    yours, reference = float(result["yours"]), float(result["ours"])
    screen.line(f"  {'':<6} {'lines':>6} {'time of the same checks':>25}")
    screen.line(f"  {'yours':<6} {mine.lines:>6} {1e3 * yours:>22.2f} ms")
    screen.line(f"  {'ours':<6} {ours.lines:>6} {1e3 * reference:>22.2f} ms")
