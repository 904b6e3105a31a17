"""What a module's checks are called, and what its examples give. Runs in a child, for it imports NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tinytorch.tito.checks import inputs_shown, load_checks, modules, run_check, text
from tinytorch.tito.loader import uninstall
from tinytorch.tito.tasks import Context, Event


def checks(context: Context, options: dict[str, Any]) -> Iterator[Event]:
    """Yield, by function, name and kind of each check, and its examples: the inputs of each, and what ours gives.

    What depends on a seed that the inputs hold is left out: nobody could tell it beforehand.
    """
    table: dict[str, list[tuple[str, str]]] = {}
    examples: dict[str, list[tuple[str, str]]] = {}
    every = load_checks(options["module"])
    uninstall()
    with modules(None) as (tt, _):
        for one in every:
            table.setdefault(one.function, []).append((one.name, one.kind))
            if one.kind != "example" or not one.shown:
                continue
            run = run_check(one, tt)
            if run.results and run.record.state == "passed":
                x, given = one.inputs(one.rng(0)), text(run.results[0])
                if "seed" not in x or text(one.drive(tt, {**x, "seed": x["seed"] + 1})) == given:
                    examples.setdefault(one.function, []).append((inputs_shown(one, x), given))
    yield {"done": {"checks": table, "examples": examples}}
