"""Nothing a learner wrote is lost: copies before each writing, deaths at every step, full disks, undo."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.workspace import History, leftovers, sweep, write_file

MINE = "return {'mine': 1}"

# For each line it reads, forks a process that runs a command and dies at the n-th of the calls that change files.
DRIVER = """
import os, pathlib, signal, sys, tempfile
import tinytorch.tito.cli._reset
from tinytorch.tito.cli._main import run

left = 0

def dying(call):
    def instead(*arguments, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **more)
    return instead

changes = ((os, "fsync"), (os, "replace"), (os, "rename"), (os, "mkdir"), (os, "open"), (os, "unlink"))
for step in sys.stdin:
    number = os.fork()
    if not number:
        left = int(step)
        for owner, name in changes:
            setattr(owner, name, dying(getattr(owner, name)))
        for name in ("replace", "rename", "mkdir", "unlink", "write_bytes"):
            setattr(pathlib.Path, name, dying(getattr(pathlib.Path, name)))
        sys.stdout = open(os.devnull, "w")
        code = run(sys.argv[1:])
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), flush=True)
"""


def where(learner: Any, text: str) -> list[str]:
    """Return the names of the learner's file and of the whole copies that hold a text."""
    history = History(learner.folder)
    found = [entry.name for entry in history.entries() for file in entry.files if text in _text(history, entry, file)]
    return found + (["file"] if learner.file.exists() and text in learner.file.read_text("utf-8") else [])


def _text(history: History, entry: Any, file: str) -> str:
    data = history.data(entry, file)
    assert data is not None
    return data.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("command", [("reset", "count_pairs"), ("reset", "tokenization")])
def test_a_kill_at_any_point_of_a_reset_loses_nothing(learner: Any, command: tuple[str, ...]) -> None:
    learner.write("count_pairs", MINE)
    before = learner.file.read_bytes()
    deaths = 0
    line = [sys.executable, "-c", DRIVER, *command]
    pipe: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, cwd=learner.folder, env=learner.environment, **pipe) as driver:
        assert driver.stdin is not None
        assert driver.stdout is not None
        for step in range(100):
            learner.file.write_bytes(before)
            driver.stdin.write(f"{step}\n")
            driver.stdin.flush()
            code = int(driver.stdout.readline())
            assert where(learner, MINE), step
            text = learner.file.read_text("utf-8")
            assert text == before.decode() or "NotImplementedError" in text, step
            if code == 0:
                break
            assert code == -signal.SIGKILL
            deaths += 1
    assert deaths >= 8
    assert learner.run("undo").code == 0
    assert learner.file.read_bytes() == before
    for file in leftovers(learner.folder, age=0):
        assert file.name.startswith(".")
    assert learner.run().code == 0


def test_undo_twice_is_where_one_was_and_any_copy_comes_back(learner: Any) -> None:
    blank = learner.file.read_bytes()
    learner.write("count_pairs", MINE)
    mine = learner.file.read_bytes()
    assert learner.run("reset", "tokenization").code == 0
    assert learner.file.read_bytes() == blank
    assert learner.run("undo").code == 0
    assert learner.file.read_bytes() == mine
    assert learner.run("undo").code == 0
    assert learner.file.read_bytes() == blank
    first = History(learner.folder).entries()[-1]
    assert first.action == "reset"
    assert learner.run("undo", first.name[:15]).code in (0, 2)
    assert learner.run("undo", first.name).code == 0
    assert learner.file.read_bytes() == mine
    assert learner.run("undo", "2001").code == 2


def test_reset_keeps_what_else_is_in_the_file(learner: Any) -> None:
    text = learner.file.read_text("utf-8")
    learner.file.write_text(text + "\n\ndef _own_helper() -> int:\n    return 1\n", "utf-8")
    learner.write("count_pairs", "return {} if _own_helper() else {}")
    assert learner.run("reset", "count_pairs").code == 0
    assert learner.file.read_text("utf-8") == text + "\n\ndef _own_helper() -> int:\n    return 1\n"
    assert "blank already" in learner.run("reset", "count_pairs").out


def test_the_last_copy_that_parsed_comes_back(learner: Any) -> None:
    learner.write("count_pairs", MINE)
    good = learner.file.read_bytes()
    assert learner.run("check").code == 1
    learner.write("count_pairs", "return {")
    said = learner.run("check")
    assert said.code == 3
    command = said.out[said.out.index("tito undo") :].split()
    assert learner.run(*command[1:3]).code == 0
    assert learner.file.read_bytes() == good


def test_a_copy_that_has_lost_a_file_is_passed_over_and_never_half_brought_back(learner: Any) -> None:
    learner.write("count_pairs", MINE)
    assert learner.run("check").code == 1
    history = History(learner.folder)
    for file in history.folder.rglob("_merge.py"):
        file.unlink()
    assert history.last_good(learner.file) is None
    now = learner.file.read_bytes()
    said = learner.run("undo", history.entries()[0].name)
    assert said.code == 3
    assert "has lost src/tinytorch/tokenization/_merge.py" in said.err
    assert len(history.entries()) == 1
    assert learner.run("check").code == 1  # which makes a whole one
    assert history.data(history.entries()[0], "src/tinytorch/tokenization/_merge.py") == now


def test_copies_of_checks_make_room_and_others_stay(learner: Any) -> None:
    history = History(learner.folder)
    learner.write("count_pairs", MINE)
    assert learner.run("reset", "count_pairs").code == 0
    for number in range(40):
        learner.write("count_pairs", f"return {number}")
        history.keep_good([learner.file])
        history.keep_good([learner.file])
    actions = [entry.action for entry in history.entries()]
    assert actions.count("check") == 30
    assert actions.count("reset") == 1


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.py"
    file.write_bytes(b"mine")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(file, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.py"]
    assert file.read_bytes() == b"mine"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other modes")
def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_bytes(b"mine")
    file.chmod(0o640)
    write_file(file, b"new")
    assert file.stat().st_mode & 0o777 == 0o640


def test_leftovers_of_a_start_that_died_are_swept_by_the_next(learner: Any) -> None:
    namespace = learner.folder / "src" / "tinytorch"
    left = namespace / ".tensor-abcd_123"
    left.mkdir()
    (left / "_x.py").write_text("", "utf-8")
    (namespace / ".hidden").mkdir()
    scratch = learner.folder / ".tito" / "cache" / ".tito-abcd_123"
    scratch.write_bytes(b"")
    assert list(leftovers(learner.folder)) == []  # they may still be at work
    assert set(leftovers(learner.folder, age=0)) == {left, scratch}
    for one in (left, scratch):
        os.utime(one, (0, 0))
    assert learner.run("start", "tokenization").code == 0
    assert not left.exists()
    assert not scratch.exists()
    assert (namespace / ".hidden").exists()
    assert sweep(learner.folder) == []
