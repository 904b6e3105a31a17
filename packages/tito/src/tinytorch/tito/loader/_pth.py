"""One line that installs a workspace whenever Python starts: for editors, debuggers and notebooks.

Python runs the lines of ``*.pth`` files in an environment's packages folder that begin with ``import``.
"""

from __future__ import annotations

import ast
import os
import sysconfig
import tempfile
from pathlib import Path

from tinytorch.tito.loader._workspace import WorkspaceError

# After the files of editable packages, which Python reads in the order of their names.
FILE = "zz_tinytorch_workspace.pth"
UNREADABLE = Path("(unreadable)")  # no workspace is there
HEAD = (
    "import sys; exec('try:\\n from tinytorch.tito import activate\\nexcept ImportError:\\n pass\\nelse:\\n activate."
)


def pth_line(workspace: str | os.PathLike[str]) -> str:
    """Return the line. It is ASCII, whatever the folder's name, and does nothing once tinytorch-tito is gone."""
    folder = ascii(str(Path(workspace).resolve()))
    return HEAD + f"workspace({folder})".replace("\\", "\\\\").replace("'", "\\'") + "')\n"


def pth_file(packages: str | os.PathLike[str] | None = None) -> Path:
    """Return the file that has the line, there or not, in a ``site-packages``; by default that of this Python."""
    return Path(packages or sysconfig.get_path("purelib")) / FILE


def write_pth(workspace: str | os.PathLike[str], packages: str | os.PathLike[str] | None = None) -> Path:
    """Write the line into an environment; return the file.

    Parameters
    ----------
    workspace : path
    packages : path, optional
        The environment's ``site-packages``. Default: that of the Python that runs.

    Raises
    ------
    WorkspaceError
        If the folder cannot be written to.
    """
    file = pth_file(packages)
    try:
        handle, scratch = tempfile.mkstemp(dir=file.parent, prefix=".tinytorch-")
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(pth_line(workspace))
        Path(scratch).replace(file)
    except OSError as error:
        raise WorkspaceError(f"{file} cannot be written ({error.strerror}); use an environment of your own.") from error
    return file


def remove_pth(packages: str | os.PathLike[str] | None = None) -> bool:
    """Remove the line; return whether there was one."""
    file = pth_file(packages)
    there = file.exists()
    file.unlink(missing_ok=True)
    return there


def find_pth(packages: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the workspace that the line of an environment names; None without one, `UNREADABLE` if it is damaged."""
    file = pth_file(packages)
    if not file.exists():
        return None
    try:
        line = ast.walk(ast.parse(file.read_text("ascii")))
        texts = [one.value for one in line if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        calls = [one for text in texts for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Call)]
        return Path(ast.literal_eval(calls[0].args[0]))
    except (OSError, ValueError, SyntaxError, IndexError, TypeError):
        return UNREADABLE
