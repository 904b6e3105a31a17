"""What stands in a learner's files, without reading one twice: its functions are remembered by a hash of its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytorch.tito.loader import Workspace
from tinytorch.tito.workspace._state import State

if TYPE_CHECKING:
    from tinytorch.tito.splice import SourceSyntaxError

FORMAT = 1


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
    text : str
        A hash of what it says; comments and layout are no part of it.
    """

    file: Path
    name: str
    names: tuple[str, ...]
    blank: bool
    line: int
    text: str


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

    @cached_property
    def data(self) -> dict[Path, bytes]:
        """The Python files, each with its bytes."""
        if not self.begun:
            return {}
        every = sorted(self.folder.rglob("*.py"))
        hidden = (any(part[0] == "." for part in file.relative_to(self.folder).parts) for file in every)
        return {file: file.read_bytes() for file, aside in zip(every, hidden, strict=True) if not aside}

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
        files: dict[str, Any] = {}
        result: list[Seen] = []
        for file, data in self.data.items():
            name, digest = file.relative_to(self.folder).as_posix(), hashlib.sha256(data).hexdigest()[:32]
            entry = known.get(name)
            rows = entry["functions"] if entry and entry.get("hash") == digest else self._read(file, data)
            if rows is None:
                continue
            files[name] = {"hash": digest, "functions": rows}
            result += [Seen(file, row[0], tuple(row[1]), row[2], row[3], row[4]) for row in rows]
        if files != known:
            self.state.write(self.cache, {"format": FORMAT, "files": files}, careful=False)
        return result

    @property
    def broken(self) -> SourceSyntaxError | None:
        """The error of the first file that does not parse."""
        _ = self.functions
        return self._broken

    def _read(self, file: Path, data: bytes) -> list[list[Any]] | None:
        """Return the functions of a file as rows; None, and the error noted, if it does not parse."""
        import ast

        from tinytorch.tito.splice import Source, SourceSyntaxError, decode, definitions, is_blank

        try:
            every = definitions(Source(decode(data), str(file)).tree)
        except SourceSyntaxError as error:
            error.error.filename = str(file)
            self._broken = self._broken or error
            return None
        return [
            [
                one.name,
                sorted(one.names),
                is_blank(one),
                one.node.lineno,
                hashlib.sha256(ast.dump(one.node).encode()).hexdigest()[:32],
            ]
            for one in every
        ]

    def find(self, name: str, file: str) -> Seen | None:
        """Return where a function stands: one that is begun first, then in the file it was given in."""
        found = [one for one in self.functions if name in one.names]
        found.sort(key=lambda one: (one.blank, one.file.relative_to(self.folder).as_posix() != file))
        return found[0] if found else None
