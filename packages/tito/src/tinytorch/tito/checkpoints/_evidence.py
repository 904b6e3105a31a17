"""Collecting evidence: statements that hold or do not, a picture, and whose code they are about."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from tinytorch.tito.checkpoints._registry import find_checkpoint
from tinytorch.tito.child import is_own
from tinytorch.tito.tasks import Context, Event, needs

BLUE, RED, GREY = "#2a6f97", "#a3331c", "#8a8a8a"


class Evidence:
    """What speaks for a checkpoint and against it.

    Parameters
    ----------
    context : Context
    name : str
        The checkpoint's number.
    """

    def __init__(self, context: Context, name: str) -> None:
        found = find_checkpoint(name)
        if found is None:
            raise ValueError(f"There is no checkpoint {name}.")
        self.checkpoint = found
        self.context = context
        self.statements: list[dict[str, Any]] = []
        self.picture: Path | None = None

    def state(self, holds: bool, text: str) -> None:
        """Add a statement, and say it."""
        self.statements.append({"holds": bool(holds), "text": text})
        self.context.emit({"say": f"{'ok' if holds else 'x '} {text}"})

    def attempt(self, text: str, proof: Callable[[], tuple[bool, str]]) -> None:
        """Add the statement that a proof comes to; an error in it speaks against the checkpoint."""
        try:
            holds, found = proof()
        except Exception as error:  # the learner's code runs in it
            self.state(False, f"{text}: {self.told(error)}")
        else:
            self.state(holds, f"{text}: {found}")

    def told(self, error: Exception) -> str:
        """Return an error as text, with the innermost of the learner's lines that it went through."""
        frames = traceback.extract_tb(error.__traceback__)
        mine = [one for one in frames if is_own(one.filename, [self.context.workspace])]
        where = f" ({Path(mine[-1].filename).name}, line {mine[-1].lineno})" if mine else ""
        return f"{type(error).__name__}: {error}{where}"

    def draw(self, figure: Figure) -> None:
        """Keep the picture."""
        folder = self.context.workspace / "runs" / "checkpoints"
        folder.mkdir(parents=True, exist_ok=True)
        self.picture = folder / f"{int(self.checkpoint.id):02}.svg"
        figure.savefig(self.picture)

    def end(self) -> Event:
        """Return the last event: whether everything holds, and whether everything is the learner's."""
        whose = self.context.whose((*self.checkpoint.modules, *self.checkpoint.needs))
        own = [f"{module}." for module in self.checkpoint.modules]
        borrowed = [
            name for name, word in whose["functions"].items() if word != "written" and name.startswith(tuple(own))
        ]
        holds = bool(self.statements) and all(one["holds"] for one in self.statements)
        return {
            "done": {
                "passed": holds and not borrowed,
                "holds": holds,
                "borrowed": borrowed,
                "evidence": self.statements,
                "picture": str(self.picture) if self.picture else "",
                "whose": whose,
            }
        }


def checkpoint(name: str, prove: Callable[[Evidence, Any], Figure], *libraries: str) -> Callable[..., Iterator[Event]]:
    """Return a task that proves a checkpoint, for which it needs certain libraries, and draws its picture."""

    def task(context: Context, options: dict[str, Any]) -> Iterator[Event]:
        needs(*libraries)
        evidence = Evidence(context, name)
        for module in (*evidence.checkpoint.modules, *evidence.checkpoint.needs):
            getattr(context.tt, module)  # one that does not load is said once, and ends it
        try:
            drawn = prove(evidence, context.tt)
        except Exception as error:  # while drawing, with what the learner's code gave
            evidence.state(False, f"the picture: {evidence.told(error)}")
        else:
            evidence.draw(drawn)
        yield evidence.end()

    return task


def figure(width: float = 6.0, height: float = 3.2) -> Figure:
    """Return an empty figure in the style of the course."""
    return Figure(figsize=(width, height), layout="constrained")
