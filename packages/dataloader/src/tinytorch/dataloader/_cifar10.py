"""CIFAR-10: 50,000 and 10,000 colour images of 32 x 32 in ten classes."""

import contextlib
import os
import tarfile
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np

from tinytorch.dataloader._download import fetch_file, find, not_found, target_folder, verify
from tinytorch.dataloader._errors import DownloadError, FormatError
from tinytorch.dataloader._images import ImageDataset
from tinytorch.dataloader._sources import CIFAR10_ARCHIVE, CIFAR10_SOURCE, RemoteFile, Source
from tinytorch.dataloader._transforms import Transform
from tinytorch.dataloader._unpickle import read_cifar_batch


class CIFAR10(ImageDataset):
    """Small photographs of ten kinds of animals and vehicles (Krizhevsky 2009).

    The batches are looked for in `root`, then in the folder TINYTORCH_DATA names, then in the platform's cache folder,
    each time as `cifar-10/cifar-10-batches-py/data_batch_1` and so on; their SHA-256 must be the originals'. They are
    pickles, and read without running anything in them.

    Parameters
    ----------
    root : path, optional
        A folder of data sets; also where a download goes.
    train : bool
        The 50,000 training images, else the 10,000 test images.
    transform : callable, optional
        See `ImageDataset`.
    download : bool
        Fetch and unpack the archive (170 MB, and 186 MB unpacked) where the batches are missing, with the extra
        `tinytorch-dataloader[download]`. The archive is deleted afterwards.

    Raises
    ------
    DataNotFoundError, FormatError, DownloadError
        As for `MNIST`.

    Notes
    -----
    x is float32 (3, 32, 32), channels red, green, blue; y 0 to 9. Memory: 154 MB for the training images, as bytes.
    """

    source: ClassVar[Source] = CIFAR10_SOURCE
    archive: ClassVar[RemoteFile] = CIFAR10_ARCHIVE
    names: ClassVar[tuple[str, ...]] = (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )

    def __init__(
        self,
        root: str | Path | None = None,
        train: bool = True,
        transform: Transform | None = None,
        download: bool = False,
    ) -> None:
        files = self.source.files[:-1] if train else self.source.files[-1:]
        found = [find(file, root) for file in files]
        if any(path is None for path in found):
            if not download:
                raise not_found(files[found.index(None)], root)
            folder = target_folder(self.archive, root)
            archive = folder / self.archive.path
            if not archive.is_file():
                archive = fetch_file(self.archive, folder)
            verify(archive, self.archive)
            unpack(archive, self.source.files, folder)
            archive.unlink()
            found = [folder / file.path for file in files]
        paths = [path for path in found if path is not None]
        images, labels = None, []
        for k, path in enumerate(paths):
            batch, batch_labels = read_cifar_batch(path)
            if images is None:  # one array for all batches, so that never more than one batch is held twice
                images = np.empty((len(batch) * len(paths), *batch.shape[1:]), dtype=np.uint8)
            if (k + 1) * len(batch) > len(images):
                raise FormatError(f"{path}: {len(batch)} images; the batches before have {len(images) // len(paths)}")
            images[k * len(batch) : (k + 1) * len(batch)] = batch
            labels.append(batch_labels)
        if images is None:
            raise FormatError(f"{self.source.name}: no batches to read")
        super().__init__(images, np.concatenate(labels), self.names, transform)
        self.train = train


def unpack(archive: Path, files: tuple[RemoteFile, ...], folder: Path) -> None:
    """Take the files of a list, and nothing else, out of a tar archive, each checked and renamed into its place.

    Where a file goes is decided by the list, never by the archive: names with `..`, absolute names, links and devices
    in it are never followed, and a member longer than the list says is cut off and then refused.

    Raises
    ------
    FormatError
        If a file is missing, cut off or altered, or the archive does not decompress.
    DownloadError
        If a file cannot be written.
    """
    wanted = {PurePosixPath(file.path).name: file for file in files}
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                file = wanted.get(PurePosixPath(member.name).name)
                if (
                    file is None
                    or not member.isreg()
                    or PurePosixPath(member.name).parts[:-1] != ("cifar-10-batches-py",)
                ):
                    continue
                stream = tar.extractfile(member)
                if stream is None:
                    continue
                target = folder / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(dir=target.parent, prefix=".unpack-")
                try:
                    with os.fdopen(handle, "wb") as out:
                        out.write(stream.read(file.bytes + 1))
                    verify(Path(name), file)
                    Path(name).replace(target)
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        Path(name).unlink()
                del wanted[PurePosixPath(file.path).name]
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise FormatError(f"{archive}: not a whole archive ({error}); delete it and fetch it again") from error
    except OSError as error:
        raise DownloadError(error.errno, f"{archive} cannot be unpacked into {folder} ({error})") from error
    if wanted:
        raise FormatError(f"{archive}: has no {', '.join(sorted(wanted))}; it is another archive")
