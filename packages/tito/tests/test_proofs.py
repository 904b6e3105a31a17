"""What checkpoints and milestones say of themselves: options that make no sense, and what was run and not passed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import start
from tinytorch.tito.milestones._tasks import in_words


@pytest.mark.parametrize(
    "call",
    [
        "1986 --data nothing",
        "1986 --data digits --epochs 0",
        "1986 --data digits --seed -1",
        "1969 --data mnist",
        "1969 --epochs 3",
        "1958 --seed 1",
    ],
)
def test_an_option_that_makes_no_sense_is_wrong_use(learner: Any, call: str) -> None:
    said = learner.run("milestone", *call.split())
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert "Next: tito milestone" in said.err
    assert said.out == ""
    document = json.loads(learner.run("milestone", *call.split(), "--json").out)
    assert (document["exit"], document["errors"][0]["id"]) == (2, "usage")


def test_a_checkpoint_that_failed_is_told_from_one_never_run(learner: Any) -> None:
    exercises = read_exercises("tensor")
    assert exercises is not None
    start(learner.folder, "tensor", exercises.functions)
    file = learner.folder / "src/tinytorch/tensor/_shapes.py"
    text = file.read_text("utf-8")
    blank = text.index("    raise NotImplementedError(", text.index("def infer_shape("))
    end = text.index("\n\n\n", blank)

    def line(number: int = 0) -> str:
        return str(learner.run("checkpoint").out.splitlines()[number])

    assert line().startswith("  0/1  1 ")
    assert learner.run("checkpoint", "1").code == 1  # it holds with what is borrowed
    assert line().startswith("  0/1  1 ")
    file.write_text(f"{text[:blank]}    return (size,){text[end:]}", "utf-8")
    assert learner.run("checkpoint", "1").code == 1
    assert line().startswith("  x    1 ")
    assert line(1).startswith("  0/1  2 ")
    assert "x: run with the files as they are, and not passed." in learner.run("checkpoint").out
    [first, second, *_] = json.loads(learner.run("checkpoint", "--json").out)["data"]["checkpoints"]
    assert (first["failed"], second["failed"]) == (True, False)
    file.write_text(f"{text[:blank]}    return shape{text[end:]}", "utf-8")
    assert line().startswith("  0/1  1 ")
    file.write_text(f"{text[:blank]}    import sys; sys.exit(0){text[end:]}", "utf-8")
    said = learner.run("checkpoint", "1")
    assert said.code == 1
    assert "that is not a pass" in " ".join(said.out.split())
    assert line().startswith("  x    1 ")


def written(learner: Any, module: str, file: str, function: str, body: str) -> None:
    """Start a module and give a function of its a body."""
    exercises = read_exercises(module)
    assert exercises is not None
    start(learner.folder, module, exercises.functions)
    path = learner.folder / "src/tinytorch" / module / file
    text = path.read_text("utf-8")
    blank = text.index("raise NotImplementedError(", text.index(f"def {function}("))
    end = text.index(")\n", blank) + 1
    path.write_text(text[:blank] + body + text[end:], "utf-8")


def test_a_short_run_says_of_what_its_accuracies_are_and_draws_the_target(learner: Any) -> None:
    said = learner.run("milestone", "1986", "--data", "digits", "--epochs", "1")
    assert said.code == 1, said.err
    assert ", 1 epoch, seed 0\n" in said.out
    assert " % of the training images  " in said.out
    assert " % of 364 test images " in said.out
    picture = (learner.folder / "runs/1986/digits/curve.svg").read_text("utf-8")
    for text in ("1986: digits, 1 epoch, seed 0", "target, 94 %", "training images, on the way", "test images, at"):
        assert f"<!-- {text}" in picture


def test_a_milestone_on_borrowed_functions_is_reached_and_not_passed(learner: Any) -> None:
    said = learner.run("milestone", "1986", "--data", "digits")
    assert said.code == 0, said.err
    assert "  reached: Can a network find its own features?\n" in said.out
    assert "passed" not in said.out
    assert "It holds with borrowed functions; it is yours when you have written them:" in said.out
    assert "ok   1986" not in learner.run("milestone").out


def test_an_error_in_what_a_learner_wrote_to_read_data_is_no_lack_of_data(learner: Any) -> None:
    written(learner, "dataloader", "_images.py", "fit", 'raise OSError("mine")')
    said = learner.run("milestone", "1986", "--data", "digits")
    assert said.code == 1, said.out
    assert "x OSError: mine.\n" in said.out
    assert "cannot be had" not in said.out
    assert 'raise OSError("mine")\n' in said.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("claim holds: network.min is 100 %", "claim holds: network (smallest of the seeds) is 100 %"),
        ("seconds a seed.max is 11 s", "seconds a seed (largest of the seeds) is 11 s"),
        ("best line is 75 %, claimed near 75 %", "best line is 75 %, claimed near 75 %"),
    ],
)
def test_names_of_a_record_are_written_out(line: str, words: str) -> None:
    assert in_words(line) == words
