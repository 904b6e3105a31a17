"""Transforms of whole batches of images: (B, C, H, W) in, a fresh array (B, C, H, W) out.

A random transform draws separately for each image, from its own generator, and never writes into what it is given.
Put the random ones first, on uint8, and `Normalize` last: they then move a quarter of the bytes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._state import State, as_generator, generator_state, set_generator_state, state_of

Images = NDArray[Any]
Transform = Callable[[Images], Images]


class Compose:
    """Apply transforms one after the other.

    Parameters
    ----------
    transforms : sequence of callables
        Each takes and returns a batch of images. None of them: the stored pixels as they are.
    """

    def __init__(self, transforms: Sequence[Transform]) -> None:
        self.transforms = list(transforms)

    def __call__(self, images: Images) -> Images:
        """Transform a batch, (B, C, H, W)."""
        for transform in self.transforms:
            images = transform(images)
        return images

    def state_dict(self) -> State:
        """Return the state of each transform that has one."""
        return {"transforms": [state_of(transform) for transform in self.transforms]}

    def load_state_dict(self, state: State) -> None:
        """Continue from a state that `state_dict` gave."""
        saved = state["transforms"]
        if len(saved) != len(self.transforms):
            raise ValueError(f"Compose: the state is of {len(saved)} transforms, this one has {len(self.transforms)}")
        for transform, part in zip(self.transforms, saved, strict=True):
            if part is not None:
                thing: Any = transform
                thing.load_state_dict(part)


class _Random:
    """What random transforms share: a generator of their own and its state."""

    generator: np.random.Generator

    def state_dict(self) -> State:
        """Return the generator's state as plain values."""
        return generator_state(self.generator)

    def load_state_dict(self, state: State) -> None:
        """Continue from a state that `state_dict` gave."""
        set_generator_state(self.generator, state)


class RandomCrop(_Random):
    """Cut a window of `size` pixels at a random place of each image, after a border of zeros.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    padding : int
        Zeros added on every side first. Size 32 with padding 4 is CIFAR-10's usual augmentation.
    generator : numpy.random.Generator, optional

    Raises
    ------
    ValueError
        When the window does not fit into the padded image; both sizes are named.
    """

    def __init__(
        self, size: int | tuple[int, int], padding: int = 0, generator: np.random.Generator | None = None
    ) -> None:
        if isinstance(size, float):
            raise TypeError(f"RandomCrop: size is {size}; it is an integer or a pair of integers, (height, width)")
        self.size = (size, size) if isinstance(size, int) else size
        self.padding = padding
        self.generator = as_generator(generator, "RandomCrop")
        if min(self.size) < 1 or padding < 0:
            raise ValueError(f"RandomCrop: size {self.size} must be at least 1 and padding {padding} not negative")

    def __call__(self, images: Images) -> Images:
        """Crop a batch, (B, C, H, W) -> (B, C, *size), fresh and of the same dtype.

        Each image gets a window of its own: every place that lies within the border is equally likely, and what is
        outside the image is 0.
        """
        count = _batched(images, "RandomCrop")
        channels, height, width = images.shape[1:]
        border, (crop_height, crop_width) = self.padding, self.size
        rows, columns = height + 2 * border - crop_height + 1, width + 2 * border - crop_width + 1
        if rows < 1 or columns < 1:
            raise ValueError(
                f"RandomCrop: a window of {self.size} does not fit into images of {images.shape[2:]} with a border of "
                f"{border}; use a smaller size or more padding"
            )
        top = (self.generator.integers(rows, size=count) - border).tolist()
        left = (self.generator.integers(columns, size=count) - border).tolist()
        cropped = np.zeros((count, channels, crop_height, crop_width), images.dtype)
        # Each image's overlap with its window, without a padded copy; half the time of one gather by index arrays.
        for image, window, y, x in zip(images, cropped, top, left, strict=True):
            y0, y1 = max(y, 0), min(y + crop_height, height)
            x0, x1 = max(x, 0), min(x + crop_width, width)
            if y0 < y1 and x0 < x1:
                window[:, y0 - y : y1 - y, x0 - x : x1 - x] = image[:, y0:y1, x0:x1]
        return cropped


class RandomHorizontalFlip(_Random):
    """Mirror each image left to right with probability `p`."""

    def __init__(self, p: float = 0.5, generator: np.random.Generator | None = None) -> None:
        self.p = _probability(p, "RandomHorizontalFlip")
        self.generator = as_generator(generator, "RandomHorizontalFlip")

    def __call__(self, images: Images) -> Images:
        """Flip some images of a batch, (B, C, H, W): each is drawn for by itself, and the result is fresh."""
        chosen = self.generator.random(_batched(images, "RandomHorizontalFlip")) < self.p
        flipped = images.copy()
        flipped[chosen] = images[chosen][..., ::-1]
        return flipped


class RandomErasing(_Random):
    """Black out a random rectangle of each image with probability `p` (Zhong et al. 2020, algorithm 1).

    Parameters
    ----------
    p : float
    scale : (float, float)
        The rectangle's area as a share of the image's, drawn uniformly.
    ratio : (float, float)
        Its height over its width, drawn uniformly in the logarithm.
    generator : numpy.random.Generator, optional

    Notes
    -----
    Erased pixels become 0. The paper draws again until the rectangle fits; here a side too long is cut to the image's.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        generator: np.random.Generator | None = None,
    ) -> None:
        if not 0.0 <= scale[0] <= scale[1] <= 1.0 or not 0.0 < ratio[0] <= ratio[1]:
            raise ValueError(f"RandomErasing: scale {scale} must rise within 0 to 1, ratio {ratio} above 0")
        self.p = _probability(p, "RandomErasing")
        self.scale = scale
        self.ratio = ratio
        self.generator = as_generator(generator, "RandomErasing")

    def __call__(self, images: Images) -> Images:
        """Erase in some images of a batch, (B, C, H, W)."""
        count = _batched(images, "RandomErasing")
        height, width = images.shape[2:]
        draws = self.generator.random((5, count))
        area = height * width * (self.scale[0] + draws[1] * (self.scale[1] - self.scale[0]))
        low, high = np.log(self.ratio)
        ratio = np.exp(low + draws[2] * (high - low))
        rows = np.clip(np.rint(np.sqrt(area * ratio)), 1, height)  # (B,)
        columns = np.clip(np.rint(np.sqrt(area / ratio)), 1, width)
        top = np.floor(draws[3] * (height - rows + 1))
        left = np.floor(draws[4] * (width - columns + 1))
        y, x = np.arange(height), np.arange(width)
        inside_rows = (y >= top[:, None]) & (y < (top + rows)[:, None])  # (B, H)
        inside_columns = (x >= left[:, None]) & (x < (left + columns)[:, None])  # (B, W)
        erased = inside_rows[:, :, None] & inside_columns[:, None, :] & (draws[0] < self.p)[:, None, None]
        kept: Images = images * ~erased[:, None]  # (B, C, H, W)
        return kept


def _batched(images: Images, owner: str) -> int:
    if images.ndim != 4:
        raise ValueError(f"{owner}: images have shape {images.shape}; a batch is (B, C, H, W)")
    return len(images)


def _probability(p: float, owner: str) -> float:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{owner}: p is {p}; a probability is from 0 to 1")
    return p
