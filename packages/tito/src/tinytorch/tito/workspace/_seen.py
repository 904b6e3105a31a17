"""What stands in a learner's files, without reading one twice: its functions are remembered by a hash of its bytes."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytorch.tito.loader import Workspace, python_files
from tinytorch.tito.workspace._state import State

if TYPE_CHECKING:
    from tinytorch.tito.splice import Definition, SourceSyntaxError

FORMAT = 2


@dataclass(frozen=True)
class Seen:
    """A function in a learner's file.

    Attributes
    ----------
    file : Path
    name : str
        Qualified.
    names : tuple of str
        What it may be asked for as.
    blank : bool
        Whether it is not begun.
    line : int
        Of its ``def``.
    """

    file: Path
    name: str
    names: tuple[str, ...]
    blank: bool
    line: int


class ModuleFiles:
    """The files of a module in a workspace, read once.

    Parameters
    ----------
    state : State
        Where what was seen is kept.
    place : Workspace
    module : str
    """

    def __init__(self, state: State, place: Workspace, module: str) -> None:
        self.state = state
        self.cache = f"cache/{module}.json"
        self.folder = place.folder(module)
        self.begun = place.has(module)
        self._broken: SourceSyntaxError | None = None
        self._known: dict[str, Any] = {}  # by file: a hash of its bytes, its functions as rows, and what they say
        self._parsed: dict[Path, list[Definition]] = {}

    @cached_property
    def data(self) -> dict[Path, bytes]:
        """The Python files, each with its bytes."""
        if not self.begun:
            return {}
        return {file: file.read_bytes() for file in sorted(python_files(self.folder))}

    @cached_property
    def digest(self) -> str:
        """A hash of all of them."""
        total = hashlib.sha256()
        for file, data in self.data.items():
            total.update(f"{file.relative_to(self.folder).as_posix()} {len(data)}\n".encode() + data)
        return total.hexdigest()[:32]

    @cached_property
    def functions(self) -> list[Seen]:
        """The functions of all files that parse."""
        table = self.state.read(self.cache)
        known = table.get("files", {}) if table.get("format") == FORMAT else {}
        result: list[Seen] = []
        for file, data in self.data.items():
            name, digest = self._name(file), hashlib.sha256(data).hexdigest()[:32]
            entry = known.get(name)
            if not entry or entry.get("hash") != digest:
                entry = {"hash": digest, "functions": self._rows(file), "texts": None}
            if entry["functions"] is None:
                continue
            self._known[name] = entry
            result += [Seen(file, row[0], tuple(row[1]), row[2], row[3]) for row in entry["functions"]]
        if self._known != known:
            self._keep()
        return result

    def text(self, seen: Seen) -> str:
        """Return a hash of what a function says; comments and layout are no part of it."""
        entry = self._known[self._name(seen.file)]
        if entry["texts"] is None:
            every = self._definitions(seen.file)
            entry["texts"] = {_place(one.name, one.node.lineno): hash_of(one.node) for one in every}
            self._keep()
        text: str = entry["texts"][_place(seen.name, seen.line)]
        return text

    @property
    def broken(self) -> SourceSyntaxError | None:
        """The error of the first file that does not parse."""
        _ = self.functions
        return self._broken

    def _name(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix()

    def _keep(self) -> None:
        self.state.write(self.cache, {"format": FORMAT, "files": self._known}, careful=False)

    def _definitions(self, file: Path) -> list[Definition]:
        from tinytorch.tito.splice import Source, decode, definitions

        if file not in self._parsed:
            self._parsed[file] = definitions(Source(decode(self.data[file]), str(file)).tree)
        return self._parsed[file]

    def _rows(self, file: Path) -> list[list[Any]] | None:
        """Return the functions of a file as rows; None, and the error noted, if it does not parse."""
        from tinytorch.tito.splice import SourceSyntaxError, is_blank

        try:
            every = self._definitions(file)
        except SourceSyntaxError as error:
            error.error.filename = str(file)
            self._broken = self._broken or error
            return None
        return [[one.name, sorted(one.names), is_blank(one), one.node.lineno] for one in every]

    def find(self, name: str, file: str) -> Seen | None:
        """Return where a function stands: one that is begun first, then in the file it was given in."""
        found = [one for one in self.functions if name in one.names]
        found.sort(key=lambda one: (one.blank, self._name(one.file) != file))
        return found[0] if found else None


def _place(name: str, line: int) -> str:
    return f"{name}:{line}"


def hash_of(node: ast.AST) -> str:
    """Return a hash of a node without its place."""
    return hashlib.sha256(ast.dump(node).encode()).hexdigest()[:32]
