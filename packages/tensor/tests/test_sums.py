"""Rounding of sums over many rows, held against exact sums."""

import math

import numpy as np
import pytest

from tinytorch.tensor import Array, Tensor, from_numpy


def laid_out(x: Array, layout: str) -> Array:
    if layout == "columns":
        return np.asfortranarray(x)
    if layout == "strided":
        wide = np.zeros([2 * n for n in x.shape], x.dtype)
        view = wide[tuple(slice(None, None, 2) for _ in x.shape)]
        view[...] = x
        return view
    return x


@pytest.mark.parametrize("layout", ["rows", "columns", "strided"])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((10_000, 7), 0),
        ((3000, 5), (0,)),
        ((33, 4), 0),
        ((47, 3), -2),
        ((3, 2000, 5), 1),
        ((40, 50, 3), (0, 1)),
        ((5, 999, 2), (1, 0)),
    ],
)
def test_a_sum_over_many_rows_rounds_as_little_as_one_along_a_row(
    shape: tuple[int, ...], axis: int | tuple[int, ...], layout: str
) -> None:
    x = laid_out(np.random.default_rng(0).random(shape, np.float32), layout)
    axes = [one % x.ndim for one in (axis if isinstance(axis, tuple) else (axis,))]
    lines = np.moveaxis(x, axes, range(len(axes))).reshape(math.prod(x.shape[one] for one in axes), -1)
    exact = np.array([math.fsum(line) for line in lines.T.astype(np.float64)])
    found = from_numpy(x).sum(axis)
    assert found.dtype == np.float32
    assert np.abs(found.data.reshape(-1) - exact).max() <= 4 * 2.0**-24 * exact.max()
    mean = from_numpy(x).mean(axis, keepdims=True)
    assert mean.shape == tuple(1 if i in axes else n for i, n in enumerate(shape))
    assert np.abs(mean.data.reshape(-1) * len(lines) - exact).max() <= 6 * 2.0**-24 * exact.max()


def test_a_sum_over_many_rows_keeps_what_is_not_a_number_in_its_column() -> None:
    x = np.ones((100, 3))
    x[77, 1], x[99, 2] = np.nan, np.inf
    assert np.array_equal(Tensor(x).sum(0).data, [100, np.nan, np.inf], equal_nan=True)
