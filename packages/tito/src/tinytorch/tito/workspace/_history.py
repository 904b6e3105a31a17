"""Dated copies of a learner's files, made before anything is written over them, and bringing one back."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tinytorch.tito.loader import WorkspaceError
from tinytorch.tito.workspace._files import SCRATCH, write_file
from tinytorch.tito.workspace._state import Inside

MANIFEST = "entry.json"
GOOD = "check"  # copies of files that passed their parse; the oldest of these make room
MOST_GOOD = 30


@dataclass(frozen=True)
class Entry:
    """One copy.

    Attributes
    ----------
    name : str
        Its folder's: the date to the microsecond and the action.
    action : str
        What it was made before, or ``check``.
    files : tuple of str
        Relative to the workspace, as they were.
    absent : tuple of str
        Files that were not there, and so go away when the copy comes back.
    """

    name: str
    action: str
    files: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether it holds files that parsed, and not what a command was about to write over."""
        return self.action == GOOD

    @property
    def when(self) -> str:
        """Date and time, for people."""
        return f"{self.name[:4]}-{self.name[4:6]}-{self.name[6:8]} {self.name[9:11]}:{self.name[11:13]}"


class History(Inside):
    """The folder ``.tito/history`` of a workspace."""

    name = "history"

    def keep(self, files: Iterable[Path], action: str) -> Entry:
        """Copy files as they are now, and remember which are not there.

        The copy appears whole or not at all, and is on the disk when this returns.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=self.folder, prefix=SCRATCH))
        try:
            copied: list[str] = []
            absent: list[str] = []
            for file in files:
                relative = file.relative_to(self.root).as_posix()
                if not file.exists():
                    absent.append(relative)
                    continue
                write_file(scratch / "files" / relative, file.read_bytes())
                copied.append(relative)
            table = {"action": action, "files": copied, "absent": absent}
            write_file(scratch / MANIFEST, (json.dumps(table, indent=1) + "\n").encode())
            name = f"{datetime.now():%Y%m%d-%H%M%S-%f}-{action}"
            scratch.rename(self.folder / name)
            _sync(self.folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return Entry(name, action, tuple(copied), tuple(absent))

    def entries(self) -> list[Entry]:
        """Return the copies, the newest first; folders without a readable list of files are passed over."""
        result: list[Entry] = []
        for folder in sorted(self.folder.iterdir(), reverse=True) if self.folder.is_dir() else []:
            if folder.name.startswith("."):
                continue
            try:
                table = json.loads((folder / MANIFEST).read_text("utf-8"))
                result.append(Entry(folder.name, str(table["action"]), tuple(table["files"]), tuple(table["absent"])))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return result

    def data(self, entry: Entry, file: str) -> bytes | None:
        """Return a file as it was, None if the copy has lost it."""
        try:
            return (self.folder / entry.name / "files" / file).read_bytes()
        except OSError:
            return None

    def bring_back(self, entry: Entry) -> Entry:
        """Put the files of a copy where they were, after a copy of what is there now; return the latter.

        Raises
        ------
        WorkspaceError
            If the copy has lost one of them; then nothing is written.
        """
        texts: dict[str, bytes] = {}
        for name in entry.files:
            data = self.data(entry, name)
            if data is None:
                raise WorkspaceError(f"The copy {entry.name} has lost {name}; tito undo --list names the others.")
            texts[name] = data
        before = self.keep([self.root / file for file in (*entry.files, *entry.absent)], "undo")
        for name, data in texts.items():
            write_file(self.root / name, data)
        for name in entry.absent:
            (self.root / name).unlink(missing_ok=True)
        return before

    def keep_good(self, files: Iterable[Path]) -> None:
        """Copy files that parse, unless the newest copy has the same; make room among the oldest of these."""
        files = list(files)
        good = [entry for entry in self.entries() if entry.good]
        names = sorted(file.relative_to(self.root).as_posix() for file in files)
        for entry in good:
            if sorted(entry.files) == names:
                if all(self.data(entry, name) == (self.root / name).read_bytes() for name in names):
                    return
                break
        self.keep(files, GOOD)
        for entry in good[MOST_GOOD - 1 :]:
            shutil.rmtree(self.folder / entry.name, ignore_errors=True)

    def last_good(self, file: Path) -> Entry | None:
        """Return the newest copy of a file that parsed and differs from it."""
        name = file.relative_to(self.root).as_posix()
        now = file.read_bytes() if file.exists() else None
        for entry in self.entries():
            if entry.good and name in entry.files and self.data(entry, name) not in (None, now):
                return entry
        return None


def _sync(folder: Path) -> None:
    """Have a folder's names written to the disk, where systems let one ask for it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
