"""`tito check`: the checks of the function at hand, then of what is done already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, OK, Answer, Problem, Stop
from tinytorch.tito.cli._here import current, meant, progress, task_of
from tinytorch.tito.cli._hint import way_on
from tinytorch.tito.cli._hurdles import gone, gone_problems, gone_step
from tinytorch.tito.cli._mishap import syntax_problem
from tinytorch.tito.cli._screen import Screen, problem_lines, relative
from tinytorch.tito.cli._status import repairs, steps, words
from tinytorch.tito.cli._verdict import DOES_NOT_LOAD, Outcome, root_of, show_death, show_outcome, show_printed
from tinytorch.tito.records import CheckRecord, Place, as_json
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
    """

    module: ModuleProgress
    first: str
    functions: list[str] | None


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


def check_once(screen: Screen, here: Progress, target: str | None) -> Answer:
    """Check, say what came of it, and remember it."""
    wanted = choose(here, target)
    module = wanted.module
    if module.broken is not None:
        return unreadable(screen, here, module)
    if wanted.functions is not None and not wanted.functions:
        return unwritten(screen, here, wanted)
    from tinytorch.tito.child import check_module

    digest = here.digest(module.name)
    History(here.root).keep_good(here.files(module.name).data)
    run = check_module(here.root, module.name, wanted.functions)
    outcomes = sort_out(run, wanted)
    if not any(record.function == "imports" and record.state == "failed" for record in run.records):
        here.remember(module.name, [*run.records, *unfinished(run, wanted)], digest, wanted.first or run.during)
    after = Progress(here.root).module(module.name) or module
    answer = Answer("check", data=document(module, outcomes, run, after))
    show(screen, here, wanted, run, outcomes, answer, after)
    return answer


def choose(here: Progress, target: str | None) -> Wanted:
    """Return what a command line asks to check.

    Raises
    ------
    Stop
        If it is set to the reference, so that ours would be checked.
    """
    module, function = meant(target, here) if target else (current(here), "")
    chosen = here.place.chosen().names
    if module.name in chosen or f"{module.name}.{function}" in chosen:
        name = f"{module.name}.{function}" if f"{module.name}.{function}" in chosen else module.name
        raise Stop(CANNOT_RUN, "reference", f"{name} is set to ours, so yours would not run.", f"tito use mine {name}")
    if function:
        task = task_of(module, function)
        return Wanted(module, function, [] if task is not None and task.standing in ("blank", "absent") else [function])
    if target:
        return Wanted(module, "", None)
    task = module.next_task
    if task is None or task.standing == "passed":
        return Wanted(module, "", None)
    if task.standing in ("blank", "absent"):
        return Wanted(module, task.name, [])
    done = [other.name for other in module.tasks if other.standing in ("passed", "failed") and other != task]
    return Wanted(module, task.name, [task.name, *done])


def unreadable(screen: Screen, here: Progress, module: ModuleProgress) -> Answer:
    """Answer for a file that does not parse: the learner's line, and the copy that did."""
    if module.broken is None:
        return Answer("check")
    problem = syntax_problem(module.broken)
    steps = repairs(here, module)
    for line in problem_lines(problem, screen.width):
        screen.line(line)
    screen.next(*steps)
    undo = [step.partition(" (")[0] for step in steps if step.startswith("tito")]
    data = {"module": module.name, "state": "unreadable"}
    return Answer("check", data, CANNOT_RUN, [problem], undo)


def unwritten(screen: Screen, here: Progress, wanted: Wanted) -> Answer:
    """Answer for a function that is not written yet."""
    task = task_of(wanted.module, wanted.first)
    data = {"module": wanted.module.name, "state": "blank", "function": wanted.first}
    if task is None:
        return Answer("check", data, NOT_PASSED)
    if task.standing == "absent":
        return lost(screen, here, wanted.module, task)
    where = f"  {relative(task.file, here.root)}:{task.line}" if task.file else ""
    screen.line(f"  - {task.name} is not written yet{where}")
    screen.wrapped(task.exercise.contract, "    ")
    screen.next("write it, then tito check", "tito show")
    message = f"{task.name} is not written yet."
    ways = list(dict.fromkeys(["tito show", way_on(here, task)]))
    return Answer("check", data, NOT_PASSED, [Problem("blank", message, help="tito show")], ways)


def lost(screen: Screen, here: Progress, module: ModuleProgress, task: Task) -> Answer:
    """Answer for a function that a file has lost, or whose file is lost."""
    problem = gone_problems(here, [task])[0]
    step = steps(here, module, task)[0]
    screen.line(f"  {screen.paint('x', fg='red')} {problem.message}")
    screen.next(f"{step} puts it back, blank", *(["give it its name again"] if task.file else []))
    data = {"module": module.name, "state": "absent", "function": task.name}
    return Answer("check", data, NOT_PASSED, [replace(problem, help=step)], [step])


