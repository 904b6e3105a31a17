"""The loader: a workspace's modules in the place of the installed ones, what is blank in them borrowed.

`start` writes the files of a module's exercises, `install` puts the import hook in place, `provenance` says whose code
each function is. `pth_line`, `write_pth` and `remove_pth` do for a whole environment what `install` does for a process.

Each name's file is imported when the name is asked for: a command that runs no learner's code needs few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinytorch.tito._later import later

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

__getattr__, __dir__ = later(__name__, _HOMES)
