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
    session = ("-s", "test(activations)", "--reuse-existing-virtualenvs", "--", "-k", "stale")
    (own_checkout / "packages/activations/tests/test_stale.py").write_text(
        "import tinytorch.activations\n\n\ndef test_stale() -> None:\n"
        "    assert not hasattr(tinytorch.activations, 'spoilt')\n"
    )
    first = nox(own_checkout, *session)
    assert first.returncode == 0, first.stdout + first.stderr
    module = own_checkout / "packages/activations/src/tinytorch/activations/__init__.py"
    module.write_text(module.read_text("utf-8") + "\nspoilt = True\n", "utf-8")
    second = nox(own_checkout, *session)
    assert second.returncode == 1
    assert "1 failed" in second.stdout
