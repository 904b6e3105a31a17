"""`tito show`: what a function promises, and what its checks look at."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import click

from tinytorch.tito.cli._answer import OK
from tinytorch.tito.cli._bridge import find_bridge, where_to_read
from tinytorch.tito.cli._here import current, installed, meant, progress, task_of
from tinytorch.tito.cli._lesson import lesson_file, lesson_line
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._status import headline, size, words
from tinytorch.tito.exercises import find_exercises, home
from tinytorch.tito.lessons import as_script, without_answers
from tinytorch.tito.workspace import ModuleProgress, Progress, State, UnknownNameError, write_file

LISTING = "tinytorch.tito.workspace.listing:checks"
MARKS = {"passed": "ok", "failed": "x", "blank": "-", "absent": "-", "unchecked": "?", "reference": "="}


@click.command()
@click.argument("target", required=False, metavar="[MODULE[.FUNCTION]]")
@click.option("--lesson", is_flag=True, help="The module's lesson instead.")
@click.option("--cells", is_flag=True, help="Write the lesson to a file of cells to run, in the folder lessons.")
@click.option("--answers", is_flag=True, help="What one is to guess first, as well: in a lesson, on the guided path.")
def show(target: str | None, lesson: bool, cells: bool, answers: bool) -> int:
    """The contract of FUNCTION, or of the one at hand; of a MODULE its functions; of a tier its bridge lesson."""
    screen = Screen()
    here = progress()
    page = find_bridge(target, here.settings) if target else None
    if page is not None:
        if cells:
            return write_cells(screen, here, page, page.stem)
        return show_page(screen, page, page.stem, answers, "" if answers else where_to_read(page))
    module, name = chosen(target, here, lesson or cells)
    if lesson or cells:
        page = lesson_file(module.name)
        if page is None:
            screen.line(f"  Module {module.chapter.label} has no lesson yet.")
            return OK
        if cells:
            return write_cells(screen, here, page, module.chapter.label.replace(" ", "_"))
        fewer = which_to_write(module) if here.settings.path == "guided" else ""
        return show_page(screen, page, f"{module.name} --lesson", answers, fewer)
    if not name:
        return show_module(screen, module)
    show_function(screen, here, module, name)
    task = task_of(module, name)
    if task is not None and here.settings.path == "guided":
        from tinytorch.tito.cli._guided import read_first

        read_first(screen, here, task, answers=answers)
    if line := lesson_line(module.name, name):
        screen.line()
        screen.line(f"  {line}")
    from tinytorch.tito.cli._hint import steps

    screen.next(*steps(here, task))
    return OK


def chosen(target: str | None, here: Progress, lesson: bool) -> tuple[ModuleProgress, str]:
    """Return what is meant; a module need not be begun to be looked at."""
    if target is None:
        module = current(here) if not lesson else (here.current or current(here))
        task = module.next_task
        return module, task.name if task and not lesson else ""
    if "." not in target:
        try:
            return installed(target, here), ""
        except UnknownNameError:
            pass
    return meant(target, here)


def show_module(screen: Screen, module: ModuleProgress) -> int:
    """List a module's functions."""
    screen.line(f"{headline(module)} · {size(module)}")
    wide = max(len(task.name) for task in module.tasks)
    for task in module.tasks:
        mark = MARKS[task.standing]
        screen.line(f"  {mark:<2} {task.name:<{wide}}  {task.exercise.minutes:>3} min  {words(task).partition(',')[0]}")
    if line := lesson_line(module.name):
        screen.line(f"  {line}")
    screen.next("tito show " + module.name + ".FUNCTION" if module.begun else f"tito start {module.name}")
    return OK


def show_function(screen: Screen, here: Progress, module: ModuleProgress, name: str) -> None:
    """Write a function's contract: signature, docstring, idea, and what is checked."""
    task = task_of(module, name)
    signature, docstring, where = source_of(here, module, name)
    screen.line(f"{module.name}.{name}" + (f" · {words(task)}" if task else " · given"), bold=True)
    if where:
        screen.line(f"  {where}")
    if task is not None:
        screen.line()
        screen.line(f"  {task.exercise.contract}")
        screen.wrapped(task.exercise.idea)
    if signature:
        screen.line()
        screen.line(f"    {signature}")
    for line in docstring.splitlines():
        screen.line(f"        {line}" if line else "")
    if task is not None and task.exercise.needs:
        screen.line()
        screen.wrapped(f"It stands on {', '.join(need.replace(':', '.') for need in task.exercise.needs)}.")
    every = checks_of(here.state, module.name, name)
    if every:
        screen.line()
        screen.line("  Checked:")
        for check, kind in every:
            screen.line(f"    {check} ({kind})")


