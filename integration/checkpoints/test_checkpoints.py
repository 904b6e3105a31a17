"""Each checkpoint holds for the reference, and fails for the reference with one mistake in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.checkpoints import CHECKPOINTS, Checkpoint
from tinytorch.tito.checks import reference_text
from tinytorch.tito.child import Limits, run_task
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.mistakes import Mistake

# In each module one mistake that its evidence has to show, with what must be said about it.
MISTAKES: dict[str, tuple[str, Mistake, str]] = {
    "1": (
        "tensor",
        Mistake("01-4", "Operators.__rsub__", "_operators.py", "the order is lost", body="return self - other"),
        "random expressions",
    ),
    "2": (
        "activations",
        Mistake("02-4", "logistic", "_sigmoid.py", "it overflows", body="return 1 / (1 + np.exp(-x))"),
        "sigmoid",
    ),
    "3": (
        "layers",
        Mistake("03-9", "Module.train", "_module.py", "it stops here", body="self.training = mode\nreturn self"),
        "random architectures",
    ),
    "4": (
        "losses",
        Mistake("04-10", "reduced", "_reduction.py", "it never divides", body="return losses.sum()"),
        "L1Loss",
    ),
    "5": (
        "tensor",
        Mistake("05-1", "sum_to", "_elementwise.py", "only added axes are summed", old="*stretched", new=""),
        "random graphs",
    ),
    "6": (
        "optim",
        Mistake("06-1", "adam_kernel", "_adam.py", "nothing is corrected", old="(1 - beta1**t) / ", new="1 / "),
        "Adam in the round valley",
    ),
    "7": (
        "training",
        Mistake(
            "07-8",
            "capture",
            "_checkpoint.py",
            "the loader's state is lost",
            old="loader_state(run.loader)",
            new="None",
        ),
        "carried on",
    ),
}


def proof(checkpoint: Checkpoint, workspace: Path) -> dict[str, Any]:
    """Return what a checkpoint says of a workspace."""
    said: list[str] = []
    result, death = run_task(
        workspace,
        checkpoint.task,
        {},
        limits=Limits(seconds=60.0),
        on_event=lambda event: said.append(event.get("say", "")),
    )
    assert death is None, death
    assert result is not None
    assert [one["text"] for one in result["evidence"]] == [line[3:] for line in said if line]
    return result


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda one: one.id)
def test_a_checkpoint_holds_for_the_reference_and_is_not_passed_by_borrowing(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    result = proof(checkpoint, tmp_path)
    assert result["holds"]
    assert not result["passed"]
    assert len(result["borrowed"]) == sum(
        len(found.functions) for module in checkpoint.modules if (found := read_exercises(module))
    )
    assert ET.parse(result["picture"]).getroot().tag.endswith("svg")


def edited(module: str, mistake: Mistake) -> str:
    """Return the text of a file with a mistake in it."""
    return mistake.seeded(reference_text(module, mistake.file))


def written(folder: Path, module: str, mistake: Mistake) -> Path:
    """Write the reference's file with a mistake in it into a workspace; return the workspace."""
    file = folder / "src" / "tinytorch" / module / mistake.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(edited(module, mistake), "utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda one: one.id)
def test_a_checkpoint_fails_for_the_reference_with_one_mistake(checkpoint: Checkpoint, tmp_path: Path) -> None:
    module, mistake, about = MISTAKES[checkpoint.id]
    result = proof(checkpoint, written(tmp_path, module, mistake))
    wrong = [one["text"] for one in result["evidence"] if not one["holds"]]
    assert not result["holds"]
    assert any(about in text for text in wrong), wrong


@pytest.mark.slow
def test_an_error_may_say_what_its_docstring_promises_in_any_words(tmp_path: Path) -> None:
    words = Mistake(
        "",
        "_does_not_fit",
        "_products.py",
        "",
        old="inner dimensions differ: {x.shape} @ {y.shape} ({k} != {n}).",
        new="cannot multiply {x.shape} by {y.shape}",
    )
    said = proof(CHECKPOINTS[0], written(tmp_path, "tensor", words))
    assert said["holds"], said["evidence"]
    silent = Mistake(
        "", "_does_not_fit", "_products.py", "", old=" {x.shape} @ {y.shape} ({k} != {n}).", new=" {y.shape}."
    )
    said = proof(CHECKPOINTS[0], written(tmp_path, "tensor", silent))
    wrong = [one["text"] for one in said["evidence"] if not one["holds"]]
    assert len(wrong) == 1
    assert wrong[0].startswith("the error of (2, 3) @ (2, 1) names (2, 3) and (2, 1): matmul: ")
    assert wrong[0].endswith("; it lacks (2, 3)")


def test_the_seven_checkpoints_are_of_the_first_seven_modules() -> None:
    modules = [module for one in CHECKPOINTS for module in one.modules]
    assert modules == ["tensor", "activations", "layers", "losses", "autograd", "optim", "training"]
