"""What is answered where nothing can run: a file does not parse, a function is not written or is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, Answer, Problem
from tinytorch.tito.cli._hint import named, way_on
from tinytorch.tito.cli._hurdles import gone_problems
from tinytorch.tito.cli._mishap import syntax_problem
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._status import repairs, steps, to_write
from tinytorch.tito.workspace import Progress, Task

if TYPE_CHECKING:
    from tinytorch.tito.splice import SourceSyntaxError


def unreadable(screen: Screen, here: Progress, broken: SourceSyntaxError, kind: str, data: dict[str, Any]) -> Answer:
    """Answer a command for a file that does not parse: the learner's line, and the copy that did."""
    problem = syntax_problem(broken)
    steps = repairs(here, broken)
    screen.problem(problem)
    screen.next(*steps)
    undo = [step.partition(" (")[0] for step in steps if step.startswith("tito")]
    return Answer(kind, data, CANNOT_RUN, [problem], undo)


def unwritten(screen: Screen, here: Progress, task: Task) -> Answer:
    """Answer for a function that is not written yet, or is gone."""
    data = {"module": task.module, "state": task.standing, "function": task.name}
    if task.standing == "absent":
        problem = gone_problems([task])[0]
        step = steps(here, task)[0]
        screen.line(f"  {screen.paint('x', fg='red')} {problem.message}")
        screen.next(f"{step} puts it back, blank", *(["give it its name again"] if task.file else []))
        return Answer("check", data, NOT_PASSED, [replace(problem, help=step)], [step])
    where = f"  {relative(task.file, here.root)}:{task.line}" if task.file else ""
    screen.line(f"  - {task.name} is not written yet{where}")
    screen.wrapped(task.exercise.contract, "    ")
    name = named(here, task)
    screen.next(*to_write(here, name))
    message = f"{task.name} is not written yet."
    ways = list(dict.fromkeys([f"tito show{name}", way_on(here, task)]))
    return Answer("check", data, NOT_PASSED, [Problem("blank", message, help=ways[0])], ways)
