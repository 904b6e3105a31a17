"""What a module's checks are called. Runs in a child process, for checks hold oracles in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tinytorch.tito.checks import load_checks


def checks(context: Any, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield, by function, name and kind of each check."""
    table: dict[str, list[tuple[str, str]]] = {}
    for one in load_checks(options["module"]):
        table.setdefault(one.function, []).append((one.name, one.kind))
    yield {"done": {"checks": table}}
