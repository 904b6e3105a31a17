"""One class a process: tensors of one `Tensor` are strangers to another, and the errors that follow explain nothing."""

from __future__ import annotations

import sys
from types import ModuleType

from tinytorch.tito.loader._workspace import OURS, WorkspaceError


def loaded(module: str = "") -> dict[str, ModuleType]:
    """Return the modules of TinyTorch that are loaded, all or those of one package, by their names."""
    found: dict[str, ModuleType] = {}
    for name, one in list(sys.modules.items()):
        root, *parts = name.split(".")
        if root == "tinytorch" and parts and parts[0] not in OURS and module in ("", parts[0]) and one is not None:
            found[name] = one
    return found


def check_copies(module: str = "") -> None:
    """See that each public class of the loaded modules exists once.

    Parameters
    ----------
    module : str, optional
        Look at the classes of this one only.

    Raises
    ------
    WorkspaceError
        If a file has been imported under two names, or a class that a package exports is defined in two of its files,
        or another module holds on to one that has been replaced.
    """
    files: dict[str, str] = {}
    every = loaded()
    for name, one in {**every, "__main__": sys.modules["__main__"]}.items():
        file = getattr(one, "__file__", None)
        if file is None:
            continue
        other = files.setdefault(file, name)
        if other == name:
            continue
        if name == "__main__":
            raise WorkspaceError(
                f"{file} runs as a program and is imported as {other} too, so each of its classes exists "
                "twice. Run another file, one that imports it."
            )
        raise WorkspaceError(
            f"{file} has been imported twice, as {other} and as {name}, so each of its classes exists twice. "
            "Import it by one name."
        )
    for package, one in every.items():
        if package.count(".") == 1 and (not module or package == f"tinytorch.{module}"):
            for public in getattr(one, "__all__", ()):
                thing = vars(one).get(public)
                if isinstance(thing, type):
                    _check_class(package, public, thing, every)


def _check_class(package: str, public: str, ours: type, every: dict[str, ModuleType]) -> None:
    for name, one in every.items():
        other = vars(one).get(public)
        if not isinstance(other, type) or other is ours or other.__qualname__ != ours.__qualname__:
            continue
        home = other.__module__
        if home == package or home.startswith(f"{package}."):
            raise WorkspaceError(
                f"There are two classes {public}: {package} has the one of {_file(ours)}, {name} the one of "
                f"{_file(other)}; their objects are strangers to each other. Define it once, in the file where the "
                f"reference has it, and start Python again."
            )


def _file(one: type) -> str:
    module = sys.modules.get(one.__module__)
    return getattr(module, "__file__", None) or one.__module__
