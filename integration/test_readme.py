"""The README's commands, as they stand there."""

import os
import re
import subprocess
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
    before = os.times()
    done = subprocess.run(["bash", "-c", COMMANDS[0]], cwd=own_checkout, capture_output=True, text=True, check=False)
    after = os.times()
    # Processor time: what other programs do to a shared machine's clock says nothing about the command.
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    assert done.returncode == 0, done.stdout + done.stderr
    accuracies = [float(number) for number in re.findall(r"(\d+\.\d+) ?%", done.stdout)]
    assert accuracies, done.stdout
    assert max(accuracies) > 90.0
    assert seconds < 120.0
