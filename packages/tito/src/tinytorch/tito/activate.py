"""What the line of a ``.pth`` file calls: cheap until something of TinyTorch is imported.

Every start of Python in the environment runs it, those of pip and of editors' servers included.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as typing has it, which takes 5 ms to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _Waiting:
    """Installs the workspace when the first module of TinyTorch is imported, and then steps aside."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("tinytorch.") or fullname.split(".")[1] in ("tito", "course"):
            return None
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
        from tinytorch.tito.loader import WorkspaceFinder, install

        if any(isinstance(finder, WorkspaceFinder) for finder in sys.meta_path):
            return None  # a command has installed one itself
        return install(self.folder).find_spec(fullname, path, target)


def workspace(folder: str) -> None:
    """Let the modules of a workspace take the place of the installed ones, once one of them is asked for."""
    sys.meta_path.insert(0, _Waiting(folder))
