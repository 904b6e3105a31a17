"""Disks that are full or can only be read, files that are locked: a sentence that names the file, and what to do."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.workspace._files import refusal, write_file

# Imported by Python at its start: calls of the system that write below a folder fail as they do on such a disk.
FAKE = """
import builtins, errno, io, os

def refuse(path):
    if not isinstance(path, int) and os.path.abspath(os.fspath(path)).startswith(os.environ["FAKE_FOLDER"]):
        number = getattr(errno, os.environ["FAKE_ERROR"])
        raise OSError(number, os.strerror(number), *([path] if os.environ.get("FAKE_NAMED") else []))

def fake(module, name, writes):
    real = getattr(module, name)
    def call(path, *more, **options):
        if writes(path, *more):
            refuse(path)
        return real(path, *more, **options)
    setattr(module, name, call)

every = {
    "open": (io, "open", lambda path, mode="r", *more: set(mode) & set("wax+")),
    "os.open": (os, "open", lambda path, flags, *more: flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)),
    "mkdir": (os, "mkdir", lambda path, *more: not os.path.exists(path)),
    "replace": (os, "replace", lambda *more: True),
    "unlink": (os, "unlink", lambda *more: True),
}
for name in os.environ.get("FAKE_CALLS", " ".join(every)).split():
    fake(*every[name])
builtins.open = io.open
"""
RIGHT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"


@pytest.fixture
def disk(learner: Any, tmp_path: Path) -> dict[str, str]:
    """Return the environment in which the workspace lies on a disk that can only be read."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake/sitecustomize.py").write_text(FAKE, "utf-8")
    path = os.pathsep.join([str(tmp_path / "fake"), learner.environment["PYTHONPATH"]])
    learner.write("count_pairs", RIGHT)
    return {"PYTHONPATH": path, "FAKE_FOLDER": str(learner.folder), "FAKE_ERROR": "EROFS", "FAKE_NAMED": "1"}


@pytest.mark.parametrize(
    "call",
    [
        "check",
        "reset count_pairs",
        "use reference count_pairs",
        "checkpoint 2",
        "milestone 1969",
        "clinic 1",
        "clinic 1 --run",
        "start tensor",
    ],
)
@pytest.mark.parametrize(
    ("kind", "named", "about"), [("EROFS", "1", "can only be read"), ("ENOSPC", "", "The disk is full")]
)
def test_a_disk_that_cannot_be_written_is_named_by_every_command_that_writes(
    learner: Any, disk: dict[str, str], call: str, kind: str, named: str, about: str
) -> None:
    before = learner.file.read_bytes()
    said = learner.run(*call.split(), **{**disk, "FAKE_ERROR": kind, "FAKE_NAMED": named})
    told = " ".join((said.out + said.err).split())
    assert said.code == 3, told
    assert (about if call != "start tensor" else "cannot be written: ") in told
    assert "Next: tito doctor" in told
    assert "mistake of tito's own" not in told
    assert "/.t" not in told.replace("/.tito/", "/")  # no name of a scratch file
    assert "claim holds" not in told  # said before anything is trained
    assert learner.file.read_bytes() == before


def test_a_file_that_is_locked_is_named_and_not_the_scratch_file_beside_it(learner: Any, disk: dict[str, str]) -> None:
    locked = {"FAKE_ERROR": "EPERM", "FAKE_CALLS": "replace", "FAKE_FOLDER": str(learner.file.parent)}
    said = learner.run("reset", "count_pairs", **{**disk, **locked})
    assert said.code == 3
    assert f"error: {learner.file} cannot be written to or read" in said.err
    assert f"Next: unlock {learner.file}, then the same command again" in said.err
    assert list(learner.file.parent.glob(".tito-*")) == []


def test_a_hint_on_a_full_disk_names_the_journal(learner: Any, disk: dict[str, str]) -> None:
    said = learner.run("hint", "merge_pair", **{**disk, "FAKE_ERROR": "ENOSPC", "FAKE_NAMED": "", "FAKE_CALLS": "open"})
    assert said.code == 0
    assert f"note: {learner.folder / '.tito/journal.jsonl'} cannot be written: " in said.err


@pytest.mark.parametrize(("kind", "step"), [("EROFS", "copy "), ("ENOSPC", "make room"), ("EACCES", "chmod -R u+w ")])
def test_the_doctor_knows_what_helps_against_each(learner: Any, disk: dict[str, str], kind: str, step: str) -> None:
    said = learner.run("doctor", **{**disk, "FAKE_ERROR": kind})
    assert said.code == 3
    lines = said.out.splitlines()
    [at] = [number for number, line in enumerate(lines) if "x read-only: " in line]
    assert lines[at + 1].strip().startswith(step)


def test_each_error_of_the_system_has_a_sentence_and_a_next_step() -> None:
    for number, id in ((errno.EROFS, "read-only"), (errno.EDQUOT, "disk-full"), (errno.EACCES, "read-only")):
        refused = refusal(OSError(number, os.strerror(number), "a/b"))
        assert refused is not None
        assert refused.id == id
        assert refused.help
    assert refusal(OSError(errno.ENOENT, "none", "a/b")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no chmod")
def test_what_has_to_be_unlocked_is_the_file_or_the_nearest_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = PermissionError(errno.EACCES, "no", str(tmp_path / "new/file"))
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    assert (refused := refusal(error)) is not None
    assert refused.help == f"chmod u+rwx {tmp_path}, then the same command again"


def test_an_error_names_the_file_that_was_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(PermissionError) as caught:
        write_file(tmp_path / "file", b"")
    assert (caught.value.filename, caught.value.filename2) == (str(tmp_path / "file"), None)
    assert list(tmp_path.iterdir()) == []
