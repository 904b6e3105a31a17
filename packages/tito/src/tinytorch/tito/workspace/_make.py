"""Making a workspace: its files, and a git repository around them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tinytorch.tito.loader import WorkspaceError
from tinytorch.tito.workspace._files import write_file
from tinytorch.tito.workspace._state import FOLDER, Settings, State, find_workspace
from tinytorch.tito.workspace._templates import files

GIT_SECONDS = 20
HEAD = re.compile(r"ref: refs/heads/(?!\.)(\S+)\n")  # no branch begins with a dot; files of other formats say .invalid


class OccupiedError(WorkspaceError):
    """A folder that cannot become a workspace: it holds something, or lies in one."""


@dataclass(frozen=True)
class Made:
    """What `make` did.

    Attributes
    ----------
    root : Path
    git : str
        ``new`` (a repository with a first commit), ``uncommitted`` (git does not know who commits), ``inside`` (another
        repository holds the folder), ``missing`` (git is not installed), or ``none`` (nobody asked for one).
    """

    root: Path
    git: str


def make(folder: Path, settings: Settings, *, git: bool = True) -> Made:
    """Make a workspace in a folder that is empty or not there.

    Raises
    ------
    OccupiedError
        If there is something in it, or it lies inside another workspace.
    WorkspaceError
        If it cannot be written to.
    """
    root = folder.resolve()
    outer = find_workspace(root)
    if outer is not None:
        if outer == root:
            raise OccupiedError(f"{root} is a workspace already{elsewhere(State(root).settings(), settings)}")
        raise OccupiedError(f"{root} would lie inside the workspace {outer}; name a folder outside of it, as ../learn.")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise OccupiedError(f"{root} is not empty, and nothing in it is touched; name a new folder.")
    name = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-") or "learn"
    try:
        for file, text in files(name, settings.path, settings.tier).items():
            write_file(root / file, text.encode())
        (root / "src" / "tinytorch").mkdir(parents=True, exist_ok=True)
        (root / FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"{error.filename or root} cannot be written: {error.strerror}.") from error
    return Made(root, begin_repository(root) if git else "none")


def elsewhere(now: Settings, wanted: Settings) -> str:
    """Return what follows a workspace that is there already: to go there, and to go on by another path."""
    changes = {"path": wanted.path} if wanted.path != now.path else {}
    if wanted.path == "explorer" and wanted.tier != now.tier:
        changes["tier"] = wanted.tier
    if not changes:
        return "; go there and say: tito"
    lines = " and ".join(f'{key} = "{value}"' for key, value in changes.items())
    return f", on the {now.path} path; write {lines} in its pyproject.toml"


def begin_repository(root: Path) -> str:
    """Make a repository with one commit, unless there is one around the folder; see `Made.git`."""
    if shutil.which("git") is None:
        return "missing"
    if run_git(root, "rev-parse", "--is-inside-work-tree") is not None:
        return "inside"
    if run_git(root, "init", "--quiet", "--initial-branch=main") is None and run_git(root, "init", "--quiet") is None:
        return "missing"
    if run_git(root, "add", ".") is None or run_git(root, "commit", "--quiet", "-m", "Begin") is None:
        return "uncommitted"
    return "new"


def run_git(root: Path, *arguments: str) -> str | None:
    """Return what git answers in a folder, or None if it fails."""
    import subprocess

    git = shutil.which("git")
    if git is None:
        return None
    try:
        result = subprocess.run(  # noqa: S603  (git, with arguments of ours)
            [git, "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=GIT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def branch(root: Path) -> str:
    """Return the branch that is checked out; nothing without git, before the first commit's branch has a name.

    A repository's own file says so at once; of any other kind of place git is asked.
    """
    try:
        found = HEAD.fullmatch((root / ".git" / "HEAD").read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        found = None
    return found[1] if found else run_git(root, "symbolic-ref", "--short", "HEAD") or ""
