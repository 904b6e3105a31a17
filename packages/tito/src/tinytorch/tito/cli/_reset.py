"""`tito reset` and `tito undo`: blanks back, and anything back, always after a copy."""

from __future__ import annotations

from pathlib import Path

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, USAGE, Stop
from tinytorch.tito.cli._here import meant, progress, root, task_of
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.splice import Source, cut, decode, identifiers
from tinytorch.tito.workspace import Entry, History, ModuleProgress, Progress, Task, sweep, with_blanks, write_file

MOST_LISTED = 20


@click.command()
@click.argument("target", metavar="MODULE[.FUNCTION]")
def reset(target: str) -> int:
    """Make FUNCTION, or the files of MODULE, blank again. A copy is made first; tito undo brings it back."""
    screen = Screen()
    here = progress()
    sweep(here.root)
    module, name = meant(target, here)
    task = task_of(module, name)
    if task is not None and task.standing == "blank":
        texts: dict[Path, bytes] = {}
    else:
        texts = blank_function(here, module, name) if name else blank_module(here, module)
    changed = {file: data for file, data in texts.items() if not file.exists() or file.read_bytes() != data}
    if not changed:
        screen.line(f"  {target} is blank already; nothing was written.")
        return OK
    entry = History(here.root).keep(changed, "reset")
    for file, data in changed.items():
        write_file(file, data)
    what = f"{module.name}.{name}" if name else f"All of {module.name}"
    screen.line(f"  {what} is blank again: {', '.join(relative(file, here.root) for file in changed)}")
    screen.line(f"  A copy of what was there: {entry.name}")
    screen.next("tito undo brings it back", "tito check")
    return OK


def blank_function(here: Progress, module: ModuleProgress, name: str) -> dict[Path, bytes]:
    """Return the file of a function with its body gone; everything else in it stays.

    Raises
    ------
    Stop
        If it is given, or stands in no file of the workspace.
    SourceSyntaxError
    """
    task = task_of(module, name)
    if task is None:
        raise Stop(CANNOT_RUN, "given", f"{name} is given, so it has no blank.", f"tito reset {module.name}")
    broken = module.broken
    if broken is not None:
        raise broken
    file = file_of(here, task)
    if file is None:
        return put_back_function(here, module, task)
    text = decode(file.read_bytes())
    keep = identifiers(Source(text, str(file)).tree)  # helpers of the learner's own stay
    return {file: cut(text, {name: task.exercise.contract}, elsewhere=keep, filename=str(file)).encode()}


def put_back_function(here: Progress, module: ModuleProgress, task: Task) -> dict[Path, bytes]:
    """Return the file that a function is gone from, with its blank in its place.

    Raises
    ------
    Stop
        If there is no such file, or it has not kept enough to say where the function belongs.
    WorkspaceError
    """
    if task.file is None:
        file_name = home(task.exercise.file, module.name)[1]
        message = f"{task.name} is gone, and {file_name} with it."
        raise Stop(CANNOT_RUN, "absent", message, f"tito start {module.name} (it writes the file again, blank)")
    data = with_blanks(here, [task], task.file.read_bytes())
    if data is None:
        message = f"{task.file.name} has changed too much to say where {task.name} belongs."
        raise Stop(CANNOT_RUN, "absent", message, f"tito reset {module.name} (all of it, after a copy)")
    return {task.file: data}


def file_of(here: Progress, task: Task) -> Path | None:
    """Return the file of the workspace that a function stands in."""
    where, file = home(task.exercise.file, task.module)
    seen = here.files(where).find(task.name, file)
    return seen.file if seen else None


def blank_module(here: Progress, module: ModuleProgress) -> dict[Path, bytes]:
    """Return the files of a module as `start` wrote them."""
    from tempfile import TemporaryDirectory

    from tinytorch.tito.loader import start

    exercises = read_exercises(module.name)
    if exercises is None:
        return {}
    with TemporaryDirectory(prefix="tinytorch-") as folder:
        fresh = Path(folder).resolve()
        started = start(fresh, module.name, here.functions(exercises))
        own = [file for file in started.written if file.is_relative_to(started.folder)]
        return {here.root / file.relative_to(fresh): file.read_bytes() for file in own}


@click.command()
@click.argument("copy", required=False, metavar="[COPY]")
@click.option("--list", "show", is_flag=True, help="The copies there are, the newest first.")
def undo(copy: str | None, show: bool) -> int:
    """Bring back what was there before tito wrote: the last time, or COPY. Once more undoes the undoing."""
    screen = Screen()
    folder = root()
    history = History(folder)
    entries = history.entries()
    if show:
        return listing(screen, entries)
    entry = chosen(entries, copy)
    before = history.bring_back(entry)
    for name in entry.files:
        screen.line(f"  back as it was {entry.when}: {relative(folder / name, folder)}")
    for name in entry.absent:
        screen.line(f"  removed, as it was not there {entry.when}: {relative(folder / name, folder)}")
    screen.line(f"  A copy of what was there until now: {before.name}")
    screen.next("tito check", "tito undo to undo this")
    return OK


def chosen(entries: list[Entry], copy: str | None) -> Entry:
    """Return the copy that is meant.

    Raises
    ------
    Stop
        If there is none.
    """
    if copy is None:
        entry = next((one for one in entries if not one.good), None)
        if entry is None:
            raise Stop(CANNOT_RUN, "no-copy", "tito has not written over any file of yours yet.", "tito undo --list")
        return entry
    found = [one for one in entries if one.name == copy] or [one for one in entries if one.name.startswith(copy)]
    if not found:
        raise Stop(USAGE, "unknown-name", f"There is no copy {copy}.", "tito undo --list")
    if len(found) > 1:
        raise Stop(USAGE, "unknown-name", f"{copy} may be {found[0].name} or {found[1].name}.", "tito undo --list")
    return found[0]


def listing(screen: Screen, entries: list[Entry]) -> int:
    """Write the copies."""
    if not entries:
        screen.line("  There are no copies yet.")
    for entry in entries[:MOST_LISTED]:
        what = "read well, before a check" if entry.good else f"before {entry.action}"
        files = len(entry.files) + len(entry.absent)
        screen.line(f"  {entry.name:<34} {entry.when}  {files} file{'s' if files != 1 else ''}, {what}")
    if len(entries) > MOST_LISTED:
        screen.line(f"  and {len(entries) - MOST_LISTED} older ones in .tito/history")
    return OK
