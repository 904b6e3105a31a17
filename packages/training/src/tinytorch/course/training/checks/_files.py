"""What is left of a save, whole or not: the file, its folder, the error."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from tinytorch.course.training.checks._disk import MEANWHILE, OLD, ON_DISK, content, names
from tinytorch.tito.checks import Check, Inputs, equals, given


def _written(tt: Any, x: Any) -> Any:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).joinpath(*x["path"])
        if x.get("old"):
            path.write_bytes(OLD)
        try:
            tt.training.write_atomically(path, x["chunks"])
        except (RuntimeError, OSError) as error:
            return f"{type(error).__name__} where {path.relative_to(name)} was to be saved"
        return {"content": path.read_bytes(), "folder": names(path.parent)}


def _some_chunks(rng: np.random.Generator) -> Inputs:
    return {
        "path": ["run.bin"],
        "chunks": [rng.bytes(int(size)) for size in rng.integers(0, 3000, size=rng.integers(0, 5))],
        "old": bool(rng.integers(2)),
    }


def _came(tt: Any, path: Path, chunks: Iterable[bytes], *kinds: type[BaseException]) -> str:
    """Return the name of the error, one of these kinds, that a save ends with."""
    try:
        tt.training.write_atomically(path, chunks)
    except kinds as error:
        return type(error).__name__
    return "nothing"


def _broken(tt: Any, x: Any) -> Any:
    """Return what is left when the chunks end in an error, or the writer is interrupted."""
    kinds = {"ValueError": ValueError, "KeyboardInterrupt": KeyboardInterrupt}

    def chunks() -> Iterator[bytes]:
        yield b"half of it"
        raise kinds[x["error"]]("in the middle")

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.bin"
        path.write_bytes(OLD)
        return {
            "raised": _came(tt, path, chunks(), Exception, KeyboardInterrupt),
            "content": content(path),
            "folder": names(Path(name)),
        }


def _refused(tt: Any, x: Any) -> Any:
    """Return what comes of a path that the system refuses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "run"
        if x["why"] == "a file stands where a folder should be":
            path.write_bytes(OLD)
            path = path / "weights.bin"
        else:  # a folder has the name
            path.mkdir()
        return {"raised": _came(tt, path, [b"new"], RuntimeError, OSError), "folder": names(folder)}


def _refusal(why: str, shown: str, rule: str = "") -> Check:
    return Check(
        function="write_atomically",
        name=why,
        inputs=given(why=why),
        drive=_refused,
        judge=equals(lambda x: {"raised": "CheckpointError", "folder": ["run"]}, rule=rule),
        kind="contract",
        shown=shown,
    )


def _interruption(name: str, error: str, shown: str, rule: str = "") -> Check:
    return Check(
        function="write_atomically",
        name=name,
        inputs=given(error=error),
        drive=_broken,
        judge=equals(lambda x: {"raised": x["error"], "content": OLD, "folder": ["run.bin"]}, rule=rule),
        kind="contract",
        shown=shown,
    )


def _names_of_two(tt: Any, x: Any) -> Any:
    """Return whether two processes, played by two numbers, save through a temporary file of one name."""
    seen: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.bin"

        def chunks() -> Iterator[bytes]:
            yield b"half of it"
            seen.append(sorted(one.name for one in Path(name).iterdir() if one != path))

        for number in (1, 2):
            with mock.patch("os.getpid", return_value=number):
                tt.training.write_atomically(path, chunks())
    return {"names of the first": len(seen[0]), "the same for the second": seen[0] == seen[1]}


def _abandoned(tt: Any, x: Any) -> Any:
    """Return what is left of other processes' temporary files, an old and a young one."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.bin"
        for middle, age in (("old", x["age"]), ("young", 0)):
            left = path.with_name(f".run.bin.{middle}.tmp")
            left.write_bytes(b"half")
            then = left.stat().st_mtime - age
            os.utime(left, (then, then))
        tt.training.write_atomically(path, [b"new"])
        return sorted(one.name for one in Path(name).iterdir())


FILES: tuple[Check, ...] = (
    Check(
        function="write_atomically",
        name="chunks one after the other",
        inputs=given(path=["run.bin"], chunks=[b"one ", b"two ", b"three"]),
        drive=_written,
        judge=equals(lambda x: {"content": b"one two three", "folder": ["run.bin"]}),
        shown="the file and its folder after write_atomically(path, {chunks})",
    ),
    *MEANWHILE,
    Check(
        function="write_atomically",
        name="a folder that is not there yet",
        inputs=given(path=["runs", "today", "run.bin"], chunks=[b"new"]),
        drive=_written,
        judge=equals(lambda x: {"content": b"new", "folder": ["run.bin"]}),
        kind="contract",
        shown="write_atomically(runs/today/run.bin)",
    ),
    _interruption(
        "an error in the middle leaves the old file and nothing else", "ValueError", "chunks that end in a ValueError"
    ),
    _interruption(
        "Ctrl-C in the middle leaves the old file and nothing else",
        "KeyboardInterrupt",
        "Ctrl-C between two chunks",
        "KeyboardInterrupt is no Exception; it is a BaseException.",
    ),
    _refusal("a file stands where a folder should be", "write_atomically(run/weights.bin), where run is a file"),
    _refusal(
        "a folder has the name",
        "write_atomically(run), where run is a folder",
        "The renaming fails, and nothing is left over.",
    ),
    *ON_DISK,
    Check(
        function="write_atomically",
        name="no other process has the temporary name",
        inputs=given(),
        drive=_names_of_two,
        judge=equals(
            lambda x: {"names of the first": 1, "the same for the second": False},
            rule="Two that save under one name would write into each other's file.",
        ),
        kind="contract",
        shown="the temporary files of two processes that save under one name",
    ),
    Check(
        function="write_atomically",
        name="what was abandoned long ago is removed",
        inputs=given(age=86400),
        drive=_abandoned,
        judge=equals(
            lambda x: [".run.bin.young.tmp", "run.bin"], rule="A young one may belong to a process that is writing now."
        ),
        kind="contract",
        shown="the folder after a save beside a temporary file of yesterday and one of now",
    ),
    Check(
        function="write_atomically",
        name="any chunks",
        inputs=_some_chunks,
        drive=_written,
        judge=equals(lambda x: {"content": b"".join(x["chunks"]), "folder": ["run.bin"]}),
        kind="property",
        seeds=5,
    ),
)
