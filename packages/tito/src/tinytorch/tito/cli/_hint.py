"""`tito hint`: three steps towards a function, one at a time."""

from __future__ import annotations

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, Stop
from tinytorch.tito.cli._here import current, meant, noted, progress, task_of
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
    step = last
    screen.next(*(("tito check", "tito hint") if step < len(STEPS) - 1 else ("tito check", "tito show")))
    return OK


def taken(here: Progress, task: Task) -> int:
    """Return how often a hint for a function was asked for."""
    key = (task.module, task.name)
    return sum((entry.get("module"), entry.get("function")) == key for entry in here.state.journal("hint"))


def steps(here: Progress, task: Task | None) -> tuple[str, ...]:
    """Return what to do about a function that is being written: a hint is offered as long as one is left."""
    return ("tito check", "tito hint") if task is not None and taken(here, task) < len(STEPS) else ("tito check",)


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
            raise Stop(CANNOT_RUN, "given", f"{name} is given in {module.name}: nobody asks you to write it.", "tito")
    else:
        module = current(here)
        task = module.next_task
    if task is None:
        raise Stop(CANNOT_RUN, "done", f"All functions of {module.chapter.label} are written.", "tito")
    return task
