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
    from tinytorch.tito.loader._provenance import WORDS, Provenance, Word, provenance
    from tinytorch.tito.loader._pth import find_pth, pth_file, pth_line, remove_pth, write_pth
    from tinytorch.tito.loader._start import Started, blanks, start
    from tinytorch.tito.loader._workspace import (
        CHOSEN,
        Workspace,
        WorkspaceError,
        namespace_path,
        python_files,
        reference_folder,
    )

_NAMES = {
    "_copies": ("check_copies",),
    "_finder": ("WorkspaceFinder", "install", "uninstall"),
    "_provenance": ("WORDS", "Provenance", "Word", "provenance"),
    "_pth": ("find_pth", "pth_file", "pth_line", "remove_pth", "write_pth"),
    "_start": ("Started", "blanks", "start"),
    "_workspace": ("CHOSEN", "Workspace", "WorkspaceError", "namespace_path", "python_files", "reference_folder"),
}

__all__ = [
    "CHOSEN",
    "WORDS",
    "Provenance",
    "Started",
    "Word",
    "Workspace",
    "WorkspaceError",
    "WorkspaceFinder",
    "blanks",
    "check_copies",
    "find_pth",
    "install",
    "namespace_path",
    "provenance",
    "pth_file",
    "pth_line",
    "python_files",
    "reference_folder",
    "remove_pth",
    "start",
    "uninstall",
    "write_pth",
]

__getattr__, __dir__ = later(__name__, _NAMES)
