"""A file of which there is always a whole one: the old, then the new."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, Inputs, Wrong, equals, given

OLD = b"what was there before"
WHOLE = "At every moment the name leads to a whole file: the old one until the renaming, then the new one."
BESIDE = "The new file is written beside the old one, as .NAME.(something).tmp, and takes its name when it is whole."


def _names(folder: Path) -> list[str]:
    """Return what is in a folder, whatever the middle of a temporary name is."""
    return sorted("(temporary)" if _temporary(path.name) else path.name for path in folder.iterdir())


def _temporary(name: str) -> bool:
    return name.startswith(".run") and name.endswith(".tmp")


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _written(tt: Any, x: Any) -> Any:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).joinpath(*x["path"])
        if x.get("old"):
            path.write_bytes(OLD)
        try:
            tt.training.write_atomically(path, x["chunks"])
        except (RuntimeError, OSError) as error:
            return f"{type(error).__name__} where {path.relative_to(name)} was to be saved"
        return {"content": path.read_bytes(), "folder": _names(path.parent)}


def _some_chunks(rng: np.random.Generator) -> Inputs:
    return {
        "path": ["run.bin"],
        "chunks": [rng.bytes(int(size)) for size in rng.integers(0, 3000, size=rng.integers(0, 5))],
        "old": bool(rng.integers(2)),
    }


def _broken(tt: Any, x: Any) -> Any:
    """Return what is left when the chunks end in an error, or the writer is interrupted."""
    kinds = {"ValueError": ValueError, "KeyboardInterrupt": KeyboardInterrupt}

    def chunks() -> Iterator[bytes]:
        yield b"half of it"
        raise kinds[x["error"]]("in the middle")

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.bin"
        path.write_bytes(OLD)
        came = "nothing"
        try:
            tt.training.write_atomically(path, chunks())
        except (Exception, KeyboardInterrupt) as error:
            came = type(error).__name__
        return {"raised": came, "content": _content(path), "folder": _names(Path(name))}


def _refused(tt: Any, x: Any) -> Any:
    """Return what comes of a path that the system refuses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if x["why"] == "a file stands where a folder should be":
            (folder / "run").write_bytes(OLD)
            path = folder / "run" / "weights.bin"
        else:  # a folder has the name
            path = folder / "run"
            path.mkdir()
        came = "nothing"
        try:
            tt.training.write_atomically(path, [b"new"])
        except (RuntimeError, OSError) as error:
            came = type(error).__name__
        return {"raised": came, "folder": _names(folder)}


def _place(source: Path, target: Path) -> str:
    if source.parent != target.parent:
        return "from another folder"
    return "from .run.bin.(something).tmp" if _temporary(source.name) else f"from {source.name}"


