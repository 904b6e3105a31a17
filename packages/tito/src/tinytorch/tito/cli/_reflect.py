"""The questions at a module's end: numbers and words that a learner can find by running something."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from typing import Any

import click

from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.exercises import find_exercises

TOLERANCE = 0.01  # of a number, relative, where none is given


@dataclass(frozen=True)
class Question:
    """One question with its answer.

    Attributes
    ----------
    question : str
    answer : bool, number or str
    why : str
    tolerance : float
        Relative, of a number.
    """

    question: str
    answer: bool | float | str
    why: str
    tolerance: float = TOLERANCE

    def accepts(self, text: str) -> bool:
        """Return whether an answer is right: a number near enough, yes or no, a word."""
        given = text.strip().lower().replace(",", "")
        if isinstance(self.answer, bool):
            return given in (("yes", "y", "true") if self.answer else ("no", "n", "false"))
        if isinstance(self.answer, str):
            return given == self.answer.strip().lower().replace(",", "")
        try:
            return math.isclose(float(given.rstrip(" %")), self.answer, rel_tol=self.tolerance, abs_tol=1e-9)
        except ValueError:
            return False


def questions(module: str) -> list[Question]:
    """Return the questions of a module; none if its course half has no ``answers.toml``."""
    exercises = find_exercises(module)
    file = exercises.parent / "answers.toml" if exercises else None
    if file is None or not file.is_file():
        return []
    rows: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8")).get("answer", [])
    return [
        Question(row["question"].strip(), row["answer"], row["why"].strip(), row.get("tolerance", TOLERANCE))
        for row in rows
    ]


def reflect(screen: Screen, module: str) -> None:
    """Ask the questions, if somebody is there to answer; an empty answer goes on, and the reason follows each."""
    every = questions(module)
    if not every:
        return
    count = f"{len(every)} question{'s' if len(every) > 1 else ''}"
    if not screen.interactive:
        screen.line(f"  To think about: {count}, in tito show {module} --lesson under Reflect.")
        return
    screen.line(f"  {count} to end with. Find out by running something; Enter alone goes on.")
    for number, one in enumerate(every, 1):
        screen.line()
        screen.wrapped(f"{number}. {one.question}")
        given = click.prompt("  ", default="", show_default=False, prompt_suffix="> ")
        if given:
            said = screen.paint("right", fg="green") if one.accepts(given) else f"no: {one.answer}"
            screen.line(f"  {said}")
        else:
            screen.line(f"  {one.answer}")
        screen.wrapped(one.why)
