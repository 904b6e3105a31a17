"""What checkpoints and milestones say of themselves: options that make no sense, and what was run and not passed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import start


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
