"""How the front door opens: which module a name is in, and what to say when that module is not installed.

The names stand once, in ``__init__.pyi``, where type checkers read them; this file reads the same lines.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@functools.cache
def names() -> Mapping[str, tuple[str, str]]:
    """Return, for each name behind the door, its module and its name there."""
    found: dict[str, tuple[str, str]] = {}
    for line in Path(__file__).with_name("__init__.pyi").read_text("utf-8").splitlines():
        match line.split():
            case ["from", module, "import", original, "as", name] if module != "tinytorch.core._version":
                found[name] = (module, original)
    return found


def fetch(name: str) -> Any:
    """Return what `name` stands for, importing its module and no other.

    Raises
    ------
    AttributeError
        If the door has no such name.
    ImportError
        If its module is not installed, with the line that installs it.
    """
    if name not in names():
        close = [known for known in names() if known.lower() == name.lower()]
        hint = f"; did you mean {close[0]}?" if close else "; dir(tinytorch.core) lists what it has."
        raise AttributeError(f"tinytorch.core has no {name!r}{hint}", name=name)
    module, original = names()[name]
    with naming_the_package(module):
        loaded = importlib.import_module(module)
    try:
        return getattr(loaded, original)
    except AttributeError:
        raise ImportError(
            f"{name} is part of {module}, but the one found at {loaded.__file__} does not have it (yet).", name=module
        ) from None


@contextmanager
def naming_the_package(module: str) -> Iterator[None]:
    """Turn the failure to find `module` into a sentence with the line that installs it.

    A module that is there and fails to import something else is not missing: its error passes unchanged.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        distribution = module.replace(".", "-")
        raise ModuleNotFoundError(
            f"{module} is not installed. Install it: pip install {distribution} "
            f"(in a checkout: pip install '.[{module.rpartition('.')[2]}]'){_hidden()}",
            name=module,
        ) from None


def _hidden() -> str:
    """Say so if a regular package called tinytorch stands in the way of all of ours."""
    spec = importlib.util.find_spec("tinytorch")
    if spec is not None and spec.origin is not None:
        return (
            f". A package called tinytorch at {spec.origin} hides all modules of this project: remove that file, or "
            "pip uninstall tinytorch, which on the public index is somebody else's."
        )
    return ""
