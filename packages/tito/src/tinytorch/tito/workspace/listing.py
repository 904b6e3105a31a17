"""What a module's checks are called, and what its first examples give. Runs in a child, for it imports NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tinytorch.tito.checks import inputs_shown, load_checks, modules, run_check, text
from tinytorch.tito.loader import uninstall


def checks(context: Any, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield, by function, name and kind of each check, and the first example: its inputs, and what ours gives."""
    table: dict[str, list[tuple[str, str]]] = {}
    examples: dict[str, tuple[str, str]] = {}
    every = load_checks(options["module"])
    uninstall()
    with modules(None) as (tt, _):
        for one in every:
            table.setdefault(one.function, []).append((one.name, one.kind))
            if one.kind == "example" and one.shown and one.function not in examples:
                run = run_check(one, tt)
                if run.results and run.record.state == "passed":
                    examples[one.function] = (inputs_shown(one, one.inputs(one.rng(0))), text(run.results[0]))
    yield {"done": {"checks": table, "examples": examples}}
