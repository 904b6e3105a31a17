"""Module 09: images that are kept as bytes."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array, copies
from tinytorch.tito.checks import Check, Raised, Wrong, close, equals, given, raises


def _bytes(n: int, *shape: int) -> Array:
    images: Array = (np.arange(n * int(np.prod(shape))) % 251).reshape(n, *shape).astype(np.uint8)
    return images


def _batch(tt: Any, x: Any) -> dict[str, Array]:
    data = tt.dataloader.ImageDataset(_bytes(x["n"], 1, 2, 3), np.arange(x["n"]) * 10)
    images, labels = data.__getitems__(np.array(x["indices"]))
    return {"images": np.asarray(images), "labels": np.asarray(labels)}


def _shares(x: Any) -> dict[str, Array]:
    images = _bytes(x["n"], 1, 2, 3)[x["indices"]]
    return {"images": (images / 255).astype(np.float32), "labels": np.array(x["indices"], np.int64) * 10}


def _copies(tt: Any, x: Any) -> int:
    images = _bytes(x["n"], 1, 8, 8)
    data = tt.dataloader.ImageDataset(images, np.zeros(x["n"], np.int64))
    indices = np.array(x["indices"])
    data.__getitems__(indices)
    return copies(lambda: data.__getitems__(indices), images.nbytes // 2)


def _darkened(images: Array) -> Array:
    """A transform that writes into the batch that it is given."""
    images[...] = 0
    return images


def _after_writing(tt: Any, x: Any) -> dict[str, object]:
    images = _bytes(x["n"], 1, 2, 2)
    data = tt.dataloader.ImageDataset(images, np.arange(x["n"]), transform=_darkened)
    data.__getitems__(np.array([0, 1]))
    with contextlib.suppress(ValueError):  # a write into an array that is read-only
        data[0]
    return {"stored": np.array(data.images), "given": images}


def _still_there(x: Any, result: Any) -> None:
    wanted = _bytes(x["n"], 1, 2, 2)
    if isinstance(result, Raised) or not np.array_equal(result["stored"], wanted):
        raise Wrong(wanted, result, "Augmentation must not reach what is stored.")
    if not np.array_equal(result["given"], wanted):
        raise Wrong(wanted, result["given"], "Augmentation must not reach the array that was given.")


def _writeable(tt: Any, x: Any) -> dict[str, bool]:
    images, labels = _bytes(x["n"], 1, 2, 2), np.arange(x["n"])
    data = tt.dataloader.ImageDataset(images, labels)
    return {
        "images": data.images.flags.writeable,
        "labels": data.labels.flags.writeable,
        "what was given": images.flags.writeable and labels.flags.writeable,
        "images copied": not np.shares_memory(data.images, images),
    }


def _classified(tt: Any, x: Any) -> list[str]:
    data = tt.dataloader.ImageDataset(_bytes(len(x["labels"]), 1, 2, 2), np.array(x["labels"]), x["classes"])
    return [data.classes[data[i][1]] for i in range(len(data))]


def _held_out(tt: Any, x: Any) -> dict[str, object]:
    flip = tt.dataloader.RandomHorizontalFlip(1.0, generator=np.random.default_rng(0))
    train = tt.dataloader.ImageDataset(_bytes(x["n"], 1, 1, 3), np.arange(x["n"]), transform=flip)
    val = tt.dataloader.Subset(train, [1]).with_transform(tt.dataloader.Compose([]))
    (seen, _), (augmented, _) = val.__getitems__(np.array([0])), train.__getitems__(np.array([1]))
    return {
        "held out": np.asarray(seen.numpy() if hasattr(seen, "numpy") else seen),
        "trained on": np.asarray(augmented),
        "images copied": not np.shares_memory(train.with_transform(None).images, train.images),
    }


CHECKS = (
    Check(
        function="ImageDataset.__getitems__",
        name="images as shares of 255, with their labels",
        inputs=given(n=5, indices=[4, 0, 4]),
        drive=_batch,
        judge=close(
            _shares, rtol=1e-6, atol=1e-7, because="one product or quotient in float32, rounded at 2^-24", dtype=True
        ),
        shown="images {indices} of {n}",
    ),
    Check(
        function="ImageDataset.__getitems__",
        name="four images cost four images, not the whole set",
        inputs=given(n=4000, indices=[3, 1999, 3999, 1]),
        drive=_copies,
        judge=equals(lambda x: 0, rule="Halves of the data set allocated to fetch four images."),
        kind="cost",
        shown="images {indices} of {n}",
    ),
    Check(
        function="ImageDataset.__init__",
        name="a transform that writes in place cannot reach the stored images",
        inputs=given(n=2),
        drive=_after_writing,
        judge=_still_there,
        kind="aliasing",
        shown="a batch and a sample of {n} images, with a transform that blackens what it is given",
    ),
    Check(
        function="ImageDataset.__init__",
        name="images are kept read-only and not copied; what was given stays writeable",
        inputs=given(n=2),
        drive=_writeable,
        judge=equals(
            lambda x: {"images": False, "labels": False, "what was given": True, "images copied": False},
            rule="Whether it can be written to.",
        ),
        kind="contract",
        shown="ImageDataset of {n} images",
    ),
    Check(
        function="ImageDataset.__init__",
        name="a label without a class is refused",
        inputs=given(labels=[0, 2], classes=["cat", "dog"]),
        drive=_classified,
        judge=raises(ValueError),
        kind="contract",
        shown="ImageDataset of two images with the labels {labels} and the classes {classes}",
    ),
    Check(
        function="ImageDataset.__init__",
        name="labels that have a class are not",
        inputs=given(labels=[1, 0], classes=["cat", "dog"]),
        drive=_classified,
        judge=equals(lambda x: ["dog", "cat"]),
        kind="contract",
        shown="the classes of two images with the labels {labels} and the classes {classes}",
    ),
    Check(
        function="ImageDataset.with_transform",
        name="held-out images are not augmented when the others are",
        inputs=given(n=2),
        drive=_held_out,
        judge=equals(
            lambda x: {
                "held out": np.array([[[[3, 4, 5]]]], np.uint8),
                "trained on": np.array([[[[5, 4, 3]]]], np.uint8),
                "images copied": False,
            }
        ),
        shown="image 1 of a set that is flipped, and held out with another transform",
    ),
)
