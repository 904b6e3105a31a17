"""How far a learner is: worked out from their files and from what checks said of these very files.

The results of checks are kept by a hash of the function they were about and of the module's files. Whatever is lost of
them is found out again by `tito check`; nothing here is a list that somebody has to keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tinytorch.tito._version import __version__
from tinytorch.tito.exercises import Exercise, Exercises, asked, home, read_exercises
from tinytorch.tito.loader import Workspace
from tinytorch.tito.workspace._chapters import CHAPTERS, TIERS, Chapter
from tinytorch.tito.workspace._seen import ModuleFiles
from tinytorch.tito.workspace._state import Settings, State

if TYPE_CHECKING:
    from tinytorch.tito.records import CheckRecord
    from tinytorch.tito.splice import SourceSyntaxError

Standing = Literal["absent", "blank", "unchecked", "failed", "passed", "reference"]


@dataclass(frozen=True)
class Task:
    """A function to write, and how it stands.

    Attributes
    ----------
    module : str
    exercise : Exercise
    standing : str
        ``absent`` (the module is not begun, or its files have lost the function), ``blank``, ``unchecked`` (written,
        and not checked as it is now), ``failed``, ``passed``, or ``reference`` (the learner has chosen ours).
    fresh : bool
        Whether nothing in the module's files has changed since the check.
    file : Path or None
        Of the workspace, if the function stands there; if it is absent, the one that it is gone from.
    line : int
        Of its ``def``.
    edited : bool
        Whether it was edited since the last check of anything in its module.
    last : bool
        Whether the last check was about it.
    """

    module: str
    exercise: Exercise
    standing: Standing
    fresh: bool = False
    file: Path | None = None
    line: int = 0
    edited: bool = False
    last: bool = False

    @property
    def name(self) -> str:
        """The qualified name."""
        return self.exercise.name

    @property
    def unwritten(self) -> bool:
        """Whether there is nothing of the learner's to run: it is blank, or absent."""
        return self.standing in ("blank", "absent")


@dataclass(frozen=True)
class ModuleProgress:
    """A module of the course, and how it stands.

    Attributes
    ----------
    chapter : Chapter
    hours : float
    tasks : tuple of Task
        In the order in which they are written.
    begun : bool
    broken : SourceSyntaxError or None
        A file of it that does not parse.
    known : bool
        Whether anything is remembered of its checks.
    """

    chapter: Chapter
    hours: float
    tasks: tuple[Task, ...]
    begun: bool
    broken: SourceSyntaxError | None = None
    known: bool = True

    @property
    def name(self) -> str:
        """The package's name."""
        return self.chapter.name

    @property
    def passed(self) -> int:
        """How many functions passed as they are."""
        return sum(task.standing == "passed" for task in self.tasks)

    @property
    def forgotten(self) -> int:
        """How many functions are written while nothing is remembered of the module's checks."""
        return 0 if self.known or self.broken else sum(task.standing == "unchecked" for task in self.tasks)

    @property
    def done(self) -> bool:
        """Whether all of them passed, and in the files as they are."""
        return bool(self.tasks) and all(task.standing == "passed" and task.fresh for task in self.tasks)

    @property
    def next_task(self) -> Task | None:
        """What to do next: what is gone, what was edited last, what is not right, what is not written; in this order.

        Of what is not right, first the one that the last check was about.
        """
        wrong = ("failed", "unchecked")
        rules: tuple[Callable[[Task], bool], ...] = (
            lambda task: task.standing == "absent",
            lambda task: task.edited,
            lambda task: task.last and task.standing in wrong,
            *(lambda task, one=one: task.standing == one for one in (*wrong, "blank")),
            lambda task: task.standing == "passed" and not task.fresh,
        )
        return next((task for rule in rules for task in self.tasks if rule(task)), None)


