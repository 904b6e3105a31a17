"""What a command answers: an exit code, and the document that `--json` prints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinytorch.tito.records import Place

SCHEMA = "tito/1"
OK = 0
NOT_PASSED = 1
USAGE = 2
CANNOT_RUN = 3
OUR_BUG = 70
INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """Something that went wrong, for people and for programs.

    Attributes
    ----------
    id : str
        A word that stays the same from version to version.
    message : str
        One sentence.
    place : Place or None
        Of the learner's file.
    help : str
        One command or step.
    """

    id: str
    message: str
    place: Place | None = None
    help: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as the schema has it."""
        table: dict[str, Any] = {"id": self.id, "message": self.message}
        if self.place is not None:
            table |= {"file": self.place.file, "line": self.place.line, "column": self.place.column + 1}
        return table | {"help": self.help}


class Stop(Exception):  # noqa: N818  (the end of a command, not always an error)
    """Ends a command with a problem.

    Parameters
    ----------
    exit : int
    id, message, help : str
    place : Place, optional
    """

    def __init__(self, exit: int, id: str, message: str, help: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.exit = exit
        self.problem = Problem(id, message, place, help)


@dataclass
class Answer:
    """What a command has to say.

    Attributes
    ----------
    command : str
    data : dict
        The command's own.
    exit : int
    problems : list of Problem
    next : list of str
        Commands to go on with, the likeliest first.
    """

    command: str
    data: dict[str, Any] = field(default_factory=dict)
    exit: int = OK
    problems: list[Problem] = field(default_factory=list)
    next: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the document."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "ok": self.exit == OK,
            "exit": self.exit,
            "data": finite(self.data),
            "errors": [problem.as_json() for problem in self.problems],
            "next": self.next,
        }


def finite(value: Any) -> Any:
    """Return what JSON can hold of a value: null in the place of NaN and infinity, which a loss may well be."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
