"""`tito start`: a module's files, the functions to write in them blank."""

from __future__ import annotations

from collections.abc import Iterable

import click

from tinytorch.tito.cli._answer import OK
from tinytorch.tito.cli._here import current, installed, progress
from tinytorch.tito.cli._lesson import lesson_line
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._status import by_choice, headline, show_stale, size, stale, steps, words
from tinytorch.tito.exercises import Exercise, home, read_exercises
from tinytorch.tito.loader import Started
from tinytorch.tito.loader import start as write_blanks
from tinytorch.tito.workspace import ModuleProgress, Progress, branch, sweep


@click.command()
@click.argument("module", required=False)
def start(module: str | None) -> int:
    """Begin MODULE, or the next one. Nothing that is there is touched."""
    screen = Screen()
    here = progress()
    chosen = installed(module, here) if module else upcoming(here)
    exercises = read_exercises(chosen.name)
    if exercises is None:  # `installed` has seen them
        return OK
    sweep(here.root)
    wanted = here.functions(exercises)
    started = there(here, chosen.name, wanted) or write_blanks(here.root, chosen.name, wanted)
    here.state.write("current.json", {"module": chosen.name})
    fresh = Progress(here.root)
    begun = fresh.module(chosen.name) or chosen
    if module is None and stale(begun):
        show_stale(screen, fresh, begun)
        return OK
    screen.line(f"{headline(begun)} · {size(begun)}")
    for file in started.written:
        screen.line(f"  new   {relative(file, here.root)}")
    for file in started.kept:
        screen.line(f"  kept  {relative(file, here.root)}")
    if started.written:
        suggest_branch(screen, fresh, begun)
    if line := lesson_line(begun.name):
        screen.line(f"  {line}")
    show_task(screen, fresh, begun)
    return OK


def show_task(screen: Screen, here: Progress, module: ModuleProgress) -> None:
    """Write which function of a module to begin with."""
    task = module.next_task
    if task is None:
        ours = by_choice(here, module)
        screen.line(f"  Ours by your choice: {', '.join(ours)}" if ours else "  All of its functions pass.")
        screen.next(*([f"tito use mine {ours[0]}"] if ours else ["tito", "tito map"]))
        return
    if task.standing not in ("blank", "failed", "unchecked"):
        screen.line(f"  {module.passed} of {len(module.tasks)} functions pass; {task.name}: {words(task)}")
        screen.next(*steps(here, task))
        return
    where = f"   {relative(task.file, here.root)}:{task.line}" if task.file else ""
    word = "First" if all(one.standing == "blank" for one in module.tasks) else "Next"
    screen.line(f"  {word}: {task.name} ({task.exercise.minutes} min){where}")
    screen.wrapped(task.exercise.idea, "    ")
    if here.settings.path == "guided":
        from tinytorch.tito.cli._guided import read_first

        read_first(screen, here, task)
    screen.next("open the file, then tito check (tito watch does so on each save)")


def there(here: Progress, module: str, wanted: Iterable[Exercise]) -> Started | None:
    """Return what a start would do if it has nothing to write; None if it has."""
    names = dict.fromkeys([(module, "__init__.py"), *(home(one.file, module) for one in wanted)])
    files = tuple(here.place.folder(where) / file for where, file in names)
    return Started(here.place.folder(module), (), files) if all(file.exists() for file in files) else None


def upcoming(here: Progress) -> ModuleProgress:
    """Return the module at hand, or the next one if it is done or there is none."""
    module = here.current
    return module if module is not None else current(here)


def suggest_branch(screen: Screen, here: Progress, module: ModuleProgress) -> None:
    """Suggest a branch for a module, where git is used and is on another one."""
    now = branch(here.root)
    if now and now != module.name:
        screen.line(f"  Branch: git switch -c {module.name}")
