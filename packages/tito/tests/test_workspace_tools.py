"""A workspace's own configuration: ruff, mypy and pytest are content with every blank file, and git with the page."""

import re
import shlex
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
    write_function(learner)
    said = learner.python("-m", "pytest", "-q")
    file.write_text(blank, "utf-8")
    assert said.code == 1
    assert "1 failed" in said.out


def test_the_cells_of_the_script_run(learner: Any) -> None:
    script = (learner.folder / "xor.py").read_text("utf-8")
    assert script.count("# %%") == 4
    said = learner.run("run", "xor.py")
    assert "right: 4 of 4" in said.out, said.err


def test_every_command_of_the_page_on_git_works_as_it_stands(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    page = (learner.folder / "WORKFLOW.md").read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    identity = ["-c", "user.name=L", "-c", "user.email=l@x"]

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(learner.folder), *identity, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    git("add", ".")  # where git knows nobody, tito leaves this first commit to the learner
    git("commit", "-m", "Begin")
    for line in lines:
        command, *arguments = shlex.split(line, comments=True)
        if command == "git":
            git(*arguments)
        else:
            assert command == "tito"
            assert learner.run(*arguments).code == (1 if arguments == ["check"] else 0)
        if arguments == ["check"]:
            write_function(learner)
    # The module is one merge, its functions are its commits, and nothing is left over.
    subjects = git("log", "--format=%s", "--topo-order").splitlines()
    assert subjects[0] == "Merge branch 'tensor'"
    assert subjects[3:] == ["Begin"]
    assert [one.partition(":")[0] for one in subjects[1:3]] == ["Write broadcast_shapes", "Start tensor"]
    assert git("show", "--stat", "--format=", "HEAD^2").startswith(" src/tinytorch/tensor/_operators.py | 2 +-\n")
    assert git("status", "--porcelain") == ""
    assert git("branch", "--format=%(refname:short)").split() == ["main"]


def write_function(learner: Any) -> None:
    """Write one line in the place of a marker."""
    file = learner.folder / "src/tinytorch/tensor/_operators.py"
    text = file.read_text("utf-8")
    file.write_text(
        re.sub(r'raise NotImplementedError\("Operators.__rsub__[^\n]*', "return self - other", text), "utf-8"
    )


def test_a_lesson_written_as_cells_gives_ruff_and_mypy_nothing_to_say(learner: Any) -> None:
    learner.run("show", "tensor", "--cells")
    for check in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        said = learner.python("-m", *check, "lessons")
        assert said.code == 0, said.out
