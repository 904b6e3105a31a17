"""What is written is written for the screen it is on: commands whole, times that were waited for."""

import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.cli._answer import Answer
from tinytorch.tito.cli._screen import Screen

STYLE = re.compile(r"\x1b\[[0-9;]*m")
LONG = "tito undo 20261123-004109-673701-check (as it was 2026-11-23 00:41)"


@pytest.mark.parametrize(
    ("columns", "terminal", "lines"),
    [
        ("100", True, [f"  Next: fix line 12, or {LONG}"]),
        ("40", True, ["  Next: fix line 12,", f"        or {LONG}"]),
        ("40", False, [f"  Next: fix line 12, or {LONG}"]),
    ],
)
def test_steps_that_do_not_fit_a_terminal_have_a_line_each_and_no_command_is_broken(
    columns: str,
    terminal: bool,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    Screen().next("fix line 12", LONG)
    assert STYLE.sub("", capsys.readouterr().out).splitlines() == lines


def test_a_document_has_null_for_a_number_that_json_does_not_have() -> None:
    points = [{"x": 1.0, "loss": float("nan")}, {"x": 2.0, "loss": float("inf")}]
    document = Answer("milestone", {"points": points, "shapes": (2, 3)}).as_json()
    assert document["data"] == {"points": [{"x": 1.0, "loss": None}, {"x": 2.0, "loss": None}], "shapes": [2, 3]}


def test_the_time_of_a_check_that_fails_is_the_one_that_was_waited_for(learner: Any) -> None:
    learner.write("count_pairs", "import time; time.sleep(1.0)\n    return {}")
    said = learner.run("check")
    seconds = re.search(r"checks failed +(\d+\.\d) s\n", said.out)
    assert seconds is not None
    assert float(seconds[1]) >= 1.0
    learner.write("count_pairs", "return {}")
    assert "failed   0.0 s" not in re.sub(" +", "   ", learner.run("check").out)


@pytest.mark.skipif(os.name == "nt", reason="the line is for a shell of POSIX")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("learn", "cd learn && tito start"),
        ("my work", 'cd "my work" && tito start'),
        ("-x", "cd ./-x && tito start"),
        ("it's", 'cd "it\'s" && tito start'),
        ('a"b', "cd 'a\"b' && tito start"),
        ("50$a", "cd '50$a' && tito start"),
        ("a\\b", "cd 'a\\b' && tito start"),
    ],
)
def test_the_first_step_can_be_pasted_whatever_the_folder_is_called(
    new_learner: Callable[..., Any], tmp_path: Path, name: str, said: str
) -> None:
    outside = replace(new_learner(started=False), folder=tmp_path / "outside")
    outside.folder.mkdir()
    made = outside.run("init", "--no-self-test", "--", name)
    assert f"  Next: {said}\n" in made.out
    assert "  Each module has a lesson; tito start names it." in made.out
    assert max(map(len, made.out.splitlines())) <= 80
    assert shlex.split(said)[1].removeprefix("./") == name
