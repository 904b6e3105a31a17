"""The questions at a module's end: numbers and words that a learner can find by running something."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import math
import operator
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.exercises import course_file
from tinytorch.tito.workspace import State

TRIES = 2  # wrong answers until the right one is shown
YES, NO = ("yes", "y", "true"), ("no", "n", "false")
TOLERANCE = 0.01  # of a number, relative, where none is given
UNIT = re.compile(r"(?<=[\d)])\s*[a-z%\u00b5][a-z%\u00b5/ ]*$")  # what may follow a number
LONGEST = 100  # characters of an expression
HIGHEST = 64  # power in one
ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
ANSWERED = "answered.json"  # in `.tito/`: by module, hashes of questions that need not be asked again


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
    def id(self) -> str:
        """What it is remembered by: a question that is put anew is another one."""
        return hashlib.sha256(self.question.encode()).hexdigest()[:16]

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
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.strip().lower())


def _number(text: str) -> float | None:
    """Return the number that a text says: 4096, 4,096 bytes, 12 %, 2*32*784*128, 6**3; None if it says none."""
    plain = _plain(text).replace("^", "**").replace("\u00d7", "*").replace("\u00b7", "*")
    with contextlib.suppress(ValueError):
        return float(plain)
    bare = UNIT.sub("", plain)
    if len(bare) > LONGEST:
        return None
    try:
        return _value(ast.parse(bare.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError):
        return None


def _value(node: ast.expr) -> float:
    """Return what an expression of numbers gives.

    Raises
    ------
    ValueError
        If it is anything else, or a power beyond reason.
    """
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            base, exponent = _value(left), _value(right)
            if abs(exponent) > HIGHEST or abs(base) > 1e9 or (base < 0 and exponent != int(exponent)):
                raise ValueError(exponent)
            return float(base**exponent)
        case ast.BinOp(op=operation, left=left, right=right) if type(operation) in ARITHMETIC:
            return ARITHMETIC[type(operation)](_value(left), _value(right))
    raise ValueError(node)


def questions(module: str) -> list[Question]:
    """Return the questions of a module; none if its course half has no ``answers.toml``."""
    file = course_file(module, "answers.toml")
    if file is None:
        return []
    rows: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8")).get("answer", [])
    return [
        Question(row["question"].strip(), row["answer"], row["why"].strip(), row.get("tolerance", TOLERANCE))
        for row in rows
    ]


def open_questions(state: State, module: str) -> list[Question]:
    """Return the questions of a module that have not been answered."""
    answered = _answered(state, module)
    return [one for one in questions(module) if one.id not in answered]


def _answered(state: State, module: str) -> list[str]:
    known = state.read(ANSWERED).get(module)
    return [str(one) for one in known] if isinstance(known, list) else []


def reflect(screen: Screen, state: State, module: str, *, ask: bool = True) -> None:
    """Ask the questions that are open, if somebody is there to answer; an empty answer goes on to the reason.

    With Ctrl-C or Ctrl-D one leaves them for another time. If they are not to be asked now, say who asks them.
    """
    every = open_questions(state, module)
    if not every:
        return
    count = f"{len(every)} question{'s' if len(every) > 1 else ''}"
    if not screen.interactive:
        screen.line(f"  To think about: {count}, in tito show {module} --lesson under Reflect.")
        return
    if not ask:
        screen.line(f"  {count} to end with: tito check {module} asks {'them' if len(every) > 1 else 'it'}.")
        return
    screen.wrapped(f"{count} to end with. Find out by running something; Enter alone goes on, Ctrl-C leaves.")
    for number, one in enumerate(every, 1):
        screen.line()
        screen.wrapped(f"{number}. {one.question}")
        try:
            said = verdict(screen, one)
        except click.Abort:
            screen.line()
            screen.line(f"  tito check {module} asks the rest another time.")
            return
        screen.line(f"  {said}")
        screen.wrapped(one.why)
        table = state.read(ANSWERED)
        state.write(ANSWERED, {**table, module: [*_answered(state, module), one.id]}, careful=False)


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
