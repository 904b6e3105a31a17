"""Writing a file so that at every moment the name leads to a whole one: the old, then the new."""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

# A temporary file this old belongs to a process that was killed while it saved.
ABANDONED_AFTER = 600.0  # seconds


class CheckpointError(RuntimeError):
    """A file that cannot be saved, read, or used here; the message says which, why, and what was kept."""


def write_atomically(path: str | Path, chunks: Iterable[bytes | memoryview]) -> None:
    """Write `chunks` to a temporary file beside `path`, flush it to the disk, and rename it over `path`.

    A process that is killed at any moment leaves either the old file or the new one under the name, whole.
    The folder is made where it is missing. The temporary file is called ``.NAME.….tmp``, with something in the middle
    that no other process has, and is gone at the end, also after an error of any kind: one in `chunks`, or Ctrl-C. Such
    an error comes out as it is, an `OSError` as a `CheckpointError`. At last `remove_abandoned` removes temporary files
    of the same `path` that processes killed long ago have left behind.

    Parameters
    ----------
    path : path
    chunks : iterable of bytes
        Written one after the other; any object with a buffer of bytes.

    Raises
    ------
    CheckpointError
        If the system refuses (full disk, no permission): the temporary file is gone, the old one untouched.

    Notes
    -----
    One write of the data and two flushes (file and folder), some milliseconds on most disks.
    """
    path = Path(path)
    # Unique, so that two runs that save under one name by mistake do not write into each other's file.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{time.time_ns()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise CheckpointError(refusal(path, error)) from error
        raise
    remove_abandoned(path)


def refusal(path: Path, error: OSError) -> str:
    """Return what to say when the system refuses to save: why, what is still there, and what to do."""
    reason = error.strerror or str(error)
    kept = "what was there before is untouched" if path.exists() else "nothing is there under that name"
    try:
        room = f"; {shutil.disk_usage(path.parent).free:,} bytes are free there"
    except OSError:
        room = ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    remedy = "Make room, or save to another folder" if full else "Save to a folder that can be written to"
    return f"{path} could not be saved: {reason}{room}; {kept}. {remedy}."


def flush_folder(folder: Path) -> None:
    """Flush the renaming itself; only POSIX systems can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_abandoned(path: Path) -> None:
    """Remove temporary files beside `path`, called ``.NAME.….tmp``, that processes killed long ago left behind."""
    now = time.time()
    prefix = f".{path.name}."
    with contextlib.suppress(OSError):  # somebody else may be cleaning up as well
        for name in os.listdir(path.parent):  # noqa: PTH208  (a glob would read brackets in the name as a pattern)
            if name.startswith(prefix) and name.endswith(".tmp"):
                leftover = path.with_name(name)
                if now - leftover.stat().st_mtime > ABANDONED_AFTER:
                    leftover.unlink()
