"""Labelled images kept as bytes, and their normalisation batch by batch."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._batch import Indices
from tinytorch.dataloader._dataset import Subset
from tinytorch.dataloader._state import State, state_of
from tinytorch.dataloader._transforms import Images, Transform
from tinytorch.tensor import Tensor, from_numpy


class Normalize:
    """Map pixels to `(value - mean) / std`, where a byte's value is its share of 255.

    Parameters
    ----------
    mean, std : float or sequence of float
        One number, or one a channel. MNIST's training images have 0.1307 and 0.3081. `Normalize.fit` measures them.

    Raises
    ------
    ValueError
        If a std is not above 0, or the numbers do not fit the images' channels.
    TypeError
        If images are neither uint8 nor floats.

    Notes
    -----
    uint8 (B, C, H, W) gives float32, two passes over the batch and one array; floats keep their dtype.
    """

    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None:
        self.mean = np.atleast_1d(np.asarray(mean, dtype=np.float64))
        self.std = np.atleast_1d(np.asarray(std, dtype=np.float64))
        if self.mean.ndim != 1 or self.std.ndim != 1 or not (self.std > 0).all() or not np.isfinite(self.mean).all():
            raise ValueError(
                f"Normalize: mean {mean} must be finite and std {std} above 0, one number or one a channel"
            )
        if len({len(self.mean), len(self.std)} - {1}) > 1:
            raise ValueError(f"Normalize: {len(self.mean)} means and {len(self.std)} stds; give one, or one a channel")
        self._scale, self._shift = 1.0 / self.std, -self.mean / self.std
        if not len(self.mean) == len(self.std) == 1:
            self._scale, self._shift = (np.reshape(factor, (-1, 1, 1)) for factor in (self._scale, self._shift))
        # A byte's factors, made once: (v / 255 - mean) / std is one multiplication and one addition a pixel.
        self._byte_scale = (self._scale / 255.0).astype(np.float32)
        self._byte_shift = self._shift.astype(np.float32)

    def __call__(self, images: Images) -> Images:
        """Normalise a batch, (B, C, H, W), into a fresh array."""
        channels = max(self._scale.size, self._shift.size)
        if channels > 1 and (images.ndim != 4 or images.shape[1] != channels):
            raise ValueError(
                f"Normalize: {len(self.mean)} means and {len(self.std)} stds do not fit images of shape "
                f"{images.shape}; give one number, or one a channel of (B, C, H, W)"
            )
        result: Images
        if images.dtype == np.uint8:
            result = np.multiply(images, self._byte_scale, dtype=np.float32)
            result += self._byte_shift
        elif images.dtype.kind == "f":
            result = np.multiply(images, self._scale.astype(images.dtype))
            result += self._shift.astype(images.dtype)
        else:
            raise TypeError(f"Normalize: images are {images.dtype}; they must be uint8 (0 to 255) or floats")
        return result

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean.round(4).tolist()}, std={self.std.round(4).tolist()})"

    @classmethod
    def fit(cls, dataset: "ImageDataset | Subset[Any]") -> "Normalize":
        """Measure mean and standard deviation of each channel over all pixels of training images.

        The deviation is that of these pixels, the root of their mean squared distance from the mean (divided by n).

        Parameters
        ----------
        dataset : ImageDataset, or a Subset of one
            Of a subset only its own samples count, so that held-out images stay unseen.

        Raises
        ------
        ValueError
            If these are test images, none at all, or a channel is constant: all its pixels are one byte. (Its computed
            deviation need not be 0, but may be a rounding error.)

        Notes
        -----
        Exact counts of the 256 values, 256 images at a time; no float copy of the set.
        """
        first = next(chunks(dataset), None)
        if first is None:
            raise ValueError("Normalize.fit: no images; a mean needs at least one")
        counts = np.zeros((first.shape[1], 256), dtype=np.int64)
        for chunk in chunks(dataset):
            for channel, row in enumerate(counts):
                row += np.bincount(chunk[:, channel].reshape(-1), minlength=256)
        value = np.arange(256) / 255.0
        pixels = counts.sum(axis=1)
        mean = counts @ value / pixels
        constant = counts.max(axis=1) == pixels  # by count: rounding may leave such a channel a std of 1e-17
        if constant.any():
            raise ValueError(f"Normalize.fit: channel {int(np.argmax(constant))} is constant; it has no scale")
        std = np.sqrt((counts * (value - mean[:, None]) ** 2).sum(axis=1) / pixels)
        return cls(mean.tolist(), std.tolist())


_share_of_255 = Normalize(0.0, 1.0)


class ImageDataset:
    """Images kept as they are stored, transformed a batch at a time.

    Parameters
    ----------
    images : numpy.ndarray
        uint8 (N, C, H, W); kept, not copied, and never written to.
    labels : numpy.ndarray
        Integers, (N,).
    classes : sequence of str
        Names of the labels 0, 1, ...; empty where there are none.
    transform : callable, optional
        From a batch of stored images (B, C, H, W) to what the model reads. Default: float32 from 0 to 1.
        `Compose([])` leaves the bytes.

    Attributes
    ----------
    images, labels : numpy.ndarray
        Read-only; labels are int64.
    classes : tuple of str
    transform : callable or None
    train : bool
        False for the images of a test split.

    Raises
    ------
    ValueError
        If images are not uint8 of rank 4, there is not one integer label for each, or a label has no class.

    Notes
    -----
    Sample i is `(x, y)`: a Tensor (C, H, W) and an int. Memory: the bytes of the images, 8 bytes a label, one batch.
    """

    train = True

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[Any],
        classes: Sequence[str] = (),
        transform: Transform | None = None,
    ) -> None:
        if images.ndim != 4 or images.dtype != np.uint8:
            raise ValueError(f"ImageDataset: images are {images.dtype} {images.shape}; they must be uint8 (N, C, H, W)")
        if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
            raise ValueError(
                f"ImageDataset: labels are {labels.dtype} {labels.shape}; "
                f"{len(images)} images need integers of shape ({len(images)},)"
            )
        if classes and len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(classes):
            raise ValueError(
                f"ImageDataset: labels run from {labels.min()} to {labels.max()}; "
                f"{len(classes)} classes need 0 to {len(classes) - 1}"
            )
        self.images = images.view()
        self.labels = labels.astype(np.int64)
        self.images.flags.writeable = self.labels.flags.writeable = False
        self.classes = tuple(classes)
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return one sample, transformed: a Tensor (C, H, W) and its label."""
        n = len(self)
        if not -n <= index < n:
            raise IndexError(f"{type(self).__name__}: index {index} is outside the data set's 0 to {n - 1}")
        index %= n
        return from_numpy(self._transformed(self.images[index : index + 1])[0]), int(self.labels[index])

    def __getitems__(self, indices: Indices) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return the samples at `indices` as one batch, transformed at once."""
        return self._transformed(self.images.take(indices, axis=0)), self.labels.take(indices)

    def _transformed(self, images: Images) -> Images:
        return (self.transform or _share_of_255)(images)

    def with_transform(self, transform: Transform | None) -> Self:
        """Return the same images, not copied, under another transform: a held-out part without augmentation."""
        other = copy.copy(self)
        other.transform = transform
        return other

    def state_dict(self) -> State | None:
        """Return the transform's state (its generators), or None where it has none."""
        return state_of(self.transform)

    def load_state_dict(self, state: State) -> None:
        """Continue from a state that `state_dict` gave."""
        transform: Any = self.transform
        transform.load_state_dict(state)


def chunks(dataset: "ImageDataset | Subset[Any]") -> Iterator[NDArray[np.uint8]]:
    """Yield the stored images of a data set or of a subset, uint8 (256 or fewer, C, H, W); refuse test images."""
    indices: Indices = np.arange(len(dataset))
    source: Any = dataset
    while isinstance(source, Subset):
        indices, source = source.indices[indices], source.dataset
    if not isinstance(source, ImageDataset):
        raise TypeError(f"Normalize.fit: a {type(source).__name__} has no stored images; it needs an ImageDataset")
    if not source.train:
        raise ValueError(
            f"Normalize.fit: this is the test split of {type(source).__name__}; statistics come from training images"
        )
    for start in range(0, len(indices), 256):
        yield source.images.take(indices[start : start + 256], axis=0)
