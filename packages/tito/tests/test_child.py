"""Every way in which a learner's code can end a process ends in a sentence, and none in a pass."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tinytorch.tito.child import ChildError, Limits, ModuleRun, check_module, run_program, run_task
from tinytorch.tito.child._deaths import Death
from tinytorch.tito.child._limits import MemoryWatch, SystemProcess
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import start

NAME = "Operators.__rsub__"
LONG = Limits(seconds=60.0)  # for what ends by itself, also where the machine has much else to do
SMALL = Limits(seconds=60.0, memory=2 << 30)
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space hold on Linux")
posix = pytest.mark.skipif(os.name == "nt", reason="fork and signals")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    exercises = read_exercises("tensor")
    if exercises is None:
        raise LookupError("tensor has no exercises")
    start(tmp_path, "tensor", exercises.functions)
    return tmp_path


def stopped(hang: Callable[[Limits], Death | None], function: str) -> tuple[Death, float]:
    """Return the death of what hangs in a function, and the seconds it had: as many as it needs to come there."""
    for seconds in (1.0, 4.0, 16.0):
        begin = time.monotonic()
        death = hang(Limits(seconds=seconds))
        assert time.monotonic() - begin > seconds
        assert death is not None
        if f"in `{function}`, line " in death.message:
            return death, seconds
    raise AssertionError(death)


def write(workspace: Path, *lines: str, limits: Limits = LONG) -> ModuleRun:
    """Give `Operators.__rsub__` a body and check it."""
    put(workspace, *lines)
    return check_module(workspace, "tensor", [NAME], limits=limits)


def put(workspace: Path, *lines: str) -> None:
    """Give `Operators.__rsub__` a body."""
    file = workspace / "src/tinytorch/tensor/_operators.py"
    blank = file.read_text("utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(blank) if "NotImplementedError" in line)
    blank[at] = "".join(f"        {line}\n" for line in lines)
    file.write_text("".join(blank), "utf-8")


def test_a_blank_is_not_checked_and_nothing_fails(workspace: Path) -> None:
    run = check_module(workspace, "tensor", [NAME])
    assert {record.state for record in run.records} == {"blank"}
    assert run.death is None


def test_a_right_body_passes(workspace: Path) -> None:
    run = write(workspace, "return -self + other")
    assert {record.state for record in run.records} == {"passed"}
    assert run.death is None
    assert run.diagnoses == ()


def test_a_lost_order_is_shown_with_its_line_and_its_name(workspace: Path) -> None:
    run = write(workspace, "return self - other")
    first = run.records[0]
    assert first.state == "failed"
    assert first.failure is not None
    assert first.failure.place is not None
    assert first.failure.place.text.strip() == "return self - other"
    assert [one.when.partition(":")[0] for one in run.diagnoses] == ["the order of the operands is lost"]


def test_an_endless_loop_is_stopped_and_its_line_named(workspace: Path) -> None:
    put(workspace, "while True:", "    other = other")
    death, seconds = stopped(lambda limits: check_module(workspace, "tensor", [NAME], limits=limits).death, NAME)
    assert death.kind == "time"
    assert f"Stopped after {seconds:g} s in `Operators.__rsub__`, line " in death.message
    assert death.place is not None
    assert death.place.text.strip() in ("while True:", "other = other")


def test_a_file_that_does_not_parse_shows_line_and_column(workspace: Path) -> None:
    run = write(workspace, "return self -")
    assert run.death is not None
    assert run.death.kind == "syntax"
    assert run.death.place is not None
    assert run.death.place.text.strip() == "return self -"
    assert run.records == ()


@pytest.mark.parametrize("way", ["import sys; sys.exit(0)", "raise SystemExit", "exit(0)"])
def test_leaving_in_the_middle_is_no_pass(workspace: Path, way: str) -> None:
    run = write(workspace, way)
    assert run.death is not None
    assert run.death.kind == "exit"
    assert "not a pass" in run.death.message


def test_vanishing_without_a_word_is_no_pass(workspace: Path) -> None:
    run = write(workspace, "import os; os._exit(0)")
    assert run.death is not None
    assert run.death.kind == "vanished"
    assert NAME in run.death.message


@posix
def test_a_segmentation_fault_is_named_with_its_line(workspace: Path) -> None:
    run = write(workspace, "import ctypes", "ctypes.string_at(0)")
    assert run.death is not None
    assert run.death.kind == "signal"
    assert "segmentation fault" in run.death.message
    assert run.death.place is not None
    assert run.death.place.text.strip() == "ctypes.string_at(0)"


def test_recursion_without_end_fails_with_a_sentence(workspace: Path) -> None:
    run = write(workspace, "return 2 - self")
    failure = run.records[0].failure
    assert failure is not None
    assert "calls itself again and again" in failure.rule


@linux
def test_too_large_an_array_is_named_with_shape_and_bytes(workspace: Path) -> None:
    run = write(workspace, "import numpy as np", "return np.ones((10**6, 10**5))")
    failure = run.records[0].failure
    assert failure is not None
    assert "745. GiB" in failure.got
    assert "(1000000, 100000)" in failure.got
    assert "more memory" in failure.rule


@linux
def test_a_list_that_grows_without_end_stops_at_the_limit(workspace: Path) -> None:
    run = write(workspace, "grown = []", "while True:", "    grown.append(bytes(10**7))", limits=SMALL)
    failure = run.records[0].failure
    assert failure is not None
    assert "more memory" in failure.rule


@posix
def test_a_forked_copy_does_not_answer_twice(workspace: Path) -> None:
    once = f"open({str(workspace / 'forked')!r}, 'x')"  # at each call there would soon be thousands
    body = ("import contextlib, os", f"with contextlib.suppress(FileExistsError), {once}:", "    os.fork()")
    run = write(workspace, *body, "return -self + other")
    assert (workspace / "forked").exists()
    names = [record.name for record in run.records]
    assert len(names) == len(set(names))
    assert {record.state for record in run.records} == {"passed"}


def test_what_the_code_prints_is_kept_apart(workspace: Path) -> None:
    run = write(workspace, "print('{\"record\": 1}')", "return -self + other")
    assert '{"record": 1}' in run.printed
    assert {record.state for record in run.records} == {"passed"}


def test_a_breakpoint_is_passed_over_where_no_debugger_has_a_terminal(workspace: Path) -> None:
    run = write(workspace, "breakpoint()", "return -self + other")
    assert {record.state for record in run.records} == {"passed"}
    assert run.printed.count("breakpoint() is passed over here; tito run FILE stops there.") == 1


@pytest.mark.parametrize("line", ["import torch", "from torch import tensor", "from tinytorch.core import Tensor"])
def test_an_import_of_what_is_to_be_written_fails_by_name(workspace: Path, line: str) -> None:
    run = write(workspace, line, "return -self + other")
    failed = [record for record in run.records if record.function == "imports"]
    assert [record.state for record in failed] == ["failed"]
    assert failed[0].failure is not None
    assert failed[0].failure.place is not None
    assert failed[0].failure.place.text.strip() == line


def test_a_cycle_of_imports_is_named(workspace: Path) -> None:
    folder = workspace / "src/tinytorch/tensor"
    (folder / "_one.py").write_text("from tinytorch.tensor._other import b\na = 1\n", "utf-8")
    (folder / "_other.py").write_text("from tinytorch.tensor._one import a\nb = 1\n", "utf-8")
    (folder / "__init__.py").write_text("from tinytorch.tensor._one import a\n", "utf-8")
    run = check_module(workspace, "tensor", [NAME])
    assert run.death is not None
    assert run.death.kind == "import"
    assert "import each other" in run.death.message
    assert run.death.place is not None
    assert run.death.place.text == "from tinytorch.tensor._one import a"


def test_an_error_of_our_own_is_not_blamed_on_the_learner(workspace: Path) -> None:
    with pytest.raises(ChildError, match="nowhere"):
        run_task(workspace, "tinytorch.tito.nowhere:task", {}, limits=LONG, on_event=lambda event: None)


@pytest.mark.parametrize(
    ("code", "wanted"), [("raise SystemExit(3)", 3), ("pass", 0), ("import os; os._exit(7)", 7), ("1/0", 1)]
)
def test_a_program_keeps_its_exit_code(workspace: Path, code: str, wanted: int) -> None:
    assert run_program(workspace, ["-c", code], limits=LONG) == (wanted, None)


def test_a_program_runs_on_the_workspace(workspace: Path) -> None:
    write(workspace, "return 'mine'")
    code = "from tinytorch.tensor import Tensor; assert 2 - Tensor([5.0]) == 'mine'"
    assert run_program(workspace, ["-c", code], limits=None) == (0, None)


def test_a_program_that_hangs_is_stopped(workspace: Path) -> None:
    file = workspace / "hang.py"
    file.write_text("def wait():\n    while True:\n        pass\n\nwait()\n", "utf-8")

    def hang(limits: Limits) -> Death | None:
        code, death = run_program(workspace, [str(file)], limits=limits)
        assert code == 124
        return death

    death, seconds = stopped(hang, "wait")
    assert f"Stopped after {seconds:g} s in `wait`, line " in death.message


class Grown:
    """A process whose memory doubles at each look."""

    def __init__(self) -> None:
        self.held = 1
        self.ended = threading.Event()

    def resident(self) -> int:
        self.held *= 2
        return self.held

    def end(self) -> None:
        self.ended.set()


def test_where_no_limit_holds_memory_is_watched_from_outside() -> None:
    process = Grown()
    with MemoryWatch(process, 1000, pause=0.001) as watch:
        assert process.ended.wait(60.0)
    assert watch.exceeded == 1024


def test_the_memory_of_this_process_can_be_asked_for() -> None:
    assert SystemProcess(os.getpid(), lambda: None).resident() > 10_000_000
