"""Files that are whole or not there: written beside their name and moved onto it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SCRATCH = ".tito-"
STARTING = re.compile(r"\.[a-z_]+-[a-z0-9_]{8}")  # what a start that died leaves beside the modules
STALE = 60.0  # seconds after which a scratch name belongs to nobody who still runs


def write_file(file: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file so that a reader, or a death at any point, meets the old one or the new one.

    With `sync` it also survives a loss of power from when this returns.

    Raises
    ------
    OSError
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=file.parent, prefix=SCRATCH)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            if sync:
                stream.flush()
                os.fsync(stream.fileno())
        _keep_mode(file, scratch)
        Path(scratch).replace(file)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _keep_mode(file: Path, scratch: str) -> None:
    try:
        mode = file.stat().st_mode & 0o777
    except OSError:
        mode = 0o666 & ~_umask()
    with contextlib.suppress(OSError):  # a file system without modes
        Path(scratch).chmod(mode)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def leftovers(root: Path, *, age: float = STALE) -> Iterator[Path]:
    """Yield what commands that were killed have left in a workspace: scratch files, and folders of a start."""
    now = time.time()
    namespace = root / "src" / "tinytorch"
    for folder in (root, root / ".tito", root / ".tito" / "history", namespace):
        if not folder.is_dir():
            continue
        for one in folder.iterdir():
            ours = one.name.startswith(SCRATCH) or (folder == namespace and STARTING.fullmatch(one.name))
            if ours and now - one.stat().st_mtime >= age:
                yield one
    for one in (file for file in namespace.rglob(f"{SCRATCH}*") if file.parent != namespace):
        if now - one.stat().st_mtime >= age:
            yield one


def sweep(root: Path) -> list[Path]:
    """Remove the leftovers; return them. They are copies: what they were to become is whole elsewhere, or was never."""
    found = list(leftovers(root))
    for one in found:
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
    return found