@contextmanager
def _overheard(path: Path, events: list[tuple[str, Any]]) -> Iterator[None]:
    """Note what a flush to the disk and a renaming find: the bytes of the new file, and what is under the name."""
    before = {name: getattr(os, name) for name in ("fsync", "replace", "rename")}

    def fsync(descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        before["fsync"](number)
        status = os.fstat(number)
        if stat.S_ISREG(status.st_mode):
            events.append(("flushed", (status.st_size, _content(path))))
        if stat.S_ISDIR(status.st_mode):
            events.append(("folder flushed", _content(path)))

    def moving(name: str) -> Any:
        def move(source: Any, target: Any, **options: Any) -> None:
            if Path(target) == path:
                events.append(("renamed", (_place(Path(source), path), _content(Path(source)), _content(path))))
            before[name](source, target, **options)

        return move

    try:
        for name, heard in (("fsync", fsync), ("replace", moving("replace")), ("rename", moving("rename"))):
            setattr(os, name, heard)
        yield
    finally:
        for name, own in before.items():
            setattr(os, name, own)


def _in_the_act(tt: Any, x: Any) -> Any:
    """Return what is under the name, and what lies beside it, whenever another chunk is asked for."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.bin"
        if x["old"]:
            path.write_bytes(OLD)
        seen: list[Any] = []

        def chunks() -> Iterator[bytes]:
            for chunk in (b"one", b"two", b"three"):
                others = {one for one in _names(Path(name)) if one not in (path.name, "(temporary)")}
                seen.append({"under the name": _content(path), "other names beside it": sorted(others)})
                yield chunk

        tt.training.write_atomically(str(path), chunks())
        return seen


def _events(tt: Any, x: Any) -> Any:
    events: list[tuple[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.bin"
        path.write_bytes(OLD)
        with _overheard(path, events):
            tt.training.write_atomically(path, [b"new ", b"content"])
    return events


def _flushed_first(x: Any, result: Any) -> None:
    if not isinstance(result, list):
        raise Wrong("a flush of 11 bytes, then a renaming", result)
    before = []
    for what, found in result:
        if what == "renamed":
            break
        if what == "flushed":
            before.append(found)
    if not any(size == 11 and under == OLD for size, under in before):
        raise Wrong(
            "all 11 bytes flushed to the disk, then the renaming",
            [f"flushed {found[0]} bytes" if what == "flushed" else what for what, found in result],
            "A rename can reach the disk before the bytes do: file.flush() empties Python's buffer, os.fsync the rest.",
        )


def _renamed_whole(x: Any, result: Any) -> None:
    moves = [found for what, found in result if what == "renamed"] if isinstance(result, list) else []
    expected = ("from .run.bin.(something).tmp", b"new content", OLD)
    if moves != [expected]:
        got = [f"{new!r} over {old!r}, {place}" for place, new, old in moves] or "no renaming"
        raise Wrong(f"{expected[1]!r} over {expected[2]!r}, {expected[0]}", got, f"{WHOLE} {BESIDE}")


def _folder_last(x: Any, result: Any) -> None:
    if os.name == "posix" and (not isinstance(result, list) or ("folder flushed", b"new content") not in result):
        got = [what for what, _ in result] if isinstance(result, list) else result
        raise Wrong(
            "the folder flushed after the renaming", got, "A name is an entry of its folder, and is flushed with it."
        )


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
    Check(
        function="write_atomically",
        name="the old file is whole until the new one is",
        inputs=given(old=True),
        drive=_in_the_act,
        judge=equals(lambda x: [{"under the name": OLD, "other names beside it": []}] * 3, rule=BESIDE),
        kind="invariance",
        shown="what is under the name, and beside it, whenever another chunk is asked for",
    ),
    Check(
        function="write_atomically",
        name="there is no new file before it is whole",
        inputs=given(old=False),
        drive=_in_the_act,
        judge=equals(lambda x: [{"under the name": None, "other names beside it": []}] * 3, rule=BESIDE),
        kind="invariance",
        shown="what is under the name, and beside it, whenever another chunk is asked for",
    ),
    Check(
        function="write_atomically",
        name="a folder that is not there yet",
        inputs=given(path=["runs", "today", "run.bin"], chunks=[b"new"]),
        drive=_written,
        judge=equals(lambda x: {"content": b"new", "folder": ["run.bin"]}),
        kind="contract",
        shown="write_atomically(runs/today/run.bin)",
    ),
    Check(
        function="write_atomically",
        name="an error in the middle leaves the old file and nothing else",
        inputs=given(error="ValueError"),
        drive=_broken,
        judge=equals(lambda x: {"raised": x["error"], "content": OLD, "folder": ["run.bin"]}),
        kind="contract",
        shown="chunks that end in a ValueError",
    ),
    Check(
        function="write_atomically",
        name="Ctrl-C in the middle leaves the old file and nothing else",
        inputs=given(error="KeyboardInterrupt"),
        drive=_broken,
        judge=equals(
            lambda x: {"raised": x["error"], "content": OLD, "folder": ["run.bin"]},
            rule="KeyboardInterrupt is no Exception; it is a BaseException.",
        ),
        kind="contract",
        shown="Ctrl-C between two chunks",
    ),
    Check(
        function="write_atomically",
        name="a file stands where a folder should be",
        inputs=given(why="a file stands where a folder should be"),
        drive=_refused,
        judge=equals(lambda x: {"raised": "CheckpointError", "folder": ["run"]}),
        kind="contract",
        shown="write_atomically(run/weights.bin), where run is a file",
    ),
    Check(
        function="write_atomically",
        name="a folder has the name",
        inputs=given(why="a folder has the name"),
        drive=_refused,
        judge=equals(
            lambda x: {"raised": "CheckpointError", "folder": ["run"]},
            rule="The renaming fails, and nothing is left over.",
        ),
        kind="contract",
        shown="write_atomically(run), where run is a folder",
    ),
    Check(
        function="write_atomically",
        name="all bytes are on the disk before the renaming",
        inputs=given(),
        drive=_events,
        judge=_flushed_first,
        kind="cost",
        shown="flushes and renamings while 11 bytes are saved over an old file",
    ),
    Check(
        function="write_atomically",
        name="one renaming, over a file that is still there",
        inputs=given(),
        drive=_events,
        judge=_renamed_whole,
        kind="contract",
        shown="what is renamed over what while a file is saved",
    ),
    Check(
        function="write_atomically",
        name="the folder is flushed after the renaming",
        inputs=given(),
        drive=_events,
        judge=_folder_last,
        kind="cost",
        shown="flushes and renamings while 11 bytes are saved over an old file",
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
