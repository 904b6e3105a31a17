"""The first commands of a learner, as processes: a workspace, a module, a function wrong and then right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BLANK = 'raise NotImplementedError("Operators.__rsub__: other - self, for a number or an array on the left")'


def tito(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `tito` where nobody sits at a terminal."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "tinytorch.tito", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env=environment,
    )


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    result = tito(folder, "init", "learn", "--no-self-test")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Created learn   path: builder" in result.stdout
    return folder / "learn"


def test_a_function_wrong_is_diagnosed_and_right_is_passed(learn: Path) -> None:
    started = tito(learn, "start", "tensor")
    assert started.returncode == 0
    assert "First: Operators.__rsub__ (5 min)   src" in started.stdout
    assert "Operators.__rsub__ is not written yet" in tito(learn, "check").stdout
    file = learn / "src/tinytorch/tensor/_operators.py"
    blank = file.read_text("utf-8")
    file.write_text(blank.replace(BLANK, "return self - other"), "utf-8")
    wrong = tito(learn, "check")
    assert wrong.returncode == 1
    assert "2 - Tensor([5.0])" in wrong.stdout
    assert "this is what you get when the order of the operands is lost" in wrong.stdout
    assert "tito hint" in wrong.stdout
    assert "its checks fail" in tito(learn).stdout
    file.write_text(blank.replace(BLANK, "return -self + other"), "utf-8")
    right = tito(learn, "check")
    assert right.returncode == 0
    assert "ok Operators.__rsub__" in right.stdout
    assert "01 tensor: 1 of 10 functions" in right.stdout
    assert "broadcast_shapes" in tito(learn).stdout


def test_a_file_that_does_not_parse_shows_the_line_and_offers_the_last_copy_that_did(learn: Path) -> None:
    file = learn / "src/tinytorch/tensor/_operators.py"
    good = file.read_bytes()
    file.write_bytes(good.replace(b"return -self + other", b"return -self +"))
    result = tito(learn, "check", "--json")
    answer = json.loads(result.stdout)
    assert (result.returncode, answer["exit"], answer["ok"], answer["schema"]) == (3, 3, False, "tito/1")
    assert answer["errors"][0]["id"] == "syntax"
    assert answer["errors"][0]["file"] == str(file)
    assert answer["next"][0].startswith("tito undo ")
    file.write_bytes(good)


def test_names_that_mean_nothing_are_guessed(learn: Path) -> None:
    command = tito(learn, "chekc")
    assert (command.returncode, command.stdout) == (2, "")
    assert "Did you mean tito check?" in command.stderr
    module = tito(learn, "check", "tensr")
    assert (module.returncode, module.stdout) == (2, "")
    assert "There is no module tensr. Did you mean tensor?" in module.stderr
    assert "may be tensor or training or tokenization or transformers" in tito(learn, "start", "t").stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    result = tito(tmp_path, "init", ".")
    assert result.returncode == 3
    assert "is not empty, and nothing in it is touched" in result.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]
