"""`tito hint`: three steps towards a function, one at a time."""

from __future__ import annotations

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, Stop
from tinytorch.tito.cli._here import current, given, meant, noted, progress, task_of
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.workspace import Progress, Task

STEPS = ("question", "idea", "pseudocode")


@click.command()
@click.argument("function", required=False, metavar="[MODULE.FUNCTION]")
def hint(function: str | None) -> int:
    """The next of three hints for FUNCTION, or for the one at hand. It costs nothing."""
    return give(Screen(), progress(), function)


def give(screen: Screen, here: Progress, function: str | None) -> int:
    """Write the next hint, and take note that it was taken."""
    task = asked(here, function)
    step = min(taken(here, task), len(STEPS) - 1)
    kept = noted(screen, here, "hint", module=task.module, function=task.name, step=step + 1)
    last = step if kept else len(STEPS) - 1  # what cannot be counted would stay at the first one
    for number in range(step, last + 1):
        one(screen, task, number)
    more = last < len(STEPS) - 1
    screen.next(*(f"tito {command}{named(here, task)}" for command in ("check", "hint" if more else "show")))
    return OK


def taken(here: Progress, task: Task) -> int:
    """Return how often a hint for a function was asked for."""
    key = (task.module, task.name)
    return sum((entry.get("module"), entry.get("function")) == key for entry in here.state.journal("hint"))


def named(here: Progress, task: Task) -> str:
    """Return what to write after a command, with a space before it, so that it means a function: nothing at hand."""
    module = here.current
    if module is None or module.name != task.module:
        return f" {task.module}.{task.name}"
    return "" if module.next_task is not None and module.next_task.name == task.name else f" {task.name}"


def way_on(here: Progress, task: Task | None) -> str:
    """Return what helps with a function that is being written: a hint as long as one is left, then its contract."""
    if task is None:
        return "tito hint"
    return f"tito {'hint' if taken(here, task) < len(STEPS) else 'show'}{named(here, task)}"


def steps(here: Progress, task: Task | None) -> tuple[str, ...]:
    """Return what to do after a look at a function's contract: a hint if one is left, else the solution is."""
    if task is None:
        return ("tito check",)
    check = f"tito check{named(here, task)}"
    if taken(here, task) < len(STEPS):
        return (check, way_on(here, task))
    module = here.current
    name = task.name if module is not None and module.name == task.module else f"{task.module}.{task.name}"
    free = task.standing == "passed" or here.settings.path == "guided"
    return (check, f"tito solution {name}" + ("" if free else " --spoil"))


def one(screen: Screen, task: Task, step: int) -> None:
    """Write one of the three hints."""
    screen.line(f"  {task.name} · hint {step + 1} of {len(STEPS)}: {STEPS[step]}")
    text = getattr(task.exercise.hints, STEPS[step])
    if STEPS[step] == "pseudocode":
        for line in text.splitlines():
            screen.line(f"    {line}")
    else:
        screen.wrapped(text, "    ")


def asked(here: Progress, function: str | None) -> Task:
    """Return the function that is meant, the one at hand without a name.

    Raises
    ------
    Stop
        If it is not one to write, or all are written.
    """
    if function:
        module, name = meant(function, here)
        task = task_of(module, name) if name else module.next_task
        if name and task is None:
            raise given(module, name)
    else:
        module = current(here)
        task = module.next_task
    if task is None:
        raise Stop(CANNOT_RUN, "done", f"All functions of {module.chapter.label} are written.", "tito")
    return task
