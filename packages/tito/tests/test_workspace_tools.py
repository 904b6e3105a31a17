"""A workspace's own configuration: ruff, mypy and pytest are content with every blank file, and git with the page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.workspace import CHAPTERS


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        env=environment,
    )


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tools")
    assert run(folder, "-m", "tinytorch.tito", "init", "learn", "--no-self-test").returncode == 0
    for chapter in CHAPTERS:
        if read_exercises(chapter.name) is not None:
            done = run(folder / "learn", "-m", "tinytorch.tito", "start", chapter.name)
            assert done.returncode == 0, done.stderr
    return folder / "learn"


def test_ruff_has_nothing_to_say_of_blank_files(learn: Path) -> None:
    done = run(learn, "-m", "ruff", "check", ".")
    assert done.returncode == 0, done.stdout
    assert run(learn, "-m", "ruff", "format", "--check", ".").returncode == 0


def test_mypy_sees_files_and_the_installed_rest_and_finds_nothing(learn: Path) -> None:
    done = run(learn, "-m", "mypy")
    assert done.returncode == 0, done.stdout
    wrong = learn / "src/tinytorch/tensor/_wrong.py"
    wrong.write_text("from tinytorch.tensor import Tensor\n\nx: int = Tensor([1.0])\n", "utf-8")
    done = run(learn, "-m", "mypy")
    wrong.unlink()
    assert 'expression has type "Tensor"' in done.stdout


def test_pytest_runs_on_the_workspaces_modules(learn: Path) -> None:
    file = learn / "src/tinytorch/tensor/_operators.py"
    blank = file.read_text("utf-8")
    assert run(learn, "-m", "pytest", "-q").returncode == 0
    file.write_text(
        re.sub(r'raise NotImplementedError\("Operators.__rsub__[^\n]*', "return self - other", blank), "utf-8"
    )
    done = run(learn, "-m", "pytest", "-q")
    file.write_text(blank, "utf-8")
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_the_cells_of_the_script_run(learn: Path) -> None:
    script = (learn / "xor.py").read_text("utf-8")
    assert script.count("# %%") == 4
    done = run(learn, "-m", "tinytorch.tito", "run", "xor.py")
    assert "right: 4 of 4" in done.stdout, done.stderr


def test_every_git_command_of_the_page_works(learn: Path) -> None:
    page = (learn / "WORKFLOW.md").read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    names = ["-c", "user.name=L", "-c", "user.email=l@x"]
    git = ["git", "-C", str(learn), *names]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Start tensor"], check=True)
    for line in lines:
        command = re.sub(r"\s+#.*", "", line)
        if not command.startswith("git"):
            continue
        if "commit" in command:
            (learn / "README.md").write_text("mine\n", "utf-8")
            command = 'git commit -qam "Write"'
        arguments = [part.strip('"') for part in command.split()[1:]]
        done = subprocess.run([*git, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
