"""Functions that a learner's files have lost, by a deletion or a change of name, and having them back as blanks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.loader import WorkspaceError, start
from tinytorch.tito.splice import SpliceError
from tinytorch.tito.workspace._chapters import CHAPTERS
from tinytorch.tito.workspace._files import write_file
from tinytorch.tito.workspace._history import History
from tinytorch.tito.workspace._progress import Progress, Task
from tinytorch.tito.workspace._put_back import with_blanks
from tinytorch.tito.workspace._trouble import Trouble, repaired


def lost(root: Path) -> Iterator[Trouble]:
    """Yield functions that a module has lost, file by file; each comes back blank, the file's text after a copy."""
    here = Progress(root)
    for chapter in CHAPTERS:
        module = here.module(chapter.name)
        by_file: dict[Path, list[Task]] = {}
        for task in module.tasks if module is not None and module.begun else ():
            if task.standing == "absent":
                where, name = home(task.exercise.file, task.module)
                by_file.setdefault(here.place.folder(where) / name, []).append(task)
        for file, tasks in by_file.items():
            names = " and ".join(", ".join(task.name for task in tasks).rsplit(", ", 1))
            verb, ours = ("is", "ours runs in its") if len(tasks) == 1 else ("are", "ours run in their")
            if not file.exists():
                message = f"{names} {verb} gone, and {file.name} with {'it' if len(tasks) == 1 else 'them'}."
                yield Trouble("gone", message, f"tito start {chapter.name}", repair=_start(here, chapter.name))
                continue
            message = f"{names} {verb} gone from {file.name}; {ours} place."
            try:
                data = with_blanks(here, tasks, file.read_bytes())
            except (WorkspaceError, SpliceError):  # what is installed does not have them either
                data = None
            if data is None:
                yield Trouble("gone", message, f"tito reset {chapter.name}", file)
            else:
                yield Trouble("gone", message, repaired("gone"), file, _put_back(root, file, data))


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
