"""Why a checkpoint or a milestone has no result: it came to an end on the way to one."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, Answer, Problem
from tinytorch.tito.cli._hurdles import modules_begun
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.cli._verdict import DOES_NOT_LOAD
from tinytorch.tito.workspace import Progress

if TYPE_CHECKING:
    from tinytorch.tito.child import Death
    from tinytorch.tito.records import Place


def show_end(screen: Screen, here: Progress, kind: str, death: Death | None, answer: Answer) -> None:
    """Say why a run has no result, and what to do: the line to fix, or the function to check."""
    message = death.message if death else "It ended without a result."
    place = death.place if death else None
    if death is not None and death.kind == "cannot":
        steps = [death.help or f"tito {kind}"]
    else:
        fix = [f"fix line {place.line}"] if place and asked_for(here, place) else []
        steps = [*fix, f"tito check{suspect(here, death)}"]
    answer.exit = CANNOT_RUN if death is not None and death.kind in DOES_NOT_LOAD else NOT_PASSED
    answer.problems.append(Problem(death.kind if death else "vanished", message, place, steps[-1]))
    first, *more = [
        short for line in message.splitlines() for short in textwrap.wrap(line, max(screen.width - 4, 20)) or [""]
    ]
    screen.line(f"  {screen.paint('x', fg='red')} {first}")
    for line in more:
        screen.line(f"    {line}")
    screen.place(place)
    answer.next = steps[-1:]
    screen.next(*steps)


def asked_for(here: Progress, place: Place) -> bool:
    """Return whether a line is one that a learner wrote: outside of functions, or in one of those that are asked."""
    names = [task.name for module in modules_begun(here) for task in module.tasks]
    outer = place.function.partition(".<locals>")[0]
    return not place.function or outer in names or not Path(place.file).is_relative_to(here.place.namespace)


def suspect(here: Progress, death: Death | None) -> str:
    """Return what to write after ``tito check``: the function of the line, or of those that ran one not known right."""
    place = death.place if death else None
    ran = death.functions if death else ()
    standing = {f"{module.name}.{task.name}": task.standing for module in modules_begun(here) for task in module.tasks}
    open_ones = [name for name in ran if standing.get(name) != "passed"]
    module = ""
    if place is not None and Path(place.file).is_relative_to(here.place.namespace):
        module = Path(place.file).relative_to(here.place.namespace).parts[0]
        if f"{module}.{place.function}" in standing:
            return f" {module}.{place.function}"
        if not place.function:
            return f" {module}"
    return f" {open_ones[0]}" if open_ones else f" {module}".rstrip()
