"""`tito map`: the whole course, and how far you are."""

from __future__ import annotations

from typing import Any

import click

from tinytorch.tito.cli._answer import Answer
from tinytorch.tito.cli._bridge import bridges
from tinytorch.tito.cli._here import progress
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.cli._status import forgotten_words
from tinytorch.tito.workspace import ACTS, BUILT, CHAPTERS, TIERS, Chapter, ModuleProgress, Progress

BAR = 10
ABSENT = {"not installed": "not installed", "planned": "planned, not built yet"}  # states of a module that is not here


@click.command("map")
@click.option("--json", "as_document", is_flag=True, help="One JSON document instead of text.")
def map(as_document: bool) -> int:
    """Modules, acts, checkpoints and milestones, worked out from your files and their checks."""
    screen = Screen(json=as_document)
    here = progress()
    answer = Answer("map", data={"path": here.settings.path, "tier": here.settings.tier})
    rows: list[dict[str, Any]] = []
    crossed = bridges(here.settings)
    for act, title in ACTS.items():
        inside = [row(here, chapter) for chapter in CHAPTERS if chapter.act == act]
        rows += inside
        there = [one for one in inside if one["state"] not in ABSENT]
        absent = {state: [one["module"] for one in inside if one["state"] == state] for state in ABSENT}
        reasons = ", or ".join(words for state, words in ABSENT.items() if absent[state])
        screen.line(f"Act {act}, {title}" + ("" if there else f": {reasons}"), bold=True)
        first = TIERS[here.settings.tier][0] if crossed else 0
        if any(one["number"] == first for one in inside):
            screen.line(f"     bridge        {', '.join(crossed)} in an hour: tito show {crossed[0]}")
        for one in there:
            screen.line(line(screen, one))
        for state, names in absent.items():
            if there and names:
                screen.wrapped(f"{ABSENT[state]}: {', '.join(names)}")
    proofs(screen, here, answer)
    answer.data["modules"] = rows
    lost = [module for one in here.chapters if (module := here.module(one.name)) is not None and module.forgotten]
    for module in lost:
        screen.wrapped(forgotten_words(module))
    current = here.current
    steps = ["tito"] if current is None or current.begun else [f"tito start {current.name}"]
    steps = [f"tito check {lost[0].name}"] if lost else steps
    answer.next = steps
    screen.next(*steps)
    return screen.finish(answer)


def row(here: Progress, chapter: Chapter) -> dict[str, Any]:
    """Return what there is to say about a module."""
    module = here.module(chapter.name)
    on_path = chapter in here.chapters
    state = standing(module) if on_path or module is None else "the reference"
    if module is None and chapter.name not in BUILT:
        state = "planned"
    return {
        "number": chapter.number,
        "module": chapter.name,
        "act": chapter.act,
        "tier": chapter.tier,
        "state": state,
        "passed": module.passed if module else 0,
        "of": len(module.tasks) if module else 0,
        "hours": module.hours if module else None,
        "functions": [{"name": task.name, "state": task.standing} for task in module.tasks] if module else [],
    }


def standing(module: ModuleProgress | None) -> str:
    """Return how a module stands, in a word or two."""
    if module is None:
        return "not installed"
    if module.done:
        return "done"
    if module.broken is not None:
        return "does not parse"
    mine = any(task.standing != "absent" or task.file for task in module.tasks)  # not those of another module alone
    return "begun" if module.begun and mine else "ahead"


def line(screen: Screen, row: dict[str, Any]) -> str:
    """Return a module's line: a bar of characters that every terminal has."""
    label = f"  {row['number']:02} {row['module']:<13}"
    if not row["of"] or row["state"] == "the reference":
        return f"{label} {row['state']}"
    full = BAR * row["passed"] // row["of"]
    bar = "#" * full + "." * (BAR - full)
    text = f"{label} [{bar}] {row['passed']:>2} of {row['of']:<2}  {row['hours']:>4g} h  {row['state']}"
    return screen.paint(text, fg="green") if row["state"] == "done" else text


def proofs(screen: Screen, here: Progress, answer: Answer) -> None:
    """Write which checkpoints and milestones have been passed."""
    from tinytorch.tito.cli._proof import passed, registries

    for kind, every in registries().items():
        said = passed(here, kind)
        answer.data[f"{kind}s"] = [{"id": one.id, "passed": one.id in said} for one in every]
        if every:
            shown = " ".join(f"{one.id}{' ok' if one.id in said else ''}" for one in every)
            screen.line(f"{kind.capitalize()}s: {shown}")
