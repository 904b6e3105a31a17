"""Module 09: windows of images, cut at random places."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._augmenting import FRESH, STORED, decided_by_generator, left_alone, numbered
from tinytorch.course.dataloader.checks._observing import Array
from tinytorch.tito.checks import Check, Inputs, Raised, Wrong, equals, given, raises


def _crop(tt: Any, x: Any) -> Any:
    size = tuple(x["size"]) if isinstance(x["size"], list | tuple) else x["size"]
    return tt.dataloader.RandomCrop(size, x["padding"], generator=np.random.default_rng(x["seed"]))


def _crops(rng: np.random.Generator) -> Inputs:
    height, width = (int(n) for n in rng.integers(1, 6, 2))
    padding = int(rng.integers(0, 3))
    size = tuple(int(rng.integers(1, n + 2 * padding + 1)) for n in (height, width))
    return {
        "shape": (int(rng.integers(1, 5)), int(rng.integers(1, 4)), height, width),
        "dtype": ["uint8", "float32", "float64"][rng.integers(3)],
        "size": size,
        "padding": padding,
        "seed": int(rng.integers(1000)),
    }


def _windows(image: Array, size: tuple[int, int], padding: int) -> dict[bytes, tuple[int, int]]:
    """Return the place of every window of an image, by its bytes; places that look alike count once."""
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    rows, columns = padded.shape[1] - size[0] + 1, padded.shape[2] - size[1] + 1
    places = [(top, left) for top in range(rows) for left in range(columns)]
    return {
        padded[:, top : top + size[0], left : left + size[1]].tobytes(): (top, left) for top, left in reversed(places)
    }


def _cropped(tt: Any, x: Any) -> Array:
    return np.asarray(_crop(tt, x)(numbered(*x["shape"], dtype=x["dtype"])))


def _is_windows(x: Any, result: Any) -> None:
    images = numbered(*x["shape"], dtype=x["dtype"])
    wanted = (*x["shape"][:2], *x["size"])
    if isinstance(result, Raised) or result.shape != wanted or result.dtype != images.dtype:
        raise Wrong(f"windows, {x['dtype']} {wanted}", result)
    for i, (image, window) in enumerate(zip(images, result, strict=True)):
        if window.tobytes() not in _windows(image, x["size"], x["padding"]):
            raise Wrong(f"a window of image {i} with {x['padding']} zeros on every side", window)


def _one_of_two(x: Any, result: Any) -> None:
    found = None if isinstance(result, Raised) else result.tolist()
    if found not in ([[[[1.0, 2.0]]]], [[[[2.0, 3.0]]]]):
        raise Wrong("[[[[1, 2]]]] or [[[[2, 3]]]]", result)


def _places(tt: Any, x: Any) -> dict[str, int]:
    """Count how often each place was drawn, the places told by the position of the one bright pixel."""
    images = np.zeros((x["n"], 1, *x["image"]), np.uint8)
    images[:, :, x["image"][0] // 2, x["image"][1] // 2] = 1
    result = np.asarray(_crop(tt, x)(images))
    tops, lefts = (found.tolist() for found in np.nonzero(result)[2:])
    counts: dict[str, int] = {}
    for place in sorted(zip(tops, lefts, strict=True)):
        counts[str(place)] = counts.get(str(place), 0) + 1
    return counts


def _evenly(x: Any, result: Any) -> None:
    # Each count is binomial; beyond six standard deviations once in 10^9 times.
    places, share = x["places"], 1 / x["places"]
    room = 6 * np.sqrt(x["n"] * share * (1 - share))
    low, high = int(np.ceil(x["n"] * share - room)), int(x["n"] * share + room)
    if isinstance(result, Raised) or len(result) != places or not all(low <= n <= high for n in result.values()):
        raise Wrong(f"each of {places} places {low} to {high} times", result, "Every place is equally likely.")


def _refused(name: str, image: tuple[int, int]) -> Check:
    return Check(
        function="RandomCrop.__call__",
        name=name,
        inputs=given(shape=(2, 1, *image), dtype="float32", size=(5, 5), padding=0, seed=0),
        drive=_cropped,
        judge=raises(ValueError, "(5, 5)", str(image)),
        kind="contract",
        shown="RandomCrop({size}) of images {shape}",
    )


CHECKS = (
    Check(
        function="RandomCrop.__call__",
        name="two of three pixels",
        inputs=given(images=[[[[1.0, 2.0, 3.0]]]], size=(1, 2), padding=0, seed=0),
        drive=lambda tt, x: _crop(tt, x)(np.array(x["images"], np.float32)),
        judge=_one_of_two,
        shown="RandomCrop({size}) of {images}",
    ),
    Check(
        function="RandomCrop.__call__",
        name="a border of one zero, and a window over all of it",
        inputs=given(images=[[[[1.0, 2.0]]]], size=(3, 4), padding=1, seed=0),
        drive=lambda tt, x: _crop(tt, x)(np.array(x["images"], np.float32)),
        judge=equals(lambda x: np.array([[[[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]]]], np.float32)),
        shown="RandomCrop({size}, padding={padding}) of {images}",
    ),
    Check(
        function="RandomCrop.__call__",
        name="a window of each image, whatever the sizes",
        inputs=_crops,
        drive=_cropped,
        judge=_is_windows,
        kind="property",
        seeds=30,
        shown="RandomCrop({size}, padding={padding}) of {dtype} images {shape}",
    ),
    Check(
        function="RandomCrop.__call__",
        name="every place is equally likely, in both directions",
        inputs=lambda rng: {
            "n": 1200,
            "image": (3, 4),
            "size": (3, 4),
            "padding": 1,
            "places": 9,
            "seed": int(rng.integers(1000)),
        },
        drive=_places,
        judge=_evenly,
        kind="property",
        seeds=3,
        shown="where a pixel lands in RandomCrop({size}, padding={padding}) of {n} images {image}",
    ),
    left_alone(
        "RandomCrop.__call__",
        "the images that were given stay as they were",
        STORED,
        "RandomCrop({size}, padding={padding}) of {images}",
        _crop,
        images=[[[[1.0, 2.0], [3.0, 4.0]]], [[[5.0, 6.0], [7.0, 8.0]]]],
        size=2,
        padding=2,
        seed=1,
    ),
    left_alone(
        "RandomCrop.__call__",
        "a window as large as the image is a copy, too",
        FRESH,
        "RandomCrop({size}) of {images}",
        _crop,
        images=[[[[1.0, 2.0]]]],
        size=(1, 2),
        padding=0,
        seed=0,
    ),
    decided_by_generator(
        "RandomCrop.__call__",
        lambda tt, seed: _crop(tt, {"size": (4, 5), "padding": 2, "seed": seed}),
        "RandomCrop((4, 5), padding=2, generator=default_rng({seed})) of 30 images (1, 4, 5)",
    ),
    _refused("a window that is too high is refused", (4, 6)),
    _refused("a window that is too wide is refused", (6, 4)),
    Check(
        function="RandomCrop.__call__",
        name="a window that fits with its border is not",
        inputs=given(shape=(2, 1, 4, 6), dtype="float32", size=(6, 5), padding=1, seed=0),
        drive=_cropped,
        judge=_is_windows,
        kind="contract",
        shown="RandomCrop({size}, padding={padding}) of images {shape}",
    ),
    Check(
        function="RandomCrop.__call__",
        name="a window may lie in the border alone",
        inputs=lambda rng: {
            "shape": (60, 1, 2, 2),
            "dtype": "float32",
            "size": (2, 2),
            "padding": 3,
            "seed": int(rng.integers(1000)),
        },
        drive=_cropped,
        judge=_is_windows,
        kind="property",
        seeds=3,
        shown="RandomCrop({size}, padding={padding}) of images {shape}",
    ),
)