def source_of(here: Progress, module: ModuleProgress, name: str) -> tuple[str, str, str]:
    """Return signature, docstring and place of a function: the learner's, else the reference's."""
    import ast

    from tinytorch.tito.loader import reference_folder
    from tinytorch.tito.splice import Source, decode, definitions

    task = task_of(module, name)
    where, file = home(task.exercise.file, module.name) if task else (module.name, "")
    seen = here.files(where).find(name, file)
    reference = reference_folder(where, here.place)
    files = [seen.file] if seen else []
    files += sorted(reference.rglob("*.py"), key=lambda path: path.name != Path(file).name) if reference else []
    for path in files:
        for one in definitions(Source(decode(path.read_bytes()), str(path)).tree):
            if name in one.names:
                heading = ast.unparse(ast.FunctionDef(**{**vars(one.node), "body": [], "decorator_list": []}))
                doc = inspect.cleandoc(ast.get_docstring(one.node) or "")
                place = f"{relative(path, here.root)}:{one.node.lineno}" if seen else ""
                return heading.strip(), doc, place
    return "", "", ""


def checks_of(state: State, module: str, function: str) -> list[tuple[str, str]]:
    """Return name and kind of each check of a function."""
    return [(str(name), str(kind)) for name, kind in listed(state, module).get("checks", {}).get(function, [])]


def listed(state: State, module: str) -> dict[str, Any]:
    """Return what there is to say about a module's checks; asked of a child once, then remembered."""
    stamp = _stamp(module)
    cache = f"cache/checks-{module}.json"
    table = state.read(cache)
    if not stamp or table.get("stamp") != stamp:
        from tinytorch.tito.child import Limits, run_task

        result, _ = run_task(state.root, LISTING, {"module": module}, limits=Limits(30.0), on_event=lambda event: None)
        table = {"stamp": stamp, **(result or {})}
        state.write(cache, table, careful=False)
    return table


def _stamp(module: str) -> str:
    """Return what changes when a module's checks do: names, sizes and dates of the files of its course half.

    The number in front is that of the format in which they are remembered.
    """
    exercises = find_exercises(module)
    if exercises is None:
        return ""
    files = sorted(exercises.parent.rglob("*.py"))
    return "2 " + " ".join(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)


def which_to_write(module: ModuleProgress) -> str:
    """Return what stands in a lesson for somebody who writes some of its functions."""
    names = ", ".join(f"`{task.name}`" for task in module.tasks)
    return (
        f"On the guided path you write {len(module.tasks)} of the functions below: {names}. "
        "The others are given, and where the lesson counts, it counts them all."
    )


def show_page(screen: Screen, page: Path, name: str, answers: bool, note: str = "") -> int:
    """Write a page of Markdown, on a terminal through its pager, without the results that are to be guessed first."""
    text = page.read_text("utf-8")
    notes = [note] if note else []
    if not answers:
        text = without_answers(text, "*(your guess first; then run it, or look: `--answers`)*")
        notes.insert(
            0,
            f"What you are to guess first is left out: `tito show {name} --answers` has it. "
            f"`tito show {name} --cells` makes a file of the cells, to run.",
        )
    title, _, rest = text.partition("\n")
    text = title + "\n" + "".join(f"\n*{one}*\n" for one in notes) + rest
    if not screen.interactive:
        click.echo(text)
        return OK
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=screen.width)
    os.environ.setdefault("LESS", "FRX")  # less shows colours only when it is told to
    with console.pager(styles=True):
        console.print(Markdown(text))
    return OK


def write_cells(screen: Screen, here: Progress, page: Path, name: str) -> int:
    """Write a lesson as a file with cells, unless there is one: it may hold somebody's guesses."""
    file = here.root / "lessons" / f"{name}.py"
    if file.exists():
        screen.line(f"  {relative(file, here.root)} is there already, and is left as it is.")
    else:
        file.parent.mkdir(exist_ok=True)
        write_file(file, as_script(page.read_text("utf-8"), name).encode())
        screen.line(f"  new   {relative(file, here.root)}")
    screen.next(
        "open it as a notebook (tito doctor --editors, so that it runs your modules)",
        f"tito run {relative(file, here.root)}",
    )
    return OK
