"""Whose code runs, in three words: written by you, given with the module, borrowed until you write it."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinytorch.tito.exercises import Exercises, asked, home, read_exercises
from tinytorch.tito.loader._workspace import Workspace, has_python, reference_folder
from tinytorch.tito.splice import Definition, Source, decode, definitions, is_blank

Word = Literal["written", "given", "borrowed"]


@dataclass(frozen=True)
class Provenance:
    """Whose code a function is.

    Attributes
    ----------
    module : str
        For instance ``tensor``; of an exercise, the module whose exercise it is, wherever its file lies.
    name : str
        The qualified name.
    word : "written", "given" or "borrowed"
        By the learner; ours, and not asked for; ours, until the learner begins it.
    file : Path
        Where the code that runs stands.
    line : int
        Of its first line, decorators included.
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
        By module, in the order of the exercises, then of the files. A listed function is written or borrowed. Any other
        is given while it is the reference's to the letter (comments aside), else written.

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
    files = _Files(place)
    listed = {
        module: [(one.name, *home(one.file, module)) for one in every.functions] for module, every in exercises.items()
    }
    claimed = {(where, name) for every in listed.values() for name, where, _ in every}
    result: list[Provenance] = []
    chosen = place.chosen().names  # to be ours, written or not
    for module in dict.fromkeys([*exercises, *place.modules()]):
        for name, where, file in listed.get(module, ()):
            mine = {} if f"{module}.{name}" in chosen else files.mine(where)
            result += _listed(module, name, file, mine, files.ours(where))
        reference = reference_folder(module, place)
        for path, every in files.mine(module).items():
            result += [
                _unlisted(module, definition, path, place.folder(module), reference, files.ours(module))
                for definition in every
                if (module, definition.name) not in claimed and "<locals>" not in definition.name
            ]
    return result


class _Files:
    """The definitions of each module's files, the learner's and ours, read when they are asked for."""

    def __init__(self, place: Workspace) -> None:
        self.place = place
        self.chosen = place.chosen().modules
        self.read: dict[Path, dict[Path, list[Definition]]] = {}

    def mine(self, module: str) -> dict[Path, list[Definition]]:
        there = self.place.has(module) and module not in self.chosen
        return self._of(self.place.folder(module)) if there else {}

    def ours(self, module: str) -> dict[Path, list[Definition]]:
        reference = reference_folder(module, self.place)
        return self._of(reference) if reference else {}

    def _of(self, folder: Path) -> dict[Path, list[Definition]]:
        if folder not in self.read:
            self.read[folder] = _read(folder)
        return self.read[folder]


def _read(folder: Path) -> dict[Path, list[Definition]]:
    """Return the definitions of each file under a folder."""
    return {file: definitions(Source(decode(file.read_bytes()), str(file)).tree) for file in sorted(has_python(folder))}


def _first_line(definition: Definition) -> int:
    decorators = definition.node.decorator_list
    return decorators[0].lineno if decorators else definition.node.lineno


def _named(files: Mapping[Path, list[Definition]], name: str, file: str) -> list[tuple[Path, Definition]]:
    """Return the definitions of a name, those of the file of the exercise first."""
    found = [(path, one) for path, every in files.items() for one in every if name in one.names]
    return sorted(found, key=lambda pair: pair[0].name != file)


def _listed(
    module: str, name: str, file: str, mine: Mapping[Path, list[Definition]], ours: Mapping[Path, list[Definition]]
) -> list[Provenance]:
    begun = [(path, one) for path, one in _named(mine, name, file) if not is_blank(one)]
    found = begun or _named(ours, name, file)
    word: Word = "written" if begun else "borrowed"
    return [Provenance(module, name, word, path, _first_line(definition)) for path, definition in found[:1]]


def _unlisted(
    module: str,
    definition: Definition,
    path: Path,
    folder: Path,
    reference: Path | None,
    ours: Mapping[Path, list[Definition]],
) -> Provenance:
    same = ours.get(reference / path.relative_to(folder), []) if reference else []
    original = [one for one in same if one.key == definition.key]
    if original and is_blank(definition) and reference:
        file = reference / path.relative_to(folder)
        return Provenance(module, definition.name, "borrowed", file, _first_line(original[0]))
    unchanged = original and ast.dump(original[0].node) == ast.dump(definition.node)
    return Provenance(module, definition.name, "given" if unchanged else "written", path, _first_line(definition))
