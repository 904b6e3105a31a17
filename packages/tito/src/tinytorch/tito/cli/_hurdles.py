"""What keeps modules that are begun from running as they stand: found without running any, and said before all else."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tinytorch.tito.cli._answer import Problem
from tinytorch.tito.exercises import home
from tinytorch.tito.records import Place
from tinytorch.tito.workspace import BUILT, CHAPTERS, ModuleProgress, Progress, Task

USUAL = {"numpy", "tinytorch"}


def modules_begun(here: Progress) -> Iterator[ModuleProgress]:
    """Yield the modules that are begun, in the order of the course: later ones stand on earlier ones."""
    for chapter in CHAPTERS:
        if here.files(chapter.name).begun:
            module = here.module(chapter.name)
            if module is not None:
                yield module


def not_installed(here: Progress) -> str:
    """Return the first module that is begun and whose own package is not installed."""
    names = [one.name for one in CHAPTERS if one.name in BUILT and here.files(one.name).begun]
    return next((name for name in names if here.module(name) is None), "")


def gone(here: Progress) -> list[Task]:
    """Return the functions that files of the workspace have lost."""
    return [task for module in modules_begun(here) for task in module.tasks if task.standing == "absent" and task.file]


def gone_sentence(task: Task) -> str:
    """Return what to say of a function that is gone."""
    from tinytorch.tito.workspace import describe_lost

    return describe_lost([task], home(task.exercise.file, task.module)[1])


def gone_step(here: Progress, tasks: list[Task]) -> str:
    """Return the command that puts functions back which are gone; that of all of a module, if a file lacks too much."""
    from tinytorch.tito.workspace import lost_functions

    hopeless = next((one.help for one in lost_functions(here.root) if one.repair is None), "")
    return hopeless or (_reset(tasks[0]) if len(tasks) == 1 else "tito doctor --repair gone")


def _reset(task: Task) -> str:
    return f"tito reset {task.module}.{task.name}"


def gone_problems(tasks: list[Task]) -> list[Problem]:
    """Return a problem for each function that is gone."""
    return [
        Problem("absent", gone_sentence(task), Place(str(task.file), 1) if task.file else None, _reset(task))
        for task in tasks
    ]


def foreign(here: Progress) -> Problem | None:
    """Return the first line of a learner's that imports another framework."""
    for module in modules_begun(here):
        if module.broken is not None or not any(unusual(data) for data in here.files(module.name).data.values()):
            continue
        from tinytorch.tito.child import forbidden

        for place, name in forbidden(here.place, module.name):
            message = f"{module.name} imports {name}; it stands on NumPy, Python and the other modules alone."
            return Problem("imports", message, place, f"remove line {place.line}")
    return None


def unusual(data: bytes) -> bool:
    """Return whether a file may import what is neither Python's nor NumPy nor ours; read by lines, not parsed."""
    for line in data.splitlines():
        first, _, rest = line.strip().partition(b" ")
        if first == b"import":
            names = rest.partition(b"#")[0].split(b",")
        elif first == b"from" and b" import " in rest:
            names = [rest]
        else:
            continue
        for name in names:
            words = name.decode("ascii", "replace").split() or [""]
            root, _, inner = words[0].partition(".")
            ours = root in USUAL and not (root == "tinytorch" and inner.partition(".")[0] == "core")
            if root.isidentifier() and not ours and root not in sys.stdlib_module_names:
                return True
    return False
