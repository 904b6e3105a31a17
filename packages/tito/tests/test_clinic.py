"""The clinic's judge: what it says of a test that proves nothing, cannot be run, or proves the fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.child import Limits
from tinytorch.tito.clinic import _verdict, find_case

FAULT = "top_and_total"  # of case 1
PROOF = """
    import math
    import numpy as np
    from tinytorch.losses import CrossEntropyLoss
    from tinytorch.tensor import Tensor
    scores = Tensor(np.array([[0.0, 0.0], [500.0, 500.0]], np.float32))
    loss = CrossEntropyLoss(reduction="none")(scores, Tensor(np.array([0, 1])))
    assert all(abs(one - math.log(2)) < 1e-6 for one in loss.tolist()), loss
"""


def written(body: str, fault: str = FAULT, head: str = "def test_it():") -> str:
    return f'FAULT = "{fault}"\n\n\n{head}\n    {body.strip()}\n'


def judged(learner: Any, text: str) -> Any:
    """Judge a test of case 1."""
    file = learner.folder / "clinic/1/test_case_1.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return learner.run("clinic", "1", "--judge")


@pytest.mark.parametrize("body", ["pass", "raise NotImplementedError('not yet')", "assert 1 == 2"])
def test_nothing_is_said_of_the_fault_before_a_test_proves_it(learner: Any, body: str) -> None:
    right, wrong = judged(learner, written(body)), judged(learner, written(body, "mse_loss_op"))
    assert right.code == wrong.code == 1
    assert right.out == wrong.out
    assert FAULT not in right.out


@pytest.mark.parametrize("line", ["import nowhere", "rate = 1 / 0", "def test_it(:"])
def test_a_test_that_does_not_load_is_shown_with_its_line(learner: Any, line: str) -> None:
    said = judged(learner, f"{line}\n{written('pass')}")
    assert said.code == 3, said.err
    assert f"    1 | {line}\n" in said.out
    assert "Next: fix line 1, then tito clinic 1 --judge\n" in said.out
    assert not (learner.folder / ".tito/crash").exists()


def test_patient_and_reference_stand_in_the_same_place(learner: Any) -> None:
    said = judged(learner, written("import tinytorch.losses as a; assert 'patient' not in repr((a, a.__path__)), a"))
    assert "passes on the patient as well" in said.out
    seen = learner.folder / "seen.txt"
    text = f"import tinytorch.losses._cross_entropy as a; open({str(seen)!r}, 'a').write(a.__file__ + '\\n')"
    judged(learner, written(text))
    one, other = seen.read_text("utf-8").splitlines()
    assert one == other


def test_a_test_with_a_fixture_is_told_that_there_are_none(learner: Any) -> None:
    said = judged(learner, written("pass", head="def test_it(tmp_path, depth=1):"))
    assert "test_it takes tmp_path: tests are called here as they are, without fixtures." in said.out
    assert "line 0" not in said.out


def test_an_endless_test_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "test_case_1.py"
    file.write_text(written("while True: pass"), "utf-8")
    for seconds in (1.0, 4.0, 16.0):  # as many as it needs to come to the test
        monkeypatch.setattr(_verdict, "LIMITS", Limits(seconds=seconds))
        found = _verdict.judge(find_case("1"), file)
        if "test_it" in found.lines[0]:
            break
    assert not found.solved
    assert found.lines == (f"Stopped after {seconds:g} s in `test_it`, line 5: `while True: pass`.",)
    assert found.death is not None
    assert found.death.place is not None


def test_each_test_has_its_time_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "test_case_1.py"
    for seconds in (1.0, 4.0, 16.0):  # a busy machine needs some of them for itself
        monkeypatch.setattr(_verdict, "LIMITS", Limits(seconds=seconds))
        wait = f"    __import__('time').sleep({0.6 * seconds})\n"
        file.write_text("".join(f"def test_{name}():\n{wait}" for name in "ab"), "utf-8")
        (line,) = _verdict.judge(find_case("1"), file).lines
        if not line.startswith("Stopped after"):
            break
    assert "passes on the patient as well" in line


def test_a_solved_case_stays_solved_and_the_next_one_is_offered(learner: Any) -> None:
    solved = judged(learner, written(PROOF))
    assert solved.code == 0, solved.out
    assert f"The fault lies in {FAULT}, as you say." in solved.out
    assert solved.out.endswith("  Next: tito clinic 2\n")
    later = judged(learner, written(PROOF, "mse_loss_op"))
    assert later.code == 1
    assert "The fault does not lie in mse_loss_op." in later.out
    learner.run("clinic", "2")
    lines = learner.run("clinic").out.splitlines()
    assert lines[0].endswith(" solved")
    assert lines[1].endswith(" open")
    assert lines[-1] == "  Next: tito clinic 2"


def test_a_patient_is_run_or_judged_and_not_both(learner: Any) -> None:
    said = learner.run("clinic", "1", "--run", "--judge")
    assert said.code == 2
    assert "--run and --judge are two things; say one of them." in said.err


def test_a_name_that_is_nowhere_is_likened_to_those_of_all_modules(learner: Any) -> None:
    said = judged(learner, written(PROOF, "sigmid_op"))
    assert said.code == 1
    assert "There is no function sigmid_op. Did you mean sigmoid_op?" in " ".join(said.out.split())
