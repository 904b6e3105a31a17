"""The matrix product, with axes before and vectors on either side."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.tensor.checks._draws import Array, some_shape, thinned, whole
from tinytorch.tito.checks import Check, equals, given, raises

SQUARE: dict[str, Any] = {"x": [[1.0, 2.0], [3.0, 4.0]], "y": [[5.0, 6.0], [7.0, 8.0]]}
PRODUCT = np.array([[19.0, 22.0], [43.0, 50.0]])
BY_HAND = "Row (1, 2) times column (5, 7) is 5 + 14."


def _stacks(rng: np.random.Generator) -> dict[str, Any]:
    """Operands of rank 1 to 5 whose batch axes broadcast."""
    m, k, n = (int(size) for size in rng.integers(0, 4, 3))
    batch = some_shape(rng, int(rng.integers(0, 4)), least=1, most=3)
    x = whole(rng, (k,) if rng.random() < 0.2 else (*thinned(rng, batch), m, k))
    y = whole(rng, (k,)) if rng.random() < 0.2 else whole(rng, (*thinned(rng, batch), n, k)).swapaxes(-1, -2)
    return {"x": x, "y": y}


def sum_of_products(x: Any) -> Array:
    """Element by element of the result, by broadcasting k last and adding it up."""
    left, right = x["x"], x["y"]
    rows = left[..., :, None, :] if left.ndim > 1 else left
    columns = right.swapaxes(-1, -2) if right.ndim > 1 else right
    if left.ndim > 1 and right.ndim > 1:
        columns = columns[..., None, :, :]
    elif left.ndim > 1:
        rows = left
    return np.asarray((rows * columns).sum(axis=-1))


def _tensors(tt: Any, x: Any) -> Any:
    return tt.tensor.Tensor(x["x"]) @ tt.tensor.Tensor(x["y"])


_product = partial(
    Check,
    function="matmul_op",
    drive=_tensors,
    shown="Tensor({x}) @ Tensor({y})",
)

PRODUCTS: tuple[Check, ...] = (
    _product(
        name="two by two",
        inputs=given(**SQUARE),
        judge=equals(lambda x: PRODUCT.astype(np.float32), rule=BY_HAND),
    ),
    _product(
        name="a vector on the right",
        inputs=given(x=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], y=[10.0, 1.0]),
        judge=equals(
            lambda x: np.array([12.0, 34.0, 56.0], np.float32), rule="A vector has one axis, and so has the result."
        ),
    ),
    _product(
        name="a vector on the left",
        inputs=given(x=[10.0, 1.0], y=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        judge=equals(
            lambda x: np.array([14.0, 25.0, 36.0], np.float32), rule="A vector has one axis, and so has the result."
        ),
    ),
    _product(
        name="batches of matrices broadcast",
        inputs=lambda rng: {"x": whole(rng, (2, 1, 3, 4)), "y": whole(rng, (5, 4, 2))},
        judge=equals(sum_of_products, rule="(2, 1, 3, 4) @ (5, 4, 2) is (2, 5, 3, 2): a product for each pair."),
        kind="contract",
        shown="(2, 1, 3, 4) @ (5, 4, 2)",
    ),
    _product(
        name="one matrix for a whole batch",
        inputs=lambda rng: {"x": whole(rng, (3, 2, 4)), "y": whole(rng, (4, 5))},
        judge=equals(sum_of_products),
        kind="contract",
        shown="(3, 2, 4) @ (4, 5)",
    ),
    _product(
        name="inner sizes that differ",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], y=[[1.0], [2.0]]),
        judge=raises(ValueError, "(2, 3)", "(2, 1)", rule="The error names both shapes and both sizes."),
        kind="contract",
        shown="(2, 3) @ (2, 1)",
    ),
    _product(
        name="a vector too long",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], y=[1.0, 2.0]),
        judge=raises(ValueError, "(2, 3)", "(2,)", rule="The error names both shapes and both sizes."),
        kind="contract",
        shown="(2, 3) @ (2,)",
    ),
    _product(
        name="batches that do not broadcast",
        inputs=given(x=np.ones((2, 3, 4), np.float32), y=np.ones((3, 4, 5), np.float32)),
        judge=raises(ValueError, "(2, 3, 4)", "(3, 4, 5)", rule="The error names both shapes."),
        kind="contract",
        shown="(2, 3, 4) @ (3, 4, 5)",
    ),
    _product(
        name="a number has no axis to multiply over",
        inputs=given(x=2.0, y=[1.0, 2.0]),
        judge=raises(ValueError, "()", "(2,)", rule="For a number there is `*`."),
        kind="contract",
    ),
    _product(
        name="a number has no axis for a matrix on its right",
        inputs=given(x=2.0, y=[[1.0, 2.0], [3.0, 4.0]]),
        judge=raises(ValueError, "()", "(2, 2)", rule="For a number there is `*`."),
        kind="contract",
    ),
    _product(
        name="any two operands",
        inputs=_stacks,
        judge=equals(sum_of_products),
        kind="property",
        seeds=40,
    ),
)
