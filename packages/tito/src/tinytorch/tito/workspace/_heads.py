"""Lines around a function that a learner was given, and that are no longer as they were: decorators, parameters.

Or that stand around another one as well, as after a change of name: of two rules of an operation the last one counts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from tinytorch.tito.exercises import home
from tinytorch.tito.loader import reference_folder
from tinytorch.tito.splice import Definition, Source, SpliceError, decode, definitions
from tinytorch.tito.workspace._progress import ModuleProgress, Progress, Task
from tinytorch.tito.workspace._put_back import registrations


def changed_heads(here: Progress, module: ModuleProgress) -> list[tuple[Task, str]]:
    """Return the functions of a module that have lost a decorator, take other parameters or share what registers them.

    Each with a sentence. Annotations may be anything, and decorators may be added. Nothing is imported.
    """
    found: list[tuple[Task, str]] = []
    read: dict[Path, list[Definition]] = {}
    for task in module.tasks:
        where, name = home(task.exercise.file, module.name)
        reference = reference_folder(where, here.place)
        if reference is None or task.file is None or not task.line:
            continue
        for file in (task.file, reference / name):
            if file not in read:
                try:
                    read[file] = definitions(Source(decode(file.read_bytes()), str(file)).tree)
                except (OSError, SpliceError):
                    read[file] = []
        mine, ours = ([one for one in read[file] if one.name == task.name] for file in (task.file, reference / name))
        if len(mine) == len(ours) == 1 and (said := _difference(mine[0], ours[0])):
            found.append((task, f"{task.name} {said}."))
        for way in sorted(registrations(ours[0].node)) if len(ours) == 1 else ():
            if sum(way in registrations(one.node) for one in read[reference / name]) == 1:
                found += [(task, said) for said in _rivals(task, way, read[task.file])]
    return found


def _rivals(task: Task, way: str, mine: list[Definition]) -> Iterator[str]:
    """Yield a sentence for each function of other name that is registered as only `task` should be."""
    for one in mine:
        if one.name != task.name and way in registrations(one.node):
            who = f"{one.name}, line {one.node.lineno}, has"
            yield f"{who} @{_quoted(way)} as {task.name} does, and the one further down counts: take one of them away."


def _difference(mine: Definition, ours: Definition) -> str:
    has, had = (
        {ast.dump(one): ast.unparse(one) for one in definition.node.decorator_list} for definition in (mine, ours)
    )
    lost = [_quoted(text) for key, text in had.items() if key not in has]
    if lost:
        more = "s" if len(lost) > 1 else ""
        return f"has lost its decorator{more} {', '.join(f'@{text}' for text in lost)}"
    now, given = _parameters(mine), _parameters(ours)
    return "" if now == given else f"takes ({now}), and was given as ({given})"


def _quoted(text: str) -> str:
    return text.replace("'", '"') if '"' not in text else text


def _parameters(definition: Definition) -> str:
    """Return the parameters without their annotations."""
    bare = deepcopy(definition.node.args)
    for one in ast.walk(bare):
        if isinstance(one, ast.arg):
            one.annotation = None
    return ast.unparse(bare)