def sort_out(run: ModuleRun, wanted: Wanted) -> list[Outcome]:
    """Return the records by function, the one asked for first."""
    outcomes: dict[str, Outcome] = {name: Outcome(name) for name in [wanted.first] if name}
    for record in run.records:
        outcomes.setdefault(record.function, Outcome(record.function)).records.append(record)
    for diagnosis in run.diagnoses:
        if diagnosis.function in outcomes:
            outcomes[diagnosis.function].diagnosis = diagnosis
    return [outcome for outcome in outcomes.values() if outcome.records]


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
) -> None:
    """Write the outcomes, and complete the answer."""
    quiet = [one for one in outcomes if one.state == "passed" and wanted.first and one.name != wanted.first]
    root = root_of(outcomes, wanted.first)
    away = gone(here) if root is not None or run.death is not None else []
    if root is not None or run.death is not None:
        show_gone(screen, here, away, answer)
        show_heads(screen, here, wanted.module, answer)
    others = [one for one in outcomes if one.failed and one is not root]
    absent = {task.name for task in after.tasks if task.standing == "absent" and task.file}
    for outcome in [*(one for one in outcomes if one not in others and one not in quiet), *others]:
        if outcome.name in absent:
            continue
        show_outcome(screen, outcome, answer, help_with(here, after, outcome.name), in_full=outcome not in others)
    if others:
        screen.wrapped(f"also failed, maybe for the same reason: {', '.join(one.name for one in others)}", "  ")
    if quiet and any(one.name != "imports" for one in quiet):
        count = sum(one.name != "imports" for one in quiet)
        screen.line(f"  ok {count} written before still pass{'es' if count == 1 else ''}", fg="green")
    if wanted.first and run.death is None and not any(one.name == wanted.first for one in outcomes):
        screen.line(f"  {wanted.module.name}.{wanted.first} has no checks of its own.")
        answer.next = [f"tito check {wanted.module.name}"]
        screen.next(*answer.next)
        return
    if run.death is not None:
        death = replace(run.death, help=gone_step(away)) if away else run.death
        show_death(screen, death, answer, help_with(here, after, run.during or wanted.first))
    if run.printed.strip():
        show_printed(screen, run.printed)
    missing = [task for task in after.tasks if task.standing in ("blank", "absent")] if not wanted.first else []
    if missing and answer.exit == OK:
        how = "gone" if all(task.name in absent for task in missing) else "not written yet"
        whole = f"{len(missing)} of {len(after.tasks)} functions of {after.name} are {how}"
        answer.exit = NOT_PASSED
        task = missing[0]
        answer.problems.append(Problem("unwritten", f"{whole}; first: {task.name}.", help="tito show"))
        screen.line(f"  {whole}.")
        if task.standing == "absent":
            screen.line(f"  {task.name}: {words(task)}")
        where = f" ({relative(task.file, here.root)}:{task.line})" if task.file and task.line else ""
        answer.next = ["tito show"] if task.standing == "blank" else [*steps(here, after, task)]
        screen.next(f"write {task.name}{where}" if task.standing == "blank" else answer.next[0])
    elif answer.exit == OK:
        passed(screen, here, wanted, answer, after)
    elif run.death is None:
        first = root or next(one for one in outcomes if one.failed)
        place = first.failed[0].failure.place if first.failed[0].failure else None
        fix = [f"fix line {place.line}"] if place and place.function == first.name and not away else []
        help = gone_step(away) if away else help_with(here, after, first.name)
        answer.next = [help, "tito check"]
        screen.next(*fix, help)


def help_with(here: Progress, module: ModuleProgress, name: str) -> str:
    """Return the command that helps with a function that failed; of a given one, with the function at hand."""
    return way_on(here, task_of(module, name) or module.next_task)


def show_gone(screen: Screen, here: Progress, away: list[Task], answer: Answer) -> None:
    """Write, before what failed, which functions the files of the workspace have lost."""
    for problem in gone_problems(here, away):
        screen.line(f"  {screen.paint('x', fg='red')} {problem.message}")
        answer.problems.append(problem)


def show_heads(screen: Screen, here: Progress, module: ModuleProgress, answer: Answer) -> None:
    """Write, before what failed, which given lines of the functions are no longer as they were."""
    from tinytorch.tito.workspace._heads import changed_heads

    for task, message in changed_heads(here, module):
        where = f"  {relative(task.file, here.root)}:{task.line}" if task.file else ""
        screen.line(f"  {screen.paint('x', fg='red')} {message}{where}")
        answer.problems.append(Problem("head", message, Place(str(task.file), task.line), "give it back as it was"))


def passed(screen: Screen, here: Progress, wanted: Wanted, answer: Answer, after: ModuleProgress) -> None:
    """Say how far the module is, and what is next."""
    screen.line(f"  {after.chapter.label}: {after.passed} of {len(after.tasks)} functions")
    if after.done:
        from tinytorch.tito.cli._reflect import reflect

        screen.line(f"  Module {after.chapter.label} is done: written by you, checked as it stands.", fg="green")
        reflect(screen, after.name)
        following = Progress(here.root).current
        answer.next = (
            ["tito map"] if following is None else [f"tito start {following.name}" if not following.begun else "tito"]
        )
        screen.next(*answer.next)
        return
    task = after.next_task
    if task is None:
        answer.next = ["tito map"]
    elif task.standing in ("passed", "absent"):
        answer.next = list(steps(here, after, task))
        if task.standing == "absent":
            screen.line(f"  {task.name}: {words(task)}")
    else:
        answer.next = ["tito check", "tito show"]
        screen.line(f"  {task.name}: {words(task)}")
        if task.standing == "blank":
            where = f" ({relative(task.file, here.root)}:{task.line})" if task.file else ""
            screen.next(f"write {task.name}{where}")
            return
    screen.next(*answer.next[:1])


def document(module: ModuleProgress, outcomes: list[Outcome], run: ModuleRun, after: ModuleProgress) -> dict[str, Any]:
    """Return the data of the JSON document."""
    return {
        "module": module.name,
        "state": "checked" if run.death is None else run.death.kind,
        "functions": [
            {
                "name": one.name,
                "state": one.state,
                "checks": [as_json(record) for record in one.records],
                "diagnosis": as_json(one.diagnosis) if one.diagnosis else None,
            }
            for one in outcomes
        ],
        "passed": after.passed,
        "of": len(after.tasks),
        "done": after.done,
        "printed": run.printed,
        "seconds": round(run.seconds, 3),
    }
