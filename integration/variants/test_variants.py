"""Other correct implementations pass every check: one that refuses a legal design is as wrong as a lax one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from integration.kill_matrix.matrix import MODULES, processes, variant
from integration.variants.apply import AUTHORS, listed, workspace

from tinytorch.tito.checkpoints import CHECKPOINTS
from tinytorch.tito.child import Limits, run_task
from tinytorch.tito.loader import provenance
from tinytorch.tito.milestones import find_milestone

pytestmark = pytest.mark.slow
SEEDS = 1000


@pytest.mark.parametrize("module", MODULES)
def test_each_module_has_three_other_authors(module: str) -> None:
    assert len(AUTHORS) >= 3


@pytest.mark.parametrize("author", AUTHORS)
@pytest.mark.parametrize("module", MODULES)
def test_a_correct_variant_passes_a_thousand_seeds(module: str, author: str, tmp_path: Path) -> None:
    root = workspace(tmp_path, author, [module])
    words = {one.name: one.word for one in provenance(root) if one.module == module}
    assert {one.name for one in listed(module).functions if words[one.name] != "written"} == set()
    with processes() as pool:
        assert pool.map(variant, [(module, root, SEEDS)])[0] == []


@pytest.mark.parametrize("author", AUTHORS)
def test_all_modules_of_an_author_pass_together(author: str, tmp_path: Path) -> None:
    root = workspace(tmp_path, author, list(MODULES))
    with processes() as pool:
        failed = pool.map(variant, [(module, root, None) for module in MODULES], chunksize=1)
    assert dict(zip(MODULES, failed, strict=True)) == {module: [] for module in MODULES}


@pytest.mark.parametrize("author", AUTHORS)
def test_modules_of_ones_own_pass_every_checkpoint_and_the_short_milestones(author: str, tmp_path: Path) -> None:
    root = workspace(tmp_path, author, list(MODULES))
    tasks: list[tuple[str, str, dict[str, Any]]] = [(one.id, one.task, {}) for one in CHECKPOINTS]
    tasks += [(id, one.task, {"id": id}) for id in ("1958", "1969") if (one := find_milestone(id)) is not None]
    failed = {}
    for name, task, options in tasks:
        result, death = run_task(root, task, options, limits=Limits(seconds=120.0), on_event=lambda event: None)
        if death is not None or result is None or not result["passed"]:
            failed[name] = death or result
    assert failed == {}
    assert len(tasks) == 9


@pytest.mark.parametrize("author", AUTHORS)
def test_a_network_on_modules_of_ones_own_reads_digits(author: str, tmp_path: Path) -> None:
    data, wanted = ("mnist", 95.0) if os.environ.get("TINYTORCH_DATA") else ("digits", 94.0)
    root = workspace(tmp_path, author, list(MODULES))
    found = find_milestone("1986")
    assert found is not None
    options = {"id": "1986", "data": data, "epochs": 2 if data == "mnist" else 30}
    result, death = run_task(root, found.task, options, limits=Limits(seconds=300.0), on_event=lambda event: None)
    assert death is None
    assert result is not None
    assert result["accuracy"] >= wanted
    words = result["whose"]["functions"]
    assert {name for name, word in words.items() if word != "written"} == set()
    assert len(words) == sum(len(listed(module).functions) for module in MODULES)
    assert "Whose code ran" in Path(result["report"]).read_text("utf-8")
