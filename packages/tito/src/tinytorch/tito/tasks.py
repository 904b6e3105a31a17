"""What a task of ours is given when it runs beside a learner's modules: a checkpoint, a milestone.

A task is a function ``task(context, options)`` that yields events, dicts that JSON can hold, or says them by
`Context.emit` where it cannot yield (in a callback). The keys of an event, all optional:

- ``say``: a line of text for the reader: a piece of evidence, the end of an epoch.
- ``progress``: ``{"at": 1406, "of": 2345, "text": "epoch 3/5  412 img/s", "left": 31.0}``, what a bar shows now.
- ``point``: ``{"x": 3, "loss": 0.11}``, a point of the live curve, one value by name.
- ``done``: the result, once, at the end: ``{"passed": true, "evidence": [...], "picture": path, "report": path, ...}``.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytorch.tito.checks import Modules, modules
from tinytorch.tito.exercises import Exercises, asked, read_exercises
from tinytorch.tito.loader import WORDS, Workspace, WorkspaceFinder, provenance

Event = dict[str, Any]


class CannotRunError(Exception):
    """Why a task cannot begin, in a sentence: data that are not there, an option that makes no sense.

    Parameters
    ----------
    message : str
    help : str, optional
        The command that would do.
    """

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def needs(*modules: str) -> None:
    """Import libraries that are wanted later on: what is missing is said now, and not when all is trained."""
    for module in modules:
        importlib.import_module(module)


@dataclass(frozen=True)
class Context:
    """A workspace that is in use.

    Attributes
    ----------
    workspace : Path
    tt : Modules
        The modules as the workspace has them: ``tt.tensor.Tensor``.
    finder : WorkspaceFinder
    emit : callable
        Says an event.
    """

    workspace: Path
    tt: Modules
    finder: WorkspaceFinder
    emit: Callable[[Event], None]

    @classmethod
    @contextmanager
    def open(cls, workspace: Path, emit: Callable[[Event], None]) -> Iterator[Context]:
        """Install a workspace, counting the calls of every listed function that is written."""
        place = Workspace(workspace)
        lists = {module: _asked(place, module) for module in place.modules()}
        counted = {module: [one.name for one in found.functions] for module, found in lists.items() if found}
        with modules(workspace, count_calls=counted) as (tt, finder):
            if finder is None:
                raise ValueError(f"{workspace} was not installed.")
            yield cls(workspace, tt, finder, emit)

    def calls(self) -> dict[str, int]:
        """How often each written function of the listed ones ran, by ``module.name``; the most frequent first."""
        counts = {f"{module}.{name}": count for (module, name), count in self.finder.calls().items()}
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

    def whose(self, names: Iterable[str]) -> dict[str, Any]:
        """Return whose code the modules of a run are.

        Returns
        -------
        dict
            ``counts``: how many functions are written, given, borrowed, and gone if any are; ``modules``: of each
            module how many of its listed functions are written, and how many there are; ``functions``: the word for
            each listed one; ``calls``: how often each written one ran.
        """
        place = Workspace(self.workspace)
        found = provenance(self.workspace)
        words = {(one.module, one.name): one.word for one in found}
        counts = Counter(one.word for one in found)
        table: dict[str, list[int]] = {}
        functions: dict[str, str] = {}
        for module in names:
            exercises = _asked(place, module)
            listed = exercises.functions if exercises else ()
            if not place.has(module):
                counts["borrowed"] += len(listed)
            for one in listed:
                functions[f"{module}.{one.name}"] = words.get((module, one.name), "borrowed")
            written = sum(functions[f"{module}.{one.name}"] == "written" for one in listed)
            table[module] = [written, len(listed)]
        in_order = {word: counts[word] for word in WORDS if word != "gone" or counts[word]}
        return {"counts": in_order, "modules": table, "functions": functions, "calls": self.calls()}


def _asked(place: Workspace, module: str) -> Exercises | None:
    """Return what the path of a workspace asks for in a module."""
    exercises = read_exercises(module)
    return asked(exercises, place.path()) if exercises else None
