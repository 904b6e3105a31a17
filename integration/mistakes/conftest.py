"""The worker that runs the mistakes, and the count at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from integration.mistakes.seeding import Worker

caught: Counter[str] = Counter()  # by module
seeded: Counter[str] = Counter()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """One process for the whole session; every mistake has a child of its own."""
    with Worker() as process:
        yield process


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the mistakes, and those that were caught; where tests run in several processes, in the one that reports."""
    for name, value in report.user_properties if report.when == "call" else ():
        if name == "module":
            seeded[str(value)] += 1
            caught[str(value)] += report.passed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many were caught of how many."""
    for module in sorted(seeded):
        terminalreporter.write_line(f"module {module}: {caught[module]} of {seeded[module]} mistakes caught")
    if seeded:
        terminalreporter.write_line(f"all: {caught.total()} of {seeded.total()} mistakes caught")
