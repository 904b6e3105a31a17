"""The README's commands, as they stand there."""

import re
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def test_there_are_two_commands_of_one_line_each() -> None:
    train, check = COMMANDS
    assert train.endswith("milestones/1986_backprop/run.py")
    assert check.endswith("nox")


@pytest.mark.slow
def test_the_first_command_trains_in_under_two_minutes_with_everything_it_installs(own_checkout: Path) -> None:
    started = time.monotonic()
    done = subprocess.run(["bash", "-c", COMMANDS[0]], cwd=own_checkout, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stdout + done.stderr
    accuracies = [float(number) for number in re.findall(r"(\d+\.\d+) ?%", done.stdout)]
    assert accuracies, done.stdout
    assert max(accuracies) > 90.0
    assert seconds < 120.0
