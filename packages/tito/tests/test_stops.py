"""What comes after a stop, an edit, a lost function or a lost line: the right function is named, and a way back."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.checks._place import place_of_result

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


def test_a_generator_that_comes_to_its_end_has_forgotten_no_return(tmp_path: Path) -> None:
    file = tmp_path / "steps.py"
    file.write_text("def steps() -> 'Iterator[int]':\n    yield 1\n\n\ndef count() -> int:\n    len('one')\n", "utf-8")
    names: dict[str, Any] = {}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), names)
    assert not place_of_result("steps", lambda: list(names["steps"]()))[1]
    assert place_of_result("count", names["count"])[1]


def test_an_error_of_the_function_is_no_forgotten_return(learner: Any) -> None:
    learner.write("count_pairs", "return tokens[1000]")
    assert "returned None" not in learner.run("check", "count_pairs").out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_child_ends_when_the_command_that_started_it_is_killed(learner: Any) -> None:
    import psutil

    learner.write(
        "count_pairs",
        "print(__import__('os').getpid(), file=open('number', 'w'), flush=True)\n    while True:\n        pass",
    )
    line = [sys.executable, "-P", "-m", "tinytorch.tito", "check"]
    with subprocess.Popen(line, cwd=learner.folder, env=learner.environment, stdout=subprocess.DEVNULL) as command:
        number = int(learner.wait_for("number").read_text("utf-8"))
        os.kill(command.pid, signal.SIGKILL)
    deadline = time.monotonic() + 120.0
    while psutil.pid_exists(number) and psutil.Process(number).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(number) or psutil.Process(number).status() == "zombie"


def renamed(learner: Any, name: str) -> None:
    text = learner.file.read_text("utf-8")
    learner.file.write_text(text.replace(f"def {name}(", f"def {name.replace('_', '')}("), "utf-8")


@pytest.mark.parametrize("name", ["count_pairs", "merge_pair"])
def test_a_function_that_is_gone_is_named_and_put_back(learner: Any, name: str) -> None:
    done(learner)
    blank = learner.file.read_text("utf-8")
    renamed(learner, name)
    said = f"{name} is gone from _merge.py"
    checked = learner.run("check")
    assert (checked.code, said in checked.out) == (1, True)
    assert f"tito reset tokenization.{name} puts it back, blank, or give it its name again" in checked.out
    assert f"{said}, and nothing runs in its place.\n  Next: tito reset tokenization.{name}" in learner.run().out
    assert said in learner.run("doctor").out
    assert said in json.loads(learner.run("check", "--json").out)["errors"][0]["message"]
    assert learner.run("reset", name).code == 0
    text = learner.file.read_text("utf-8")
    assert text.count(f"def {name}(") == 1
    assert f"def {name.replace('_', '')}(" in text  # what the learner has there stays
    assert "not written yet" in learner.run("check").out
    assert learner.run("undo").code == 0
    renamed_back = learner.file.read_text("utf-8").replace(f"def {name.replace('_', '')}(", f"def {name}(")
    assert renamed_back == blank


def test_a_function_that_is_put_back_stands_in_its_place(learner: Any) -> None:
    before = learner.file.read_text("utf-8")
    begin = before.index("\n\n\ndef merge_pair")
    learner.file.write_text(before[:begin] + "\n", "utf-8")
    assert learner.run("reset", "merge_pair").code == 0
    assert learner.file.read_text("utf-8") == before
    middle = before.index("def count_pairs")
    learner.file.write_text(before[:middle] + before[begin + 3 :], "utf-8")
    assert learner.run("reset", "count_pairs").code == 0
    assert learner.file.read_text("utf-8") == before


def test_an_emptied_file_is_named_and_put_back(learner: Any) -> None:
    before = learner.file.read_bytes()
    learner.file.write_bytes(b"")
    assert "count_pairs is gone from _merge.py" in learner.run("check").out
    assert learner.run("reset", "count_pairs").code == 0
    assert learner.file.read_bytes() == before


def test_a_module_that_is_not_wholly_written_is_not_passed(learner: Any) -> None:
    learner.write("count_pairs", COUNT)
    said = learner.run("check", "tokenization")
    assert said.code == 1
    assert "ok count_pairs" in said.out
    assert "1 of 2 functions of tokenization are not written yet" in said.out
    assert "Next: write merge_pair (src/tinytorch/tokenization/_merge.py:" in said.out
    assert json.loads(learner.run("check", "tokenization", "--json").out)["errors"][0]["id"] == "unwritten"
    assert "1: it does not pass, or is not wholly written" in " ".join(learner.run("check", "--help").out.split())


def test_a_start_of_what_is_begun_says_what_is_next(learner: Any) -> None:
    learner.write("count_pairs", COUNT)
    learner.run("check")
    assert "Next: merge_pair" in learner.run("start", "tokenization").out
    done(learner)
    said = learner.run("start", "tokenization").out
    assert "All of its functions pass." in said
    learner.file.write_text(learner.file.read_text("utf-8") + "\n\nx = 1\n", "utf-8")
    said = learner.run("start", "tokenization").out
    assert "First" not in said
    assert "Next: tito check tokenization" in said


def test_one_broken_function_makes_one_block(learner: Any) -> None:
    learner.write("merge_pair", "count_pairs(tokens)\n    return [tokens[0] + tokens[1], tokens[2]]")
    learner.write("count_pairs", "raise ValueError('broken')")
    said = learner.run("check", "tokenization")
    assert said.out.count("x count_pairs") == 1
    assert "x merge_pair" not in said.out
    assert "also failed, maybe for the same reason: merge_pair" in said.out
    assert len(json.loads(learner.run("check", "tokenization", "--json").out)["errors"]) == 2


def filled(text: str, function: str, body: str) -> str:
    """Return a text with the marker of a function replaced."""
    begin = text.index("    raise NotImplementedError", text.index(f"def {function}("))
    return text[:begin] + f"    {body}" + text[text.index("\n", begin) :]


@pytest.fixture
def rectifiers(new_learner: Any) -> Any:
    """Return somebody who has begun the activations, and the file of ReLU."""
    learner = new_learner(started=False)
    assert learner.run("start", "activations").code == 0
    return learner, learner.folder / "src/tinytorch/activations/_rectifiers.py"


def test_a_decorator_that_is_gone_is_named_first(rectifiers: Any) -> None:
    learner, file = rectifiers
    blank = file.read_text("utf-8")
    text = filled(blank, "relu_op", "return np.maximum(x, 0)")
    file.write_text(text.replace('@operation("relu")\n', ""), "utf-8")
    said = learner.run("check")
    assert said.code in (1, 3)
    assert 'relu_op has lost its decorator @operation("relu")' in said.out.splitlines()[0]
    file.write_text(text.replace("def relu_op(step: Step, x: Array)", "def relu_op(x: Array)"), "utf-8")
    assert "relu_op takes (x), and was given as (step, x)." in learner.run("check").out.splitlines()[0]
    file.write_text(filled(blank, "relu_op", "np.maximum(x, 0)"), "utf-8")
    said = learner.run("check")
    assert "relu_op returned None: is a return missing?" in said.out
    file.write_text(filled(text, "relu_rule", "grad * 2"), "utf-8")
    assert "relu_rule returned None: is a return missing?" in learner.run("check", "relu_rule").out


def test_of_a_rule_that_was_renamed_away_the_one_put_back_counts_and_one_below_is_named(rectifiers: Any) -> None:
    learner, file = rectifiers
    text = filled(file.read_text("utf-8"), "relu_rule", "return grad * 2")
    file.write_text(text.replace("def relu_rule(", "def relurule("), "utf-8")
    assert learner.run("reset", "relu_rule").code == 0
    text = filled(file.read_text("utf-8"), "relu_rule", "return grad * (step.output != 0)")
    file.write_text(text, "utf-8")
    assert "ok relu_rule" in learner.run("check", "relu_rule").out
    wrong, right = text.index("@rule(relu_op"), text.index("@rule(relu_op", text.index("def relurule("))
    after = text.index("\n\n\n", right)
    text = text[:wrong] + text[right:after] + "\n\n\n" + text[wrong:right] + text[after:].lstrip("\n")
    file.write_text(text, "utf-8")
    line = text[: text.index("def relurule(")].count("\n") + 1
    said = learner.run("check", "relu_rule")
    assert said.code == 1
    assert f"relurule, line {line}, has @rule(relu_op) as relu_rule does" in said.out.splitlines()[0]
