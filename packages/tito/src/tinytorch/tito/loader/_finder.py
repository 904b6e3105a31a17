"""The import hook: a learner's module takes the place of ours, and what is not written in it is ours."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tinytorch.tito.loader._copies import check_copies, loaded
from tinytorch.tito.loader._counting import COUNTS, counted
from tinytorch.tito.loader._graft import graft
from tinytorch.tito.loader._workspace import Workspace, WorkspaceError, python_files, reference_folder
from tinytorch.tito.splice import Source, SourceSyntaxError, decode


class NamespacePath:
    """The folders of the namespace `tinytorch`: the workspace's, then those that Python finds."""

    def __init__(self, own: str, others: Collection[str]) -> None:
        self.own = own
        self.others = others

    def __iter__(self) -> Iterator[str]:
        yield self.own
        yield from (folder for folder in self.others if folder != self.own)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class LearnerLoader(SourceFileLoader):
    """Loads a file of a learner: its blank functions are the reference's. No bytecode is cached.

    Parameters
    ----------
    name, path : str
    references : list of Path
        The files to borrow from, the one of the same name first.
    listed : collection of str
        Qualified names whose calls are to be counted, if they are written.
    chosen : collection of str, optional
        Those that are ours although they may be written.
    folders : list of str, optional
        Of a package, where its modules and data files are looked for.
    """

    def __init__(
        self,
        name: str,
        path: str,
        references: list[Path],
        listed: Collection[str],
        chosen: Collection[str] = (),
        folders: list[str] | None = None,
    ) -> None:
        super().__init__(name, path)
        self.folders = folders
        self.references = references
        self.listed = {one for one in listed if one not in chosen}
        self.chosen = chosen
        self.borrowed: dict[str, tuple[str, int]] = {}
        self.calls: dict[str, int] = {}
        self.counts: list[int] = []

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the file, filled.

        Raises
        ------
        SyntaxError
            Python's own, of the learner's line.
        """
        path = self.get_filename(fullname)
        try:
            learner = Source(decode(self.get_data(path)), path)
        except SourceSyntaxError as failure:
            error = failure.error
            error.filename = path
            raise error.with_traceback(None) from None
        names = counted(learner, self.listed)
        self.calls = {name: place for place, name in enumerate(names)}
        self.counts = [0] * len(names)
        filled = graft(learner, self.references, self.chosen)
        self.borrowed = filled.borrowed
        return filled.code(path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the file in its module; of a package, see afterwards that no class came twice."""
        if self.listed:
            code = self.get_code(module.__name__)
            vars(module)[COUNTS] = self.counts
            exec(code, vars(module))  # noqa: S102  (importing is running)
        else:
            super().exec_module(module)
        finish(module)

    def get_resource_reader(self, name: str | None = None) -> Any:
        """Return the data files of a package: the workspace has none of those that the reference comes with."""
        from tinytorch.tito.loader._resources import Resources

        return Resources(self.folders or [str(Path(self.path).parent)])


class ReferenceLoader(SourceFileLoader):
    """Loads our ``__init__.py`` for a learner's package that has none."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the file, then see that no class came twice."""
        super().exec_module(module)
        finish(module)


def finish(module: ModuleType) -> None:
    """Check a package that has just been imported."""
    parts = module.__name__.split(".")
    if len(parts) == 2:
        check_copies(parts[1])


