"""Where a command is called: the workspace around the current folder, and what the names it was given mean there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tinytorch.tito.cli._answer import CANNOT_RUN, Stop
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import Workspace
from tinytorch.tito.origin import install_line
from tinytorch.tito.workspace import (
    BUILT,
    CHAPTERS,
    ModuleProgress,
    Progress,
    Task,
    UnknownNameError,
    did_you_mean,
    find_chapter,
    find_function,
    find_workspace,
    settings_trouble,
)


def current_folder() -> Path:
    """Return the current folder.

    Raises
    ------
    Stop
        If it has been removed under our feet.
    """
    try:
        return Path.cwd()
    except OSError:
        raise Stop(CANNOT_RUN, "no-folder", "The current folder is gone.", "cd to your workspace") from None


def root() -> Path:
    """Return the workspace around the current folder.

    Raises
    ------
    Stop
        If there is none.
    """
    here = current_folder()
    found = find_workspace(here)
    if found is None:
        for folder in (here, *here.parents):  # one whose settings are damaged cannot be told from another folder
            if wrong := settings_trouble(folder):
                raise Stop(CANNOT_RUN, "configuration", wrong, "edit pyproject.toml")
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
        If there is no workspace, a file in it hides every module, or its settings cannot be read.
    """
    folder = root()
    Workspace(folder).check_namespace()
    if wrong := settings_trouble(folder):
        raise Stop(CANNOT_RUN, "configuration", wrong, "edit pyproject.toml")
    return Progress(folder)


def noted(screen: Screen, here: Progress, what: str, **details: Any) -> bool:
    """Write a line into the journal; return whether it is there. Where it cannot be written, say so and go on."""
    try:
        here.state.note(what, **details)
    except OSError as error:
        screen.note(f"  note: {error.filename} cannot be written: {error.strerror}. This is not written down.")
        return False
    return True


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
    if module is None and chapter.name not in BUILT:
        message = f"Module {chapter.label} is in the plan and not built yet; there is nothing to install."
        raise Stop(CANNOT_RUN, "not-built", message, "tito map")
    if module is None:
        raise Stop(
            CANNOT_RUN,
            "not-installed",
            f"Module {chapter.label} has no exercises installed here.",
            install_line(chapter.name),
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
    if module is None and not any(here.module(one.name) for one in here.chapters):
        raise Stop(CANNOT_RUN, "not-installed", nothing_here(here), "tito doctor")
    if module is None:
        tier = f" of the tier {here.settings.tier}" if here.settings.path == "explorer" else ""
        raise Stop(CANNOT_RUN, "no-module", f"Every module{tier} that is installed here is done.", "tito map")
    if not module.begun:
        raise Stop(CANNOT_RUN, "not-begun", f"Module {module.chapter.label} is not begun.", f"tito start {module.name}")
    return module


def nothing_here(here: Progress) -> str:
    """Return what to say where no module of the learner's way is installed."""
    which = f"The tier {here.settings.tier}" if here.settings.path == "explorer" else "The course"
    return f"{which} has no modules installed here."


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
    for exactly in (True, False):
        for module in at_hand_first(here):
            names = [name for name in known(module, here) if not exactly or f".{name}".endswith(f".{function}")]
            try:
                return module, find_function(function, names, module.name)
            except UnknownNameError as error:
                if "may be" in str(error):
                    raise
    raise unknown(text, here)


def at_hand_first(here: Progress) -> Iterator[ModuleProgress]:
    """Yield the modules that are begun, the one at hand before the others."""
    first = here.current
    if first is not None and first.begun:
        yield first
    for chapter in CHAPTERS:
        if here.files(chapter.name).begun and (first is None or chapter.name != first.name):
            module = here.module(chapter.name)
            if module is not None:
                yield module


def unknown(text: str, here: Progress) -> Exception:
    """Return what to say of a name that is no function of a module that is begun, with the nearest of all there are."""
    begun = list(at_hand_first(here))
    every = [module for chapter in CHAPTERS if (module := here.module(chapter.name)) is not None]
    for module in every:
        found = [task.name for task in module.tasks if text in (task.name, task.name.rpartition(".")[2])]
        if found and not module.begun:
            message = f"{found[0]} is a function of {module.chapter.label}, which is not begun."
            return Stop(CANNOT_RUN, "not-begun", message, f"tito start {module.name}")
    names = known(begun[0], here) if begun else []
    elsewhere = [f"{module.name}.{task.name}" for module in every if module not in begun[:1] for task in module.tasks]
    guess = did_you_mean(text, [*(one.name for one in CHAPTERS), *names, *elsewhere])
    if "." in text:
        return UnknownNameError(f"There is no function {text}.{guess}")
    if guess and any(guess == f" Did you mean {one.name}?" for one in CHAPTERS):
        return UnknownNameError(f"There is no module {text}.{guess}")
    return UnknownNameError(f"There is no module and no function {text}.{guess}")


def known(module: ModuleProgress, here: Progress) -> list[str]:
    """Return the functions of a module that can be named: to write, on whichever path, or in the learner's files."""
    exercises = read_exercises(module.name)
    names = [*(task.name for task in module.tasks), *(one.name for one in (exercises.functions if exercises else ()))]
    every = here.files(module.name).functions
    return list(dict.fromkeys([*names, *(one.name for one in every if "<locals>" not in one.name)]))


def given(module: ModuleProgress, function: str) -> Stop:
    """Return what to say of a function that is not the learner's to write."""
    message = f"{function} is given in {module.name}: nobody asks you to write it."
    return Stop(CANNOT_RUN, "given", message, "tito")


def task_of(module: ModuleProgress, function: str) -> Task | None:
    """Return the function to write of a name; None for one that is given."""
    return next((task for task in module.tasks if task.name == function), None)
