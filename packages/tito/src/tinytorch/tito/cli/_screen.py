"""Words on a terminal, in a file or in a pipe: colour and width where there are any, the same text everywhere."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinytorch.tito.cli._answer import Answer, Problem

if TYPE_CHECKING:
    from tinytorch.tito.records import Place

NARROW = 80
WIDE = 100


class Screen:
    """Where a command writes: data to standard output, all else to standard error.

    Parameters
    ----------
    json : bool, default False
        Whether a document is the only thing on standard output.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.width = min(shutil.get_terminal_size((NARROW, 24)).columns, WIDE)
        # Consoles and pipes that are not of UTF-8 get a question mark for what they lack, not an exception.
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer."""
        return not self.json and sys.stdin.isatty() and sys.stdout.isatty()

    def line(self, text: str = "", *, fg: str = "", bold: bool = False) -> None:
        """Write a line of data."""
        if not self.json:
            click.echo(self.paint(text, fg=fg, bold=bold), color=True)

    def paint(self, text: str, *, fg: str = "", bold: bool = False) -> str:
        """Return a part of a line of data in a style."""
        return paint(text, sys.stdout.isatty(), fg=fg, bold=bold)

    def wrapped(self, text: str, indent: str = "  ") -> None:
        """Write paragraphs in lines of the screen's width; indented lines stay lines of their own."""
        paragraph: list[str] = []
        for line in [*text.splitlines(), ""]:
            if line.strip() and not line.startswith(" "):
                paragraph.append(line)
                continue
            for short in textwrap.wrap(" ".join(paragraph), max(self.width - len(indent), 20), break_long_words=False):
                self.line(indent + short)
            paragraph.clear()
            if line.strip():
                self.line(indent + line)

    def note(self, text: str, *, fg: str = "", bold: bool = False) -> None:
        """Write progress or a warning."""
        click.echo(paint(text, sys.stderr.isatty(), fg=fg, bold=bold), err=True, color=True)

    def place(self, place: Place | None, why: str = "") -> None:
        """Write a place of a learner's file with its line, and why it is shown; nothing of None."""
        for line in excerpt(place, why, self.width) if place else ():
            self.line(line)

    def problem(self, problem: Problem) -> None:
        """Write a problem that is what was asked for."""
        for line in problem_lines(problem, self.width):
            self.line(line)

    def error(self, problem: Problem) -> None:
        """Write a problem that ended a command, where errors go, and the next step."""
        head, *more = problem_lines(problem, self.width)
        label, _, message = head.partition(" ")
        self.note(f"{paint(label, sys.stderr.isatty(), fg='red', bold=True)} {message}")
        for line in more:
            self.note(line)
        if problem.help:
            self.note(f"  Next: {problem.help}", bold=True)

    def next(self, *steps: str) -> None:
        """Write what to do next, last of all; on a narrow terminal each way on a line, as commands are to be copied."""
        if steps:
            text = f"  Next: {', or '.join(steps)}"
            if len(text) > self.width and sys.stdout.isatty():
                text = ",\n        or ".join([f"  Next: {steps[0]}", *steps[1:]])
            self.line(text, bold=True)

    def ask(self, question: str) -> bool:
        """Return whether somebody who is there says yes; nobody there is a no."""
        return self.interactive and click.confirm(question, default=False)

    def finish(self, answer: Answer) -> int:
        """Write the document, if one is wanted; return the exit code."""
        if self.json:
            click.echo(json.dumps(answer.as_json(), indent=1))
        return answer.exit


def colours(terminal: bool) -> bool:
    """Return whether to use colour on a stream that is a terminal or not."""
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, terminal: bool, *, fg: str = "", bold: bool = False) -> str:
    """Return text in a style, where the stream shows one."""
    if not (fg or bold) or not colours(terminal):
        return text
    return click.style(text, fg=fg or None, bold=bold or None)


def relative(file: str | Path, root: Path | None = None) -> str:
    """Return a path as short as it can be said: from the current folder, else from the workspace, else whole."""
    path = Path(file)
    for start in (Path.cwd(), root):
        if start is not None and path.is_relative_to(start):
            return str(path.relative_to(start))
    return str(path)


def excerpt(place: Place, why: str, width: int) -> list[str]:
    """Return a place as lines: where it is, the learner's line, and a caret under what is meant, with a reason."""
    where = f"{relative(place.file)}:{place.line}"
    if place.end > place.column:
        where += f":{place.column + 1}"
    lines = [f"    {where}"]
    text = place.text.expandtabs(4)
    if not text.strip():
        return [*lines, *([f"    {why}"] if why else [])]
    column = len(place.text.ljust(place.column)[: place.column].expandtabs(4))
    end = len(place.text.ljust(place.end)[: place.end].expandtabs(4))
    if end <= column:
        column, end = len(text) - len(text.lstrip()), len(text.rstrip())
    number = f"{place.line:>5} | "
    lines.append(number + text.rstrip())
    caret = f"{'':>5} | {' ' * column}{'^' * (end - column)}"
    if not why:
        return [*lines, caret]
    if len(caret) + 1 + len(why) <= width:
        return [*lines, f"{caret} {why}"]
    wrapped = textwrap.wrap(why, max(width - len(number), 20))
    return [*lines, caret, *(f"{'':>5} | {line}" for line in wrapped)]


def problem_lines(problem: Problem, width: int) -> list[str]:
    """Return a problem as cargo and ruff write one."""
    head, *more = problem.message.splitlines()
    lines = [f"error: {head}", *more]
    if problem.place is not None:
        lines += excerpt(problem.place, "", width)
    return lines
