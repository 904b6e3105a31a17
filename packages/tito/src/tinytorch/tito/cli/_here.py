"""Where a command is called: the workspace around the current folder, and what the names it was given mean there."""

from __future__ import annotations

from pathlib import Path

from tinytorch.tito.cli._answer import CANNOT_RUN, Stop
from tinytorch.tito.cli._main import current_folder
from tinytorch.tito.loader import Workspace
from tinytorch.tito.workspace import (
    ModuleProgress,
    Progress,
    Task,
    UnknownNameError,
    find_chapter,
    find_function,
    find_workspace,
)


def root() -> Path:
    """Return the workspace around the current folder.

    Raises
    ------
    Stop
        If there is none.
    """
    found = find_workspace(current_folder())
    if found is None:
        raise Stop(
            CANNOT_RUN,
            "no-workspace",
            "There is no workspace here, nor in a folder above.",
            "tito init learn && cd learn",
        )
    return found


def progress() -> Progress:
    """Return how far the learner is in the workspace around the current folder.

    Raises
    ------
    Stop
        If there is no workspace, or a file in it hides every module.
    """
    folder = root()
    Workspace(folder).check_namespace()
    return Progress(folder)


def installed(name: str, here: Progress) -> ModuleProgress:
    """Return a module by a name as learners write it.

    Raises
    ------
    Stop
        If its exercises are not installed.
    UnknownNameError
    """
    chapter = find_chapter(name)
    module = here.module(chapter.name)
    if module is None:
        raise Stop(
            CANNOT_RUN,
            "not-installed",
            f"Module {chapter.label} has no exercises installed here.",
            f"pip install tinytorch-{chapter.name}, or tito map for those that have",
        )
    return module


def begun(name: str, here: Progress) -> ModuleProgress:
    """Return a module that has been begun.

    Raises
    ------
    Stop
        If it has not.
    """
    module = installed(name, here)
    if not module.begun:
        raise Stop(CANNOT_RUN, "not-begun", f"Module {module.chapter.label} is not begun.", f"tito start {module.name}")
    return module


def current(here: Progress) -> ModuleProgress:
    """Return the module at hand, begun.

    Raises
    ------
    Stop
        If there is none.
    """
    module = here.current
    if module is None:
        raise Stop(CANNOT_RUN, "no-module", "Every module that is installed here is done.", "tito map")
    if not module.begun:
        raise Stop(CANNOT_RUN, "not-begun", f"Module {module.chapter.label} is not begun.", f"tito start {module.name}")
    return module


def meant(text: str, here: Progress) -> tuple[ModuleProgress, str]:
    """Return the module and the function that ``MODULE``, ``MODULE.function`` or ``function`` means; "" for all.

    Raises
    ------
    Stop, UnknownNameError
    """
    head, _, rest = text.partition(".")
    try:
        chapter = find_chapter(head)
    except UnknownNameError:
        chapter = None
        function = text
    if chapter is not None:
        module = begun(chapter.name, here)
        if not rest:
            return module, ""
        return module, find_function(rest, known(module, here), f"{module.name}")
    module = current(here)
    names = known(module, here)
    try:
        return module, find_function(function, names, module.name)
    except UnknownNameError as error:
        for other in here.chapters:
            if other.name != module.name and here.files(other.name).begun:
                elsewhere = begun(other.name, here)
                try:
                    return elsewhere, find_function(function, known(elsewhere, here), other.name)
                except UnknownNameError:
                    continue
        if "." not in text:  # it may have been a module
            try:
                find_chapter(text)
            except UnknownNameError as other_error:
                if "mean" in str(other_error) or "may be" in str(other_error):
                    raise other_error from None
        raise error from None


def known(module: ModuleProgress, here: Progress) -> list[str]:
    """Return the functions of a module that can be named: those to write, then those in the learner's files."""
    names = [task.name for task in module.tasks]
    every = here.files(module.name).functions
    return list(dict.fromkeys([*names, *(one.name for one in every if "<locals>" not in one.name)]))


def task_of(module: ModuleProgress, function: str) -> Task | None:
    """Return the function to write of a name; None for one that is given."""
    return next((task for task in module.tasks if task.name == function), None)
