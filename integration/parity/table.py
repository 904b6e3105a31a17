"""All rows, and the table that they make."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path

from integration.parity import (
    activating,
    arithmetic,
    elementwise,
    keeping,
    losing,
    optimizers,
    products,
    reductions,
    schedules,
    shaping,
)
from integration.parity.row import AnyRow, Outcome

ROWS: dict[str, AnyRow] = {}
for _module in (
    arithmetic,
    elementwise,
    reductions,
    shaping,
    products,
    activating,
    losing,
    keeping,
    optimizers,
    schedules,
):
    for _row in _module.ROWS:
        if _row.name in ROWS:
            raise ValueError(f"{_row.name}: two rows of one name")
        ROWS[_row.name] = _row


@functools.cache
def outcome(name: str) -> Outcome:
    """Run a row, once."""
    return ROWS[name].run()


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
