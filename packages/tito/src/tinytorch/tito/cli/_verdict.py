"""How what became of checks is written: the clearest failure, the learner's line, a misconception, a death."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tinytorch.tito.cli._answer import CANNOT_RUN, NOT_PASSED, Answer, Problem
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.records import CheckRecord, Diagnosis

if TYPE_CHECKING:
    from tinytorch.tito.child import Death

DOES_NOT_LOAD = {"syntax", "import", "load", "cannot"}  # deaths after which nothing is known of any function
MOST_PRINTED = 12  # lines of what a learner's code printed


@dataclass
class Outcome:
    """What became of a function's checks."""

    name: str
    records: list[CheckRecord] = field(default_factory=list)
    diagnosis: Diagnosis | None = None

    @property
    def failed(self) -> list[CheckRecord]:
        """The checks that failed."""
        return [record for record in self.records if record.state == "failed"]

    @property
    def state(self) -> str:
        """``passed``, ``failed`` or ``blank``."""
        if self.failed:
            return "failed"
        return "blank" if any(record.state == "blank" for record in self.records) else "passed"


def root_of(outcomes: list[Outcome], first: str) -> Outcome | None:
    """Return the outcome to look at first, of those that failed: the one on whose lines most of them failed.

    Of equals it is the one that was asked for, else the first in the order of the module, which is that of the needs.
    """
    failed = [one for one in outcomes if one.failed]
    failures = [record.failure for one in failed for record in one.failed[:1]]
    lines = [failure.place.function for failure in failures if failure is not None and failure.place is not None]
    return max(failed, key=lambda one: (one.name == "imports", lines.count(one.name), one.name == first), default=None)


def problem_of(outcome: Outcome, help: str) -> Problem | None:
    """Return the clearest failure of a function, with the command that helps with it; None if its checks passed."""
    failure = outcome.failed[0].failure if outcome.failed else None
    if failure is None:
        return None
    entry = outcome.diagnosis.entry if outcome.diagnosis else "check"
    message = f"{outcome.name}, {outcome.failed[0].name}: expected {failure.expected}, got {failure.got}"
    return Problem(entry, message, failure.place, help)


def show_outcome(screen: Screen, outcome: Outcome, seconds: float) -> None:
    """Write what became of a function's checks, of those that failed the clearest one.

    `seconds` is how long one has waited for all that was checked.
    """
    failed, total = outcome.failed, len(outcome.records)
    if outcome.state == "blank":
        screen.line(f"  - {outcome.name}   not written yet")
        return
    if not failed:
        screen.line(f"  {screen.paint('ok', fg='green')} {outcome.name}  {total}/{total}")
        return
    head = f"x {outcome.name}   {len(failed)} of {total} check{'s' if total > 1 else ''} failed"
    time = f"{seconds:.1f} s"
    gap = " " * max(screen.width - 4 - len(head) - len(time), 2)
    screen.line(f"  {screen.paint(head, fg='red')}{gap}{time}")
    failure = failed[0].failure
    when = f"this is what you get when {outcome.diagnosis.when}" if outcome.diagnosis else ""
    if failure is None:
        return
    screen.line(f"    {failed[0].name}:")
    for label, text in (("input", failure.inputs), ("expected", failure.expected), ("got", failure.got)):
        field_lines(screen, label, text)
    if failure.rule:
        screen.wrapped(failure.rule, "      ")
    if failure.place is not None:
        screen.place(failure.place, when)
    elif when:
        screen.wrapped(when, "    ")
    others = [record.name for record in failed[1:]]
    if others:
        screen.wrapped(f"also failed: {' · '.join(others)}", "    ")


def field_lines(screen: Screen, label: str, text: str) -> None:
    """Write a labelled value, its further lines below each other."""
    first, *more = text.splitlines() or [""]
    screen.line(f"      {label:<8}  {first}")
    for line in more:
        screen.line(f"                {line}")


def show_death(screen: Screen, death: Death, answer: Answer, help: str) -> None:
    """Write why the run did not come to its end; `help` is what to do where the death itself does not say."""
    answer.exit = CANNOT_RUN if death.kind in DOES_NOT_LOAD else NOT_PASSED
    answer.problems.append(Problem(death.kind, death.message, death.place, death.help))
    screen.line(f"  {screen.paint('x', fg='red')} {death.message.splitlines()[0]}")
    for line in death.message.splitlines()[1:]:
        screen.line(f"    {line}")
    screen.place(death.place)
    screen.next(death.help or help)
    answer.next = ["tito check"]


def show_printed(screen: Screen, printed: str) -> None:
    """Write what the learner's code printed, equal lines once, its last lines if it was much."""
    lines = []
    for line, every in itertools.groupby(printed.rstrip().splitlines()):
        count = len(list(every))
        lines.append(line if count == 1 else f"{line}  ({count} times)")
    left_out = len(lines) - MOST_PRINTED
    screen.line("    your code printed:" if left_out <= 0 else f"    your code printed {len(lines)} lines; the last:")
    for line in lines[-MOST_PRINTED:]:
        screen.line(f"      {line}")
