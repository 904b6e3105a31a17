"""Small slips of somebody new: a name with a typo, a setting with one, an answer that cannot be read."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.cli import _doctor
from tinytorch.tito.cli._answer import Stop
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.clinic import find_case
from tinytorch.tito.clinic._verdict import astray
from tinytorch.tito.loader import find_pth, remove_pth, write_pth
from tinytorch.tito.workspace import BUILT, did_you_mean

PACKAGES = Path(__file__).parents[2]
terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its library")
RIGHT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"
MERGE = """out = []
    for token in tokens:
        if out and (out[-1], token) == pair:
            out[-1] += token
        else:
            out.append(token)
    return out"""


def settings(learner: Any, old: str, new: str) -> None:
    file = learner.folder / "pyproject.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_the_plan_knows_which_modules_are_built() -> None:
    assert {file.parent.name for file in PACKAGES.glob("*/src/tinytorch/course/*/exercises.toml")} == BUILT


@pytest.mark.parametrize(
    ("wrong", "meant"), [("relo_op", "activations.relu_op"), ("rsub", "Operators.__rsub__"), ("tensr", "tensor")]
)
def test_a_guess_is_the_nearest_of_all_names(wrong: str, meant: str) -> None:
    known = ["tensor", "Operators.__rsub__", "log_op", "activations.relu_op"]
    assert did_you_mean(wrong, known) == f" Did you mean {meant}?"
    assert did_you_mean("nothing", known) == ""


def test_a_name_that_is_neither_is_said_to_be_neither(learner: Any) -> None:
    for command in ("check", "hint", "show"):
        assert "There is no module and no function nothing.\n" in learner.run(command, "nothing").err
    assert "Did you mean merge_pair?" in learner.run("show", "merg_pair").err


def test_a_module_that_is_only_planned_is_not_to_be_installed(learner: Any) -> None:
    said = learner.run("start", "spatial")
    assert said.code == 3
    assert "08 spatial is in the plan and not built yet" in said.err
    assert "pip install" not in said.err


def test_settings_that_cannot_be_read_are_named(learner: Any) -> None:
    settings(learner, "[tool.tito]", "[tool.tito")
    for command in ((), ("check",), ("map",)):
        said = learner.run(*command)
        assert said.code == 3
        assert "pyproject.toml is not TOML: Expected ']'" in said.err
        assert "at line 8" in said.err
    (learner.folder / ".tito").rename(learner.folder / "state")  # as in a fresh clone
    assert "pyproject.toml is not TOML" in learner.run().err


def test_a_setting_with_a_typo_is_not_passed_over(learner: Any) -> None:
    settings(learner, 'path = "builder"', 'path = "bulider"')
    said = learner.run()
    assert said.code == 3
    assert 'path = "bulider" of [tool.tito]' in said.err
    assert "Did you mean builder?" in said.err
    assert "Did you mean builder?" in learner.run("doctor").out


@terminal
def test_an_answer_that_cannot_be_read_is_asked_for_again_and_a_wrong_one_has_another_try(learner: Any) -> None:
    learner.write("count_pairs", RIGHT)
    learner.write("merge_pair", MERGE)
    said = re.sub("\x1b\\[[0-9;]*m", "", learner.terminal("check", "tokenization", keys="foo\n7\n999\n").out)
    assert "That is not a number" in said
    assert "Not that. Once more" in said
    assert said.rstrip().count("right") == 1
    assert "no: 999" not in said
    (learner.folder / ".tito/answered.json").unlink()
    twice = learner.terminal("check", "tokenization", keys="7\nfoo\n8\n").out
    assert "no: 999" in twice


def test_a_file_of_another_encoding_is_named(learner: Any) -> None:
    (learner.file.parent / "_mine.py").write_bytes(b"caf\xe9 = 1\n")
    said = learner.run("use")
    assert said.code == 3
    assert "_mine.py is not Python yet" in said.err


def test_hints_that_cannot_be_written_down_are_given_all_the_same(learner: Any) -> None:
    (learner.folder / ".tito/journal.jsonl").mkdir()  # what no user, root included, can write to
    said = learner.run("hint")
    assert said.code == 0
    assert "hint 1 of 3" in said.out
    assert "hint 3 of 3" in said.out
    assert len(said.err.splitlines()) == 1
    assert learner.run("map").code == learner.run().code == 0


def test_a_workspace_inside_a_workspace_is_refused_with_what_to_do(learner: Any) -> None:
    said = learner.run("init", "learn")
    assert said.code == 3
    assert "would lie inside the workspace" in said.err
    assert "../learn" in said.err
    assert "tito doctor" not in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="a folder somebody is in cannot be removed there")
def test_a_folder_that_has_been_removed_is_named(learner: Any, tmp_path: Path) -> None:
    for command in ("init learn", ""):
        script = f'mkdir gone && cd gone && rmdir ../gone && "{sys.executable}" -P -m tinytorch.tito {command}'
        said = subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, env=learner.environment, capture_output=True, text=True, check=False
        )
        assert said.returncode == 3
        assert said.stderr == "error: The current folder is gone.\n  Next: cd to your workspace\n"


def test_another_workspaces_line_for_editors_is_kept_unless_somebody_says_so(
    learner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packages, other = tmp_path / "packages", tmp_path / "other"
    packages.mkdir()
    (other / ".tito").mkdir(parents=True)
    monkeypatch.setattr(_doctor, "find_pth", lambda: find_pth(packages))
    monkeypatch.setattr(_doctor, "write_pth", lambda root: write_pth(root, packages))
    write_pth(other, packages)
    with pytest.raises(Stop, match=re.escape(str(other))):
        _doctor.line(Screen(), learner.folder, True)
    assert find_pth(packages) == other
    _doctor.line(Screen(), learner.folder, True, yes=True)
    assert find_pth(packages) == learner.folder
    assert f"the place of the line for {other}" in capsys.readouterr().err
    monkeypatch.setattr(_doctor, "remove_pth", lambda: remove_pth(packages))
    for where in (other, None):
        with pytest.raises(Stop, match=re.escape(str(learner.folder))):
            _doctor.line(Screen(), where, False)
    assert find_pth(packages) == learner.folder
    _doctor.line(Screen(), other, False, yes=True)
    assert find_pth(packages) is None
    write_pth(learner.folder, packages)
    shutil.rmtree(learner.folder / ".tito")
    _doctor.line(Screen(), other, True)  # of a workspace that is gone nobody is asked
    assert find_pth(packages) == other


def test_a_solution_comes_with_the_private_functions_that_were_cut_with_it(learner: Any) -> None:
    assert learner.run("start", "activations").code == 0
    assert "def _shifted" not in (learner.folder / "src/tinytorch/activations/_softmax.py").read_text("utf-8")
    said = learner.run("solution", "activations.softmax_op", "--spoil").out
    assert said.index("def softmax_op") < said.index("def _shifted")
    assert "_shifted" not in learner.run("solution", "activations.relu_op", "--spoil").out


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("cross_entrpy", "There is no function cross_entrpy. Did you mean cross_entropy?"),
        ("losses.nothing_of_ours", "There is no function losses.nothing_of_ours."),
        ("CrossEntropyLoss", "CrossEntropyLoss is a class; name one function of it, as CrossEntropyLoss.__init__."),
        ("tensor.Tensor.sum", "The fault does not lie in tensor.Tensor.sum."),
        ("Linear.forwrd", "There is no function Linear.forwrd. Did you mean Linear.forward?"),
        ("MSELoss.forward", "The fault does not lie in MSELoss.forward."),
    ],
)
def test_a_fault_that_is_not_there_is_told_from_one_that_is_elsewhere(fault: str, answer: str) -> None:
    assert astray(find_case("1"), fault) == answer


@pytest.mark.parametrize("fault", ["cross_entropy", "cross_entropy_op", "losses.CrossEntropyLoss.forward"])
def test_a_function_around_the_fault_is_near(fault: str) -> None:
    near = f"It happens inside {fault}, and not in its own lines; name the function that is wrong."
    assert astray(find_case("1"), fault) == near


def test_no_hint_is_offered_when_all_three_are_shown(learner: Any) -> None:
    for _ in range(2):
        learner.run("hint")
    assert "or tito hint" in learner.run("show").out
    assert "or tito hint" not in learner.run("hint").out
    assert "or tito hint" not in learner.run("show").out


def test_after_the_third_hint_every_command_offers_what_comes_next(learner: Any) -> None:
    learner.write("count_pairs", "return {}")
    assert "Next: fix line 12, or tito hint\n" in learner.run("check").out
    for _ in range(3):
        learner.run("hint")
    assert "Next: fix line 12, or tito show\n" in learner.run("check").out
    assert "Next: tito check, or tito show\n" in learner.run().out
    assert "Next: tito check, or tito solution count_pairs --spoil\n" in learner.run("show").out
    assert "Next: tito show, or tito solution count_pairs --spoil\n" in learner.run("solution", "count_pairs").err
    document = json.loads(learner.run("check", "--json").out)
    assert document["next"] == ["tito show", "tito check"]
    assert document["errors"][0]["help"] == "tito show"
    learner.write("count_pairs", "import os; os._exit(0)")
    assert "tito hint" not in learner.run("check").out
    learner.write("count_pairs", RIGHT)
    assert learner.run("check").code == 0
    assert "Next: tito check count_pairs, or tito solution count_pairs\n" in learner.run("show", "count_pairs").out


def test_a_command_that_is_offered_names_a_function_that_is_not_at_hand(learner: Any) -> None:
    assert "Next: tito check merge_pair, or tito hint merge_pair\n" in learner.run("hint", "merge_pair").out
    assert "Next: tito check merge_pair, or tito hint merge_pair\n" in learner.run("show", "merge_pair").out
    assert learner.run("start", "activations").code == 0
    assert "Next: tito check tokenization.merge_pair, or tito hint tok" in learner.run("show", "10.merge_pair").out
    learner.write("merge_pair", "return tokens")
    assert "or tito hint tokenization.merge_pair\n" in learner.run("check", "10.merge_pair").out
