"""A workspace's own configuration: ruff, mypy and pytest are content with every blank file, and git with the page."""

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.workspace import CHAPTERS


@pytest.fixture(scope="module")
def learner(made: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return somebody who has started every module."""
    one = made(tmp_path_factory.mktemp("tools"), started=False)
    for chapter in CHAPTERS:
        if read_exercises(chapter.name) is not None:
            said = one.run("start", chapter.name)
            assert said.code == 0, said.err
    return one


def test_ruff_has_nothing_to_say_of_blank_files(learner: Any) -> None:
    said = learner.python("-m", "ruff", "check", ".")
    assert said.code == 0, said.out
    assert learner.python("-m", "ruff", "format", "--check", ".").code == 0


def test_mypy_sees_files_and_the_installed_rest_and_finds_nothing(learner: Any) -> None:
    said = learner.python("-m", "mypy")
    assert said.code == 0, said.out
    wrong = learner.folder / "src/tinytorch/tensor/_wrong.py"
    wrong.write_text("from tinytorch.tensor import Tensor\n\nx: int = Tensor([1.0])\n", "utf-8")
    said = learner.python("-m", "mypy")
    wrong.unlink()
    assert 'expression has type "Tensor"' in said.out


def test_pytest_runs_on_the_workspaces_modules(learner: Any) -> None:
    file = learner.folder / "src/tinytorch/tensor/_operators.py"
    blank = file.read_text("utf-8")
    assert learner.python("-m", "pytest", "-q").code == 0
    file.write_text(
        re.sub(r'raise NotImplementedError\("Operators.__rsub__[^\n]*', "return self - other", blank), "utf-8"
    )
    said = learner.python("-m", "pytest", "-q")
    file.write_text(blank, "utf-8")
    assert said.code == 1
    assert "1 failed" in said.out


def test_the_cells_of_the_script_run(learner: Any) -> None:
    script = (learner.folder / "xor.py").read_text("utf-8")
    assert script.count("# %%") == 4
    said = learner.run("run", "xor.py")
    assert "right: 4 of 4" in said.out, said.err


def test_every_git_command_of_the_page_works(learner: Any) -> None:
    page = (learner.folder / "WORKFLOW.md").read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    names = ["-c", "user.name=L", "-c", "user.email=l@x"]
    git = ["git", "-C", str(learner.folder), *names]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Start tensor"], check=True)
    for line in lines:
        command = re.sub(r"\s+#.*", "", line)
        if not command.startswith("git"):
            continue
        if "commit" in command:
            (learner.folder / "README.md").write_text("mine\n", "utf-8")
            command = 'git commit -qam "Write"'
        arguments = [part.strip('"') for part in command.split()[1:]]
        done = subprocess.run([*git, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
