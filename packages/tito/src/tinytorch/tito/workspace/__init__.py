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
    from tinytorch.tito.workspace._files import leftovers, refusal, sweep, write_file
    from tinytorch.tito.workspace._heads import changed_heads
    from tinytorch.tito.workspace._history import Entry, History
    from tinytorch.tito.workspace._lost import describe_lost, lost_functions
    from tinytorch.tito.workspace._make import Made, OccupiedError, branch, make, run_git
    from tinytorch.tito.workspace._progress import ModuleProgress, Progress, Task
    from tinytorch.tito.workspace._put_back import with_blanks
    from tinytorch.tito.workspace._seen import ModuleFiles, Seen
    from tinytorch.tito.workspace._state import FOLDER, PATHS, Settings, State, find_workspace, settings_trouble
    from tinytorch.tito.workspace._surroundings import Surroundings
    from tinytorch.tito.workspace._trouble import Trouble
    from tinytorch.tito.workspace._troubles import troubles

_NAMES = {
    "_chapters": (
        "ACTS",
        "BUILT",
        "CHAPTERS",
        "PROOFS",
        "TIERS",
        "Chapter",
        "UnknownNameError",
        "did_you_mean",
        "find_chapter",
        "find_function",
    ),
    "_files": ("leftovers", "refusal", "sweep", "write_file"),
    "_heads": ("changed_heads",),
    "_history": ("Entry", "History"),
    "_lost": ("describe_lost", "lost_functions"),
    "_make": ("Made", "OccupiedError", "branch", "make", "run_git"),
    "_progress": ("ModuleProgress", "Progress", "Task"),
    "_put_back": ("with_blanks",),
    "_seen": ("ModuleFiles", "Seen"),
    "_state": ("FOLDER", "PATHS", "Settings", "State", "find_workspace", "settings_trouble"),
    "_surroundings": ("Surroundings",),
    "_trouble": ("Trouble",),
    "_troubles": ("troubles",),
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
    "Surroundings",
    "Task",
    "Trouble",
    "UnknownNameError",
    "branch",
    "changed_heads",
    "describe_lost",
    "did_you_mean",
    "find_chapter",
    "find_function",
    "find_workspace",
    "leftovers",
    "lost_functions",
    "make",
    "refusal",
    "run_git",
    "settings_trouble",
    "sweep",
    "troubles",
    "with_blanks",
    "write_file",
]

__getattr__, __dir__ = later(__name__, _NAMES)
