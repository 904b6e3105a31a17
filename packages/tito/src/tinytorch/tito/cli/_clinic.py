"""`tito clinic`: patients with a symptom; the learner finds the function and writes the test that proves it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, OK, USAGE, Problem, Stop
from tinytorch.tito.cli._here import root
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._verdict import DOES_NOT_LOAD
from tinytorch.tito.workspace import FOLDER, State

if TYPE_CHECKING:
    from tinytorch.tito.clinic import Case

FILE = "clinic.json"  # in `.tito/`: which cases have been solved


@click.command()
@click.argument("case", required=False)
@click.option("--run", "script", is_flag=True, help="Run the symptom's script on the patient.")
@click.option("--judge", "judged", is_flag=True, help="Run your test on the patient and on the reference.")
def clinic(case: str | None, script: bool, judged: bool) -> int:
    """Admit patient CASE, examine it with --run, prove what ails it with --judge; without CASE, list the patients.

    The patient is the reference with one fault in it. Change its script as you like and use a debugger in it.
    """
    from tinytorch.tito.clinic import CasesError, admit, find_case

    folder, screen = root(), Screen()
    if script and judged:
        raise click.UsageError("--run and --judge are two things; say one of them.")
    if case is None:
        if script or judged:
            raise click.UsageError("Say which case: tito clinic 1 --run.")
        return listing(screen, folder)
    try:
        chosen = find_case(case)
    except CasesError as error:
        raise Stop(USAGE, "unknown-case", str(error), "tito clinic") from None
    place, new = admit(chosen, folder)
    try:
        if script:
            return run(screen, folder, chosen)
        if judged:
            return verdict(screen, folder, chosen, place / f"test_case_{chosen.id}.py")
    except CasesError as error:
        raise Stop(CANNOT_RUN, "not-installed", str(error), "tito doctor") from None
    screen.line(f"Case {chosen.id}: {chosen.title}", bold=True)
    screen.wrapped(chosen.story)
    for file in new:
        screen.line(f"  wrote {relative(file, folder)}")
    screen.next(f"tito clinic {chosen.id} --run", f"tito clinic {chosen.id} --judge")
    return OK


def listing(screen: Screen, folder: Path) -> int:
    """Write the cases, and which have been opened and solved."""
    from tinytorch.tito.clinic import read_cases

    solved = State(folder).read(FILE)
    for one in read_cases():
        begun = "solved" if one.id in solved else "open" if (folder / "clinic" / one.id).exists() else ""
        screen.line(f"  {one.id:>2}  {one.title:62} {begun}".rstrip())
    screen.next(following(folder))
    return OK


def following(folder: Path) -> str:
    """Return the command for the first case that is not solved."""
    from tinytorch.tito.clinic import read_cases

    solved = State(folder).read(FILE)
    return next((f"tito clinic {one.id}" for one in read_cases() if one.id not in solved), "tito")


def verdict(screen: Screen, folder: Path, case: Case, test: Path) -> int:
    """Judge the test of a case, say what came of it, and keep it if it is solved: a later try takes nothing back."""
    from tinytorch.tito.clinic import judge

    found = judge(case, test)
    if found.solved:
        table = State(folder).read(FILE)
        State(folder).write(FILE, {**table, case.id: {"when": datetime.now().astimezone().isoformat("T", "seconds")}})
    for line in found.lines:
        screen.wrapped(line)
    if found.solved:
        screen.line(f"  ok case {case.id} is solved.", fg="green")
        screen.wrapped(case.why)
        screen.next(following(folder))
        return OK
    place = found.death.place if found.death else None
    screen.place(place)
    if found.death is not None and found.death.kind == "cannot":
        screen.next(found.death.help or "tito doctor")
    elif place is not None:
        screen.next(f"fix line {place.line}, then tito clinic {case.id} --judge")
    else:
        screen.next(f"tito clinic {case.id} --run", f"edit {relative(test, folder)}")
    return CANNOT_RUN if found.death is not None and found.death.kind in DOES_NOT_LOAD else NOT_PASSED


def run(screen: Screen, folder: Path, case: Case) -> int:
    """Run the script of a case on its patient."""
    from tinytorch.tito.child import Limits, run_program
    from tinytorch.tito.clinic import patient

    # Kept where a debugger can show it, and made anew if it was changed.
    place = patient(case, folder / FOLDER / "clinic" / case.id)
    script = folder / "clinic" / case.id / "symptom.py"
    code, death = run_program(place, [str(script)], limits=Limits(seconds=120.0))
    if death is None:
        return code
    screen.error(Problem(death.kind, death.message, death.place, death.help))
    return code or CANNOT_RUN
