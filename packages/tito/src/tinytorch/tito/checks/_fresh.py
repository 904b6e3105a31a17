"""A fresh start within a process: the modules of a workspace imported anew, and gone again afterwards."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tinytorch.tito.checks._check import Modules
from tinytorch.tito.exercises import home
from tinytorch.tito.loader import WorkspaceFinder, install, reference_folder, uninstall
from tinytorch.tito.mistakes import Mistake
from tinytorch.tito.splice import decode

STAYS = ("tinytorch.tito", "tinytorch.course")


def forget_modules() -> None:
    """Forget every module of TinyTorch that is imported, so that the next import runs it again."""
    for name in list(sys.modules):
        if name.startswith("tinytorch.") and not name.startswith(STAYS):
            del sys.modules[name]
    namespace = vars(sys.modules["tinytorch"])
    for name in [name for name in namespace if not name.startswith("_") and f"tinytorch.{name}" not in STAYS]:
        del namespace[name]


@contextmanager
def modules(
    workspace: Path | None, *, count_calls: Mapping[str, Collection[str]] | None = None
) -> Iterator[tuple[Modules, WorkspaceFinder | None]]:
    """Give the modules as they are with a workspace, or without one; imported anew, and forgotten at the end."""
    forget_modules()
    finder = install(workspace, count_calls=count_calls) if workspace else None
    try:
        yield Modules(), finder
    finally:
        if finder:
            uninstall()
        forget_modules()


@contextmanager
def replaced(module: str, files: Mapping[str, str]) -> Iterator[Modules]:
    """Give the reference's modules with other texts in the place of some files of one of them.

    Parameters
    ----------
    module : str
    files : mapping of str to str
        By name in the module's folder.
    """
    with tempfile.TemporaryDirectory(prefix="tinytorch-") as folder:
        for name, text in files.items():
            file = Path(folder) / "src" / "tinytorch" / module / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        with modules(Path(folder)) as (tt, _):
            yield tt


def reference_text(module: str, file: str) -> str:
    """Return the text of a file of the reference."""
    folder = reference_folder(module)
    if folder is None:
        raise FileNotFoundError(f"The module {module} is not installed.")
    return decode((folder / file).read_bytes())


@contextmanager
def mistaken(module: str, mistake: Mistake) -> Iterator[Modules]:
    """Give the reference's modules with a mistake in one of them."""
    where, file = home(mistake.file, module)
    text = mistake.seeded(reference_text(where, file))
    with replaced(where, {file: text}) as tt:
        yield tt
