"""Which functions of a module a learner writes: the file ``tinytorch/course/NAME/exercises.toml``.

It is read without importing the module or its course half.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = "exercises.toml"
MOST_FUNCTIONS = 14
MODULE_KEYS = {"module", "hours", "function"}
FUNCTION_KEYS = {"name", "file", "contract", "idea", "minutes", "points", "needs", "hints"}
OPTIONAL_KEYS = {"guided"}
HINT_KEYS = ("question", "idea", "pseudocode")


class ExercisesError(Exception):
    """A list of exercises that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Hints:
    """Three steps towards a function, from a question to its pseudocode."""

    question: str
    idea: str
    pseudocode: str


@dataclass(frozen=True)
class Exercise:
    """One function to write.

    Attributes
    ----------
    name : str
        Qualified, as `tinytorch.tito.splice.find` takes it.
    file : str
        In the module's folder; ``tensor:_operation.py`` for a file of another module, which `home` splits.
    contract : str
        What it promises, in one line: shapes where there are any.
    idea : str
        What is learnt by writing it, in one line.
    minutes, points : int
    needs : tuple of str
        Functions to write before, of this list or, with their module, of another one: ``tensor:sum_to``.
    hints : Hints
    guided : bool
        Whether the guided path, which reads first and writes less, asks for it as well.
    """

    name: str
    file: str
    contract: str
    idea: str
    minutes: int
    points: int
    needs: tuple[str, ...]
    hints: Hints
    guided: bool = False


def home(file: str, module: str) -> tuple[str, str]:
    """Return the module and the path in its folder that ``file`` means in the list of `module`.

    Examples
    --------
    >>> home("_engine.py", "autograd"), home("tensor:_operation.py", "autograd")
    (('autograd', '_engine.py'), ('tensor', '_operation.py'))
    """
    other, _, path = file.rpartition(":")
    return other or module, path


@dataclass(frozen=True)
class Exercises:
    """A module's functions to write, in order.

    Attributes
    ----------
    module : str
    hours : float
        To build the module; the minutes of its functions add up to it.
    functions : tuple of Exercise
    """

    module: str
    hours: float
    functions: tuple[Exercise, ...]


def asked(exercises: Exercises, path: str) -> Exercises:
    """Return what a path asks for: the guided one those functions that are marked for it, if any are; others all."""
    marked = tuple(one for one in exercises.functions if one.guided)
    return replace(exercises, functions=marked) if path == "guided" and marked else exercises


def course_file(module: str, name: str) -> Path | None:
    """Return a file of a module's course half, or None if none is installed."""
    files = (Path(folder) / "course" / module / name for folder in sys.modules["tinytorch"].__path__)
    return next((file for file in files if file.is_file()), None)


def find_exercises(module: str) -> Path | None:
    """Return the file of a module's exercises, or None if none is installed."""
    return course_file(module, FILE)


def read_exercises(module: str) -> Exercises | None:
    """Return the exercises of an installed module, or None if it has none.

    Raises
    ------
    ExercisesError
        If the file breaks a rule, naming the entry and the rule.
    """
    file = find_exercises(module)
    if file is None:
        return None
    exercises = parse_exercises(file.read_text("utf-8"), str(file))
    if exercises.module != module:
        raise ExercisesError(f"{file}: module is {exercises.module!r}, and the file lies in the folder of {module!r}.")
    return exercises


