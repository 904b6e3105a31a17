"""Files that are whole or not there: written beside their name and moved onto it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
    with naming(file):
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
            with contextlib.suppress(OSError):
                Path(scratch).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def naming(file: Path) -> Iterator[None]:
    """Let an error of the system name a file as people know it, where it names a scratch file or none."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(file), None
        raise


@dataclass(frozen=True)
class Refusal:
    """What the system refuses to write or to read, for a reason outside of tito.

    Attributes
    ----------
    id : str
    message : str
        A sentence.
    help : str
        The next step.
    """

    id: str
    message: str
    help: str


def refusal(error: OSError) -> Refusal | None:
    """Return what an error of the system means for a learner; None for one that is not about a disk or a permission."""
    file = error.filename or "A file"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            what = "The disk is full" if error.errno == errno.ENOSPC else "Your share of the disk is used up"
            message = f"{what}, so nothing was written; what was there is as it was. Make room and call it again."
            return Refusal("disk-full", message, "tito doctor")
        case errno.EROFS:
            message = f"{file} is on a disk that can only be read. Work in a copy of the workspace on another one."
            return Refusal("read-only", message, "tito doctor")
        case errno.EACCES | errno.EPERM:
            message = f"{file} cannot be written to or read: {error.strerror}."
            return Refusal("read-only", message, f"{_unlocked(Path(file))}, then the same command again")
    return None


def _unlocked(file: Path) -> str:
    """Return what lets this user write a file: of it and the folders above the nearest that they may not write."""
    for place in (file, *file.parents):
        if place.exists() and not os.access(place, os.W_OK):
            return f"chmod u+rw{'x' if place.is_dir() else ''} {place}" if os.name == "posix" else f"unlock {place}"
    return f"unlock {file}"


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
    namespace, scratch = root / "src" / "tinytorch", f"{SCRATCH}*"
    found = [*root.glob(scratch), *(root / ".tito").rglob(scratch), *namespace.rglob(scratch)]
    found += [one for one in namespace.glob(".*-*") if STARTING.fullmatch(one.name)]
    oldest = time.time() - age
    for one in dict.fromkeys(found):
        try:
            stale = one.stat().st_mtime <= oldest
        except OSError:  # its command has just come to its end
            continue
        if stale:
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
