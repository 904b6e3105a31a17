"""A workspace: the folder in which a learner's modules stand, and where the reference's stand without it."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

CHOSEN = "use.json"  # in `.tito/`
OURS = {"tito", "course"}  # parts of the tool, which no workspace replaces


class WorkspaceError(Exception):
    """A workspace that cannot be used as it is, in one sentence with its remedy."""


@dataclass(frozen=True)
class Chosen:
    """Modules and functions for which a learner wants ours to run.

    Attributes
    ----------
    modules : frozenset of str
    functions : frozenset of tuple of str and str
        ``autograd.index_add_op``, and the module in whose folder it stands.
    """

    modules: frozenset[str] = frozenset()
    functions: frozenset[tuple[str, str]] = frozenset()

    @property
    def names(self) -> set[str]:
        """All of them as one writes them."""
        return {*self.modules, *(name for name, _ in self.functions)}

    def inside(self, module: str) -> set[str]:
        """The qualified names of those that stand in a module's folder."""
        return {name.partition(".")[2] for name, home in self.functions if home == module}


@dataclass(frozen=True)
class Workspace:
    """A folder with ``src/tinytorch/NAME/`` for each module that has been begun.

    Attributes
    ----------
    root : Path
    """

    root: Path

    @property
    def namespace(self) -> Path:
        """The folder that has the modules."""
        return self.root / "src" / "tinytorch"

    def folder(self, module: str) -> Path:
        """Where a module stands, or will."""
        return self.namespace / module

    def has(self, module: str) -> bool:
        """Whether a module has been begun: its folder has at least one Python file."""
        folder = self.folder(module)
        return module not in OURS and folder.is_dir() and any(python_files(folder))

    def modules(self) -> list[str]:
        """The names of the modules that have been begun."""
        if not self.namespace.is_dir():
            return []
        return sorted(one.name for one in self.namespace.iterdir() if one.name.isidentifier() and self.has(one.name))

    def settings(self) -> dict[str, Any]:
        """The table ``[tool.tito]`` of its ``pyproject.toml``; nothing where it cannot be read."""
        try:
            table = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))["tool"]["tito"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return table if isinstance(table, dict) else {}

    def path(self) -> str:
        """The path that its settings name: builder, explorer or guided."""
        return str(self.settings().get("path", "builder"))

    def chosen(self) -> Chosen:
        """What the learner has set to ours, although it may be written: `tito use reference` keeps it in ``.tito``."""
        try:
            table = json.loads((self.root / ".tito" / CHOSEN).read_text("utf-8"))
            modules = frozenset(str(name) for name in table.get("modules", []))
            functions = [(str(name), str(home)) for name, home in table.get("functions", {}).items()]
        except (OSError, ValueError, AttributeError, TypeError):
            return Chosen()
        return Chosen(modules, frozenset(functions))

    def check_namespace(self) -> None:
        """Refuse a file that hides every installed module.

        Raises
        ------
        WorkspaceError
            If there is an ``__init__.py`` in ``src/tinytorch`` or ``src/tinytorch/course``.
        """
        for stray in self.strays():
            hidden = ".".join(stray.parent.relative_to(self.root / "src").parts)
            raise WorkspaceError(
                f"{stray} hides every installed module of {hidden}, which is a namespace without a file of "
                "its own. Move what it holds into a module's folder and remove the file."
            )

    def strays(self) -> Iterator[Path]:
        """Yield the files that hide every installed module, for a namespace has none of its own."""
        for folder in (self.namespace, self.namespace / "course"):
            yield from (file for file in (folder / "__init__.py", folder / "__init__.pyi") if file.exists())


def python_files(folder: Path) -> Iterator[Path]:
    """Yield the Python files under a folder that can be imported."""
    return (file for file in folder.rglob("*.py") if all(part[0] != "." for part in file.relative_to(folder).parts))


def namespace_path() -> Sequence[str]:
    """Return the folders of the namespace `tinytorch` as Python sees them now."""
    return list(sys.modules["tinytorch"].__path__)


def reference_folder(module: str, workspace: Workspace | None = None) -> Path | None:
    """Return the folder of a module as it is without a workspace, or None if it is not installed."""
    own = workspace.namespace.resolve() if workspace else None
    folders = [folder for folder in namespace_path() if Path(folder).resolve() != own]
    spec = PathFinder.find_spec(f"tinytorch.{module}", folders)
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    return Path(spec.origin).parent
