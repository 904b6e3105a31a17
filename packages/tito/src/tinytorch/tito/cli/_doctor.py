"""`tito doctor`: what is around and in the workspace, what is wrong with it, and repairs."""

from __future__ import annotations

from pathlib import Path

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, USAGE, Answer, Problem, Stop
from tinytorch.tito.cli._here import current_folder
from tinytorch.tito.cli._hurdles import foreign
from tinytorch.tito.cli._mishap import syntax_problem
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.loader import find_pth, pth_line, remove_pth, write_pth
from tinytorch.tito.records import Place
from tinytorch.tito.workspace import FOLDER, Progress, Surroundings, Trouble, find_workspace, troubles


@click.command()
@click.option("--repair", is_flag=False, flag_value="all", metavar="[ID]", help="Repair all that tito can, or ID.")
@click.option("--editors/--no-editors", default=None, help="Write, or take out, the line for editors and notebooks.")
@click.option("--yes", is_flag=True, help="Replace or take out another workspace's line without asking.")
@click.option("--json", "as_document", is_flag=True, help="One JSON document instead of text.")
def doctor(repair: str | None, editors: bool | None, yes: bool, as_document: bool) -> int:
    """What is around the workspace, what is wrong, and the one step that repairs it."""
    screen = Screen(json=as_document)
    root = find_workspace(current_folder())
    if editors is not None:
        line(screen, root, editors, yes)
    here = Surroundings.now(root)
    found = everything(here, root)
    if repair is not None:
        mend(screen, found, repair)
        here = Surroundings.now(root)
        found = everything(here, root)
    answer = Answer("doctor", data=picture(screen, here, root))
    show(screen, found, answer)
    return screen.finish(answer)


def everything(here: Surroundings, root: Path | None) -> list[Trouble]:
    """Return all that is wrong, the serious first."""
    found = troubles(here, root)
    problem = foreign(Progress(root)) if root is not None else None
    if problem is None or problem.place is None:
        return found
    file = Path(problem.place.file)
    message = f"{file.name}, line {problem.place.line}: {problem.message}"
    return [Trouble("imports", message, problem.help, file, place=problem.place), *found]


def another(root: Path | None) -> Path | None:
    """Return the other workspace that the line for editors names; None if it names this one, none, or one gone."""
    named = find_pth()
    own = named is not None and root is not None and named.resolve() == root.resolve()
    return named if named is not None and not own and (named / FOLDER).is_dir() else None


def line(screen: Screen, root: Path | None, wanted: bool, yes: bool = False) -> None:
    """Write the line that lets editors see the workspace, or take it out; show it either way.

    Raises
    ------
    Stop
        If another workspace has it and nobody says that it may go.
    """
    other = another(root)
    if not wanted:
        if other is not None and not (yes or screen.ask(f"  Editors and notebooks run {other}. Take its line out?")):
            message = f"The line for editors and notebooks is that of the workspace {other}."
            raise Stop(CANNOT_RUN, "line", message, "tito doctor --no-editors --yes takes it out all the same")
        screen.note("The line for editors is gone." if remove_pth() else "There was no line for editors.")
        return
    if root is None:
        raise Stop(CANNOT_RUN, "no-workspace", "There is no workspace here, nor in a folder above.", "tito init learn")
    if other is not None:
        if not (yes or screen.ask(f"  Editors and notebooks run {other}. Let them run {root} instead?")):
            message = f"Editors and notebooks run the workspace {other}; an environment has one line."
            raise Stop(CANNOT_RUN, "line", message, "tito doctor --editors --yes, or an environment of your own")
        screen.note(f"It takes the place of the line for {other}.")
    screen.note(f"{write_pth(root)} now has this line; tito doctor --no-editors takes it out:")
    screen.note(f"  {pth_line(root).rstrip()}")


def mend(screen: Screen, found: list[Trouble], id: str) -> None:
    """Repair what can be repaired.

    Raises
    ------
    Stop
        If the one that is named is not there, or needs hands.
    """
    chosen = [one for one in found if id in ("all", one.id)]
    if not chosen and id != "all":
        known = ", ".join(dict.fromkeys(one.id for one in found)) or "none"
        raise Stop(USAGE, "unknown-name", f"There is no trouble {id} here; found: {known}.", "tito doctor")
    for one in chosen:
        if one.repair is not None:
            screen.note(f"repaired {one.id}: {one.repair()}")
        elif id != "all":
            raise Stop(CANNOT_RUN, one.id, f"{one.message} tito cannot do that for you.", one.help)


def picture(screen: Screen, here: Surroundings, root: Path | None) -> dict[str, object]:
    """Write what is around, in the order in which Python looks."""
    screen.line(f"Python {'.'.join(str(part) for part in here.python)} · {here.executable}")
    screen.line(f"workspace · {root or 'none here'}")
    screen.line("modules are looked for in this order:")
    own = [root / "src" / "tinytorch"] if root else []
    order = list(dict.fromkeys([*own, *here.folders]))
    for number, folder in enumerate(order, 1):
        names = ", ".join(sorted(one.parent.name for one in folder.glob("[a-z]*/__init__.py"))) or "nothing yet"
        screen.line(f"  {number} {folder}: {names}")
    for name, version in here.versions.items():
        screen.line(f"  {name:<24} {version}")
    named = find_pth(here.packages)
    screen.line(f"editors and notebooks · {f'run {named}' if named else 'no line (tito doctor --editors)'}")
    return {
        "python": list(here.python),
        "executable": here.executable,
        "workspace": str(root) if root else None,
        "path": [str(folder) for folder in order],
        "versions": dict(here.versions),
        "editors": str(named) if named else None,
    }


def show(screen: Screen, found: list[Trouble], answer: Answer) -> None:
    """Write the troubles, each with its step."""
    serious = [one for one in found if one.serious]
    for one in found:
        mark = screen.paint("x", fg="red") if one.serious else screen.paint("note", fg="yellow")
        screen.line(f"  {mark} {one.id}: {one.message}")
        screen.line(f"      {one.help}")
        place = one.place or (Place(str(one.file), 1) if one.file else None)
        if one.broken is not None:
            place = syntax_problem(one.broken).place
        answer.problems.append(Problem(one.id, one.message, place, one.help))
    if not serious:
        screen.line(f"  {screen.paint('ok', fg='green')} Nothing is wrong that tito knows of.")
    answer.exit = CANNOT_RUN if serious else OK
    answer.next = [one.help for one in serious if one.help.startswith("tito")][:1] or (["tito"] if not serious else [])
    mendable = [one for one in serious if one.repair is not None]
    screen.next(*(["tito doctor --repair"] if len(mendable) > 1 else answer.next))
