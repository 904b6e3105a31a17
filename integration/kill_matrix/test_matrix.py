"""The kill matrix: every mistake caught, every blank noticed, and named as what it is or not at all.

The table in docs/kill-matrix.md is what this found; ``python -m integration.kill_matrix.table`` writes it anew.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
from integration.kill_matrix.matrix import MODULES, Matrix, matrix
from integration.kill_matrix.table import FILE, section
from integration.mistakes.catalogue import EXCEPTIONS

from tinytorch.tito.checks import load_checks
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.mistakes import read_mistakes

pytestmark = pytest.mark.slow

# How many entries the catalogue of learners' mistakes has for each module, and the module's number.
ENTRIES = {
    "tensor": ("01", 12),
    "activations": ("02", 11),
    "layers": ("03", 12),
    "losses": ("04", 11),
    "autograd": ("05", 15),
    "optim": ("06", 14),
    "training": ("07", 12),
    "dataloader": ("09", 13),
}
NAMED = 0.8
SECONDS = 5.0

found = cache(matrix)
modules = pytest.mark.parametrize("module", MODULES)


@modules
def test_the_reference_passes_every_check_in_time(module: str) -> None:
    result: Matrix = found(module)
    assert not result.failing
    assert sum(result.seconds) < SECONDS


@modules
def test_every_mistake_is_caught_by_a_verdict(module: str) -> None:
    assert not [f"{one.function}: when {one.when}" for one in found(module).uncaught()]


@modules
def test_every_blank_is_noticed_by_its_own_checks(module: str) -> None:
    assert found(module).unnoticed_blanks() == []


@modules
def test_mistakes_are_named_as_what_they_are_or_not_at_all(module: str) -> None:
    result = found(module)
    assert not [f"{one.when}: said {name}" for one, name in result.misnamed()]
    assert result.named() >= NAMED * len(result.verdicts)


@modules
def test_a_function_with_no_known_mistake_is_not_asked(module: str) -> None:
    assert found(module).without_mistakes() == []


@modules
def test_the_published_table_is_what_was_found(module: str) -> None:
    assert section(found(module)) in FILE.read_text("utf-8"), "python -m integration.kill_matrix.table writes it"


@modules
def test_every_entry_of_the_catalogue_is_there(module: str) -> None:
    number, count = ENTRIES[module]
    there = {mistake.entry for name in MODULES for mistake in read_mistakes(name)}
    wanted = {f"{number}-{entry}" for entry in range(1, count + 1)}
    assert wanted - there - EXCEPTIONS.keys() == set()


@modules
def test_checks_and_mistakes_are_of_functions_that_are_there(module: str) -> None:
    exercises = read_exercises(module)
    assert exercises is not None
    checks = load_checks(module)
    labels = [(check.function, check.name) for check in checks]
    assert len(labels) == len(set(labels))
    assert {one.name for one in exercises.functions} <= {check.function for check in checks}
    for check in checks:
        assert check.seeds == 1 or check.kind != "example", f"{check.function}: {check.name} is one example"
        assert not re.search(r"\btinytorch\b", check.name)
