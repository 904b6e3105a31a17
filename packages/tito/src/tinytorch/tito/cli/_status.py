"""Bare `tito`: where you are, and the one thing to do next."""

from __future__ import annotations

from pathlib import Path

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, Stop
from tinytorch.tito.cli._bridge import bridge_line
from tinytorch.tito.cli._here import nothing_here, progress
from tinytorch.tito.cli._hurdles import foreign, gone, gone_sentence, gone_step, modules_begun
from tinytorch.tito.cli._screen import Screen, problem_lines, relative
from tinytorch.tito.workspace import ACTS, History, ModuleProgress, Progress, Task


def status() -> int:
    """Say where the learner is and what is next."""
    screen = Screen()
    here = progress()
    stopped = hurdle(screen, here)
    if stopped is not None:
        return stopped
    module = here.current
    if module is None:
        installed = [one for one in here.chapters if here.module(one.name) is not None]
        if not installed:
            raise Stop(CANNOT_RUN, "not-installed", nothing_here(here), "tito doctor")
        screen.line(f"All {len(installed)} modules that are installed here are done.")
        screen.next("tito milestone", "tito checkpoint")
        return OK
    if not module.begun:
        done = sum(1 for one in here.chapters if here.files(one.name).begun)
        screen.line(f"{headline(module)} · not begun" if done else f"A new workspace. First: {headline(module)}")
        if not done and (bridge := bridge_line(here.settings)):
            screen.line(f"  {bridge}")
        screen.next("tito start")
        return OK
    task = module.next_task
    screen.line(f"{headline(module)} · {module.passed} of {len(module.tasks)} functions")
    if task is None:
        screen.next("tito use", "tito map")
        return OK
    screen.line(f"  {task.name}: {task.exercise.contract}")
    if task.file is not None and task.line:
        screen.line(f"  {relative(task.file, here.root)}:{task.line} · {words(task)}")
    elif task.standing == "absent":
        screen.line(f"  {words(task)}")
    screen.next(*steps(here, module, task))
    return OK


def hurdle(screen: Screen, here: Progress) -> int | None:
    """Say what keeps a module that is begun, whichever it is, from running; return the exit code, None without any."""
    for module in modules_begun(here):
        if module.broken is not None:
            return broken(screen, here, module)
    problem = foreign(here)
    if problem is not None:
        for line in problem_lines(problem, screen.width):
            screen.line(line)
        screen.next(problem.help)
        return CANNOT_RUN
    tasks = gone(here)
    for task in tasks:
        screen.line(f"  {screen.paint('x', fg='red')} {task.module}: {gone_sentence(here, task)}")
    if tasks:
        screen.next(f"{gone_step(tasks)} puts {'it' if len(tasks) == 1 else 'them'} back, blank")
        return OK
    return None


def headline(module: ModuleProgress) -> str:
    """Return a module as a heading: number, name, act."""
    return f"{module.chapter.label} · Act {module.chapter.act}, {ACTS[module.chapter.act]}"


def words(task: Task) -> str:
    """Return how a function stands, in words."""
    return {
        "absent": f"gone from {task.file.name}" if task.file else "not in your files: ours runs",
        "blank": f"not written yet, about {task.exercise.minutes} min",
        "unchecked": "changed since its last check",
        "failed": "its checks fail",
        "passed": "passed" if task.fresh else "passed, before the files changed",
        "reference": "ours runs: you chose so",
    }[task.standing]


def steps(here: Progress, module: ModuleProgress, task: Task) -> tuple[str, ...]:
    """Return what to do about a function of the module at hand."""
    if task.standing == "blank":
        return ("write it, then tito check", "tito show")
    if task.standing == "absent":
        return (f"tito reset {module.name}.{task.name}",) if task.file else (f"tito start {module.name}",)
    if task.standing == "failed":
        from tinytorch.tito.cli._hint import way_on

        return ("tito check", way_on(here, task))
    return (f"tito check {module.name}",) if task.standing == "passed" else ("tito check",)


def broken(screen: Screen, here: Progress, module: ModuleProgress) -> int:
    """Show the line that keeps a module from being read."""
    if module.broken is None:
        return OK
    from tinytorch.tito.cli._mishap import syntax_problem

    problem = syntax_problem(module.broken)
    for line in problem_lines(problem, screen.width):
        screen.line(line)
    screen.next(*repairs(here, module))
    return CANNOT_RUN


def repairs(here: Progress, module: ModuleProgress) -> tuple[str, ...]:
    """Return what to do about a file that does not parse: fix it, or bring back the last copy that did."""
    from tinytorch.tito.cli._mishap import syntax_problem

    problem = syntax_problem(module.broken) if module.broken else None
    if problem is None or problem.place is None:
        return ("tito check",)
    good = History(here.root).last_good(Path(problem.place.file))
    fix = f"fix line {problem.place.line}"
    return (fix, f"tito undo {good.name} (as it was {good.when})") if good else (fix,)
