"""Errors that are nobody's bug, each as a sentence; and the file about one that is ours."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from datetime import datetime
from pathlib import Path

from tinytorch.tito._version import __version__
from tinytorch.tito.cli._answer import Problem
from tinytorch.tito.exercises import ExercisesError
from tinytorch.tito.loader import WorkspaceError
from tinytorch.tito.mistakes import MistakesError
from tinytorch.tito.records import Place
from tinytorch.tito.splice import SourceSyntaxError, SpliceError
from tinytorch.tito.workspace import FOLDER, OccupiedError, UnknownNameError, find_workspace, refusal


def explain(error: BaseException) -> Problem | None:
    """Return what an error means for a learner, or None for one that nobody has thought of."""
    match error:
        case SourceSyntaxError():
            return syntax_problem(error)
        case UnknownNameError():
            return Problem("unknown-name", str(error), help="tito map")
        case OccupiedError():
            return Problem("occupied", str(error))
        case WorkspaceError():
            return Problem("workspace", str(error), help="tito doctor")
        case ExercisesError() | MistakesError() | SpliceError():
            return Problem("course", str(error), help="tito doctor")
        case FileExistsError() | NotADirectoryError() | IsADirectoryError():
            return Problem("in-the-way", f"{error.filename} is in the way: {error.strerror}.", help="tito doctor")
        case OSError():
            refused = refusal(error)
            return Problem(refused.id, refused.message, help=refused.help) if refused else None
    return None


def syntax_problem(error: SourceSyntaxError) -> Problem:
    """Return a syntax error with the learner's line and caret."""
    inner = error.error
    line = (inner.text or "").rstrip("\r\n")
    column = max((inner.offset or 1) - 1, 0)
    end = inner.end_offset - 1 if inner.end_offset and inner.end_lineno == inner.lineno else column + 1
    file = inner.filename or "source"
    place = Place(file, inner.lineno or 1, line, column, max(end, column + 1))
    return Problem("syntax", f"{Path(file).name} is not Python yet: {inner.msg}.", place, "fix the line")


def write_crash(error: BaseException, arguments: list[str]) -> Path:
    """Write down all that is known about an error of ours; return the file."""
    try:
        here: Path | None = Path.cwd()
    except OSError:  # it is gone
        here = None
    text = "\n".join(
        [
            f"tito {__version__} · Python {platform.python_version()} · {platform.platform()}",
            f"tito {' '.join(arguments)}",
            f"in {here}",
            "",
            *traceback.format_exception(error),
            "",
            *sys.path,
        ]
    )
    name = f"crash-{datetime.now():%Y%m%d-%H%M%S}.txt"
    root = find_workspace(here) if here else None
    for folder in ([root / FOLDER / "crash"] if root else []) + [Path(tempfile.gettempdir())]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return Path("(nowhere: no folder can be written to)")
