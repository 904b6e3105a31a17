"""The first commands of a learner, as processes: a workspace, a module, a function wrong and then right."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

BLANK = 'raise NotImplementedError("Operators.__rsub__: other - self, for a number or an array on the left")'


@pytest.fixture
def first(new_learner: Callable[..., Any]) -> Any:
    """Return somebody with a workspace and nothing in it."""
    return new_learner(started=False)


def test_a_workspace_is_made_where_there_is_none(first: Any, tmp_path: Path) -> None:
    said = replace(first, folder=tmp_path).run("init", "mine", "--no-self-test")
    assert (said.code, said.err) == (0, "")
    assert "Created mine   path: builder" in said.out


def test_a_function_wrong_is_diagnosed_and_right_is_passed(first: Any) -> None:
    started = first.run("start", "tensor")
    assert started.code == 0
    assert "First: Operators.__rsub__ (5 min)   src" in started.out
    assert "Operators.__rsub__ is not written yet" in first.run("check").out
    file = first.folder / "src/tinytorch/tensor/_operators.py"
    blank = file.read_text("utf-8")
    file.write_text(blank.replace(BLANK, "return self - other"), "utf-8")
    wrong = first.run("check")
    assert wrong.code == 1
    assert "2 - Tensor([5.0])" in wrong.out
    assert "this is what you get when the order of the operands is lost" in wrong.out
    assert "tito hint" in wrong.out
    assert "its checks fail" in first.run().out
    file.write_text(blank.replace(BLANK, "return -self + other"), "utf-8")
    right = first.run("check")
    assert right.code == 0
    assert "ok Operators.__rsub__" in right.out
    assert "01 tensor: 1 of 10 functions" in right.out
    assert "broadcast_shapes" in first.run().out


def test_a_file_that_does_not_parse_shows_the_line_and_offers_the_last_copy_that_did(first: Any) -> None:
    first.run("start", "tensor")
    file = first.folder / "src/tinytorch/tensor/_operators.py"
    good = file.read_text("utf-8").replace(BLANK, "return -self + other")
    file.write_text(good, "utf-8")
    assert first.run("check").code == 0
    file.write_text(good.replace("return -self + other", "return -self +"), "utf-8")
    said = first.run("check", "--json")
    answer = json.loads(said.out)
    assert (said.code, answer["exit"], answer["ok"], answer["schema"]) == (3, 3, False, "tito/1")
    assert answer["errors"][0]["id"] == "syntax"
    assert answer["errors"][0]["file"] == str(file)
    assert answer["next"][0].startswith("tito undo ")


def test_names_that_mean_nothing_are_guessed(learner: Any) -> None:
    command = learner.run("chekc")
    assert (command.code, command.out) == (2, "")
    assert "Did you mean tito check?" in command.err
    module = learner.run("check", "tensr")
    assert (module.code, module.out) == (2, "")
    assert "There is no module tensr. Did you mean tensor?" in module.err
    assert "may be tensor or training or tokenization or transformers" in learner.run("start", "t").err


def test_a_folder_with_something_in_it_is_left_alone(first: Any, tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", "utf-8")
    said = replace(first, folder=folder).run("init", ".")
    assert said.code == 3
    assert "is not empty, and nothing in it is touched" in said.err
    assert [one.name for one in folder.iterdir()] == ["mine.txt"]
