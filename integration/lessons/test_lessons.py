"""A lesson's code runs, prints what stands below it, and has the seven beats."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.exercises import parse_exercises, read_exercises
from tinytorch.tito.loader import start

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(ROOT.glob("packages/*/src/tinytorch/course/*/lesson.md"))
BRIDGES = sorted(ROOT.glob("docs/bridges/*.md"))
BEATS = ["Question", "Build", "Use", "Measure", "Repair", "Reflect", "Beyond"]
HOURS = {
    "tensor": 3,
    "activations": 1.5,
    "layers": 2.5,
    "losses": 2,
    "autograd": 5,
    "optim": 2.5,
    "training": 3.5,
    "dataloader": 3,
}

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda file: file.parent.name)
texts = pytest.mark.parametrize("text", [*LESSONS, *BRIDGES], ids=lambda file: f"{file.parent.name}-{file.stem}")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learner's folder in which every module has been begun and nothing is written: all of it is borrowed."""
    folder = tmp_path_factory.mktemp("learn")
    for module in HOURS:
        exercises = read_exercises(module)
        start(folder, module, exercises.functions if exercises else ())
    return folder


@cache
def outcome(text: Path, workspace: Path) -> list[dict[str, Any]]:
    """Return the cells of a text after they ran in a process of their own, as for a learner in a workspace."""
    environment = {**os.environ, "PYTHONWARNINGS": "error", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "integration.lessons.cells", str(text), "--workspace", str(workspace)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    cells: list[dict[str, Any]] = json.loads(done.stdout)
    return cells


def test_every_module_with_exercises_has_a_lesson() -> None:
    lists = ROOT.glob("packages/*/src/tinytorch/course/*/exercises.toml")
    assert {file.parent for file in lists} == {file.parent for file in LESSONS}
    assert {file.parent.name for file in LESSONS} == set(HOURS)


@pytest.mark.slow
@texts
def test_every_cell_runs(text: Path, workspace: Path) -> None:
    wrong = [f"{text.name}:{cell['line']}: {cell['error']}" for cell in outcome(text, workspace) if cell["error"]]
    assert not wrong


@pytest.mark.slow
@texts
def test_every_result_that_is_shown_is_what_its_cell_prints(text: Path, workspace: Path) -> None:
    for cell in outcome(text, workspace):
        if cell["shown"] is not None and not cell["measured"]:
            lines = [line.rstrip() for line in cell["printed"].splitlines()]
            assert lines == cell["shown"].splitlines(), f"{text.name}:{cell['line']}"
        elif cell["measured"]:
            assert cell["printed"], f"{text.name}:{cell['line']} prints nothing"


@lessons
def test_a_lesson_has_the_seven_beats_in_order(lesson: Path) -> None:
    assert re.findall(r"^## (.+)$", lesson.read_text("utf-8"), re.MULTILINE) == BEATS


@lessons
def test_a_lesson_has_a_section_and_a_check_for_each_function(lesson: Path) -> None:
    text = lesson.read_text("utf-8")
    exercises = parse_exercises(lesson.with_name("exercises.toml").read_text("utf-8"))
    build = text[text.index("## Build") : text.index("## Use")]
    assert re.findall(r"^### `([\w.]+)`$", build, re.MULTILINE) == [one.name for one in exercises.functions]
    for one in exercises.functions:
        assert re.search(rf"^    tito check {exercises.module}\.{re.escape(one.name)}$", build, re.MULTILINE), one.name


@lessons
def test_the_questions_to_reflect_on_are_those_that_are_asked(lesson: Path) -> None:
    answers = tomllib.loads(lesson.with_name("answers.toml").read_text("utf-8"))["answer"]
    text = " ".join(lesson.read_text("utf-8").split())
    assert 3 <= len(answers) <= 5
    for one in answers:
        assert " ".join(one["question"].split()) in text
        assert isinstance(one["answer"], int | float | bool | str)
        assert one["why"].strip()
    assert any(isinstance(one["answer"], bool) or str(one["answer"]).lower() in ("yes", "no") for one in answers)


@lessons
def test_the_minutes_add_up_to_the_hours_of_the_course(lesson: Path) -> None:
    exercises = parse_exercises(lesson.with_name("exercises.toml").read_text("utf-8"))
    assert exercises.hours == HOURS[exercises.module]
    assert sum(one.minutes for one in exercises.functions) == 60 * exercises.hours


@texts
def test_a_text_is_calm_and_its_lines_are_short(text: Path) -> None:
    inside = False
    for number, line in enumerate(text.read_text("utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            assert not re.search(r"!(?![=\[])(?!\])", re.sub(r"`[^`]*`", "", line)), f"{text.name}:{number}: {line}"
