"""The loader: a workspace's modules in the place of the installed ones, what is blank in them borrowed.

`start` writes the files of a module's exercises, `install` puts the import hook in place, `provenance` says whose code
each function is. `pth_line`, `write_pth` and `remove_pth` do for a whole environment what `install` does for a process.
"""

from tinytorch.tito.loader._copies import check_copies
from tinytorch.tito.loader._finder import WorkspaceFinder, install, uninstall
from tinytorch.tito.loader._provenance import Provenance, Word, provenance
from tinytorch.tito.loader._pth import find_pth, pth_line, remove_pth, write_pth
from tinytorch.tito.loader._start import Started, start
from tinytorch.tito.loader._workspace import Workspace, WorkspaceError

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
