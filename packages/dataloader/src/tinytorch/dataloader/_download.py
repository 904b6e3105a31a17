"""Find a data set's file in a folder, or download it whole or not at all."""

import contextlib
import errno
import hashlib
import importlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tinytorch.dataloader._errors import DataNotFoundError, DownloadError, FormatError
from tinytorch.dataloader._progress import Progress
from tinytorch.dataloader._sources import RemoteFile

_TIMEOUT = 30  # seconds without a byte before the next mirror is tried
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def data_folders(root: str | Path | None = None) -> list[Path]:
    """List the folders in which data is looked for; the first is where a download goes.

    `root` if given, then the environment variable TINYTORCH_DATA if set, then the platform's cache folder (known
    where platformdirs is installed, as it is by the extra `tinytorch-dataloader[download]`).
    """
    folders = [] if root is None else [Path(root)]
    if named := os.environ.get("TINYTORCH_DATA"):
        folders.append(Path(named))
    with contextlib.suppress(ModuleNotFoundError):
        folders.append(Path(importlib.import_module("platformdirs").user_cache_path("tinytorch", appauthor=False)))
    return [folder.expanduser() for folder in folders]


def find(file: RemoteFile, root: str | Path | None) -> Path | None:
    """Return the file's first place that holds it, whole; None where no folder has it.

    Raises
    ------
    FormatError
        If a folder has the name with other bytes.
    """
    for folder in data_folders(root):
        path = folder / file.path
        if path.is_file():
            verify(path, file)
            return path
    return None


def verify(path: Path, file: RemoteFile) -> None:
    """Compare length and checksum with the original's; raise `FormatError` naming both."""
    size = path.stat().st_size
    if size != file.bytes:
        raise FormatError(f"{path}: {size:,} bytes, the original has {file.bytes:,}; delete it and fetch it again")
    algorithm, wanted = file.checksum.split(":")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != wanted:
        raise FormatError(
            f"{path}: its {algorithm} is {found}, the original's {wanted}: it was altered; delete it and fetch it again"
        )


def require(file: RemoteFile, root: str | Path | None, download: bool) -> Path:
    """Return the place of a file, downloaded first where it is missing and `download` says so.

    Raises
    ------
    DataNotFoundError, FormatError, DownloadError
    """
    found = find(file, root)
    if found is not None:
        return found
    if not download:
        raise not_found(file, root)
    return fetch_file(file, target_folder(file, root))


def not_found(file: RemoteFile, root: str | Path | None) -> DataNotFoundError:
    """Say where a file was looked for, and the two ways to get it."""
    looked = ", ".join(str(folder) for folder in data_folders(root)) or "no folder (TINYTORCH_DATA is not set)"
    return DataNotFoundError(
        errno.ENOENT,
        f"{file.path} was looked for in {looked}. With a network, pass download=True "
        "(pip install 'tinytorch-dataloader[download]'); without one, set TINYTORCH_DATA to a folder that has it",
    )


def target_folder(file: RemoteFile, root: str | Path | None) -> Path:
    """Return the folder that a download of `file` goes under."""
    folders = data_folders(root)
    if not folders:
        raise _no_downloader(file)
    return folders[0]


def fetch_file(file: RemoteFile, folder: Path) -> Path:
    """Download a file into `folder`, from the first of its addresses that gives it whole.

    It is written under a temporary name, compared in length and checksum, then renamed in one step: its own name is
    there whole or not at all, whatever stops the download.

    Raises
    ------
    ModuleNotFoundError
        Without pooch.
    DownloadError
        If no address gave it, naming each with its reason; or if it could not be written.
    """
    try:
        pooch: Any = importlib.import_module("pooch")
    except ModuleNotFoundError as error:
        raise _no_downloader(file) from error
    target = folder / file.path
    reasons = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        if free < file.bytes:
            raise DownloadError(
                errno.ENOSPC, f"{file.path} takes {file.bytes:,} bytes, {folder} has {free:,} free; {_ELSEWHERE}"
            )
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as scratch:
            for url in file.urls:
                try:
                    _retrieve(pooch, url, file, scratch).replace(target)
                    return target
                except _MirrorError as error:
                    reasons.append(f"{urlsplit(url).netloc}: {error}")
    except DownloadError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DownloadError(
                error.errno,
                f"{file.path} ({file.bytes:,} bytes) does not fit into {folder} ({error.strerror}); {_ELSEWHERE}",
            ) from error
        raise DownloadError(
            error.errno, f"{file.path} cannot be written into {folder} ({error.strerror}); {_ELSEWHERE}"
        ) from error
    raise DownloadError(
        errno.EIO,
        f"{file.path} ({file.bytes:,} bytes) could not be downloaded. " + "; ".join(reasons) + ". "
        f"Try again later, put the file at {target} yourself, or set TINYTORCH_DATA to a folder that has {file.path}",
    )


_ELSEWHERE = "make room, or name another folder by root or TINYTORCH_DATA"


class _MirrorError(Exception):
    """Why one address did not give the file; the next is tried."""


def _retrieve(pooch: Any, url: str, file: RemoteFile, scratch: str) -> Path:
    """Let pooch download and check one address; say in a few words what went wrong."""
    requests: Any = importlib.import_module("requests")
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # it would announce the address and file; the progress line does
    progress = Progress(file.path, file.bytes)
    http = pooch.HTTPDownloader(
        progressbar=progress, chunk_size=1 << 16, timeout=_TIMEOUT, headers={"Accept-Encoding": "identity"}
    )

    def download(address: str, output: str, caller: Any) -> None:
        try:
            http(address, output, caller)
        except requests.HTTPError:
            raise
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            if arrived := Path(output).stat().st_size:
                raise _MirrorError(f"the connection broke after {arrived:,} of {file.bytes:,} bytes") from error
            raise
        arrived = Path(output).stat().st_size
        if arrived != file.bytes:
            raise _MirrorError(f"{arrived:,} bytes arrived, the original has {file.bytes:,}")

    try:
        return Path(pooch.retrieve(url, file.checksum, fname="part", path=scratch, downloader=download))
    except requests.HTTPError as error:
        raise _MirrorError(f"HTTP {error.response.status_code} {error.response.reason}") from error
    except requests.Timeout as error:
        raise _MirrorError(f"no answer within {_TIMEOUT:g} s") from error
    except requests.ConnectionError as error:
        raise _MirrorError("no connection") from error
    except requests.RequestException as error:
        raise _MirrorError(str(error)) from error
    except ValueError as error:  # pooch's word for a checksum that differs
        raise _MirrorError(f"altered, its {file.checksum.split(':')[0]} is not the original's") from error
    finally:
        progress.finish()
        logger.setLevel(level)


def _no_downloader(file: RemoteFile) -> ModuleNotFoundError:
    return ModuleNotFoundError(
        f"{file.path} is not here, and downloading it needs pooch: pip install 'tinytorch-dataloader[download]', "
        "or set TINYTORCH_DATA to a folder that has it"
    )
