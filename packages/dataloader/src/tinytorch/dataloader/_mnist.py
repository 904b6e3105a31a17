"""MNIST and Fashion-MNIST: 60,000 and 10,000 grey images of 28 x 28 in ten classes."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from tinytorch.dataloader._download import require
from tinytorch.dataloader._errors import FormatError
from tinytorch.dataloader._idx import read_idx
from tinytorch.dataloader._images import ImageDataset
from tinytorch.dataloader._sources import FASHION_MNIST_SOURCE, MNIST_SOURCE, Source
from tinytorch.dataloader._transforms import Transform


class MNIST(ImageDataset):
    """Handwritten digits, 0 to 9 (LeCun, Cortes, Burges; NIST's forms).

    The files are looked for in `root`, then in the folder TINYTORCH_DATA names, then in the platform's cache folder,
    each time as `mnist/train-images-idx3-ubyte.gz` and so on; their SHA-256 must be the originals'.

    Parameters
    ----------
    root : path, optional
        A folder of data sets; also where a download goes.
    train : bool
        The 60,000 training images, else the 10,000 test images.
    transform : callable, optional
        See `ImageDataset`. `Normalize(0.1307, 0.3081)` standardises.
    download : bool
        Fetch what is missing (11.6 MB), with the extra `tinytorch-dataloader[download]`.

    Raises
    ------
    DataNotFoundError
        If a file is in none of the folders and `download` is False.
    FormatError
        If a file is not the original.
    DownloadError
        If no mirror gives a file whole, or it cannot be written.

    Notes
    -----
    x is float32 (1, 28, 28), y 0 to 9. Memory: 47 MB for the training images, as bytes.
    """

    source: ClassVar[Source] = MNIST_SOURCE
    names: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def __init__(
        self,
        root: str | Path | None = None,
        train: bool = True,
        transform: Transform | None = None,
        download: bool = False,
    ) -> None:
        files = self.source.files[:2] if train else self.source.files[2:]
        paths = [require(file, root, download) for file in files]
        images, labels = (read_idx(path) for path in paths)
        if images.ndim != 3 or images.dtype != np.uint8:
            raise FormatError(f"{paths[0]}: {images.dtype} of shape {images.shape}; images are uint8 (N, H, W)")
        super().__init__(images[:, None], labels, self.names, transform)
        self.train = train


class FashionMNIST(MNIST):
    """Zalando's articles of clothing, in MNIST's format and numbers and harder to tell apart (Xiao et al. 2017).

    Parameters, places and errors are those of `MNIST`, in the folder `fashion-mnist/`; 30.9 MB to download.
    """

    source = FASHION_MNIST_SOURCE
    names = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
