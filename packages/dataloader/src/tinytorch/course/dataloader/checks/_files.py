"""Module 09: bytes on disk that are images."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array
from tinytorch.tito.checks import Check, equals, given


def _read(tt: Any, rows: Array, labels: list[int]) -> dict[str, Array]:
    """Write a batch as CIFAR-10's archive has it, and read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data_batch_1"
        path.write_bytes(pickle.dumps({b"data": rows, b"labels": labels}, protocol=4))
        images, numbers = tt.dataloader.read_cifar_batch(path)
    return {"images": images, "labels": numbers}


def _corners(tt: Any, x: Any) -> dict[str, int]:
    """Read one image whose row is 0, 1, 2, ... by place, kept below 256, and look at four pixels."""
    rows = (np.arange(3072) // x["pace"]).astype(np.uint8)[None]
    images = _read(tt, rows, [0])["images"]
    return {
        "red, first row, first column": int(images[0, 0, 0, 0]),
        "red, second row, first column": int(images[0, 0, 1, 0]),
        "green, first row, first column": int(images[0, 1, 0, 0]),
        "blue, last row, last column": int(images[0, 2, 31, 31]),
    }


CHECKS = (
    Check(
        function="read_cifar_batch",
        name="red plane, green plane, blue plane, each row by row",
        inputs=given(pace=16),
        drive=_corners,
        # The places are 0, 32, 1024 and 3071.
        judge=equals(
            lambda x: {
                "red, first row, first column": 0,
                "red, second row, first column": 2,
                "green, first row, first column": 64,
                "blue, last row, last column": 191,
            }
        ),
        shown="an image whose byte in place i is i // {pace}",
    ),
    Check(
        function="read_cifar_batch",
        name="any bytes, with their labels",
        inputs=lambda rng: {
            "rows": rng.integers(0, 256, (3, 3072)).astype(np.uint8),
            "labels": rng.integers(0, 10, 3).tolist(),
        },
        drive=lambda tt, x: _read(tt, x["rows"], x["labels"]),
        judge=equals(
            lambda x: {
                "images": np.stack([[row[1024 * c :][:1024].reshape(32, 32) for c in range(3)] for row in x["rows"]]),
                "labels": np.array(x["labels"], np.int64),
            }
        ),
        kind="property",
        seeds=5,
    ),
)
