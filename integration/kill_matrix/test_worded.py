"""Wrong functions that people worded themselves are mostly named as what they are, never as something else."""

from __future__ import annotations

from functools import cache

import pytest
from integration.kill_matrix.matrix import MODULES
from integration.kill_matrix.worded import Worded, read, told

from tinytorch.tito.mistakes import read_mistakes

NAMED = 0.85  # of all; of each module two in three
found = cache(told)
modules = pytest.mark.parametrize("module", MODULES)


@modules
def test_what_is_true_of_a_wrong_function_is_a_sentence_of_the_catalogue(module: str) -> None:
    known = {(one.function, one.when) for one in read_mistakes(module)}
    assert {(one.function, when) for one in read(module) for when in one.true} <= known


def test_some_are_in_nobodys_catalogue() -> None:
    every = [one for module in MODULES for one in read(module)]
    assert sum(bool(one.true) for one in every) >= 80
    assert sum(not one.true for one in every) >= 20


@pytest.mark.slow
@modules
def test_none_is_named_as_another_mistake_and_all_fail_a_check(module: str) -> None:
    assert [(one.function, one.true, one.told) for one in found(module) if one.verdict == "wrong"] == []
    assert [(one.function, one.body) for one in found(module) if not one.failed] == []


@pytest.mark.slow
def test_most_are_named() -> None:
    def share(some: list[Worded]) -> float:
        known = [one for one in some if one.true]
        return sum(one.verdict == "right" for one in known) / len(known)

    assert share([one for module in MODULES for one in found(module)]) >= NAMED
    assert min(share(found(module)) for module in MODULES) > 2 / 3
