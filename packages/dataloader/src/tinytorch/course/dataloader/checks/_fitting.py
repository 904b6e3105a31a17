"""Module 09: the scale of images, measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array, copies
from tinytorch.tito.checks import Check, Inputs, close, equals, given, raises

SUMS = "counts of whole numbers are exact; the sums of 256 terms and a root round some hundred times in float64"


def _images(n: int, channels: int, seed: int) -> Array:
    """Images whose brightness changes from the first to the last and from channel to channel."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 200, (n, channels, 2, 3)) + np.linspace(0, 55, n).astype(np.int64)[:, None, None, None]
    return (images // np.arange(1, channels + 1)[:, None, None]).astype(np.uint8)


def _data(tt: Any, images: Array) -> Any:
    return tt.dataloader.ImageDataset(images, np.arange(len(images)))


def _numbers(normalize: Any) -> dict[str, Array]:
    return {"mean": np.atleast_1d(normalize.mean), "std": np.atleast_1d(normalize.std)}


def _fitted(tt: Any, x: Any) -> dict[str, Array]:
    return _numbers(tt.dataloader.Normalize.fit(_data(tt, np.array(x["images"], np.uint8))))


def _fitted_drawn(tt: Any, x: Any) -> dict[str, Array]:
    return _numbers(tt.dataloader.Normalize.fit(_data(tt, _images(x["n"], x["channels"], x["seed"]))))


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


def _moments_of_part(x: Any) -> dict[str, Array]:
    return _moments(_images(x["n"], x["channels"], x["seed"])[::-1][x["part"]])


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


def _refuses_constant(name: str, rule: str, images: list[Any]) -> Check:
    return Check(
        function="Normalize.fit",
        name=name,
        inputs=given(images=images),
        drive=_fitted,
        judge=raises(ValueError, rule=rule),
        kind="contract",
        shown="Normalize.fit of the images {images}",
    )


def _copies(tt: Any, x: Any) -> int:
    images = _images(x["n"], 3, 0).repeat(4, axis=2).repeat(3, axis=3)
    data = _data(tt, images)
    tt.dataloader.Normalize.fit(tt.dataloader.Subset(data, range(300)))
    return copies(lambda: tt.dataloader.Normalize.fit(data), 4 * images.nbytes)


CHECKS = (
    Check(
        function="Normalize.fit",
        name="two dark pixels and four bright ones",
        inputs=given(images=[[[[0, 0, 255], [255, 255, 255]]]]),
        drive=_fitted,
        judge=close(lambda x: {"mean": np.array([4 / 6]), "std": np.array([np.sqrt(8) / 6])}, rtol=1e-12, because=SUMS),
        shown="Normalize.fit of one image {images}",
    ),
    Check(
        function="Normalize.fit",
        name="each channel by itself, over all images",
        inputs=_sets,
        drive=_fitted_drawn,
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
        judge=close(_moments_of_part, rtol=1e-10, because=SUMS, rule="Held-out images stay unseen."),
        kind="property",
        seeds=5,
        shown="Normalize.fit of the images {part} of {n}",
    ),
    _refuses_test("Normalize.fit", "test images are refused", False),
    _refuses_test("Normalize.fit", "a subset of test images is refused", True),
    _refuses_constant(
        "a channel without a scale is refused",
        "The second channel is 7 everywhere.",
        [[[[1, 2]], [[7, 7]]], [[[3, 4]], [[7, 7]]]],
    ),
    Check(
        function="Normalize.fit",
        name="three scales",
        inputs=given(images=[[[[0, 255, 0, 255]], [[51, 51, 102, 102]], [[0, 0, 0, 51]]]]),
        drive=_fitted,
        judge=close(
            lambda x: {"mean": np.array([0.5, 0.3, 0.05]), "std": np.array([0.5, 0.1, np.sqrt(0.0075)])},
            rtol=1e-12,
            because=SUMS,
        ),
        shown="Normalize.fit of one image of three channels, {images}",
    ),
    _refuses_constant(
        "one constant channel of three is refused",
        "The second channel is 11 everywhere, though rounding may give it a deviation of 1e-17.",
        [[[[0, 100, 200]], [[11, 11, 11]], [[3, 4, 5]]]],
    ),
    _refuses_constant(
        "three equal pixels are refused",
        "Rounding may give them a deviation of 1e-17; they have none.",
        [[[[11, 11, 11]]]],
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
    _refuses_test("chunks", "a subset of test images has no statistics to give", True),
    Check(
        function="chunks",
        name="the images of a subset of a subset, and no others",
        inputs=_parts,
        drive=_fitted_part,
        judge=close(_moments_of_part, rtol=1e-10, because=SUMS),
        kind="property",
        seeds=5,
        shown="Normalize.fit of the images {part} of {n}",
    ),
)
