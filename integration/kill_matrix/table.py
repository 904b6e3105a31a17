"""Writes the kill matrix as docs/kill-matrix.md: ``python -m integration.kill_matrix.table``."""

from __future__ import annotations

import re
from pathlib import Path

from integration.kill_matrix.matrix import MODULES, Matrix, matrix

FILE = Path(__file__).resolve().parents[2] / "docs" / "kill-matrix.md"
HEAD = """# The kill matrix

Each wrong implementation below was seeded into the reference, and the checks of its module were run against it. A
check that a learner's code has to pass is worth what it catches: the column *caught by* names the checks that fail,
those of the function itself first. *Named* says whether a learner who makes this mistake is told so ("this is what you
get when ..."); a mistake whose results equal those of another one is not named: a wrong name costs more than none.

`nox -s mistakes` makes the table again and compares.
"""


def cell(text: str) -> str:
    """Return a text as a cell of a table; outside backticks ``_`` and ``*`` are signs like others."""
    words = re.split(r"(`[^`]*`)", text.replace("|", "\\|").replace("\n", " "))
    return "".join(one if one.startswith("`") else re.sub(r"[_*]", r"\\\g<0>", one) for one in words)


def section(result: Matrix) -> str:
    """Return the part of a module."""
    total, named = len(result.verdicts), result.named()
    caught = total - len(result.uncaught())
    facts = f"{len(result.checks)} checks of {len(result.blanks)} asked functions and of given ones"
    lines = [
        f"## {result.module}",
        "",
        f"{facts}; {caught} of {total} mistakes caught, {named} named, {len(result.misnamed())} misnamed.",
        "",
        "| entry | function | this is what you get when ... | caught by | named |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mistake, verdict in result.verdicts:
        own = [name.split(": ", 1)[1] for name in verdict.caught_by if name.startswith(f"{mistake.function}: ")]
        others = [name for name in verdict.caught_by if not name.startswith(f"{mistake.function}: ")]
        shown = [*own, *others][:3]
        more = len(own) + len(others) - len(shown)
        catchers = "; ".join(shown) + (f"; {more} more" if more else "")
        told = "yes" if verdict.diagnosis == mistake.when else ""
        row = (mistake.entry, f"`{mistake.function}`", cell(mistake.when), cell(catchers or "nothing"), told)
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def table() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(section(matrix(module)) for module in MODULES)])


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
