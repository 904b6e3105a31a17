"""Start: a module's exercise files, blanked, appear in a workspace; nothing that is there is touched."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tinytorch.tito.exercises import Exercise, home
from tinytorch.tito.loader._workspace import OURS, Workspace, WorkspaceError, reference_folder
from tinytorch.tito.origin import install_line
from tinytorch.tito.splice import Source, cut, decode, identifiers, is_private

PRIVATE = re.compile(r"\bdef\s+(_\w+)")


@dataclass(frozen=True)
class Started:
    """What `start` did.

    Attributes
    ----------
    folder : Path
        Of the module, in the workspace.
    written : tuple of Path
        The files that are new; some may be another module's.
    kept : tuple of Path
        Those that were there before, to the byte.
    """

    folder: Path
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def blanks(reference: Path, exercises: Iterable[Exercise]) -> dict[str, bytes]:
    """Return the files that a learner gets, by their names in the module's folder.

    Those that hold exercises, cut, and ``__init__.py``, which exports the same names as the reference's.

    Raises
    ------
    SpliceError
        If an exercise is not in its file.
    WorkspaceError
        If there is no such file.
    """
    asked: dict[str, dict[str, str]] = {}
    for exercise in exercises:
        asked.setdefault(exercise.file, {})[exercise.name] = exercise.contract
    result = {"__init__.py": (reference / "__init__.py").read_bytes()}
    texts = {file: decode(file.read_bytes()) for file in reference.rglob("*.py")}
    for name, functions in asked.items():
        file = reference / name
        if file not in texts:
            raise WorkspaceError(f"The reference has no file {name} in {reference}.")
        elsewhere = used_elsewhere(file, texts)
        text = cut(texts[file], functions, elsewhere=elsewhere, filename=str(file))
        result[name] = text.encode()
    return result


def used_elsewhere(file: Path, texts: Mapping[Path, str]) -> set[str]:
    """Return the private functions of a file that another one uses. Only files that have such a word are parsed."""
    private = {name for name in PRIVATE.findall(texts[file]) if is_private(name)}
    others = [other for other, text in texts.items() if other != file and any(name in text for name in private)]
    used = (identifiers(Source(texts[other], str(other)).tree) for other in others)
    return private & set().union(*used)


def start(workspace: str | os.PathLike[str], module: str, exercises: Iterable[Exercise]) -> Started:
    """Write the files of a module's exercises into a workspace.

    Parameters
    ----------
    workspace : path
    module : str
        An installed one, for instance ``tensor``.
    exercises : iterable of Exercise

    Returns
    -------
    Started

    Raises
    ------
    WorkspaceError
        If the module is not installed, or the folder cannot be written to.

    Notes
    -----
    A new folder appears whole or not at all. Into one that is there only missing files come, each whole or not at all.
    An exercise may stand in a file of another module: that file comes into that module's folder, before the folder of
    `module` itself appears.
    """
    place = Workspace(Path(workspace).resolve())
    place.check_namespace()
    by_module: dict[str, list[Exercise]] = {module: []}
    for exercise in exercises:
        where, file = home(exercise.file, module)
        by_module.setdefault(where, []).append(replace(exercise, file=file))
    texts = {name: blanks(_reference(name, place), asked) for name, asked in by_module.items()}
    done = [_placed(place, name, texts[name]) for name in sorted(texts, key=lambda name: name == module)]
    written = tuple(file for one in done for file in one.written)
    kept = tuple(file for one in done for file in one.kept)
    return Started(place.folder(module), written, kept)


def _reference(module: str, place: Workspace) -> Path:
    reference = reference_folder(module, place) if module.isidentifier() and module not in OURS else None
    if reference is None:
        raise WorkspaceError(f"There is no module {module} to start from; {install_line(module)}.")
    return reference


def _placed(place: Workspace, module: str, files: dict[str, bytes]) -> Started:
    """Write files into a module's folder: all of them at once, if there is no such folder."""
    folder = place.folder(module)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # A name with a dot is no module, should the process die here.
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{module}-"))
        try:
            return _written(scratch, folder, files)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        hidden = error.filename is None or f".{module}-" in str(error.filename)
        raise WorkspaceError(f"{folder if hidden else error.filename} cannot be written: {error.strerror}.") from error


def _written(scratch: Path, folder: Path, files: dict[str, bytes]) -> Started:
    fresh = scratch / folder.name
    for name, data in files.items():
        file = fresh / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    if not folder.exists():
        try:
            fresh.rename(folder)
            return Started(folder, tuple(folder / name for name in files), ())
        except FileExistsError:
            pass  # somebody else was faster: what they have stays
    written: list[Path] = []
    kept: list[Path] = []
    for name in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        (kept if not _moved(fresh / name, file) else written).append(file)
    return Started(folder, tuple(written), tuple(kept))


def _moved(source: Path, target: Path) -> bool:
    """Move a file to a name that is free; return False, and do nothing, if it is taken."""
    if os.name == "nt":
        try:
            source.rename(target)  # which on Windows never replaces
        except FileExistsError:
            return False
        return True
    try:
        os.link(source, target)  # a rename would replace
    except FileExistsError:
        return False
    except OSError:  # a file system without links, as of a memory stick
        if target.exists():
            return False
        source.rename(target)
    return True
