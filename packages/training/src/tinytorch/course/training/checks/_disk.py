"""A file while it is being saved: what is under its name meanwhile, and what reaches the disk in which order."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinytorch.tito.checks import Check, Wrong, equals, given

OLD = b"what was there before"
WHOLE = "At every moment the name leads to a whole file: the old one until the renaming, then the new one."
BESIDE = "The new file is written beside the old one, as .NAME.(something).tmp, and takes its name when it is whole."


def names(folder: Path) -> list[str]:
    """Return the names in a folder, whatever the middle of a temporary name is."""
    return sorted("(temporary)" if temporary(path.name) else path.name for path in folder.iterdir())


def temporary(name: str) -> bool:
    """Say whether it is a name that a file has until it is whole."""
    return name.startswith(".run") and name.endswith(".tmp")


def content(path: Path) -> bytes | None:
    """Return what is under a name, if it is a file."""
    return path.read_bytes() if path.is_file() else None


def _place(source: Path, target: Path) -> str:
    if source.parent != target.parent:
        return "from another folder"
    return "from .run.bin.(something).tmp" if temporary(source.name) else f"from {source.name}"


@contextmanager
def _overheard(path: Path, events: list[tuple[str, Any]]) -> Iterator[None]:
    """Note what a flush to the disk and a renaming find: the bytes of the new file, and what is under the name."""
    before = {name: getattr(os, name) for name in ("fsync", "replace", "rename")}

    def fsync(descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        before["fsync"](number)
        status = os.fstat(number)
        if stat.S_ISREG(status.st_mode):
            events.append(("flushed", (status.st_size, content(path))))
        if stat.S_ISDIR(status.st_mode):
            events.append(("folder flushed", content(path)))

    def moving(name: str) -> Any:
        def move(source: Any, target: Any, **options: Any) -> None:
            if Path(target) == path:
                events.append(("renamed", (_place(Path(source), path), content(Path(source)), content(path))))
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
                others = {one for one in names(Path(name)) if one not in (path.name, "(temporary)")}
                seen.append({"under the name": content(path), "other names beside it": sorted(others)})
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


MEANWHILE: tuple[Check, ...] = tuple(
    Check(
        function="write_atomically",
        name=name,
        inputs=given(old=old),
        drive=_in_the_act,
        judge=equals(
            lambda x: [{"under the name": OLD if x["old"] else None, "other names beside it": []}] * 3, rule=BESIDE
        ),
        kind="invariance",
        shown="what is under the name, and beside it, whenever another chunk is asked for",
    )
    for name, old in (
        ("the old file is whole until the new one is", True),
        ("there is no new file before it is whole", False),
    )
)

ON_DISK: tuple[Check, ...] = (
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
)
