"""Whose code runs, in a word: written by you, given with the module, borrowed until you write it.

A fourth, gone, is for what a learner's file has lost: nothing runs in its place.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinytorch.tito.exercises import Exercises, asked, home, read_exercises
from tinytorch.tito.loader._workspace import Workspace, python_files, reference_folder
from tinytorch.tito.splice import Definition, Source, decode, definitions, first_line, is_blank

Word = Literal["written", "given", "borrowed", "gone"]
WORDS: tuple[Word, ...] = ("written", "given", "borrowed", "gone")


@dataclass(frozen=True)
class Provenance:
    """Whose code a function is.

    Attributes
    ----------
    module : str
        For instance ``tensor``; of an exercise, the module whose exercise it is, wherever its file lies.
    name : str
        The qualified name.
    word : "written", "given", "borrowed" or "gone"
        By the learner; ours, and not asked for; ours, until the learner begins it; nobody's, as their file lacks it.
    file : Path
        Where the code that runs stands, or should.
    line : int
        Of its first line, decorators included; 1 of what is gone.
    """

    module: str
    name: str
    word: Word
    file: Path
    line: int


def provenance(workspace: str | os.PathLike[str], exercises: Mapping[str, Exercises] | None = None) -> list[Provenance]:
    """Return whose code each listed function is, and each other function of a file in the workspace.

    Parameters
    ----------
    workspace : path
    exercises : mapping of str to Exercises, optional
        By module, the functions asked for. Default: those of the installed modules that have been begun.

    Returns
    -------
    list of Provenance
        By module, in the order of the exercises, then of the files. A listed function is written or borrowed; or gone,
        if the learner has the file that it was given in and it stands in none of theirs. Any other is given while it
        is the reference's to the letter (comments aside), else written.

    Raises
    ------
    SourceSyntaxError
        If a file of the learner does not parse.

    Notes
    -----
    It reads files and runs none of them, so it can be asked at any time; the loader decides by the same rule.
    """
    place = Workspace(Path(workspace).resolve())
    if exercises is None:
        found = {module: read_exercises(module) for module in place.modules()}
        way = place.path()
        exercises = {module: asked(one, way) for module, one in found.items() if one is not None}
    folders = _Folders(place)
    listed = {
        module: [(one.name, *home(one.file, module)) for one in every.functions] for module, every in exercises.items()
    }
    claimed = {(where, name) for every in listed.values() for name, where, _ in every}
    result: list[Provenance] = []
    chosen = place.chosen().names  # to be ours, written or not
    for module in dict.fromkeys([*exercises, *place.modules()]):
        for name, where, file in listed.get(module, ()):
            mine = NOTHING if f"{module}.{name}" in chosen else folders.mine(where)
            result += _listed(module, name, file, mine, folders.ours(where))
        mine, ours = folders.mine(module), folders.ours(module)
        result += [
            _unlisted(module, definition, file, mine, ours)
            for file, every in mine.files.items()
            for definition in every
            if (module, definition.name) not in claimed and "<locals>" not in definition.name
        ]
    return result


@dataclass(frozen=True)
class _Folder:
    """A module's folder, the learner's or ours, with the definitions of each file by its path inside."""

    path: Path
    files: Mapping[str, list[Definition]]

    @classmethod
    def read(cls, path: Path) -> _Folder:
        files = sorted(python_files(path))
        sources = {file.relative_to(path).as_posix(): Source(decode(file.read_bytes()), str(file)) for file in files}
        return cls(path, {file: definitions(source.tree) for file, source in sources.items()})

    def find(self, name: str, file: str) -> list[tuple[str, Definition]]:
        """Return the definitions of a name with their files, those of a certain file first."""
        found = [(path, one) for path, every in self.files.items() for one in every if name in one.names]
        return sorted(found, key=lambda pair: pair[0] != file)


NOTHING = _Folder(Path(), {})


class _Folders:
    """Each module's folder, the learner's and ours, read when it is asked for."""

    def __init__(self, place: Workspace) -> None:
        self.place = place
        self.chosen = place.chosen().modules
        self.known: dict[Path, _Folder] = {}

    def mine(self, module: str) -> _Folder:
        there = self.place.has(module) and module not in self.chosen
        return self._read(self.place.folder(module)) if there else NOTHING

    def ours(self, module: str) -> _Folder:
        reference = reference_folder(module, self.place)
        return self._read(reference) if reference else NOTHING

    def _read(self, folder: Path) -> _Folder:
        if folder not in self.known:
            self.known[folder] = _Folder.read(folder)
        return self.known[folder]


def _listed(module: str, name: str, file: str, mine: _Folder, ours: _Folder) -> list[Provenance]:
    """Return whose an exercise is; nothing if it is nowhere."""
    there = mine.find(name, file)
    if not there and file in mine.files:
        return [Provenance(module, name, "gone", mine.path / file, 1)]
    for path, definition in there:
        if not is_blank(definition):
            return [Provenance(module, name, "written", mine.path / path, first_line(definition.node))]
    for path, definition in ours.find(name, file)[:1]:
        return [Provenance(module, name, "borrowed", ours.path / path, first_line(definition.node))]
    return []


def _unlisted(module: str, definition: Definition, file: str, mine: _Folder, ours: _Folder) -> Provenance:
    original = next((one for one in ours.files.get(file, ()) if one.key == definition.key), None)
    if original and is_blank(definition):
        return Provenance(module, definition.name, "borrowed", ours.path / file, first_line(original.node))
    unchanged = original and ast.dump(original.node) == ast.dump(definition.node)
    word: Word = "given" if unchanged else "written"
    return Provenance(module, definition.name, word, mine.path / file, first_line(definition.node))
