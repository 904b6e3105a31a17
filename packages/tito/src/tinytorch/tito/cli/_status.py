"""Bare `tito`: where you are, and the one thing to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, Stop
from tinytorch.tito.cli._bridge import bridge_line
from tinytorch.tito.cli._here import nothing_here, progress
from tinytorch.tito.cli._hurdles import foreign, gone, gone_sentence, gone_step, modules_begun, not_installed
from tinytorch.tito.cli._lesson import lesson_line
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.exercises import home
from tinytorch.tito.origin import install_line
from tinytorch.tito.workspace import ACTS, CHAPTERS, History, ModuleProgress, Progress, Task

if TYPE_CHECKING:
    from tinytorch.tito.splice import SourceSyntaxError


def status() -> int:
    """Say where the learner is and what is next."""
    screen = Screen()
    here = progress()
    stopped = hurdle(screen, here)
    if stopped is not None:
        return stopped
    module = here.current
    if module is None:
        show_all_done(screen, here)
    elif not module.begun:
        show_upcoming(screen, here, module)
    elif stale(module):
        show_stale(screen, here, module)
    else:
        show_current(screen, here, module)
    return OK


def show_all_done(screen: Screen, here: Progress) -> None:
    """Say what is left where every module is done.

    Raises
    ------
    Stop
        If none is installed.
    """
    installed = [one for one in here.chapters if here.module(one.name) is not None]
    if not installed:
        raise Stop(CANNOT_RUN, "not-installed", nothing_here(here), "tito doctor")
    tier = f" of the tier {here.settings.tier}" if here.settings.path == "explorer" else ""
    every = f"All {len(installed)} modules{tier} that are" if len(installed) > 1 else f"The one module{tier} that is"
    screen.line(f"{every} installed here {'are' if len(installed) > 1 else 'is'} done.")
    proof = next_checkpoint(here)
    screen.next(*([proof] if proof else []), "tito milestone", *([] if proof else ["tito checkpoint"]))


def show_upcoming(screen: Screen, here: Progress, module: ModuleProgress) -> None:
    """Say which module to begin."""
    new = not any(here.files(one.name).begun for one in here.chapters)
    screen.line(f"A new workspace. First: {headline(module)}" if new else f"{headline(module)} · not begun")
    if new and (bridge := bridge_line(here.settings)):
        screen.line(f"  {bridge}")
    proof = next_checkpoint(here)
    screen.next(*([proof] if proof else []), "tito start")


def show_current(screen: Screen, here: Progress, module: ModuleProgress) -> None:
    """Say which function of a module is at hand."""
    task = module.next_task
    screen.line(f"{headline(module)} · {module.passed} of {len(module.tasks)} functions")
    if task is None:
        ours = by_choice(here, module)
        screen.line(f"  Ours by your choice: {', '.join(ours)}")
        screen.next(*(f"tito use mine {name}" for name in ours[:1]), "tito map")
        return
    if module.forgotten > 1:
        screen.wrapped(forgotten_words(module))
        screen.next(f"tito check {module.name}")
        return
    screen.line(f"  {task.name}: {task.exercise.contract}")
    if task.file is not None and task.line:
        screen.line(f"  {relative(task.file, here.root)}:{task.line} · {words(task)}")
    elif task.standing == "absent":
        screen.line(f"  {words(task)}")
    if not module.passed and (line := lesson_line(module.name)):
        screen.line(f"  {line}")
    screen.next(*steps(here, task))


def stale(module: ModuleProgress) -> bool:
    """Return whether all functions of a module passed, and its files have changed since."""
    return not module.done and bool(module.tasks) and all(task.standing == "passed" for task in module.tasks)


def show_stale(screen: Screen, here: Progress, module: ModuleProgress) -> None:
    """Say why a module whose functions all passed wants another check."""
    screen.line(f"{headline(module)} · {module.passed} of {len(module.tasks)} functions")
    others = [one for one in CHAPTERS if one.name != module.name and here.files(one.name).begun]
    guests = [one.label for one in others if writes_into(here, one.name, module.name)]
    why = f" (functions of {', '.join(guests)} stand among them)" if guests else ""
    screen.wrapped(f"All of it is written and passed; its files have changed since{why}.")
    screen.next(f"tito check {module.name}")


def writes_into(here: Progress, module: str, other: str) -> bool:
    """Return whether a function of a module stands in a file of another one."""
    found = here.module(module)
    return found is not None and any(home(task.exercise.file, module)[0] == other for task in found.tasks)


def by_choice(here: Progress, module: ModuleProgress) -> list[str]:
    """Return what of a module is ours because the learner chose so, by the names that `tito use mine` takes."""
    if module.name in here.place.chosen().names:
        return [module.name]
    return [f"{module.name}.{task.name}" for task in module.tasks if task.standing == "reference"]


def forgotten_words(module: ModuleProgress) -> str:
    """Return what to say of functions that are written while nothing is remembered of their checks."""
    count = module.forgotten
    some = f"{count} functions are" if count > 1 else "1 function is"
    return f"{module.name}: {some} written, and nothing is known of their checks: tito check {module.name} finds out."


def next_checkpoint(here: Progress, module: str = "") -> str:
    """Return the command of a module's checkpoint, of the furthest that is done if none is named; nothing if passed."""
    from tinytorch.tito.cli._proof import passed, registries

    begun = [here.module(one.name) for one in here.chapters if here.files(one.name).begun]
    done = [one.name for one in begun if one is not None and one.done]
    found = [one.id for one in registries()["checkpoint"] if one.modules[-1:] == ((module or "".join(done[-1:])),)]
    return f"tito checkpoint {found[0]}" if found and found[0] not in passed(here, "checkpoint") else ""


