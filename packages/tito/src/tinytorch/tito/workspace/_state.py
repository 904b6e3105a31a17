"""What `.tito/` remembers.

All but the learner's choices can be worked out again, so a file that is damaged is merely forgotten.
"""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tinytorch.tito.loader import Workspace
from tinytorch.tito.workspace._chapters import TIERS, did_you_mean
from tinytorch.tito.workspace._files import naming, write_file

FOLDER = ".tito"
PATHS = ("builder", "explorer", "guided")


@dataclass(frozen=True)
class Settings:
    """How a learner goes through the course: the table ``[tool.tito]`` of the workspace's ``pyproject.toml``.

    Attributes
    ----------
    path : str
        ``builder``, ``explorer`` or ``guided``.
    tier : str
        Of an explorer.
    """

    path: str = "builder"
    tier: str = "foundation"


def find_workspace(start: Path) -> Path | None:
    """Return the nearest folder, from `start` upwards, that is a workspace."""
    for folder in (start, *start.parents):
        if (folder / FOLDER).is_dir() or _names_tito(folder / "pyproject.toml"):
            return folder
    return None


def _names_tito(file: Path) -> bool:
    try:
        return "[tool.tito]" in file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def settings_trouble(root: Path) -> str:
    """Return in a sentence why the settings of a workspace cannot be taken as they stand; nothing if they can."""
    file = root / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError:  # it is gone, which `tito doctor` says and repairs; nothing else needs it
        return ""
    except UnicodeDecodeError as error:
        return f"{file} is not text in UTF-8: byte {error.start} is {error.object[error.start]:#x}."
    except tomllib.TOMLDecodeError as error:
        return f"{file} is not TOML: {error}."
    tool = table.get("tool")
    found = tool.get("tito") if isinstance(tool, dict) else None
    for key, known in (("path", list(PATHS)), ("tier", list(TIERS))):
        value = found.get(key, known[0]) if isinstance(found, dict) else known[0]
        if value not in known:
            guess = did_you_mean(str(value), known)
            return f'{file}: {key} = "{value}" of [tool.tito] is none of {", ".join(known)}.{guess}'
    return ""


class Inside:
    """A folder in the ``.tito/`` of a workspace.

    Parameters
    ----------
    root : Path
        The workspace.
    """

    name = "."  # in `.tito/`

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / FOLDER / self.name


class State(Inside):
    """The files under ``.tito/`` of a workspace."""

    def settings(self) -> Settings:
        """Return the settings; what is missing or cannot be read is as it is by default."""
        found = Workspace(self.root).settings()
        path, tier = str(found.get("path", "builder")), str(found.get("tier", "foundation"))
        return Settings(path if path in PATHS else "builder", tier)

    def read(self, name: str) -> dict[str, Any]:
        """Return what a file holds; nothing if it is not there or is damaged."""
        try:
            table = json.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return table if isinstance(table, dict) else {}

    def write(self, name: str, table: dict[str, Any], *, careful: bool = True) -> None:
        """Write a file, whole or not at all; of one that can be made again anytime, not at all is no error."""
        data = (json.dumps(table, indent=1, sort_keys=True) + "\n").encode()
        if careful:
            write_file(self.folder / name, data)
            return
        with contextlib.suppress(OSError):  # a full disk, a folder that is read only: it is worked out again
            write_file(self.folder / name, data, sync=False)

    def note(self, what: str, **details: Any) -> None:
        """Add a line to the journal: hints taken, solutions read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"when": datetime.now().astimezone().isoformat("T", "seconds"), "what": what, **details})
        file = self.folder / "journal.jsonl"
        with naming(file), file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def journal(self, what: str) -> Iterator[dict[str, Any]]:
        """Yield the journal's entries of a kind; a line that a crash has cut short is passed over."""
        try:
            lines = (self.folder / "journal.jsonl").read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("what") == what:
                yield entry

    def damaged(self) -> Iterator[Path]:
        """Yield the files that cannot be read as what they are."""
        for file in sorted(self.folder.rglob("*.json")):
            try:
                whole = isinstance(json.loads(file.read_text("utf-8")), dict)
            except (OSError, ValueError):
                whole = False
            if not whole:
                yield file
