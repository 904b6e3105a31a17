"""`tito clinic`: patients with a symptom; the learner finds the function and writes the test that proves it."""

from __future__ import annotations

import click

from tinytorch.tito.cli._answer import NOT_PASSED, OK, USAGE, Stop
from tinytorch.tito.cli._here import root
from tinytorch.tito.cli._main import say
from tinytorch.tito.cli._screen import Screen, relative


@click.command()
@click.argument("case", required=False)
@click.option("--run", "script", is_flag=True, help="Run the symptom's script on the patient.")
@click.option("--judge", "judged", is_flag=True, help="Run your test on the patient and on the reference.")
def clinic(case: str | None, script: bool, judged: bool) -> int:
    """Admit patient CASE, examine it with --run, prove what ails it with --judge; without CASE, list the patients.

    The patient is the reference with one fault in it. Change its script as you like, add others, use a debugger.
    """
    from tinytorch.tito.clinic import CasesError, admit, find_case, read_cases

    folder, screen = root(), Screen()
    if case is None:
        if script or judged:
            raise click.UsageError("Say which case: tito clinic 1 --run.")
        for one in read_cases():
            begun = "open" if (folder / "clinic" / one.id).exists() else ""
            screen.line(f"  {one.id:>2}  {one.title:62} {begun}".rstrip())
        screen.next("tito clinic 1")
        return OK
    try:
        chosen = find_case(case)
    except CasesError as error:
        raise Stop(USAGE, "unknown-case", str(error), "tito clinic") from None
    place, new = admit(chosen, folder)
    if script:
        return _run(chosen.id)
    test = place / f"test_case_{chosen.id}.py"
    if judged:
        from tinytorch.tito.clinic._verdict import judge

        verdict = judge(chosen, test)
        for line in verdict.lines:
            screen.line(f"  {line}")
        if verdict.solved:
            screen.line(f"  ok case {chosen.id} is solved.", fg="green")
            screen.wrapped(chosen.why)
            return OK
        screen.next(f"tito clinic {chosen.id} --run", f"edit {relative(test, folder)}")
        return NOT_PASSED
    screen.line(f"Case {chosen.id}: {chosen.title}", bold=True)
    screen.wrapped(chosen.story)
    for file in new:
        screen.line(f"  wrote {relative(file, folder)}")
    screen.next(f"tito clinic {chosen.id} --run", f"tito clinic {chosen.id} --judge")
    return OK


def _run(number: str) -> int:
    """Run the script of a case on its patient."""
    from tinytorch.tito.child import Limits, run_program
    from tinytorch.tito.cli._answer import CANNOT_RUN, Problem
    from tinytorch.tito.clinic import find_case, patient

    workspace = root()
    # Kept where a debugger can show it, and made anew if it was changed.
    place = patient(find_case(number), workspace / ".tito" / "clinic" / number)
    script = workspace / "clinic" / number / "symptom.py"
    code, death = run_program(place, [str(script)], limits=Limits(seconds=120.0))
    if death is not None:
        say(Problem(death.kind, death.message, death.place, death.help))
        return code or CANNOT_RUN
    return code
