"""What a run of checks says, as plain data: made where the learner's code ran, read where it is shown.

No module here imports NumPy, so that a command that runs no code of a learner's starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal["passed", "failed", "blank"]


@dataclass(frozen=True)
class Place:
    """A place in a learner's file; lines count from 1, columns from 0.

    Attributes
    ----------
    file : str
    line : int
    text : str
        The line as it stands there.
    column, end : int
        What of it is meant; equal where it is the whole line.
    function : str
        The qualified name of the function that it is in.
    """

    file: str
    line: int
    text: str = ""
    column: int = 0
    end: int = 0
    function: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a check failed.

    Attributes
    ----------
    seed : int
        The first for which it did.
    inputs, expected, got : str
    rule : str
        The promise that was broken, where the values do not speak for themselves; may be empty.
    place : Place or None
        The learner's line that the result or the error came from.
    """

    seed: int
    inputs: str
    expected: str
    got: str
    rule: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class CheckRecord:
    """What became of a check.

    Attributes
    ----------
    function, name, kind : str
        Of the check.
    state : str
        ``passed``, ``failed``, or ``blank``: the function is not written yet, so ours would have been checked.
    seconds : float
    failure : Failure or None
    """

    function: str
    name: str
    kind: str
    state: State
    seconds: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True)
class Diagnosis:
    """A misconception that explains how the learner's checks of a function failed.

    Attributes
    ----------
    function, entry : str
        The catalogued mistake's.
    when : str
        Completes the sentence "this is what you get when ...".
    """

    function: str
    entry: str
    when: str


def check_record(table: dict[str, Any]) -> CheckRecord:
    """Return a record of a check from what `dataclasses.asdict` made of it."""
    failure = table["failure"]
    if failure is not None:
        place = failure["place"]
        failure = Failure(**{**failure, "place": None if place is None else Place(**place)})
    return CheckRecord(**{**table, "failure": failure})
