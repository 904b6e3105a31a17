"""Module 09: images mirrored at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._augmenting import FRESH, STORED, decided_by_generator, left_alone, numbered
from tinytorch.course.dataloader.checks._observing import Array
from tinytorch.tito.checks import Check, Raised, Wrong, equals, given


def _flip(tt: Any, p: float, seed: int = 0) -> Any:
    return tt.dataloader.RandomHorizontalFlip(p, generator=np.random.default_rng(seed))


def _kinds(images: Array, result: Array) -> dict[str, int]:
    """Count which images came out as they were, mirrored, or as something else."""
    same = [bool(np.array_equal(one, other)) for one, other in zip(images, result, strict=True)]
    mirrored = [bool(np.array_equal(one[..., ::-1], other)) for one, other in zip(images, result, strict=True)]
    other = sum(not (a or b) for a, b in zip(same, mirrored, strict=True))
    return {"as they were": sum(same), "mirrored": sum(mirrored), "something else": other}


def _flipped_kinds(tt: Any, x: Any) -> dict[str, int]:
    images = numbered(x["n"], 2, 2, 3)
    return _kinds(images, np.asarray(_flip(tt, x["p"], x["seed"])(images.copy())))


def _sometimes(x: Any, result: Any) -> None:
    # The count of mirrored images is binomial: beyond six of its standard deviations once in 10^9 times.
    n, p = x["n"], x["p"]
    room = 6 * np.sqrt(n * p * (1 - p))
    low, high = int(np.ceil(n * p - room)), int(n * p + room)
    if isinstance(result, Raised) or result["something else"] or not low <= result["mirrored"] <= high:
        raise Wrong(f"{low} to {high} images mirrored, the others as they were", result)


CHECKS = (
    Check(
        function="RandomHorizontalFlip.__call__",
        name="always, with p = 1",
        inputs=given(images=[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]),
        drive=lambda tt, x: _flip(tt, 1.0)(np.array(x["images"], np.float32)),
        judge=equals(lambda x: np.array([[[[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]]], np.float32)),
        shown="RandomHorizontalFlip(1.0) of {images}",
    ),
    Check(
        function="RandomHorizontalFlip.__call__",
        name="never, with p = 0",
        inputs=given(images=[[[[1.0, 2.0, 3.0]]]]),
        drive=lambda tt, x: _flip(tt, 0.0)(np.array(x["images"], np.float32)),
        judge=equals(lambda x: np.array(x["images"], np.float32)),
        shown="RandomHorizontalFlip(0.0) of {images}",
    ),
    left_alone(
        "RandomHorizontalFlip.__call__",
        "the images that were given stay as they were",
        STORED,
        "RandomHorizontalFlip(1.0) of {images}",
        lambda tt, x: _flip(tt, 1.0),
        images=[[[[1.0, 2.0, 3.0]]]],
    ),
    left_alone(
        "RandomHorizontalFlip.__call__",
        "an image that is not flipped is a copy, too",
        FRESH,
        "RandomHorizontalFlip(0.0) of {images}",
        lambda tt, x: _flip(tt, 0.0),
        images=[[[[1.0, 2.0, 3.0]]]],
    ),
    Check(
        function="RandomHorizontalFlip.__call__",
        name="each image is drawn for by itself, with probability p",
        inputs=lambda rng: {"n": 600, "p": float(rng.choice([0.2, 0.5, 0.7])), "seed": int(rng.integers(1000))},
        drive=_flipped_kinds,
        judge=_sometimes,
        kind="property",
        seeds=5,
        shown="RandomHorizontalFlip({p}) of {n} images (2, 2, 3)",
    ),
    Check(
        function="RandomHorizontalFlip.__call__",
        name="bytes stay bytes",
        inputs=given(images=[[[[1, 2, 250]]]]),
        drive=lambda tt, x: _flip(tt, 1.0)(np.array(x["images"], np.uint8)),
        judge=equals(lambda x: np.array([[[[250, 2, 1]]]], np.uint8)),
        kind="contract",
        shown="RandomHorizontalFlip(1.0) of the bytes {images}",
    ),
    decided_by_generator(
        "RandomHorizontalFlip.__call__",
        lambda tt, seed: _flip(tt, 0.5, seed),
        "RandomHorizontalFlip(0.5, generator=default_rng({seed})) of 30 images",
    ),
)