class WorkspaceFinder(MetaPathFinder):
    """Finds the modules that a workspace has; all others are found as ever.

    Parameters
    ----------
    workspace : Workspace
    listed : mapping of str to collection of str
        By module, the functions whose calls to count.
    """

    def __init__(self, workspace: Workspace, listed: Mapping[str, Collection[str]]) -> None:
        self.workspace = workspace
        self.listed = listed
        self.chosen = workspace.chosen()
        self.loaders: list[LearnerLoader] = []
        self._references: dict[str, Path | None] = {}

    def reference(self, module: str) -> Path | None:
        """The folder of the reference's module of a name."""
        if module not in self._references:
            self._references[module] = reference_folder(module, self.workspace)
        return self._references[module]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module of the workspace; None for any other."""
        root, *parts = fullname.split(".")
        if root != "tinytorch" or not parts or not self.workspace.has(parts[0]):
            return None
        if parts[0] in self.chosen.modules:
            return PathFinder.find_spec(fullname, self._without(path), target)
        if len(parts) == 1:
            self.workspace.check_namespace()
        mine = self.workspace.namespace.joinpath(*parts)
        reference = self.reference(parts[0])
        ours = reference.joinpath(*parts[1:]) if reference else None
        if mine.is_dir() and any(python_files(mine)):
            folders = [str(mine), *([str(ours)] if ours and ours.is_dir() else [])]
            if (mine / "__init__.py").exists():
                return self._spec(fullname, mine / "__init__.py", parts, folders)
            if ours and (ours / "__init__.py").exists():
                file = str(ours / "__init__.py")
                loader = ReferenceLoader(fullname, file)
                return importlib.util.spec_from_file_location(
                    fullname, file, loader=loader, submodule_search_locations=folders
                )
        file_ = mine.with_name(mine.name + ".py")
        return self._spec(fullname, file_, parts, None) if len(parts) > 1 and file_.exists() else None

    def _without(self, path: Sequence[str] | None) -> list[str]:
        """Return folders to look in, the workspace's aside."""
        return [folder for folder in path or () if folder != str(self.workspace.namespace)]

    def _spec(self, fullname: str, file: Path, parts: list[str], folders: list[str] | None) -> ModuleSpec | None:
        reference = self.reference(parts[0])
        references: list[Path] = []
        if reference:
            same = reference / file.relative_to(self.workspace.folder(parts[0]))
            others = sorted(reference.rglob("*.py"))
            references = [*([same] if same in others else []), *(other for other in others if other != same)]
        listed, chosen = self.listed.get(parts[0], ()), self.chosen.inside(parts[0])
        loader = LearnerLoader(fullname, str(file), references, listed, chosen, folders)
        self.loaders.append(loader)
        return importlib.util.spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=folders)

    def calls(self) -> dict[tuple[str, str], int]:
        """How often each written function of the listed ones was called, by module and qualified name."""
        return {
            (loader.name.split(".")[1], name): loader.counts[place]
            for loader in self.loaders
            for name, place in loader.calls.items()
        }


def install(
    workspace: str | os.PathLike[str], *, count_calls: Mapping[str, Collection[str]] | None = None
) -> WorkspaceFinder:
    """Let the modules of a workspace take the place of the installed ones, from the next import on.

    Parameters
    ----------
    workspace : path
        The folder with ``src/tinytorch/NAME/``.
    count_calls : mapping of str to collection of str, optional
        By module, functions whose calls to count (`WorkspaceFinder.calls`), where the learner has written them.
        A count costs about 30 ns a call.

    Returns
    -------
    WorkspaceFinder
        The hook, which `uninstall` takes out again.

    Raises
    ------
    WorkspaceError
        If an ``__init__.py`` hides the namespace, another workspace is installed, or a module that the workspace has
        was imported before.
    """
    place = Workspace(Path(workspace).resolve())
    place.check_namespace()
    present = [finder for finder in sys.meta_path if isinstance(finder, WorkspaceFinder)]
    if present and present[0].workspace != place:
        raise WorkspaceError(
            f"The workspace {present[0].workspace.root} is in use in this process; use {place.root} in another."
        )
    if present:
        return present[0]
    for module in place.modules():
        for name, early in sorted(loaded(module).items()):
            raise WorkspaceError(
                f"{name} was imported from {getattr(early, '__file__', None)} before the workspace {place.root} was "
                "installed, so there would be two of each of its classes. Install the workspace first."
            )
    finder = WorkspaceFinder(place, count_calls or {})
    namespace = sys.modules["tinytorch"]
    # A namespace's path computes itself anew when sys.path changes; what is put in front of it must do so too.
    vars(namespace)["__path__"] = NamespacePath(str(place.namespace), namespace.__path__)
    sys.meta_path.insert(0, finder)
    return finder


def uninstall() -> None:
    """Take the hook out again; modules that are loaded stay loaded."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, WorkspaceFinder)]
    namespace = vars(sys.modules["tinytorch"])
    path = namespace["__path__"]
    if isinstance(path, NamespacePath):
        namespace["__path__"] = path.others
