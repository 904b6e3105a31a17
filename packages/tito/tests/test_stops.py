"""What comes after a stop, an edit, a lost function or a lost line: the right function is named, and a way back."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

COUNT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"
MERGE = (
    "out = []\n    for t in tokens:\n"
    "        out[-1:] = ([out[-1] + t] if (out[-1], t) == pair else [out[-1], t]) if out else [t]\n    return out"
)


def done(learner: Any) -> None:
    """Write both functions and pass."""
    learner.write("count_pairs", COUNT)
    learner.write("merge_pair", MERGE)
    assert learner.run("check", "tokenization").code == 0


@pytest.mark.parametrize("way", ["import os; os._exit(0)", "import sys; sys.exit(0)"])
def test_after_a_stop_and_its_fix_the_function_that_was_edited_is_checked(learner: Any, way: str) -> None:
    done(learner)
    learner.write("merge_pair", way)
    assert learner.run("check").code == 1
    assert "merge_pair" in learner.run().out
    learner.write("merge_pair", MERGE)
    said = learner.run("check")
    assert "ok merge_pair" in said.out
    assert "ok count_pairs" not in said.out


def test_a_stop_leaves_what_passed_before_it_passed(learner: Any) -> None:
    done(learner)
    learner.write("merge_pair", "import os; os._exit(0)")
    document = json.loads(learner.run("check", "--json").out)
    assert document["data"]["passed"] == 1


def test_of_several_that_are_not_right_the_one_edited_last_is_checked(learner: Any) -> None:
    learner.write("count_pairs", "return {}")
    learner.write("merge_pair", "return []")
    assert learner.run("check", "tokenization").code == 1
    learner.write("merge_pair", MERGE)
    said = learner.run("check")
    assert "ok merge_pair" in said.out


@pytest.mark.parametrize("body", ["pass", "len(tokens)", "for _ in tokens:\n        tokens = tokens[:1]"])
def test_a_forgotten_return_is_named(learner: Any, body: str) -> None:
    learner.write("merge_pair", body)
    said = learner.run("check", "merge_pair")
    assert said.code == 1
    assert "merge_pair returned None: is a return missing?" in said.out


def test_a_forgotten_return_is_named_where_another_line_fails_for_it(learner: Any) -> None:
    learner.write("count_pairs", "pairs = {}")  # the check asks for the items of the result
    said = learner.run("check", "count_pairs")
    assert "count_pairs returned None: is a return missing?" in said.out
    assert "pairs = {}" in said.out


def test_an_error_of_the_function_is_no_forgotten_return(learner: Any) -> None:
    learner.write("count_pairs", "return tokens[1000]")
    assert "returned None" not in learner.run("check", "count_pairs").out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_child_ends_when_the_command_that_started_it_is_killed(learner: Any) -> None:
    import psutil

    learner.write(
        "count_pairs", "open('number', 'w').write(str(__import__('os').getpid()))\n    while True:\n        pass"
    )
    line = [sys.executable, "-P", "-m", "tinytorch.tito", "check"]
    with subprocess.Popen(line, cwd=learner.folder, env=learner.environment, stdout=subprocess.DEVNULL) as command:
        file = learner.folder / "number"
        deadline = time.monotonic() + 20.0
        while not (file.exists() and file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        number = int(file.read_text())
        os.kill(command.pid, signal.SIGKILL)
    deadline = time.monotonic() + 3.0
    while psutil.pid_exists(number) and psutil.Process(number).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(number) or psutil.Process(number).status() == "zombie"
