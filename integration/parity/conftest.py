"""The option that writes the table, and PyTorch held to one thread."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from integration.parity import row
from integration.parity.table import write


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--table FILE`` and ``--seed N``."""
    parser.addoption("--table", metavar="FILE", help="write the parity table: FILE.json, FILE.md, or - for stdout")
    parser.addoption("--seed", metavar="N", type=int, default=0, help="draw other numbers in every row")


@pytest.fixture(scope="session", autouse=True)
def single_thread() -> None:
    """Hold PyTorch to one thread: more would only wait for each other on arrays this small."""
    torch.set_num_threads(1)


def pytest_configure(config: pytest.Config) -> None:
    """Seed the draws of all rows."""
    row.seed = config.getoption("--seed")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table, once the tests have run."""
    target = session.config.getoption("--table")
    if target is not None:
        write(None if target == "-" else Path(target))
