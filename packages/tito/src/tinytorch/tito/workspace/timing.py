"""How long the same checks take on a learner's function and on the reference's. Runs in a child process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tinytorch.tito.checks import Check, Modules, load_checks, modules
from tinytorch.tito.loader import uninstall
from tinytorch.tito.tasks import Context, Event

ROUNDS = 3


def both(context: Context, options: dict[str, Any]) -> Iterator[Event]:
    """Yield the seconds of each: of the fastest of a few rounds."""
    checks = [one for one in load_checks(options["module"]) if one.function == options["function"]]
    yours = fastest(checks, context.tt)
    uninstall()
    with modules(None) as (tt, _):
        ours = fastest(checks, tt)
    yield {"done": {"yours": yours, "ours": ours}}


def fastest(checks: Sequence[Check], tt: Modules) -> float:
    """Return the seconds that the drives of some checks take together."""
    best = float("inf")
    for _ in range(ROUNDS):
        total = 0.0
        for check in checks:
            for seed in range(check.seeds):
                inputs = check.inputs(check.rng(seed))
                begin = time.perf_counter()
                with contextlib.suppress(Exception):  # errors that a contract asks for are results as well
                    check.drive(tt, inputs)
                total += time.perf_counter() - begin
        best = min(best, total)
    return best
