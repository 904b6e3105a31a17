"""What the commands stand on: making a workspace, what it remembers, dated copies, and how far a learner is.

Each name's file is imported when the name is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinytorch.tito._later import later

if TYPE_CHECKING:
    from tinytorch.tito.workspace._chapters import (
        ACTS,
        BUILT,
        CHAPTERS,
        PROOFS,
        TIERS,
        Chapter,
        UnknownNameError,
        did_you_mean,
        find_chapter,
        find_function,
    )
    from tinytorch.tito.workspace._files import leftovers, sweep, write_file
    from tinytorch.tito.workspace._history import Entry, History
    from tinytorch.tito.workspace._make import Made, OccupiedError, branch, make, run_git
    from tinytorch.tito.workspace._progress import ModuleProgress, Progress, Task
    from tinytorch.tito.workspace._seen import ModuleFiles, Seen
    from tinytorch.tito.workspace._state import FOLDER, PATHS, Settings, State, find_workspace, settings_trouble

_HOMES = {
    "ACTS": "_chapters",
    "BUILT": "_chapters",
    "CHAPTERS": "_chapters",
    "FOLDER": "_state",
    "PATHS": "_state",
    "PROOFS": "_chapters",
    "TIERS": "_chapters",
    "Chapter": "_chapters",
    "Entry": "_history",
    "History": "_history",
    "Made": "_make",
    "ModuleFiles": "_seen",
    "ModuleProgress": "_progress",
    "OccupiedError": "_make",
    "Progress": "_progress",
    "Seen": "_seen",
    "Settings": "_state",
    "State": "_state",
    "Task": "_progress",
    "UnknownNameError": "_chapters",
    "branch": "_make",
    "did_you_mean": "_chapters",
    "find_chapter": "_chapters",
    "find_function": "_chapters",
    "find_workspace": "_state",
    "leftovers": "_files",
    "make": "_make",
    "run_git": "_make",
    "settings_trouble": "_state",
    "sweep": "_files",
    "write_file": "_files",
}

__all__ = [
    "ACTS",
    "BUILT",
    "CHAPTERS",
    "FOLDER",
    "PATHS",
    "PROOFS",
    "TIERS",
    "Chapter",
    "Entry",
    "History",
    "Made",
    "ModuleFiles",
    "ModuleProgress",
    "OccupiedError",
    "Progress",
    "Seen",
    "Settings",
    "State",
    "Task",
    "UnknownNameError",
    "branch",
    "did_you_mean",
    "find_chapter",
    "find_function",
    "find_workspace",
    "leftovers",
    "make",
    "run_git",
    "settings_trouble",
    "sweep",
    "write_file",
]

__getattr__, __dir__ = later(__name__, _HOMES)