class Progress:
    """All that can be said about a workspace without running anything; its files are read when asked for, once.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = State(root)
        self.place = Workspace(root)
        self._modules: dict[str, ModuleProgress | None] = {}
        self._files: dict[str, ModuleFiles] = {}

    @cached_property
    def settings(self) -> Settings:
        """How the learner goes through the course."""
        return self.state.settings()

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """The modules of the learner's path, in order."""
        if self.settings.path == "explorer":
            return tuple(one for one in CHAPTERS if one.number in TIERS.get(self.settings.tier, ()))
        return CHAPTERS

    def files(self, module: str) -> ModuleFiles:
        """Return the files of a module."""
        if module not in self._files:
            self._files[module] = ModuleFiles(self.state, self.place, module)
        return self._files[module]

    def digest(self, module: str) -> str:
        """Return a hash of the files that a module's functions stand in."""
        exercises = read_exercises(module)
        homes = {home(one.file, module)[0] for one in exercises.functions} if exercises else set()
        if homes <= {module}:
            return self.files(module).digest
        return hashlib.sha256(" ".join(self.files(one).digest for one in sorted({module, *homes})).encode()).hexdigest()

    def module(self, name: str) -> ModuleProgress | None:
        """Return how a module stands; None if none of its exercises is installed."""
        if name not in self._modules:
            exercises = read_exercises(name)
            chapter = next(one for one in CHAPTERS if one.name == name)
            self._modules[name] = None if exercises is None else self._derive(chapter, exercises)
        return self._modules[name]

    def functions(self, exercises: Exercises) -> tuple[Exercise, ...]:
        """Return those that the learner's path asks for."""
        return asked(exercises, self.settings.path).functions

    def _derive(self, chapter: Chapter, exercises: Exercises) -> ModuleProgress:
        files = self.files(chapter.name)
        wanted = self.functions(exercises)
        hours = round(sum(one.minutes for one in wanted) / 60, 1)
        if not files.begun:
            absent = tuple(Task(chapter.name, one, "absent") for one in wanted)
            return ModuleProgress(chapter, hours, absent, begun=False)
        for name in dict.fromkeys([chapter.name, *(home(one.file, chapter.name)[0] for one in wanted)]):
            broken = self.files(name).broken
            if broken is not None:
                unknown = tuple(Task(chapter.name, one, "unchecked") for one in wanted)
                return ModuleProgress(chapter, hours, unknown, begun=True, broken=broken)
        results = self.state.read(f"results/{chapter.name}.json")
        if results.get("version") != __version__:
            results = {}
        digest, chosen = self.digest(chapter.name), self.place.chosen().names
        tasks = tuple(self._task(chapter.name, one, results, digest, chosen) for one in wanted)
        return ModuleProgress(chapter, hours, tasks, begun=True, known=bool(results))

    def _task(
        self, module: str, exercise: Exercise, results: dict[str, Any], digest: str, chosen: Collection[str]
    ) -> Task:
        where, file = home(exercise.file, module)
        seen = self.files(where).find(exercise.name, file)
        if module in chosen or f"{module}.{exercise.name}" in chosen:
            return Task(module, exercise, "reference", file=seen.file if seen else None)
        if seen is None:
            path = self.files(where).folder / file
            return Task(module, exercise, "absent", file=path if path.exists() else None)
        if seen.blank:
            return Task(module, exercise, "blank", file=seen.file, line=seen.line)
        known, last = results.get("functions", {}).get(exercise.name, {}), results.get("last") == exercise.name
        text = self.files(where).text(seen)
        if known.get("text") != text:
            edited = results.get("seen", {}).get(exercise.name) != text
            return Task(module, exercise, "unchecked", False, seen.file, seen.line, edited, last)
        standing: Standing = "passed" if known.get("passed") is True else "failed"
        return Task(module, exercise, standing, known.get("files") == digest, seen.file, seen.line, last=last)

    def remember(self, module: str, records: Iterable[CheckRecord], digest: str, about: str = "") -> None:
        """Keep what checks have said of a module's functions, if its files are still those that were checked.

        `about` is the function that they were about, if it was one.
        """
        now = Progress(self.root)
        exercises = read_exercises(module)
        if exercises is None or now.digest(module) != digest:
            return
        places = {one.name: home(one.file, module) for one in exercises.functions}
        results = self.state.read(f"results/{module}.json")
        functions = results.get("functions", {}) if results.get("version") == __version__ else {}
        by_function: dict[str, list[CheckRecord]] = {}
        for record in records:
            by_function.setdefault(record.function, []).append(record)
        for name, every in by_function.items():
            where, file = places.get(name, (module, ""))
            files = now.files(where)
            seen = files.find(name, file)
            if seen is None or any(record.state == "blank" for record in every):
                functions.pop(name, None)
                continue
            passed = all(record.state == "passed" for record in every)
            functions[name] = {"text": files.text(seen), "files": digest, "passed": passed, "checks": len(every)}
        found = {name: (now.files(where), now.files(where).find(name, file)) for name, (where, file) in places.items()}
        texts = {name: files.text(seen) for name, (files, seen) in found.items() if seen is not None}
        table = {"version": __version__, "functions": functions, "seen": texts, "last": about}
        self.state.write(f"results/{module}.json", table)
        self._modules.pop(module, None)

    @property
    def current(self) -> ModuleProgress | None:
        """The module to work on: the one started last unless it is done, else the first begun, else the next."""
        name = self.state.read("current.json").get("module")
        if isinstance(name, str) and any(one.name == name for one in CHAPTERS):
            module = self.module(name)
            if module is not None and module.begun and not module.done:
                return module
        begun = [one for one in self.chapters if self.files(one.name).begun]
        for chapter in [*begun, *(one for one in self.chapters if one not in begun)]:
            module = self.module(chapter.name)
            if module is not None and not module.done:
                return module
        return None
