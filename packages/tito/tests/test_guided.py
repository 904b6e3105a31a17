"""The guided path: each function is read, predicted, searched for a fault and changed before it is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REFERENCE = Path(__file__).parents[2] / "tensor/src/tinytorch/tensor"


@pytest.fixture
def guided(new_learner: Callable[..., Any]) -> Any:
    """Somebody on the guided path who has begun module 01."""
    learner = new_learner("--path", "guided", started=False)
    assert learner.run("start", "tensor").code == 0
    return learner


def put(learner: Any, old: str, new: str, name: str = "_operators.py") -> None:
    """Change a file of module 01."""
    file = learner.folder / "src/tinytorch/tensor" / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def subtract(learner: Any) -> None:
    """Write the first function."""
    marker = 'raise NotImplementedError("Operators.__rsub__: other - self, for a number or an array on the left")'
    put(learner, marker, "return -self + other")


def test_what_is_next_is_to_read_a_function_before_it_is_written(guided: Any) -> None:
    words = "reads it with you; then write it, then tito check"
    assert f"  Next: tito show {words}\n" in guided.run().out
    assert f"  Next: tito show {words}\n" in guided.run("check").out
    assert f"  Next: tito show strides_of {words} strides_of\n" in guided.run("check", "strides_of").out
    subtract(guided)
    said = guided.run("check")
    assert said.code == 0
    assert said.out.endswith("  Next: tito show, which reads broadcast_shapes with you before you write it\n")
    said = guided.run("check", "tensor")
    assert said.code == 1
    assert said.out.endswith("  Next: tito show, which reads broadcast_shapes with you before you write it\n")
