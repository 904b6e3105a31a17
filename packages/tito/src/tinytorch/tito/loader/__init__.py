"""The loader: a workspace's modules in the place of the installed ones, what is blank in them borrowed.

`start` writes the files of a module's exercises, `install` puts the import hook in place, `provenance` says whose code
each function is. `pth_line`, `write_pth` and `remove_pth` do for a whole environment what `install` does for a process.

Each name's file is imported when the name is asked for: a command that runs no learner's code needs few of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinytorch.tito.loader._copies import check_copies
    from tinytorch.tito.loader._finder import WorkspaceFinder, install, uninstall
    from tinytorch.tito.loader._provenance import Provenance, Word, provenance
    from tinytorch.tito.loader._pth import find_pth, pth_line, remove_pth, write_pth
    from tinytorch.tito.loader._start import Started, start
    from tinytorch.tito.loader._workspace import Workspace, WorkspaceError

_HOMES = {
    "Provenance": "_provenance",
    "Started": "_start",
    "Word": "_provenance",
    "Workspace": "_workspace",
    "WorkspaceError": "_workspace",
    "WorkspaceFinder": "_finder",
    "check_copies": "_copies",
    "find_pth": "_pth",
    "install": "_finder",
    "provenance": "_provenance",
    "pth_line": "_pth",
    "remove_pth": "_pth",
    "start": "_start",
    "uninstall": "_finder",
    "write_pth": "_pth",
}

__all__ = [
    "Provenance",
    "Started",
    "Word",
    "Workspace",
    "WorkspaceError",
    "WorkspaceFinder",
    "check_copies",
    "find_pth",
    "install",
    "provenance",
    "pth_line",
    "remove_pth",
    "start",
    "uninstall",
    "write_pth",
]


def __getattr__(name: str) -> Any:
    """Import the file that has a name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next time it is there
    return found


def __dir__() -> list[str]:
    """Return the names, imported or not."""
    return sorted({*globals(), *__all__})
