"""Matrix products by their definition and in blocks."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import whole
from tinytorch.course.tensor.checks._products import BY_HAND, PRODUCT, SQUARE, sum_of_products
from tinytorch.tito.checks import Check, equals, given, holds, raises


class Watched(np.ndarray[Any, Any]):
    """An array that notes the largest axis of what takes part in a product of NumPy's."""

    largest = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Note, and compute on plain arrays."""
        if ufunc is np.matmul:
            Watched.note(inputs)
        if "out" in options:
            options["out"] = tuple(_plain(out) for out in options["out"])
        return getattr(ufunc, method)(*map(_plain, inputs), **options)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        """Note, and compute on plain arrays."""
        if function in (np.dot, np.einsum, np.inner, np.tensordot):
            Watched.note(inputs)
        return function(*map(_plain, inputs), **options)

    def dot(self, other: Any, out: Any = None) -> Any:
        """Note, and compute on plain arrays."""
        return np.dot(self, other, out)

    @staticmethod
    def note(operands: Any) -> None:
        """Remember the largest size."""
        sizes = [size for operand in operands if isinstance(operand, np.ndarray) for size in operand.shape]
        Watched.largest = max([Watched.largest, *sizes])


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Watched) else x


def _largest_piece(tt: Any, x: Any) -> int:
    Watched.largest = 0
    tt.tensor.matmul_blocks(x["x"].view(Watched), x["y"].view(Watched), x["size"])
    return Watched.largest


def _matrices(rng: np.random.Generator, most: int = 4) -> dict[str, Any]:
    m, k, n = (int(size) for size in rng.integers(0, most + 1, 3))
    y = whole(rng, (n, k)).T  # its columns are consecutive in memory
    return {"x": whole(rng, (m, k)), "y": y, "size": int(rng.integers(1, most + 3))}


def _by_loops(tt: Any, x: Any) -> Any:
    return tt.tensor.matmul_loops(np.array(x["x"]), np.array(x["y"]))


def _by_blocks(tt: Any, x: Any) -> Any:
    return tt.tensor.matmul_blocks(np.array(x["x"]), np.array(x["y"]), x["size"])


def _types(multiply: str, *options: int) -> Any:
    """Return a drive: of which type the product is, for each pair of types."""

    def drive(tt: Any, x: Any) -> dict[str, str]:
        product = getattr(tt.tensor, multiply)
        return {
            f"{one} @ {other}": product(np.ones((2, 2), one), np.ones((2, 2), other), *options).dtype.name
            for one, other in x["types"]
        }

    return drive


IN_WHICH_THEY_MEET = {
    ("float32", "float64"): "float64",
    ("float64", "float32"): "float64",
    ("int64", "float64"): "float64",
    ("float64", "int64"): "float64",
    ("int8", "int64"): "int64",
}

_loops = partial(
    Check,
    function="matmul_loops",
    drive=_by_loops,
    shown="matmul_loops(array({x}), array({y}))",
)
_blocks = partial(
    Check,
    function="matmul_blocks",
    drive=_by_blocks,
    shown="matmul_blocks(array({x}), array({y}), size={size})",
)

LADDER: tuple[Check, ...] = (
    _loops(
        name="two by two",
        inputs=given(**SQUARE),
        judge=equals(lambda x: PRODUCT, rule=BY_HAND),
    ),
    _loops(
        name="a row and three columns",
        inputs=given(x=[[1.0, 10.0]], y=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        judge=equals(lambda x: np.array([[41.0, 52.0, 63.0]])),
    ),
    _loops(
        name="inner sizes that differ",
        inputs=given(x=np.ones((2, 3)), y=np.ones((2, 3))),
        judge=raises(ValueError, rule="Each row of x needs as many elements as each column of y."),
        kind="contract",
        shown="matmul_loops(ones((2, 3)), ones((2, 3)))",
    ),
    _loops(
        name="integers and fractions meet in fractions",
        inputs=given(x=[[1, 2]], y=[[0.5], [0.25]]),
        judge=equals(lambda x: np.array([[1.0]])),
        kind="contract",
    ),
    Check(
        function="matmul_loops",
        name="the type in which both meet",
        inputs=given(types=tuple(IN_WHICH_THEY_MEET)),
        drive=_types("matmul_loops"),
        judge=equals(lambda x: {" @ ".join(pair): kind for pair, kind in IN_WHICH_THEY_MEET.items()}),
        kind="contract",
        shown="the type of matmul_loops for pairs of types",
    ),
    _loops(
        name="any two matrices",
        inputs=_matrices,
        judge=equals(sum_of_products),
        kind="property",
        seeds=20,
        shown="matmul_loops({x}, {y})",
    ),
    _blocks(
        name="blocks of one element",
        inputs=given(**SQUARE, size=1),
        judge=equals(lambda x: PRODUCT, rule=BY_HAND),
    ),
    _blocks(
        name="a rest of one row, one column and one term",
        inputs=given(x=[[1.0, 2.0, 3.0]] * 3, y=[[1.0, 0.0, 2.0]] * 3, size=2),
        judge=equals(lambda x: np.array([[6.0, 0.0, 12.0]] * 3), rule="Each row is 1 + 2 + 3 times (1, 0, 2)."),
    ),
    _blocks(
        name="one block holds all",
        inputs=given(**SQUARE, size=5),
        judge=equals(lambda x: PRODUCT, rule=BY_HAND),
        kind="contract",
    ),
    _blocks(
        name="a block of no elements",
        inputs=given(**SQUARE, size=0),
        judge=raises(ValueError, rule="A block has a size of 1 or more."),
        kind="contract",
    ),
    _blocks(
        name="a negative size",
        inputs=given(**SQUARE, size=-1),
        judge=raises(ValueError, rule="A block has a size of 1 or more; a range with a step of -1 is empty."),
        kind="contract",
    ),
    _blocks(
        name="inner sizes that differ",
        inputs=given(x=np.ones((2, 3)), y=np.ones((2, 3)), size=2),
        judge=raises(ValueError, rule="Each row of x needs as many elements as each column of y."),
        kind="contract",
        shown="matmul_blocks(ones((2, 3)), ones((2, 3)), size={size})",
    ),
    Check(
        function="matmul_blocks",
        name="the type in which both meet",
        inputs=given(types=tuple(IN_WHICH_THEY_MEET)),
        drive=_types("matmul_blocks", 2),
        judge=equals(lambda x: {" @ ".join(pair): kind for pair, kind in IN_WHICH_THEY_MEET.items()}),
        kind="contract",
        shown="the type of matmul_blocks for pairs of types, in blocks of 2",
    ),
    _blocks(
        name="primes, which nothing divides",
        inputs=lambda rng: {"x": whole(rng, (7, 11)), "y": whole(rng, (11, 13)), "size": 4},
        judge=equals(sum_of_products),
        kind="contract",
        shown="(7, 11) @ (11, 13) in blocks of {size}",
    ),
    _blocks(
        name="any two matrices in any blocks",
        inputs=lambda rng: _matrices(rng, most=7),
        judge=equals(sum_of_products),
        kind="property",
        seeds=20,
        shown="matmul_blocks({x}, {y}, size={size})",
    ),
    Check(
        function="matmul_blocks",
        name="no product takes more than a block of each",
        inputs=given(x=np.ones((7, 11)), y=np.ones((11, 13)), size=3),
        drive=_largest_piece,
        judge=holds(
            lambda x, largest: largest <= x["size"],
            "at most 3 rows, columns and terms in each product that NumPy computes, or a block does not fit the cache",
        ),
        kind="cost",
        shown="the largest size in a product, for (7, 11) @ (11, 13) in blocks of {size}",
    ),
)
