"""The worker that runs the mistakes, and the count at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from integration.mistakes.seeding import Worker

caught: Counter[str] = Counter()
seeded: Counter[str] = Counter()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """One process for the whole session; every mistake has a child of its own."""
    with Worker() as process:
        yield process


@pytest.fixture(scope="session")
def tally() -> tuple[Counter[str], Counter[str]]:
    """How many mistakes of each module were caught, and how many seeded."""
    return caught, seeded


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many were caught of how many."""
    for module in sorted(seeded):
        terminalreporter.write_line(f"module {module}: {caught[module]} of {seeded[module]} mistakes caught")
    if seeded:
        terminalreporter.write_line(f"all: {caught.total()} of {seeded.total()} mistakes caught")
