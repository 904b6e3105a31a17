"""Sums, means and the like, over one axis, several or all."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import some_shape, whole
from tinytorch.tito.checks import Check, close, equals, given, holds

ROUNDED = "the total is exact; a quotient and a product with 1/n round differently"
SPREAD = "a few hundred roundings of 1e-16 each, of numbers up to 64"
HOW_MANY = "A mean divides by how many elements became one."


def _reduced(rng: np.random.Generator, least: int = 1) -> dict[str, Any]:
    """An array, and None, an axis or a tuple of axes of it, some counted from the end."""
    x = whole(rng, some_shape(rng, least=least), np.float64)
    chosen = [int(axis) for axis in rng.permutation(x.ndim)[: int(rng.integers(0, x.ndim + 1))]]
    axes = tuple(axis - x.ndim if rng.random() < 0.5 else axis for axis in chosen)
    axis = None if rng.random() < 0.2 else axes[0] if len(axes) == 1 else axes
    return {"x": x, "axis": axis, "keepdims": bool(rng.random() < 0.5)}


def _mean(tt: Any, x: Any) -> Any:
    return tt.tensor.Tensor(x["x"]).mean(axis=x["axis"])


_count = partial(
    Check,
    function="count",
    drive=_mean,
    shown="Tensor({x}).mean(axis={axis})",
)

REDUCTIONS: tuple[Check, ...] = (
    _count(
        name="the mean of each column",
        inputs=given(x=[[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]], axis=0),
        judge=equals(lambda x: np.array([3.0, 4.0, 5.0], np.float32), rule=HOW_MANY),
    ),
    _count(
        name="the mean of each row",
        inputs=given(x=[[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]], axis=-1),
        judge=equals(lambda x: np.array([2.0, 6.0], np.float32), rule=HOW_MANY),
    ),
    _count(
        name="the mean of all",
        inputs=given(x=[[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]], axis=None),
        judge=equals(lambda x: np.asarray(4.0, np.float32), rule=HOW_MANY),
    ),
    _count(
        name="two axes at once",
        inputs=given(x=np.arange(24.0).reshape(2, 3, 4), axis=(0, -1)),
        judge=equals(lambda x: np.array([7.5, 11.5, 15.5]), rule=HOW_MANY),
        kind="contract",
        shown="arange(24.).reshape(2, 3, 4).mean(axis={axis})",
    ),
    _count(
        name="no axes: each element is its own mean",
        inputs=given(x=[[1.0, 2.0], [3.0, 4.0]], axis=()),
        judge=equals(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]], np.float32), rule="() is no axis, None is all."),
        kind="contract",
    ),
    Check(
        function="count",
        name="the variance of a sample",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 6.0, 8.0]], axis=1),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).var(axis=x["axis"]),
        judge=equals(lambda x: np.array([1.0, 4.0], np.float32), rule="Squared deviations 1 + 0 + 1, over 3 - 1."),
        kind="contract",
        shown="Tensor({x}).var(axis={axis})",
    ),
    Check(
        function="count",
        name="the mean over any axes",
        inputs=_reduced,
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).mean(x["axis"], x["keepdims"]),
        judge=close(
            lambda x: np.asarray(x["x"].mean(axis=x["axis"], keepdims=x["keepdims"])),
            rtol=1e-12,
            because=ROUNDED,
            dtype=True,
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        function="count",
        name="the variance over any axes",
        inputs=_reduced,
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).var(x["axis"], correction=0, keepdims=x["keepdims"]),
        judge=close(
            lambda x: np.asarray(x["x"].var(axis=x["axis"], keepdims=x["keepdims"])),
            rtol=1e-12,
            atol=1e-12,
            because=SPREAD,
            dtype=True,
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        function="mean_op",
        name="the mean of each row",
        inputs=given(x=[[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]], axis=1),
        drive=_mean,
        judge=equals(lambda x: np.array([2.0, 6.0], np.float32), rule=HOW_MANY),
        shown="Tensor({x}).mean(axis={axis})",
    ),
    Check(
        function="mean_op",
        name="the mean of nothing",
        inputs=given(x=[], axis=None),
        drive=_mean,
        judge=holds(lambda x, mean: mean.shape == () and np.isnan(mean), "not a number, as 0 / 0"),
        kind="contract",
        shown="Tensor({x}).mean()",
    ),
    Check(
        function="mean_op",
        name="the means of three empty columns",
        inputs=given(x=np.zeros((0, 3)), axis=0),
        drive=_mean,
        judge=equals(lambda x: np.full(3, np.nan), rule="Not a number for each column."),
        kind="contract",
        shown="Tensor(zeros((0, 3))).mean(axis={axis})",
    ),
    Check(
        function="sum_op",
        name="a reduced axis that stays",
        inputs=given(x=[[1, 2, 3], [4, 5, 6]], axis=1),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).sum(x["axis"], keepdims=True),
        judge=equals(lambda x: np.array([[6], [15]]), rule="keepdims leaves the axis, with size 1."),
        shown="Tensor({x}).sum({axis}, keepdims=True)",
    ),
    Check(
        function="sum_op",
        name="over any axes",
        inputs=lambda rng: _reduced(rng, least=0),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).sum(x["axis"], x["keepdims"]),
        judge=equals(lambda x: np.asarray(x["x"].sum(axis=x["axis"], keepdims=x["keepdims"]))),
        kind="property",
        seeds=20,
    ),
    Check(
        function="max_op",
        name="along the first axis, counted from the end",
        inputs=given(x=[[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]], axis=-2),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).max(axis=x["axis"]),
        judge=equals(lambda x: np.array([4.0, 5.0, 6.0], np.float32)),
        shown="Tensor({x}).max(axis={axis})",
    ),
    Check(
        function="max_op",
        name="over any axes",
        inputs=_reduced,
        drive=lambda tt, x: tt.tensor.Tensor(x["x"]).max(x["axis"], x["keepdims"]),
        judge=equals(lambda x: np.asarray(x["x"].max(axis=x["axis"], keepdims=x["keepdims"]))),
        kind="property",
        seeds=20,
    ),
)
