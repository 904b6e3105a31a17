"""The digits that come with the package, so that the first network needs no network."""

from importlib import resources

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._images import ImageDataset
from tinytorch.dataloader._transforms import Transform


class Digits(ImageDataset):
    """Handwritten digits of 8 x 8 pixels, 1,433 to train and 364 to test, inside the package.

    Of each digit every fifth image, from its first, is a test image; the order is the original's.

    Parameters
    ----------
    train : bool
        The training images, else the test images.
    transform : callable, optional
        See `ImageDataset`.

    Notes
    -----
    x is float32 (1, 8, 8), y 0 to 9. A pixel was counted from 0 to 16; `images` holds `round(count * 255 / 16)`, so
    `round(images / 255 * 16)` are the counts. Both splits have the same writers: a network does somewhat worse on
    people it has never seen.

    Source: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository,
    1998, https://doi.org/10.24432/C50P49, CC BY 4.0; its test set, `optdigits.tes`, 13 writers. Changed only in
    storage: the package's `digits.npz` is made by its `make_digits.py`.
    """

    def __init__(self, train: bool = True, transform: Transform | None = None) -> None:
        counts, labels = _stored()
        test = np.zeros(len(labels), dtype=np.bool_)
        for digit in range(10):
            test[np.flatnonzero(labels == digit)[::5]] = True
        chosen = ~test if train else test
        brightness = np.rint(np.arange(17) * 255 / 16).astype(np.uint8)
        super().__init__(brightness[counts[chosen]][:, None], labels[chosen], tuple("0123456789"), transform)
        self.train = train


def _stored() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    with (resources.files("tinytorch.dataloader") / "digits.npz").open("rb") as file, np.load(file) as stored:
        return stored["counts"], stored["labels"]
