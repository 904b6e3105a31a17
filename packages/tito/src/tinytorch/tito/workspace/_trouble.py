"""What is said of a state in which a workspace does not work as it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinytorch.tito.records import Place
    from tinytorch.tito.splice import SourceSyntaxError


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong.

    Attributes
    ----------
    id : str
    message : str
        A sentence that names it.
    help : str
        One command or step.
    file : Path or None
    repair : callable or None
        Does the step; returns what it did. None where tito cannot.
    serious : bool
        Whether something does not work because of it.
    broken : SourceSyntaxError or None
        What keeps the file from being read: it knows the line.
    place : Place or None
        The line, where one is meant.
    """

    id: str
    message: str
    help: str
    file: Path | None = None
    repair: Callable[[], str] | None = None
    serious: bool = True
    broken: SourceSyntaxError | None = None
    place: Place | None = None


def repaired(id: str) -> str:
    """Return the command that repairs a trouble."""
    return f"tito doctor --repair {id}"
