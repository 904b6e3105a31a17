"""What is answered where nothing can run: a file does not parse, a function is not written or is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, Answer, Problem
from tinytorch.tito.cli._here import task_of
from tinytorch.tito.cli._hint import named, way_on
from tinytorch.tito.cli._hurdles import gone_problems
from tinytorch.tito.cli._mishap import syntax_problem
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._status import repairs, steps, to_write
from tinytorch.tito.workspace import ModuleProgress, Progress, Task


def unreadable(screen: Screen, here: Progress, module: ModuleProgress, kind: str, data: dict[str, Any]) -> Answer:
    """Answer a command for a file that does not parse: the learner's line, and the copy that did."""
    if module.broken is None:
        return Answer(kind)
    problem = syntax_problem(module.broken)
    steps = repairs(here, module)
    screen.problem(problem)
    screen.next(*steps)
    undo = [step.partition(" (")[0] for step in steps if step.startswith("tito")]
    return Answer(kind, data, CANNOT_RUN, [problem], undo)


def unwritten(screen: Screen, here: Progress, module: ModuleProgress, function: str) -> Answer:
    """Answer for a function that is not written yet."""
    task = task_of(module, function)
    data = {"module": module.name, "state": "blank", "function": function}
    if task is None:
        return Answer("check", data, NOT_PASSED)
    if task.standing == "absent":
        return lost(screen, here, module, task)
    where = f"  {relative(task.file, here.root)}:{task.line}" if task.file else ""
    screen.line(f"  - {task.name} is not written yet{where}")
    screen.wrapped(task.exercise.contract, "    ")
    name = named(here, task)
    screen.next(*to_write(here, name))
    message = f"{task.name} is not written yet."
    ways = list(dict.fromkeys([f"tito show{name}", way_on(here, task)]))
    return Answer("check", data, NOT_PASSED, [Problem("blank", message, help=ways[0])], ways)


def lost(screen: Screen, here: Progress, module: ModuleProgress, task: Task) -> Answer:
    """Answer for a function that a file has lost, or whose file is lost."""
    problem = gone_problems([task])[0]
    step = steps(here, module, task)[0]
    screen.line(f"  {screen.paint('x', fg='red')} {problem.message}")
    screen.next(f"{step} puts it back, blank", *(["give it its name again"] if task.file else []))
    data = {"module": module.name, "state": "absent", "function": task.name}
    return Answer("check", data, NOT_PASSED, [replace(problem, help=step)], [step])
