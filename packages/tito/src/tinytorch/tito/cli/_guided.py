"""The guided path: read an implementation, predict, find a fault, change it, then write it oneself."""

from __future__ import annotations

import difflib

import click

from tinytorch.tito.cli._hint import named
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._show import listed
from tinytorch.tito.cli._solution import Version, helpers, reference, version_of, write_source
from tinytorch.tito.mistakes import Mistake, read_mistakes
from tinytorch.tito.splice import Source, decode
from tinytorch.tito.workspace import Progress, Task


def read_first(screen: Screen, here: Progress, task: Task, *, answers: bool = False) -> None:
    """Go through the steps before writing; answers follow on a terminal, after one's own, or when asked for."""
    ours = reference(here, task)
    if ours is None:
        return
    screen.line()
    screen.line(f"  1 Read · ours, {ours.file.name}:{ours.line}", bold=True)
    write_source(screen, ours)
    for helper in helpers(here, task):
        screen.line(f"  and what it calls, which is not given · {helper.file.name}:{helper.line}", bold=True)
        write_source(screen, helper)
    number, command = 2, f"tito show{named(here, task)} --answers"
    examples = listed(here.state, task.module).get("examples", {}).get(task.name, [])
    if examples:
        question, given = unanswered(examples, ours.text)
        screen.line(f"  {number} Predict · what does this give?", bold=True)
        for line in question.splitlines():
            screen.line(f"      {line}")
        answer(screen, given, command, answers)
        number += 1
    fault = colleague(ours, task)
    if fault is not None:
        mistake, version, lines = fault
        screen.line(
            f"  {number} Find the fault · a colleague's version; which line is wrong, and what comes of it?", bold=True
        )
        write_source(screen, version, brief=True)
        where = f"line {', '.join(str(line) for line in lines)}: " if lines else ""
        answer(screen, f"{where}this is what you get when {mistake.when}", command, answers)
        number += 1
    where = relative(task.file, here.root) + (f":{task.line}" if task.line else "") if task.file else task.name
    screen.line(f"  {number} Change · {where}", bold=True)
    screen.wrapped(
        f"{'Copy ours to there and change one thing in it.' if task.unwritten else 'Change one thing in yours.'} "
        f"Say first what comes of it and which check will notice; tito check{named(here, task)} tells."
        + (f" Then tito reset {task.module}.{task.name} makes it blank." if task.unwritten else ""),
        "      ",
    )
    if task.unwritten:
        screen.line(f"  {number + 1} Write · {where}", bold=True)
        screen.wrapped("Close this, and write it from what it promises.", "      ")


def unanswered(examples: list[tuple[str, str]], text: str) -> tuple[str, str]:
    """Return the first example whose answer a text does not give away, the first of all if it gives each."""
    question, given = next((one for one in examples if one[0] not in text), examples[0])
    return question.partition(", which is ")[0], given  # what follows helps with a check, and is the answer here


def answer(screen: Screen, text: str, command: str, shown: bool) -> None:
    """Wait for somebody's own answer, then show it; where nobody is, only if asked to, by a command."""
    if screen.interactive and not shown:
        click.prompt("     ", default="", show_default=False, prompt_suffix="> ")
        shown = True
    if not shown:
        screen.line(f"      (the answer: {command})")
        return
    for line in text.splitlines():
        screen.line(f"      {line}")


def colleague(ours: Version, task: Task) -> tuple[Mistake, Version, list[int]] | None:
    """Return a catalogued mistake of a function, its source, and the lines that differ from ours if they are few.

    The mistake that changes least comes first: a fault is to be searched for. A line that is only missing would show.
    """
    found: list[tuple[Mistake, Version, list[int]]] = []
    text = decode(ours.file.read_bytes())
    for mistake in read_mistakes(task.module):
        if mistake.function != task.name:
            continue
        version = version_of(Source(mistake.seeded(text), str(ours.file)), task.name, ours.file)
        if version is not None:
            found.append((mistake, version, changed(ours, version)))
    return min(found, key=lambda one: (shows(one[1], one[2]), len(one[2])), default=None)


def shows(version: Version, lines: list[int]) -> bool:
    """Return whether one of the lines that differ says nothing, so that a glance finds it."""
    rows = version.text.splitlines()
    return any(line >= version.line + len(rows) or rows[line - version.line].strip() in ("", "pass") for line in lines)


def changed(ours: Version, other: Version) -> list[int]:
    """Return the lines of another version that are not in ours."""
    matcher = difflib.SequenceMatcher(None, ours.text.splitlines(), other.text.splitlines(), autojunk=False)
    spans = [(low, high) for tag, _, _, low, high in matcher.get_opcodes() if tag != "equal"]
    return [other.line + line for low, high in spans for line in range(low, max(high, low + 1))]
