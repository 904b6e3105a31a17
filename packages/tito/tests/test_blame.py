"""Whose an error is: a learner's until something shows otherwise, also where a line of ours raises it."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tinytorch.tito.child import ChildError, Limits, _launch, check_module, run_task
from tinytorch.tito.child._blame import untouched
from tinytorch.tito.cli._main import report
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import start

SCRIPT = "tinytorch.tito.milestones._tasks:script"
RIGHT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"


def begun(folder: Path, module: str, function: str = "", body: str = "") -> Path:
    """Start a module; give one of its functions a body."""
    exercises = read_exercises(module)
    assert exercises is not None
    start(folder, module, exercises.functions)
    for file in sorted((folder / "src/tinytorch" / module).glob("*.py")) if function else ():
        lines = file.read_text("utf-8").splitlines(keepends=True)
        heads = [number for number, line in enumerate(lines) if line.lstrip().startswith(f"def {function}(")]
        if heads:
            first = next(
                number for number in range(heads[0], len(lines)) if "raise NotImplementedError" in lines[number]
            )
            last = first if lines[first].rstrip().endswith('")') else first + 2
            indent = " " * (len(lines[first]) - len(lines[first].lstrip()))
            lines[first : last + 1] = [f"{indent}{body}\n"]
            file.write_text("".join(lines), "utf-8")
    return folder


def task(folder: Path, name: str = SCRIPT, **options: Any) -> Any:
    """Return the death of a task."""
    return run_task(folder, name, options, limits=Limits(), on_event=lambda event: None)[1]


def test_an_error_in_a_line_of_ours_is_the_learners_whose_function_ran(tmp_path: Path) -> None:
    death = task(begun(tmp_path, "layers", "parts_of", "return iter(())"), id="1969")
    assert death.kind == "error"
    assert death.place is None
    assert death.message.startswith("ValueError: Adam: there is nothing to optimize")
    assert "Raised in _optimizer.py, line " in death.message
    assert "stands on what you have written: layers.parts_of." in death.message
    assert death.functions == ("layers.parts_of",)


def test_a_milestone_that_fails_so_names_the_function_to_check_and_is_no_crash(learner: Any) -> None:
    begun(learner.folder, "layers", "parts_of", "return iter(())")
    said = learner.run("milestone", "1969")
    assert said.code == 1, said.err
    assert "Next: tito check layers.parts_of\n" in said.out
    assert not (learner.folder / ".tito/crash").exists()


def test_a_result_that_no_judge_can_take_apart_is_a_wrong_result(tmp_path: Path) -> None:
    run = check_module(begun(tmp_path, "dataloader", "order", "return object()"), "dataloader", ["RandomSampler.order"])
    assert run.death is None
    assert {record.state for record in run.records} == {"failed"}
    rules = [record.failure.rule for record in run.records if record.failure is not None]
    assert any("of another kind or shape than is promised" in rule for rule in rules)


def test_a_given_line_that_fails_is_not_what_is_to_be_fixed_but_what_was_written_for_it(learner: Any) -> None:
    begun(learner.folder, "tensor", "infer_shape", "return (size + 1,)")
    said = learner.run("milestone", "1986", "--data", "digits")
    assert said.code == 1, said.err
    assert "return x.reshape(infer_shape(x.size, shape))" in said.out
    assert said.out.endswith("\n  Next: tito check tensor.infer_shape\n")
    begun(other := learner.folder.parent / "other", "tensor", "infer_shape", "return undefined")
    for one in (other / "src/tinytorch/tensor").glob("*.py"):
        one.replace(learner.folder / "src/tinytorch/tensor" / one.name)
    steps = learner.run("milestone", "1986", "--data", "digits").out.splitlines()[-1]
    assert steps.startswith("  Next: fix line ")
    assert steps.endswith(", or tito check tensor.infer_shape")


def test_a_workspace_is_untouched_until_somebody_writes_in_it(tmp_path: Path) -> None:
    assert untouched(tmp_path)
    file = begun(tmp_path, "layers") / "src/tinytorch/layers/_linear.py"
    assert untouched(tmp_path)
    text = file.read_text("utf-8")
    file.write_text(text + "\nSMALL = 1\n", "utf-8")
    assert not untouched(tmp_path)
    file.write_text(text, "utf-8")
    (file.parent / "_more.py").write_text("", "utf-8")
    assert not untouched(tmp_path)


def without(folder: Path, name: str) -> str:
    """Return a folder for `PYTHONPATH` with which a library is not there."""
    (folder / "lacking" / name).mkdir(parents=True)
    line = f'raise ModuleNotFoundError("No module named {name!r}", name="{name}")\n'
    (folder / "lacking" / name / "__init__.py").write_text(line, "utf-8")
    return str(folder / "lacking")


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("matplotlib", "checkpoint 2"),
        ("matplotlib", "milestone 1969"),
        ("matplotlib", "milestone 1986 --data digits"),
        ("safetensors", "milestone 1986 --data digits"),
        ("safetensors", "checkpoint 7"),
        ("numpy", "checkpoint 2"),
        ("numpy", "check merge_pair"),
    ],
)
def test_a_library_that_is_missing_is_named_with_the_line_that_installs_it(
    learner: Any, tmp_path: Path, name: str, call: str
) -> None:
    learner.write("merge_pair", "return tokens")
    path = os.pathsep.join([without(tmp_path, name), learner.environment["PYTHONPATH"]])
    said = learner.run(*call.split(), PYTHONPATH=path)
    assert said.code == 3, said.err
    title = {"numpy": "NumPy", "matplotlib": "Matplotlib", "safetensors": "safetensors"}[name]
    assert f"{title} is not installed here." in said.out
    assert f"Next: {sys.executable} -m pip install {name}\n" in said.out
    assert "epoch" not in said.out  # it is said before anything is trained


@pytest.mark.parametrize("line", ["rate = undefined", "rate = 1 / 0", "import nowhere", "def f(:"])
@pytest.mark.parametrize("call", ["check", "checkpoint 1", "milestone 1969"])
def test_a_file_that_does_not_load_is_one_sentence_and_exit_code_3(learner: Any, line: str, call: str) -> None:
    begun(learner.folder, "tensor")
    file = learner.folder / "src/tinytorch/tensor/_shapes.py"
    if call == "check":
        learner.write("count_pairs", RIGHT)
        file = learner.file
    file.write_text(file.read_text("utf-8") + f"\n{line}\n", "utf-8")
    number = len(file.read_text("utf-8").splitlines())
    said = learner.run(*call.split())
    assert said.code == 3, said.out + said.err
    assert said.out.count("Error") + said.out.count("is not Python yet") == 1
    assert said.out.count(f"{file.name}:{number}:") == 1
    assert f"{number} | {line}" in said.out
    assert f"fix line {number}" in said.out or call == "check"


@pytest.mark.parametrize("line", ["def f(:", "rate = undefined"])
def test_a_program_on_a_file_that_does_not_load_shows_no_line_of_tito(learner: Any, line: str) -> None:
    learner.file.write_text(learner.file.read_text("utf-8") + f"\n{line}\n", "utf-8")
    (learner.folder / "look.py").write_text("import tinytorch.tokenization\n", "utf-8")
    said = learner.run("run", "look.py")
    assert said.code == 1
    assert "/tito/" not in said.err
    assert "importlib" not in said.err
    assert f'_merge.py", line {len(learner.file.read_text("utf-8").splitlines())}' in said.err
    if line == "def f(:":
        assert said.err.count("File ") == 1
        assert said.err.endswith("    def f(:\n          ^\nSyntaxError: invalid syntax\n")
    else:
        assert 'File "look.py", line 1, in <module>\n    import tinytorch.tokenization\n' in said.err
        assert said.err.endswith("NameError: name 'undefined' is not defined\n")


def test_a_syntax_error_that_a_program_makes_keeps_its_own_lines(learner: Any) -> None:
    (learner.folder / "look.py").write_text("import ast\n\nast.parse('f(')\n", "utf-8")
    assert 'File "look.py", line 3, in <module>\n    ast.parse(' in learner.run("run", "look.py").err


def test_a_program_where_a_file_hides_the_namespace_ends_in_a_sentence(learner: Any) -> None:
    (learner.folder / "src/tinytorch/__init__.py").touch()
    (learner.folder / "look.py").write_text("import tinytorch.tokenization\n", "utf-8")
    said = learner.run("run", "look.py")
    assert said.code == 3
    assert said.err.startswith("error: ")
    assert "hides every installed module" in said.err
    assert said.err.endswith("  Next: tito doctor\n")
    assert "Traceback" not in said.err


def test_a_mistake_of_our_own_is_one_line_and_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    error = ChildError("Traceback (most recent call last):\n  File 'ours.py', line 1\nKeyError: 'nothing'")
    assert report("check", ["check"], error) == 70
    said = capsys.readouterr().err
    assert said.startswith(
        "error: This is a mistake of tito's own (ChildError: KeyError: 'nothing'). All about it is in "
    )
    file = Path(said.splitlines()[0].rpartition(" is in ")[2])
    assert "File 'ours.py', line 1" in file.read_text("utf-8")
    file.unlink()


def test_a_task_that_hangs_before_it_has_said_anything_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float | None] = []

    next_answer = _launch.Child._next_answer

    def noted(child: _launch.Child, wait: float | None) -> dict[str, Any] | None:
        allowed.append(wait)
        return next_answer(child, wait)

    monkeypatch.setattr(_launch.Child, "_next_answer", noted)
    folder = begun(tmp_path, "layers", "parts_of", "while True: yield from ()")
    stack = "tinytorch.tito.checkpoints._networks:stack"
    for seconds in (2.0, 8.0, 32.0):  # as many as it needs to come there
        allowed.clear()
        _, death = run_task(folder, stack, {"id": "3"}, limits=Limits(seconds=seconds), on_event=lambda event: None)
        if death is not None and "parts_of" in death.message:
            break
    assert death is not None
    assert f"Stopped after {seconds:g} s in `parts_of`, line " in death.message
    # Not how long a start may take, but how long this task may be silent: a minute for a checkpoint.
    assert allowed[:2] == [_launch.START + _launch.GRACE, seconds + _launch.GRACE]


def test_a_line_that_has_been_edited_while_it_hung_is_not_quoted(learner: Any) -> None:
    learner.write("count_pairs", "print(1, file=open('began', 'w'), flush=True)\n    while True:\n        pass")
    begun = learner.file.read_text("utf-8")

    def edit() -> None:
        learner.wait_for("began")
        learner.file.write_text('"""Another."""\n\n' + begun.replace("while True:", "while tokens:"), "utf-8")

    for seconds in (1.5, 6.0, 24.0):  # as many as it needs to be saved in this time
        learner.file.write_text(begun, "utf-8")
        (learner.folder / "began").unlink(missing_ok=True)
        saving = threading.Thread(target=edit)
        saving.start()
        death = hung(learner, seconds)
        saving.join()
        if "it has been changed since" in death.message:
            break
    assert death.place.text == ""
    assert death.place.function == "count_pairs"
    assert "of _merge.py as it was; it has been changed since" in death.message
    learner.write("count_pairs", "while True:\n        pass")
    for seconds in (1.5, 6.0, 24.0):
        message = hung(learner, seconds).message
        if "count_pairs" in message:
            break
    assert "`pass`" in message or "`while True:`" in message  # it is stopped on the one or the other line of the loop


def hung(learner: Any, seconds: float) -> Any:
    """Return the death of a check that hangs, after some seconds."""
    code = (
        "import json, sys; from pathlib import Path; from dataclasses import asdict; "
        "from tinytorch.tito.child import Limits, check_module; "
        f"run = check_module(Path.cwd(), 'tokenization', ['count_pairs'], limits=Limits(seconds={seconds})); "
        "print(json.dumps(asdict(run.death)))"
    )
    said = learner.python("-c", code)
    assert said.code == 0, said.err
    return json.loads(said.out, object_hook=lambda table: SimpleNamespace(**table))
