"""The sessions themselves: they test the code that is there, also where an environment is used again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def nox(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    command = [sys.executable, "-m", "nox", *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_a_session_tests_the_code_of_now_in_an_environment_of_yesterday(own_checkout: Path) -> None:
    session = ("-s", "test(activations)", "--reuse-existing-virtualenvs", "--", "-k", "spoilt")
    package = own_checkout / "packages/activations"
    (package / "tests").mkdir(exist_ok=True)
    (package / "tests/test_spoilt.py").write_text(
        "import tinytorch.activations\n\n\ndef test_spoilt() -> None:\n"
        "    assert not hasattr(tinytorch.activations, 'spoilt')\n"
    )
    first = nox(own_checkout, *session)
    assert first.returncode == 0, first.stdout + first.stderr
    module = package / "src/tinytorch/activations/__init__.py"
    module.write_text(module.read_text("utf-8") + "\nspoilt = True\n", "utf-8")
    second = nox(own_checkout, *session)
    assert second.returncode == 1
    assert "1 failed" in second.stdout


def test_a_bare_wheel_that_needs_more_than_it_declares_fails(own_checkout: Path) -> None:
    pyproject = own_checkout / "packages/activations/pyproject.toml"
    lines = pyproject.read_text("utf-8").splitlines(keepends=True)
    pyproject.write_text("".join(line for line in lines if '"tinytorch-tensor' not in line), "utf-8")
    done = nox(own_checkout, "-s", "test(activations)")
    assert done.returncode == 1
    assert "No module named 'tinytorch.tensor'" in done.stderr + done.stdout
