"""`tito check`: the checks of the function at hand, then of what is done already."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, OK, Answer, Problem, Stop
from tinytorch.tito.cli._here import current, given, meant, progress, task_of
from tinytorch.tito.cli._hint import named, way_on
from tinytorch.tito.cli._hurdles import gone, gone_problems, gone_step
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._status import by_choice, next_checkpoint, steps, words
from tinytorch.tito.cli._unready import unreadable, unwritten
from tinytorch.tito.cli._verdict import (
    DOES_NOT_LOAD,
    Outcome,
    problem_of,
    root_of,
    show_death,
    show_outcome,
    show_printed,
)
from tinytorch.tito.records import CheckRecord, Place
from tinytorch.tito.workspace import History, ModuleProgress, Progress, Task

if TYPE_CHECKING:
    from tinytorch.tito.child import ModuleRun


@dataclass
class Wanted:
    """What to check.

    Attributes
    ----------
    module : ModuleProgress
    first : str
        The function that it is about; empty for the whole module.
    functions : list of str or None
        All that are checked, that one first; None for everything the module has checks for.
    unwritten : Task or None
        That one, if it is not written: there is nothing to check.
    """

    module: ModuleProgress
    first: str
    functions: list[str] | None
    unwritten: Task | None = None


@click.command()
@click.argument("target", required=False, metavar="[MODULE[.FUNCTION]]")
@click.option("--json", "as_document", is_flag=True, help="One JSON document instead of text.")
def check(target: str | None, as_document: bool) -> int:
    """Check the function at hand and what is done; or one FUNCTION; or all of a MODULE.

    Exit code 0: all that was asked for is written and passes. 1: it does not pass, or is not wholly written; a MODULE
    passes when every function of it does.
    """
    screen = Screen(json=as_document)
    return screen.finish(check_once(screen, progress(), target))


def check_once(screen: Screen, here: Progress, target: str | None, *, ask: bool = True) -> Answer:
    """Check, say what came of it, and remember it; at the end of a module ask its questions, if one may."""
    wanted = choose(here, target)
    module = wanted.module
    if module.broken is not None:
        return unreadable(screen, here, module.broken, "check", {"module": module.name, "state": "unreadable"})
    if wanted.unwritten is not None:
        return unwritten(screen, here, wanted.unwritten)
    from tinytorch.tito.child import check_module

    digest = here.digest(module.name)
    History(here.root).keep_good(here.files(module.name).data)
    run = check_module(here.root, module.name, wanted.functions)
    outcomes = sort_out(run, wanted)
    if not any(record.function == "imports" and record.state == "failed" for record in run.records):
        here.remember(module.name, [*run.records, *unfinished(run, wanted)], digest, wanted.first or run.during)
    after = Progress(here.root).module(module.name) or module
    answer = Answer("check", data=document(module, outcomes, run, after))
    show(screen, here, wanted, run, outcomes, answer, after, ask=ask)
    return answer


def choose(here: Progress, target: str | None) -> Wanted:
    """Return what a command line asks to check.

    Raises
    ------
    Stop
        If it is set to the reference, or stands in none of the learner's files, so that ours would be checked.
    """
    module, function = meant(target, here) if target else (current(here), "")
    chosen = here.place.chosen().names
    if module.name in chosen or f"{module.name}.{function}" in chosen:
        name = f"{module.name}.{function}" if f"{module.name}.{function}" in chosen else module.name
        raise Stop(CANNOT_RUN, "reference", f"{name} is set to ours, so yours would not run.", f"tito use mine {name}")
    if function:
        task = task_of(module, function)
        if task is None and not any(function in one.names for one in here.files(module.name).functions):
            raise given(module, function)
        return Wanted(module, function, [function], task if task and task.unwritten else None)
    if target:
        return Wanted(module, "", None)
    task = module.next_task
    if task is None or task.standing == "passed":
        return Wanted(module, "", None)
    if task.unwritten:
        return Wanted(module, task.name, None, task)
    written = ("passed", "failed", *(["unchecked"] if module.forgotten else []))
    done = [other.name for other in module.tasks if other.standing in written and other != task]
    return Wanted(module, task.name, [task.name, *done])


def sort_out(run: ModuleRun, wanted: Wanted) -> list[Outcome]:
    """Return the records by function, the one asked for first; none that is blank and not asked for."""
    outcomes: dict[str, Outcome] = {name: Outcome(name) for name in [wanted.first] if name}
    for record in run.records:
        outcomes.setdefault(record.function, Outcome(record.function)).records.append(record)
    for diagnosis in run.diagnoses:
        if diagnosis.function in outcomes:
            outcomes[diagnosis.function].diagnosis = diagnosis
    asked = {wanted.first, *(task.name for task in wanted.module.tasks)}
    return [one for one in outcomes.values() if one.records and (one.name in asked or one.state != "blank")]


def unfinished(run: ModuleRun, wanted: Wanted) -> list[CheckRecord]:
    """Return a failure of the function during whose checks the child died, so that it is not taken for passed."""
    if run.death is None or run.death.kind in DOES_NOT_LOAD:
        return []
    name = run.during or ("" if run.records else wanted.first)
    return [CheckRecord(name, run.death.kind, "contract", "failed")] if name else []


def show(
    screen: Screen,
    here: Progress,
    wanted: Wanted,
    run: ModuleRun,
    outcomes: list[Outcome],
    answer: Answer,
    after: ModuleProgress,
    *,
    ask: bool,
) -> None:
    """Write what came of the checks, and what is next; complete the answer."""
    root = root_of(outcomes, wanted.first)
    away: list[Task] = []
    if root is not None or run.death is not None:
        away = gone(here)
        show_gone(screen, away, answer)
        show_heads(screen, here, wanted.module, answer)
    show_outcomes(screen, here, wanted, run, outcomes, root, answer, after)
    if run.death is not None:
        death = replace(run.death, help=gone_step(here, away)) if away else run.death
        show_death(screen, death, answer, help_with(here, after, run.during or wanted.first))
    elif wanted.first and all(one.name != wanted.first for one in outcomes):
        screen.line(f"  {wanted.module.name}.{wanted.first} has no checks of its own.")
        answer.next = [f"tito check {wanted.module.name}"]
        screen.next(*answer.next)
        return
    if run.printed.strip():
        show_printed(screen, run.printed)
    missing = [task for task in after.tasks if task.unwritten] if not wanted.first else []
    if answer.exit == OK and missing:
        incomplete(screen, here, missing, answer, after)
    elif answer.exit == OK:
        passed(screen, here, answer, after, ask=ask and not wanted.first)
    elif root is not None and run.death is None:
        failed(screen, here, root, away, answer, after)


def show_outcomes(
    screen: Screen,
    here: Progress,
    wanted: Wanted,
    run: ModuleRun,
    outcomes: list[Outcome],
    root: Outcome | None,
    answer: Answer,
    after: ModuleProgress,
) -> None:
    """Write what became of each function: of those that failed the one to look at first in full, of the others names.

    What passed beside the function that was asked for is counted.
    """
    quiet = [one for one in outcomes if one.state == "passed" and wanted.first and one.name != wanted.first]
    others = [one for one in outcomes if one.failed and one is not root]
    absent = {task.name for task in after.tasks if task.standing == "absent" and task.file}
    for outcome in [*(one for one in outcomes if one not in others and one not in quiet), *others]:
        same = run.death is not None and run.death.place is not None and place_of(outcome) == run.death.place.line
        if outcome.name in absent or (outcome.name == "imports" and same):
            continue  # what stopped the run says it
        if problem := problem_of(outcome, help_with(here, after, outcome.name)):
            answer.exit = NOT_PASSED
            answer.problems.append(problem)
        if outcome not in others:
            show_outcome(screen, outcome, run.seconds)
    if others:
        screen.wrapped(f"also failed, maybe for the same reason: {', '.join(one.name for one in others)}", "  ")
    if count := sum(one.name != "imports" for one in quiet):
        screen.line(f"  ok {count} written before still pass{'es' if count == 1 else ''}", fg="green")


def failed(
    screen: Screen, here: Progress, root: Outcome, away: list[Task], answer: Answer, after: ModuleProgress
) -> None:
    """Say what to do about the function to look at first."""
    failure = root.failed[0].failure
    place = failure.place if failure else None
    if place and root.name == "imports":
        answer.next = ["tito check"]
        screen.next(f"remove line {place.line}, then tito check")
        return
    fix = [f"fix line {place.line}"] if place and place.function == root.name and not away else []
    help = gone_step(here, away) if away else help_with(here, after, root.name)
    answer.next = [help, "tito check"]
    screen.next(*fix, help)


def incomplete(screen: Screen, here: Progress, missing: list[Task], answer: Answer, after: ModuleProgress) -> None:
    """Say which functions of a module are not there, although nothing failed."""
    how = "gone" if all(task.standing == "absent" and task.file for task in missing) else "not written yet"
    whole = f"{len(missing)} of {len(after.tasks)} functions of {after.name} are {how}"
    task = missing[0]
    answer.exit = NOT_PASSED
    answer.problems.append(Problem("unwritten", f"{whole}; first: {task.name}.", help="tito show"))
    screen.line(f"  {whole}.")
    if task.standing == "absent":
        screen.line(f"  {task.name}: {words(task)}")
        answer.next = list(steps(here, task))
        screen.next(answer.next[0])
    else:
        answer.next = [f"tito show{named(here, task)}"]
        screen.next(writing(here, task))


def place_of(outcome: Outcome) -> int:
    """Return the line of the first check that failed; 0 without one."""
    failure = outcome.failed[0].failure if outcome.failed else None
    return failure.place.line if failure and failure.place else 0


def help_with(here: Progress, module: ModuleProgress, name: str) -> str:
    """Return the command that helps with a function that failed; of a given one, with the function at hand."""
    return way_on(here, task_of(module, name) or module.next_task)


def show_gone(screen: Screen, away: list[Task], answer: Answer) -> None:
    """Write, before what failed, which functions the files of the workspace have lost."""
    for problem in gone_problems(away):
        screen.line(f"  {screen.paint('x', fg='red')} {problem.message}")
        answer.problems.append(problem)


def show_heads(screen: Screen, here: Progress, module: ModuleProgress, answer: Answer) -> None:
    """Write, before what failed, which given lines of the functions are no longer as they were."""
    from tinytorch.tito.workspace import changed_heads

    for task, message in changed_heads(here, module):
        where = f"  {relative(task.file, here.root)}:{task.line}" if task.file else ""
        screen.line(f"  {screen.paint('x', fg='red')} {message}{where}")
        answer.problems.append(Problem("head", message, Place(str(task.file), task.line), "give it back as it was"))


def passed(screen: Screen, here: Progress, answer: Answer, after: ModuleProgress, *, ask: bool) -> None:
    """Say how far the module is, and what is next; of a module that is done ask the questions, if wanted."""
    screen.line(f"  {after.chapter.label}: {after.passed} of {len(after.tasks)} functions")
    if after.done:
        from tinytorch.tito.cli._reflect import reflect

        screen.line(f"  Module {after.chapter.label} is done: written by you, checked as it stands.", fg="green")
        reflect(screen, here.state, after.name, ask=ask)
        following = Progress(here.root).current
        on = "tito map" if following is None else f"tito start {following.name}" if not following.begun else "tito"
        proof = next_checkpoint(Progress(here.root), after.name)
        answer.next = [*([proof] if proof else []), on]
        screen.next(*answer.next)
        return
    task = after.next_task
    if task is None:
        answer.next = [f"tito use mine {name}" for name in by_choice(here, after)[:1]] or ["tito map"]
    elif task.standing in ("passed", "absent"):
        answer.next = list(steps(here, task))
        if task.standing == "absent":
            screen.line(f"  {task.name}: {words(task)}")
    else:
        answer.next = ["tito check", "tito show"]
        screen.line(f"  {task.name}: {words(task)}")
        if task.standing == "blank":
            if here.settings.path == "guided":
                answer.next.reverse()
            screen.next(writing(here, task))
            return
    screen.next(*answer.next[:1])


def writing(here: Progress, task: Task) -> str:
    """Return what to do about a function that is not written: on the guided path it is read before."""
    if here.settings.path == "guided":
        return f"tito show{named(here, task)}, which reads {task.name} with you before you write it"
    return f"write {task.name}" + (f" ({relative(task.file, here.root)}:{task.line})" if task.file else "")


def document(module: ModuleProgress, outcomes: list[Outcome], run: ModuleRun, after: ModuleProgress) -> dict[str, Any]:
    """Return the data of the JSON document."""
    return {
        "module": module.name,
        "state": "checked" if run.death is None else run.death.kind,
        "functions": [
            {
                "name": one.name,
                "state": one.state,
                "checks": [asdict(record) for record in one.records],
                "diagnosis": asdict(one.diagnosis) if one.diagnosis else None,
            }
            for one in outcomes
        ],
        "passed": after.passed,
        "of": len(after.tasks),
        "done": after.done,
        "printed": run.printed,
        "seconds": round(run.seconds, 3),
    }