def hurdle(screen: Screen, here: Progress) -> int | None:
    """Say what keeps a module that is begun, whichever it is, from running; return the exit code, None without any."""
    for module in modules_begun(here):
        if module.broken is not None:
            from tinytorch.tito.cli._unready import unreadable

            return unreadable(screen, here, module.broken, "", {}).exit
    absent = not_installed(here)
    if absent:
        message = f"{absent} is begun here, and tinytorch-{absent} is not installed: nothing of it can be checked."
        raise Stop(CANNOT_RUN, "not-installed", message, install_line(absent))
    problem = foreign(here)
    if problem is not None:
        screen.problem(problem)
        screen.next(problem.help)
        return CANNOT_RUN
    tasks = gone(here)
    for task in tasks:
        screen.line(f"  {screen.paint('x', fg='red')} {task.module}: {gone_sentence(task)}")
    if tasks:
        step, it = gone_step(here, tasks), "it" if len(tasks) == 1 else "them"
        whole = step.count(".") == 0 and step.startswith("tito reset")  # of a module
        screen.next(f"{step} {'makes all of it blank, after a copy' if whole else f'puts {it} back, blank'}")
        return OK
    return None


def headline(module: ModuleProgress) -> str:
    """Return a module as a heading: number, name, act."""
    return f"{module.chapter.label} · Act {module.chapter.act}, {ACTS[module.chapter.act]}"


def size(module: ModuleProgress) -> str:
    """Return how much a module asks for."""
    count = len(module.tasks)
    return f"{count} function{'s' * (count != 1)}, about {module.hours:g} hour{'s' * (module.hours != 1)}"


def words(task: Task) -> str:
    """Return how a function stands, in words."""
    return {
        "absent": f"gone from {task.file.name}" if task.file else "not in your files: ours runs",
        "blank": f"not written yet, about {task.exercise.minutes} min",
        "unchecked": "not checked as it stands",
        "failed": "its checks fail",
        "passed": "passed" if task.fresh else "passed, before the files changed",
        "reference": "ours runs: you chose so",
    }[task.standing]


def steps(here: Progress, task: Task) -> tuple[str, ...]:
    """Return what to do about a function of the module at hand."""
    if task.standing == "blank":
        return to_write(here)
    if task.standing == "absent":
        return (f"tito reset {task.module}.{task.name}",) if task.file else (f"tito start {task.module}",)
    if task.standing == "failed":
        from tinytorch.tito.cli._hint import way_on

        return ("tito check", way_on(here, task))
    return (f"tito check {task.module}",) if task.standing == "passed" else ("tito check",)


def to_write(here: Progress, name: str = "") -> tuple[str, ...]:
    """Return what to do about a function that is not written; `name` follows each command, with a space before it."""
    if here.settings.path == "guided":
        return (f"tito show{name} reads it with you; then write it, then tito check{name}",)
    return (f"write it, then tito check{name}", f"tito show{name}")


def repairs(here: Progress, broken: SourceSyntaxError) -> tuple[str, ...]:
    """Return what to do about a file that does not parse: fix it, or bring back the last copy that did."""
    good = History(here.root).last_good(Path(broken.error.filename or "source"))
    fix = f"fix line {broken.error.lineno or 1}"
    return (fix, f"tito undo {good.name} (as it was {good.when})") if good else (fix,)
