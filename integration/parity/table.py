"""All rows, and the table that they make."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from integration.parity import (
    activating,
    arithmetic,
    classifying,
    creating,
    elementwise,
    indexing,
    keeping,
    losing,
    optimizers,
    products,
    reductions,
    schedules,
    shaping,
)
from integration.parity.row import AnyRow, Outcome

from tinytorch.tensor import Array, Step, listen, operations

ROWS: dict[str, AnyRow] = {}


def add(rows: Iterable[AnyRow]) -> None:
    """Add rows to the table."""
    for row in rows:
        if row.name in ROWS:
            raise ValueError(f"{row.name}: two rows of one name")
        ROWS[row.name] = row


for _module in (creating, arithmetic, elementwise, reductions, shaping, indexing, products):
    add(_module.ROWS)
for _module in (activating, losing, classifying, keeping):
    add(_module.ROWS)
add(optimizers.ROWS)
add(schedules.ROWS)

#: The operations that there are once all packages are imported, before any test adds its own.
OPERATIONS = dict(operations)


class Seen:
    """A listener that remembers which operations ran, and which rules."""

    def __init__(self) -> None:
        self.ran: set[tuple[str, str]] = set()

    def before(self, step: Step) -> None:
        """Remember the step."""
        self.ran.add((step.operation.name, step.phase))

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Nothing more to remember."""


@functools.cache
def outcome(name: str) -> Outcome:
    """Run a row, once."""
    seen = Seen()
    with listen(seen):
        found = ROWS[name].run()
    found.ran = seen.ran
    return found


COLUMNS = ("float64", "float64 gradient", "float32", "float32 gradient")


def write(target: Path | None) -> None:
    """Write the table, as JSON or as Markdown by the name of the file; to stdout for None."""
    rows = {name: outcome(name) for name in ROWS}
    if target is not None and target.suffix == ".json":
        data = [
            {"name": name, **found.errors, "beside": found.beside, "cases": found.cases, "catches": ROWS[name].catches}
            for name, found in rows.items()
        ]
        target.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
        return
    lines = [f"| operation | {' | '.join(COLUMNS)} | sums beside PyTorch's | cases | catches |", "| --- " * 8 + "|"]
    for name, found in rows.items():
        errors = " | ".join(f"{found.errors[kind]:.0e}" if kind in found.errors else "" for kind in COLUMNS)
        beside = f"{found.beside:.1f}" if found.beside else ""
        lines.append(f"| {name} | {errors} | {beside} | {found.cases} | {ROWS[name].catches} |")
    text = "\n".join(lines) + "\n"
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, "utf-8")
