"""Module 09: what every random change of images promises: what it is given stays, and its generator alone decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array, with_global_seeds
from tinytorch.tito.checks import Check, equals, given

STORED = "The next epoch needs the stored image as it was."
FRESH = "The result is fresh, whatever was drawn."


def numbered(*shape: int, dtype: str = "float32") -> Array:
    """Return images whose pixels are all different and not zero."""
    images: Array = (np.arange(np.prod(shape)) + 1).reshape(shape).astype(dtype)
    return images


def left_alone(
    function: str, name: str, rule: str, shown: str, make: Callable[[Any, Any], Any], **inputs: Any
) -> Check:
    """Return a check that neither the transform nor who writes into its result reaches the images."""

    def drive(tt: Any, x: Any) -> dict[str, Array]:
        images = np.array(x["images"], np.float32)
        result = make(tt, x)(images)
        after = images.copy()
        result[...] = -1
        return {"images after the call": after, "images after writing into the result": images}

    def as_before(x: Any) -> dict[str, Array]:
        images = np.array(x["images"], np.float32)
        return {"images after the call": images, "images after writing into the result": images}

    return Check(
        function=function,
        name=name,
        inputs=given(**inputs),
        drive=drive,
        judge=equals(as_before, rule=rule),
        kind="aliasing",
        shown=shown,
    )


def decided_by_generator(function: str, make: Callable[[Any, int], Any], shown: str) -> Check:
    """Return a check of what decides: the generator's seed and how often it was drawn from, no global seed."""

    def drive(tt: Any, x: Any) -> dict[str, bool]:
        images = numbered(30, 1, 4, 5)
        transform = make(tt, x["seed"])
        first, second = transform(images.copy()), transform(images.copy())
        globally = with_global_seeds(lambda: make(tt, x["seed"])(images.copy()).tolist())
        return {
            "the same seed gives the same": np.array_equal(first, make(tt, x["seed"])(images.copy())),
            "another seed gives the same": np.array_equal(first, make(tt, x["seed"] + 1)(images.copy())),
            "the next epoch gives the same": np.array_equal(first, second),
            "global seeds matter": globally["under the global seed 1"] != globally["under the global seed 2"],
            "global state untouched": bool(globally["global state untouched"]),
        }

    return Check(
        function=function,
        name="its generator decides, and nothing else",
        inputs=given(seed=4),
        drive=drive,
        judge=equals(
            lambda x: {
                "the same seed gives the same": True,
                "another seed gives the same": False,
                "the next epoch gives the same": False,
                "global seeds matter": False,
                "global state untouched": True,
            }
        ),
        kind="invariance",
        shown=shown,
    )