@lru_cache(maxsize=32)
def parse_exercises(text: str, filename: str = FILE) -> Exercises:
    """Return the exercises that a text in TOML describes.

    Parameters
    ----------
    text : str
        ``module``, ``hours``, and for each function a table ``[[function]]`` with name, file, contract, idea, minutes,
        points, needs (a list, maybe empty) and ``[function.hints]``: question, idea, pseudocode.
    filename : str, optional
        For messages.

    Raises
    ------
    ExercisesError
        If it is no TOML, a key is missing, unknown or of another type, a name comes twice, a function needs one that
        comes later, or the minutes do not add up to the hours.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExercisesError(f"{filename} is not TOML: {error}.") from None
    reader = _Reader(filename)
    reader.keys(table, MODULE_KEYS, MODULE_KEYS, "the file")
    module = reader.text(table, "module", "the file")
    hours = table["hours"]
    if isinstance(hours, bool) or not isinstance(hours, int | float) or hours <= 0:
        raise ExercisesError(f"{filename}: hours must be a positive number, not {hours!r}.")
    entries = table["function"]
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_FUNCTIONS:
        raise ExercisesError(f"{filename}: there must be 1 to {MOST_FUNCTIONS} tables [[function]].")
    functions: list[Exercise] = []
    for number, entry in enumerate(entries, 1):
        function = reader.function(entry, f"function {number}")
        known = {one.name for one in functions}
        if function.name in known:
            raise ExercisesError(f"{filename}: {function.name} is listed twice.")
        for need in function.needs:
            if ":" not in need and need not in known:
                raise ExercisesError(f"{filename}: {function.name} needs {need}, which is not listed before it.")
        functions.append(function)
    minutes = sum(function.minutes for function in functions)
    if minutes != round(hours * 60):
        raise ExercisesError(f"{filename}: the minutes add up to {minutes}, and {hours} hours are {hours * 60:g}.")
    return Exercises(module, float(hours), tuple(functions))


class _Reader:
    """Takes values out of tables and says, in a sentence, what is wrong with them."""

    def __init__(self, filename: str) -> None:
        self.filename = filename

    def keys(self, table: Any, needed: set[str], known: set[str], where: str) -> None:
        if not isinstance(table, dict):
            raise ExercisesError(f"{self.filename}: {where} must be a table.")
        for key in sorted(needed - table.keys()):
            raise ExercisesError(f"{self.filename}: {where} has no {key}.")
        for key in sorted(table.keys() - known):
            raise ExercisesError(
                f"{self.filename}: {where} has an unknown key {key}; known: {', '.join(sorted(known))}."
            )

    def text(self, table: Mapping[str, Any], key: str, where: str, lines: bool = False) -> str:
        value = table[key]
        if not isinstance(value, str) or not value.strip():
            raise ExercisesError(f"{self.filename}: {key} of {where} must be a text, not {value!r}.")
        if not lines and "\n" in value:
            raise ExercisesError(f"{self.filename}: {key} of {where} must be one line.")
        return value.strip("\n") if lines else value.strip()

    def number(self, table: Mapping[str, Any], key: str, where: str) -> int:
        value = table[key]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ExercisesError(f"{self.filename}: {key} of {where} must be a whole number above 0, not {value!r}.")
        return value

    def flag(self, table: Mapping[str, Any], key: str, where: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise ExercisesError(f"{self.filename}: {key} of {where} must be true or false, not {value!r}.")
        return value

    def function(self, table: Any, where: str) -> Exercise:
        self.keys(table, FUNCTION_KEYS, FUNCTION_KEYS | OPTIONAL_KEYS, where)
        name = self.text(table, "name", where)
        hints, needs = table["hints"], table["needs"]
        file = self.text(table, "file", name)
        if not re.fullmatch(r"([a-z]\w*:)?(\w+/)*\w+\.py", file):
            raise ExercisesError(
                f"{self.filename}: file of {name} must be a path like _tensor.py or tensor:_operation.py, not {file!r}."
            )
        if not isinstance(needs, list) or not all(isinstance(need, str) and need for need in needs):
            raise ExercisesError(f"{self.filename}: needs of {name} must be a list of names, not {needs!r}.")
        self.keys(hints, set(HINT_KEYS), set(HINT_KEYS), f"hints of {name}")
        steps = {key: self.text(hints, key, f"hints of {name}", lines=True) for key in HINT_KEYS}
        return Exercise(
            name=name,
            file=file,
            contract=self.text(table, "contract", name),
            idea=self.text(table, "idea", name),
            minutes=self.number(table, "minutes", name),
            points=self.number(table, "points", name),
            needs=tuple(needs),
            hints=Hints(**steps),
            guided=self.flag(table, "guided", name),
        )
