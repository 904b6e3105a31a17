"""`tito init`: a workspace, its repository, and a proof that everything works."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shlex
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
from click.core import ParameterSource

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, USAGE, Stop
from tinytorch.tito.cli._bridge import bridge_line
from tinytorch.tito.cli._here import current_folder
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.exercises import find_exercises
from tinytorch.tito.workspace import BUILT, CHAPTERS, PATHS, TIERS, Settings, make

SELF_TEST = "tinytorch.tito.workspace.selftest:learn_xor"
NEEDED = ("tensor", "activations", "layers", "losses", "autograd", "optim")
GIT = {
    "new": "a git repository with its first commit",
    "uncommitted": "a git repository; git does not know who you are yet, so nothing is committed",
    "inside": "part of the git repository around it",
    "missing": "no git here: tito keeps copies of its own, and WORKFLOW.md says what git would add",
    "none": "no git repository",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--path", type=click.Choice(PATHS), default="builder", show_default=True, help="How you go.")
@click.option("--tier", type=click.Choice(list(TIERS)), default="foundation", show_default=True, help="An explorer's.")
@click.option("--git/--no-git", default=True, help="Make a git repository.  [default: git]")
@click.option("--self-test/--no-self-test", default=True, help="See the reference learn.  [default: self-test]")
@click.option("--editors/--no-editors", default=None, help="Write the line for editors and notebooks without asking.")
def init(folder: Path, path: str, tier: str, git: bool, self_test: bool, editors: bool | None) -> int:
    """Make a workspace in a new FOLDER."""
    screen = Screen()
    here = current_folder()
    source = click.get_current_context().get_parameter_source("tier")
    if path != "explorer" and source is ParameterSource.COMMANDLINE:
        message = f"--tier {tier} is for explorers, who take one tier; the {path} path takes all of them."
        raise Stop(USAGE, "usage", message, f"tito init {folder} --path explorer --tier {tier}")
    if path == "explorer":
        inhabited(tier, folder)
    made = make(folder, Settings(path, tier), git=git)
    words = [f"Python {platform.python_version()} ok", f"NumPy {_version('numpy')}"]
    if self_test:
        words.append(learn_xor(made.root))
    screen.line("  " + " · ".join(words))
    screen.line(f"Created {relative(made.root)}   path: {path}{f' ({tier})' if path == 'explorer' else ''}")
    screen.line(f"  {GIT[made.git]}")
    if bridge := bridge_line(Settings(path, tier)):
        screen.line(f"  {bridge}")
    screen.line("  Each module has a lesson; tito start names it. README.md lists the commands.")
    offer_line(screen, made.root, editors)
    screen.next(f"cd {quoted(folder)}" + " && tito start" if folder.resolve() != here else "tito start")
    return OK


def quoted(folder: Path) -> str:
    """Return a folder as a shell takes it for one word, and not for an option."""
    text = f".{os.sep}{folder}" if str(folder).startswith("-") else str(folder)
    if os.name != "nt" and re.search(r'["$`\\!]', text):  # which double quotes do not take away the meaning of
        return shlex.quote(text)
    return text if re.fullmatch(r"[\w@%+=:,./\\~-]+", text) else f'"{text}"'


def inhabited(tier: str, folder: Path) -> None:
    """Make sure that a tier has a module.

    Raises
    ------
    Stop
        If none is installed, with a tier that has some.
    """
    full = [one for one in TIERS if any(find_exercises(chapter.name) for chapter in CHAPTERS if chapter.tier == one)]
    if tier in full:
        return
    planned = not any(chapter.name in BUILT for chapter in CHAPTERS if chapter.tier == tier)
    why = ": they are planned and not built yet" if planned else ""
    other = f"tito init {folder} --path explorer --tier {full[-1]}" if full else "tito doctor"
    raise Stop(CANNOT_RUN, "not-installed", f"The tier {tier} has no modules installed here{why}.", other)


def _version(name: str) -> str:
    try:
        return f"{version(name)} ok"
    except PackageNotFoundError:
        return "is not installed: tito doctor"


def missing() -> list[str]:
    """Return the modules that learning XOR needs and that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(f"tinytorch.{name}") is None]


def learn_xor(root: Path) -> str:
    """Let the reference learn XOR in a child; return a sentence.

    Raises
    ------
    Stop
        If it does not come to its end.
    """
    absent = missing()
    if absent:
        return f"no self-test without tinytorch-{', tinytorch-'.join(absent)}"
    from tinytorch.tito.child import Limits, run_task

    begin = time.perf_counter()
    result, death = run_task(root, SELF_TEST, {}, limits=Limits(seconds=30), on_event=lambda event: None)
    if death is not None:
        raise Stop(CANNOT_RUN, "self-test", f"The self-test ended early: {death.message}", "tito doctor", death.place)
    seconds = time.perf_counter() - begin
    right = (result or {}).get("right")
    if right != 4:
        raise Stop(CANNOT_RUN, "self-test", f"The reference got {right} of 4 cases of XOR right.", "tito doctor")
    return f"self-test {seconds:.1f} s: the reference learns XOR"


def offer_line(screen: Screen, root: Path, wanted: bool | None) -> None:
    """Offer the line that lets editors, debuggers and notebooks see the workspace; write it if asked to."""
    from tinytorch.tito.cli._doctor import another
    from tinytorch.tito.loader import find_pth, pth_line, write_pth

    if wanted is False:
        return
    if wanted is None and not screen.interactive:
        screen.line("  Editors and notebooks: tito doctor --editors lets them run your modules too.")
        return
    there = find_pth()
    if wanted is None:
        screen.line("  Editors, debuggers and notebooks can run your modules as tito does. It takes one line in")
        screen.line(f"  {sys.prefix}, which tito doctor --no-editors takes out again:")
        screen.line(f"    {pth_line(root).rstrip()}")
        if there is not None:
            screen.line(f"  It would take the place of the line for {there}.")
        if not screen.ask("  Write it?"):
            return
    elif (other := another(root)) is not None:
        screen.line(f"  The line for editors is that of {other}, and stays; tito doctor --editors --yes replaces it.")
        return
    screen.line(f"  Wrote {write_pth(root)}")
