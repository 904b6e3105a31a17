"""Module 09: images brought to a scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array
from tinytorch.tito.checks import Check, Inputs, Raised, Wrong, close, given, holds, raises

BYTES = "a product and a sum in float32 of numbers up to 1 / std: four roundings of 2^-24, some more for the factors"


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
    shape = (*rng.integers(0, 3, 1).tolist(), channels, *rng.integers(1, 4, 2).tolist())  # small enough to be shown
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


def _misfit(name: str, channels: int, mean: list[float], std: list[float]) -> Check:
    return Check(
        function="Normalize.__call__",
        name=name,
        inputs=given(images=np.zeros((2, channels, 3, 3), np.int64), dtype="uint8", mean=mean, std=std),
        drive=_normalised,
        judge=raises(ValueError),
        kind="contract",
        shown=f"Normalize({{mean}}, {{std}}) of images of {('one channel', 'two channels')[channels - 1]}",
    )


CHECKS = (
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
    _misfit("three means do not fit two channels", 2, [0.1, 0.2, 0.3], [0.5]),
    _misfit("two means do not make two channels of one", 1, [0.1, 0.2], [0.5, 0.5]),
    _misfit("three means do not make three channels of one", 1, [0.1, 0.2, 0.3], [0.5, 0.5, 0.5]),
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
