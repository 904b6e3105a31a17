"""Functions that a learner's files have lost, by a deletion or a change of name, and having them back as blanks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.loader import WorkspaceError, start
from tinytorch.tito.splice import Source, SpliceError, block, decode
from tinytorch.tito.workspace._chapters import CHAPTERS
from tinytorch.tito.workspace._files import write_file
from tinytorch.tito.workspace._history import History
from tinytorch.tito.workspace._progress import Progress, Task
from tinytorch.tito.workspace._put_back import binds, with_blanks
from tinytorch.tito.workspace._trouble import Trouble, repaired


def lost_functions(root: Path) -> Iterator[Trouble]:
    """Yield functions that a module has lost, file by file; each comes back blank, the file's text after a copy."""
    here = Progress(root)
    for chapter in CHAPTERS:
        module = here.module(chapter.name) if here.files(chapter.name).begun else None
        by_file: dict[Path, list[Task]] = {}
        for task in module.tasks if module is not None and module.begun else ():
            if task.standing == "absent":
                where, name = home(task.exercise.file, task.module)
                by_file.setdefault(here.place.folder(where) / name, []).append(task)
        for file, tasks in by_file.items():
            message = describe_lost(tasks, file.name)
            if not file.exists():
                yield Trouble("gone", message, f"tito start {chapter.name}", repair=_start(here, chapter.name))
                continue
            try:
                data = with_blanks(here, tasks, file.read_bytes())
            except (WorkspaceError, SpliceError):  # what is installed does not have them either
                data = None
            if data is None:
                yield Trouble("gone", message, f"tito reset {chapter.name}", file)
            else:
                yield Trouble("gone", message, repaired("gone"), file, _put_back(root, file, data))


def describe_lost(tasks: Sequence[Task], file: str) -> str:
    """Return what to say of functions that a file has lost, or that are lost with it, in one sentence or two.

    A file that is not there is ours as a whole; a function that one lacks is nobody's, so what calls it fails.
    """
    taken = {task.name: line for task in tasks if task.file and (line := bound(task.file, task.name))}
    said = [
        f"{name} is no function of {file} any more: line {line} makes it something else."
        for name, line in taken.items()
    ]
    left = [task for task in tasks if task.name not in taken]
    if left:
        names = " and ".join(", ".join(task.name for task in left).rsplit(", ", 1))
        verb, its = ("is", "its") if len(left) == 1 else ("are", "their")
        there = left[0].file is not None
        where = f"from {file}, and nothing runs in {its} place" if there else f"with {file}; ours runs"
        said.insert(0, f"{names} {verb} gone {where}.")
    return " ".join(said)


def bound(file: Path, name: str) -> int:
    """Return the line of a learner's file that binds the name of a function to something else; 0 if none does."""
    try:
        tree = Source(decode(file.read_bytes()), str(file)).tree
    except (OSError, SpliceError):
        return 0
    *classes, last = name.split(".")
    return next((one.lineno for one in reversed(block(tree.body, classes)) if last in binds(one)), 0)


def _put_back(root: Path, file: Path, data: bytes) -> Callable[[], str]:
    def repair() -> str:
        entry = History(root).keep([file], "doctor")
        write_file(file, data)
        return f"{file.name} has its blanks again; as it was: tito undo {entry.name}"

    return repair


def _start(here: Progress, module: str) -> Callable[[], str]:
    def repair() -> str:
        exercises = read_exercises(module)
        started = start(here.root, module, here.functions(exercises) if exercises else ())
        return f"wrote {', '.join(file.name for file in started.written)}"

    return repair
