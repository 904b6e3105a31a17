"""The guided path: each function is read, predicted, searched for a fault and changed before it is written."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STEPS = ("Read", "Predict", "Find the fault", "Change", "Write")
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


def test_what_ours_needs_and_the_file_lacks_is_read_with_it(guided: Any) -> None:
    said = guided.run("show", "matmul_op").out
    assert "raise _does_not_fit(x, y) from None" in said
    assert "def _does_not_fit(" not in (guided.folder / "src/tinytorch/tensor/_products.py").read_text("utf-8")
    assert "  1 Read · ours, _products.py:" in said
    assert "  and what it calls, which is not given · _products.py:" in said
    assert said.index("  2 Predict") > said.index("def _does_not_fit(x: Array, y: Array) -> ValueError:")


def test_a_helper_that_the_file_has_is_not_read(guided: Any) -> None:
    assert "which is not given" not in guided.run("show", "matmul_loops").out


def test_one_changes_a_function_before_one_writes_it(guided: Any) -> None:
    said = guided.run("show", "broadcast_shapes").out
    steps = [said.index(f"  {number} {word}") for number, word in enumerate(STEPS, 1)]
    assert steps == sorted(steps)
    change, write = " ".join(said[steps[3] : steps[4]].split()), " ".join(said[steps[4] :].split())
    assert change.startswith("4 Change · src/tinytorch/tensor/_elementwise.py:21 Copy ours to there and change one")
    assert change.endswith("Then tito reset tensor.broadcast_shapes makes it blank.")
    assert write.startswith("5 Write · src/tinytorch/tensor/_elementwise.py:21 Close this, and write it from what")


def test_the_steps_of_a_change_can_be_gone_as_they_are_written(guided: Any) -> None:
    file = "_elementwise.py"
    blank = (guided.folder / "src/tinytorch/tensor" / file).read_text("utf-8")
    ours = (REFERENCE / file).read_text("utf-8")
    body = ours[ours.index("    shape: list[int] = []") : ours.index("    return tuple(reversed(shape))")]
    marker = '    raise NotImplementedError("broadcast_shapes: (3, 1) and (1, 4) -> (3, 4)")\n'
    assert body.count("m != n and") == 1
    put(guided, marker, body.replace("m != n and", "m == n and") + "    return tuple(reversed(shape))\n", file)
    assert guided.run("check", "broadcast_shapes").code == 1
    assert guided.run("reset", "tensor.broadcast_shapes").code == 0
    assert (guided.folder / "src/tinytorch/tensor" / file).read_text("utf-8") == blank


def test_nobody_is_told_to_copy_ours_over_what_they_wrote(guided: Any) -> None:
    subtract(guided)
    said = guided.run("show", "Operators.__rsub__").out
    assert "Copy ours" not in said
    assert "tito reset" not in said
    assert "  4 Change · src/tinytorch/tensor/_operators.py:31\n" in said
    assert "Change one thing in yours" in said
    assert "5 Write" not in said


def predicted(learner: Any, module: str, name: str) -> list[str]:
    """Return question and answer of a prediction, in lines; none if nothing is to be predicted."""
    lines: list[str] = learner.run("show", f"{module}.{name}", "--answers").out.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith("  2 Predict")), None)
    if begin is None:
        return []
    return [line.strip() for line in lines[begin + 1 : next(n for n, x in enumerate(lines) if "Find the fault" in x)]]


def test_what_is_to_be_predicted_is_answered_nowhere_above(guided: Any) -> None:
    assert predicted(guided, "tensor", "broadcast_shapes") == ["broadcast_shapes((3,), (2, 3))", "(2, 3)"]
    assert predicted(guided, "tensor", "infer_shape") == ["infer_shape(24, (2, -1, 3))", "(2, 4, 3)"]
    assert guided.run("start", "activations").code == 0
    assert predicted(guided, "activations", "softmax_op") == [
        "softmax(Tensor([0.0, 1.0986122886681098]))",
        "[0.25, 0.75]",
    ]


def test_nobody_is_asked_to_predict_what_chance_decides(guided: Any) -> None:
    assert guided.run("start", "dataloader").code == 0
    assert predicted(guided, "dataloader", "RandomSampler.order") == []
    assert (
        predicted(guided, "dataloader", "RandomCrop.__call__")[0] == "RandomCrop((3, 4), padding=1) of [[[[1.0, 2.0]]]]"
    )


@pytest.mark.parametrize(
    ("module", "name"), [("layers", "parts_of"), ("losses", "row_slopes"), ("autograd", "topological_order")]
)
def test_a_fault_to_be_found_is_a_line_that_could_be_right(guided: Any, module: str, name: str) -> None:
    assert guided.run("start", module).code == 0
    lines = guided.run("show", f"{module}.{name}", "--answers").out.splitlines()
    begin = next(number for number, line in enumerate(lines) if "Find the fault" in line)
    shown = dict(line.lstrip().partition(" |")[::2] for line in lines[begin + 1 :] if re.match(r" *\d+ \|", line))
    answer = next(line.strip() for line in lines[begin + 1 :] if line.startswith("      line "))
    for number in answer.partition(":")[0].removeprefix("line ").split(", "):
        assert shown[number].strip() not in ("", "pass")


def test_a_function_that_only_others_write_is_neither_unknown_nor_unwritten(guided: Any) -> None:
    assert not (guided.folder / "src/tinytorch/tensor/_reductions.py").exists()
    for command in ("check", "hint"):
        said = guided.run(command, "tensor.count")
        assert said.code == 3
        assert "count is given in tensor: nobody asks you to write it." in said.err
    said = guided.run("show", "tensor.count")
    assert said.code == 0
    assert said.out.startswith("tensor.count · given\n")
    subtract(guided)
    assert "- count" not in guided.run("check", "tensor").out


def test_a_lesson_says_which_of_its_functions_a_guided_reader_writes(guided: Any) -> None:
    for options in ((), ("--answers",)):
        said = guided.run("show", "tensor", "--lesson", *options).out
        assert said.startswith("# 01 Tensor\n")
        words = next(line for line in said.splitlines() if "guided" in line)
        assert words.startswith("*On the guided path you write 6 of the functions below: `Operators.__rsub__`, ")
        assert "`count`" not in words


def test_others_read_a_lesson_as_it_is(new_learner: Callable[..., Any]) -> None:
    assert "guided" not in new_learner(started=False).run("show", "tensor", "--lesson").out


def test_the_answers_are_asked_for_by_the_name_of_the_function(guided: Any) -> None:
    assert guided.run("show").out.count("(the answer: tito show --answers)") == 2
    assert guided.run("show", "strides_of").out.count("(the answer: tito show strides_of --answers)") == 2
