"""What the commands stand on: making a workspace, what it remembers, dated copies, and how far a learner is."""

from tinytorch.tito.workspace._chapters import (
    ACTS,
    BUILT,
    CHAPTERS,
    TIERS,
    Chapter,
    UnknownNameError,
    chapter,
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

__all__ = [
    "ACTS",
    "BUILT",
    "CHAPTERS",
    "FOLDER",
    "PATHS",
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
    "chapter",
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
