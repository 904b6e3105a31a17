"""The questions at a module's end: numbers and words that a learner can find by running something."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from typing import Any

import click

from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.exercises import find_exercises

TRIES = 2  # wrong answers until the right one is shown
YES, NO = ("yes", "y", "true"), ("no", "n", "false")
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

    @property
    def wanted(self) -> str:
        """What an answer looks like."""
        return "yes or no" if isinstance(self.answer, bool) else "a word" if self.is_word else "a number"

    @property
    def is_word(self) -> bool:
        """Whether a word is asked for."""
        return isinstance(self.answer, str)

    @property
    def said(self) -> str:
        """The answer, as somebody would write it."""
        return ("yes" if self.answer else "no") if isinstance(self.answer, bool) else str(self.answer)

    def reads(self, text: str) -> bool:
        """Return whether a text is an answer at all: a number where one is asked for, yes or no, any word."""
        if isinstance(self.answer, bool):
            return _plain(text) in YES + NO
        return self.is_word or _number(text) is not None

    def accepts(self, text: str) -> bool:
        """Return whether an answer is right: a number near enough, yes or no, a word."""
        if isinstance(self.answer, bool):
            return _plain(text) in (YES if self.answer else NO)
        if isinstance(self.answer, str):
            return _plain(text) == _plain(self.answer)
        number = _number(text)
        return number is not None and math.isclose(number, self.answer, rel_tol=self.tolerance, abs_tol=1e-9)


def _plain(text: str) -> str:
    return text.strip().lower().replace(",", "")


def _number(text: str) -> float | None:
    try:
        return float(_plain(text).rstrip(" %"))
    except ValueError:
        return None


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
        screen.line(f"  {verdict(screen, one)}")
        screen.wrapped(one.why)


def verdict(screen: Screen, one: Question) -> str:
    """Ask until an answer is right, has been wrong twice or is empty; return what to say of it."""
    wrong = 0
    while given := click.prompt("  ", default="", show_default=False, prompt_suffix="> "):
        if not one.reads(given):
            screen.line(f"  That is not {one.wanted}; write one, or Enter alone.")
            continue
        if one.accepts(given):
            return screen.paint("right", fg="green")
        wrong += 1
        if wrong == TRIES:
            return f"no: {one.said}"
        screen.line("  Not that. Once more, or Enter alone.")
    return one.said
