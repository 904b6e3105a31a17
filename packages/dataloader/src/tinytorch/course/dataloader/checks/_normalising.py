"""Module 09: the scale of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array, copies
from tinytorch.tito.checks import Check, Inputs, Raised, Wrong, close, equals, given, holds, raises

SUMS = "counts of whole numbers are exact; the sums of 256 terms and a root round some hundred times in float64"
BYTES = "a product and a sum in float32 of numbers up to 1 / std: four roundings of 2^-24, some more for the factors"


def _images(n: int, channels: int, seed: int) -> Array:
    """Images whose brightness changes from the first to the last and from channel to channel."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 200, (n, channels, 2, 3)) + np.linspace(0, 55, n).astype(np.int64)[:, None, None, None]
    return (images // np.arange(1, channels + 1)[:, None, None]).astype(np.uint8)


def _data(tt: Any, images: Array) -> Any:
    return tt.dataloader.ImageDataset(images, np.arange(len(images)))


def _numbers(normalize: Any) -> dict[str, Array]:
    return {"mean": np.atleast_1d(normalize.mean), "std": np.atleast_1d(normalize.std)}


def _moments(images: Array) -> dict[str, Array]:
    shares = images.astype(np.float64) / 255
    return {"mean": shares.mean(axis=(0, 2, 3)), "std": shares.std(axis=(0, 2, 3))}


def _sets(rng: np.random.Generator) -> Inputs:
    n = int(rng.choice([1, 2, 7, 255, 256, 257, 300, 700]))
    return {"n": n, "channels": int(rng.integers(1, 4)), "seed": int(rng.integers(1000))}


def _parts(rng: np.random.Generator) -> Inputs:
    n = 400
    return {"n": n, "channels": 2, "seed": int(rng.integers(1000)), "part": rng.permutation(n)[: rng.integers(2, 300)]}


def _fitted_part(tt: Any, x: Any) -> dict[str, Array]:
    """Fit on a subset of a subset: the part is looked up twice."""
    data = _data(tt, _images(x["n"], x["channels"], x["seed"]))
    turned = tt.dataloader.Subset(data, np.arange(x["n"])[::-1])
    return _numbers(tt.dataloader.Normalize.fit(tt.dataloader.Subset(turned, x["part"])))


def _fitted_test(tt: Any, x: Any) -> dict[str, Array]:
    data = _data(tt, _images(x["n"], 1, 0))
    data.train = False
    if x["subset"]:
        data = tt.dataloader.Subset(data, [0, 1])
    return _numbers(tt.dataloader.Normalize.fit(data))


def _refuses_test(function: str, name: str, subset: bool) -> Check:
    return Check(
        function=function,
        name=name,
        inputs=given(n=4, subset=subset),
        drive=_fitted_test,
        judge=raises(ValueError, rule="What is fitted on test images has seen the test."),
        kind="contract",
        shown="Normalize.fit of an ImageDataset whose train is False",
    )


def _copies(tt: Any, x: Any) -> int:
    images = _images(x["n"], 3, 0).repeat(4, axis=2).repeat(3, axis=3)
    data = _data(tt, images)
    tt.dataloader.Normalize.fit(tt.dataloader.Subset(data, range(300)))
    return copies(lambda: tt.dataloader.Normalize.fit(data), 4 * images.nbytes)


def _normalised(tt: Any, x: Any) -> Any:
    return tt.dataloader.Normalize(x["mean"], x["std"])(np.array(x["images"], x["dtype"]))


def _standardised(x: Any) -> Array:
    images = np.array(x["images"], np.float64)
    shares = images / 255 if x["dtype"] == "uint8" else images
    mean, std = (np.reshape(x[key], (-1, 1, 1)) for key in ("mean", "std"))
    result: Array = ((shares - mean) / std).astype("float32" if x["dtype"] == "uint8" else x["dtype"])
    return result


def _batches(rng: np.random.Generator) -> Inputs:
    channels = int(rng.integers(1, 4))
    counts = [(1, 1), (1, channels), (channels, 1), (channels, channels)][rng.integers(4)]
    dtype = ["uint8", "float32", "float64"][rng.integers(3)]
    shape = (*rng.integers(0, 5, 1).tolist(), channels, *rng.integers(1, 5, 2).tolist())
    images = rng.integers(0, 256, shape)
    return {
        "images": images if dtype == "uint8" else images / 64 - 2,
        "dtype": dtype,
        "mean": rng.uniform(0, 1, counts[0]).round(2).tolist(),
        "std": rng.uniform(0.2, 1, counts[1]).round(2).tolist(),
    }


def _alone(tt: Any, x: Any) -> dict[str, Array]:
    normalize = tt.dataloader.Normalize(x["mean"], x["std"])
    images = np.array(x["images"], np.uint8)
    whole = normalize(images)
    return {"together": whole, "one by one": np.concatenate([normalize(one[None]) for one in images])}


def _fresh(tt: Any, x: Any) -> dict[str, object]:
    images = np.array(x["images"], x["dtype"])
    result = tt.dataloader.Normalize(0.0, 1.0)(images)
    shared = np.shares_memory(result, images)
    result[...] = -1
    return {"images": images, "shared": shared}


def _untouched(x: Any, result: Any) -> None:
    if isinstance(result, Raised) or not np.array_equal(result["images"], np.array(x["images"], x["dtype"])):
        raise Wrong("the images as they were", result, "A batch is normalised into an array of its own.")
    if result["shared"]:
        raise Wrong("an array of its own", "one that shares the memory of the images")


CHECKS = (
    Check(
        function="Normalize.fit",
        name="two dark pixels and four bright ones",
        inputs=given(images=[[[[0, 0, 255], [255, 255, 255]]]]),
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, np.array(x["images"], np.uint8)))),
        judge=close(lambda x: {"mean": np.array([4 / 6]), "std": np.array([np.sqrt(8) / 6])}, rtol=1e-12, because=SUMS),
        shown="Normalize.fit of one image {images}",
    ),
    Check(
        function="Normalize.fit",
        name="each channel by itself, over all images",
        inputs=_sets,
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, _images(x["n"], x["channels"], x["seed"])))),
        judge=close(lambda x: _moments(_images(x["n"], x["channels"], x["seed"])), rtol=1e-10, because=SUMS),
        kind="property",
        seeds=20,
        shown="Normalize.fit of {n} images (2, 3) of {channels} channels",
    ),
    Check(
        function="Normalize.fit",
        name="of a subset, its own images alone",
        inputs=_parts,
        drive=_fitted_part,
        judge=close(
            lambda x: _moments(_images(x["n"], x["channels"], x["seed"])[::-1][x["part"]]),
            rtol=1e-10,
            because=SUMS,
            rule="Held-out images stay unseen.",
        ),
        kind="property",
        seeds=5,
        shown="Normalize.fit of the images {part} of {n}",
    ),
    _refuses_test("Normalize.fit", "test images are refused", False),
    _refuses_test("Normalize.fit", "a subset of test images is refused", True),
    Check(
        function="Normalize.fit",
        name="a channel without a scale is refused",
        inputs=given(images=[[[[1, 2]], [[7, 7]]], [[[3, 4]], [[7, 7]]]]),
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, np.array(x["images"], np.uint8)))),
        judge=raises(ValueError, rule="The second channel is 7 everywhere."),
        kind="contract",
        shown="Normalize.fit of the images {images}",
    ),
    Check(
        function="Normalize.fit",
        name="three scales",
        inputs=given(images=[[[[0, 255, 0, 255]], [[51, 51, 102, 102]], [[0, 0, 0, 51]]]]),
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, np.array(x["images"], np.uint8)))),
        judge=close(
            lambda x: {"mean": np.array([0.5, 0.3, 0.05]), "std": np.array([0.5, 0.1, np.sqrt(0.0075)])},
            rtol=1e-12,
            because=SUMS,
        ),
        shown="Normalize.fit of one image of three channels, {images}",
    ),
    Check(
        function="Normalize.fit",
        name="one constant channel of three is refused",
        inputs=given(images=[[[[0, 100, 200]], [[11, 11, 11]], [[3, 4, 5]]]]),
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, np.array(x["images"], np.uint8)))),
        judge=raises(
            ValueError, rule="The second channel is 11 everywhere, though rounding may give it a deviation of 1e-17."
        ),
        kind="contract",
        shown="Normalize.fit of the images {images}",
    ),
    Check(
        function="Normalize.fit",
        name="three equal pixels are refused",
        inputs=given(images=[[[[11, 11, 11]]]]),
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, np.array(x["images"], np.uint8)))),
        judge=raises(ValueError, rule="Rounding may give them a deviation of 1e-17; they have none."),
        kind="contract",
        shown="Normalize.fit of the images {images}",
    ),
    Check(
        function="Normalize.fit",
        name="no images are refused",
        inputs=given(n=0),
        drive=lambda tt, x: _numbers(tt.dataloader.Normalize.fit(_data(tt, _images(x["n"], 1, 0)))),
        judge=raises(ValueError),
        kind="contract",
        shown="Normalize.fit of {n} images",
    ),
    Check(
        function="Normalize.fit",
        name="the set never stands in memory as floats",
        inputs=given(n=8000),
        drive=_copies,
        judge=equals(lambda x: 0, rule="Float copies of the whole set that were held at once."),
        kind="cost",
        shown="Normalize.fit of {n} images",
    ),
    _refuses_test("chunks", "test images have no statistics to give", False),
    _refuses_test("chunks", "nor has a subset of them", True),
    Check(
        function="chunks",
        name="the images of a subset of a subset, and no others",
        inputs=_parts,
        drive=_fitted_part,
        judge=close(
            lambda x: _moments(_images(x["n"], x["channels"], x["seed"])[::-1][x["part"]]), rtol=1e-10, because=SUMS
        ),
        kind="property",
        seeds=5,
        shown="Normalize.fit of the images {part} of {n}",
    ),
    Check(
        function="Normalize.__call__",
        name="black and white around a half",
        inputs=given(images=[[[[0, 255]]]], dtype="uint8", mean=[0.5], std=[0.5]),
        drive=_normalised,
        judge=close(lambda x: np.array([[[[-1.0, 1.0]]]], np.float32), rtol=0, atol=1e-6, because=BYTES, dtype=True),
        shown="Normalize({mean}, {std}) of the bytes {images}",
    ),
    Check(
        function="Normalize.__call__",
        name="bytes darker than the mean are below zero",
        inputs=given(images=np.arange(256).reshape(1, 1, 16, 16), dtype="uint8", mean=[0.9], std=[0.3]),
        drive=_normalised,
        judge=close(_standardised, rtol=0, atol=2e-6, because=BYTES, dtype=True),
        kind="contract",
        shown="Normalize({mean}, {std}) of all 256 bytes",
    ),
    Check(
        function="Normalize.__call__",
        name="floats are taken as they are",
        inputs=given(images=[[[[0.25, 1.0]]]], dtype="float64", mean=[0.5], std=[0.5]),
        drive=_normalised,
        judge=close(
            lambda x: np.array([[[[-0.5, 1.0]]]]), rtol=0, atol=1e-12, because="two roundings in float64", dtype=True
        ),
        kind="example",
        shown="Normalize({mean}, {std}) of the float64 {images}",
    ),
    Check(
        function="Normalize.__call__",
        name="one number or one a channel, bytes or floats",
        inputs=_batches,
        drive=_normalised,
        judge=close(_standardised, rtol=2e-6, atol=1e-5, because=BYTES, dtype=True),
        kind="property",
        seeds=30,
    ),
    Check(
        function="Normalize.__call__",
        name="an image is the same alone and in a batch",
        inputs=given(images=[[[[0, 10]]], [[[200, 255]]]], mean=[0.4], std=[0.2]),
        drive=_alone,
        judge=holds(
            lambda x, result: np.allclose(result["together"], result["one by one"], rtol=0, atol=4e-6),
            "the same numbers: they do not depend on the other images of the batch",
        ),
        kind="invariance",
        shown="Normalize({mean}, {std}) of the bytes {images}",
    ),
    Check(
        function="Normalize.__call__",
        name="the images are left alone",
        inputs=given(images=[[[[0.25, 0.5]]]], dtype="float32"),
        drive=_fresh,
        judge=_untouched,
        kind="aliasing",
        shown="Normalize(0, 1) of {images}",
    ),
    Check(
        function="Normalize.__call__",
        name="three means do not fit two channels",
        inputs=given(images=np.zeros((2, 2, 3, 3), np.int64), dtype="uint8", mean=[0.1, 0.2, 0.3], std=[0.5]),
        drive=_normalised,
        judge=raises(ValueError),
        kind="contract",
        shown="Normalize({mean}, {std}) of images of two channels",
    ),
    Check(
        function="Normalize.__call__",
        name="two means do not make two channels of one",
        inputs=given(images=np.zeros((2, 1, 3, 3), np.int64), dtype="uint8", mean=[0.1, 0.2], std=[0.5, 0.5]),
        drive=_normalised,
        judge=raises(ValueError),
        kind="contract",
        shown="Normalize({mean}, {std}) of images of one channel",
    ),
    Check(
        function="Normalize.__call__",
        name="three means do not make three channels of one",
        inputs=given(images=np.zeros((2, 1, 3, 3), np.int64), dtype="uint8", mean=[0.1, 0.2, 0.3], std=[0.5, 0.5, 0.5]),
        drive=_normalised,
        judge=raises(ValueError),
        kind="contract",
        shown="Normalize({mean}, {std}) of images of one channel",
    ),
    Check(
        function="Normalize.__call__",
        name="whole numbers that are no bytes are refused",
        inputs=given(images=[[[[0, 1]]]], dtype="int64", mean=[0.5], std=[0.5]),
        drive=_normalised,
        judge=raises(TypeError, rule="Whether an int64 counts to 1 or to 255 cannot be known."),
        kind="contract",
        shown="Normalize({mean}, {std}) of the int64 {images}",
    ),
)
