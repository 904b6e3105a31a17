"""Arithmetic against NumPy in float64, on shapes that broadcast, and matrix products against sums written out."""

import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, broadcast_shapes, sum_to

ELEMENTS = st.floats(0.1, 8.0).map(lambda x: round(x, 3))
SHAPES = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=4)
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("f", BINARY + COMPARISONS)
@settings(max_examples=30)
@given(data=st.data())
def test_operators_broadcast_as_numpys(f: Any, data: st.DataObject) -> None:
    shapes = data.draw(SHAPES)
    x, y = (data.draw(hnp.arrays(np.float64, shape, elements=ELEMENTS)) for shape in shapes.input_shapes)
    expected = f(x, y)
    for result in (f(Tensor(x), Tensor(y)), f(Tensor(x), y), f(x, Tensor(y)), f(Tensor(x.T).T, Tensor(y))):
        assert isinstance(result, Tensor)
        assert result.shape == shapes.result_shape == broadcast_shapes(*shapes.input_shapes)
        np.testing.assert_array_equal(result.data, expected)


@pytest.mark.parametrize("f", BINARY + COMPARISONS)
@pytest.mark.parametrize("number", [2, 0.5, -3.0, 3, 1])
def test_a_number_may_stand_on_either_side(f: Any, number: Any) -> None:
    x = np.array([[0.5, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(f(Tensor(x), number).data, f(x, number))
    if f is not operator.pow or number > 0:  # a negative number has no real power
        np.testing.assert_array_equal(f(number, Tensor(x)).data, f(number, x))


@pytest.mark.parametrize("power", [0, 1, 2, 3, 0.5, -1, -2, 1.5, 2.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_powers_that_take_a_short_cut_agree_with_repeated_multiplication(power: float, dtype: str) -> None:
    x = np.array([0.25, 1.0, 2.0, 7.0])
    expected = np.exp(power * np.log(x))
    result = Tensor(x.astype(dtype)) ** power
    assert result.dtype == dtype
    np.testing.assert_allclose(result.data, expected, rtol=1e-6 if dtype == "float32" else 1e-14)
    assert (Tensor([2, 3]) ** 3).tolist() == [8, 27]
    assert (2 ** Tensor([2, 3])).tolist() == [4, 8]


UNARY = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "expm1": np.expm1,
    "log1p": np.log1p, "absolute": np.abs, "sign": np.sign, "floor": np.floor, "ceil": np.ceil, "round": np.rint,
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_of_each_element_are_numpys(name: str, dtype: str) -> None:
    positive = name in ("log", "sqrt", "log1p")
    x = np.linspace(0.1 if positive else -3, 3, 24).reshape(2, 3, 4).swapaxes(0, 2).astype(dtype)
    result = getattr(tt, name)(Tensor(x))
    assert result.dtype == dtype
    np.testing.assert_array_equal(result.data, UNARY[name](x))
    if hasattr(Tensor, name):
        np.testing.assert_array_equal(getattr(Tensor(x), name)().data, result.data)
    assert getattr(tt, name)(tt.zeros(0, 2)).shape == (0, 2)


def test_known_values_of_functions() -> None:
    np.testing.assert_allclose(tt.exp(Tensor([0.0, 1.0])).data, [1, 2.718281828], rtol=1e-6)
    assert (-Tensor([1, -2])).tolist() == [-1, 2]
    assert abs(Tensor([-1.5])).tolist() == [1.5]
    assert (+Tensor([1])).tolist() == [1]
    assert tt.round(Tensor([0.5, 1.5, -0.6])).tolist() == [0, 2, -1]
    assert tt.isnan(Tensor([0.0, float("nan")])).tolist() == [False, True]
    assert tt.isfinite(Tensor([0.0, float("inf")])).tolist() == [True, False]
    assert tt.maximum(Tensor([1, 5]), 3).tolist() == [3, 5]
    assert tt.minimum(3, Tensor([1, 5])).tolist() == [1, 3]


def test_a_star_multiplies_square_matrices_element_by_element() -> None:
    x, y = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[5.0, 6.0], [7.0, 8.0]])
    assert (x * y).tolist() == [[5, 12], [21, 32]]
    assert (x @ y).tolist() == [[19, 22], [43, 50]]


def test_order_matters_where_it_does() -> None:
    t = Tensor([1.0, 4.0])
    assert (2 - t).tolist() == [1, -2]
    assert (1 / t).tolist() == [1, 0.25]
    assert (9 // t).tolist() == [9, 2]
    assert (9 % t).tolist() == [0, 1]
    assert (t < 2).tolist() == [True, False]
    assert (t > 2).tolist() == [False, True]


def test_augmented_assignment_makes_a_new_tensor() -> None:
    t = original = Tensor([1.0, 2.0])
    t += 1
    assert (t.tolist(), original.tolist()) == ([2, 3], [1, 2])


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ((2, 3), (4,), r"add: shapes \(2, 3\) and \(4,\) do not broadcast: axis -1 has 3 and 4"),
        ((2, 3), (2, 1, 4, 3), r"axis -2 has 2 and 4"),
        ((0,), (2,), r"axis -1 has 0 and 2"),
    ],
)
def test_shapes_that_do_not_broadcast_are_named_with_the_axis(x: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.zeros(x) + tt.zeros(y)


@settings(max_examples=50)
@given(SHAPES)
def test_summing_to_a_shape_is_the_transpose_of_broadcasting(shapes: Any) -> None:
    shape, result = shapes.input_shapes[0], shapes.result_shape
    weights = np.random.default_rng(0).standard_normal(result)
    summed = sum_to(weights, shape)
    assert summed.shape == shape
    # <broadcast(x), w> = <x, sum_to(w)> for every x: the basis vectors tell.
    for index in np.ndindex(shape):
        basis = np.zeros(shape)
        basis[index] = 1
        np.testing.assert_allclose(summed[index], (np.broadcast_to(basis, result) * weights).sum(), atol=1e-12)


def product_by_definition(x: Any, y: Any) -> Any:
    """Sum over the inner axis, element by element, batch axes broadcast; 1-D operands as NumPy reads them."""
    left, right = (x[None] if x.ndim == 1 else x), (y[:, None] if y.ndim == 1 else y)
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = np.broadcast_to(left, batch + left.shape[-2:])
    right = np.broadcast_to(right, batch + right.shape[-2:])
    product = np.zeros((*batch, left.shape[-2], right.shape[-1]))
    for place in np.ndindex(batch):
        for i in range(left.shape[-2]):
            for j in range(right.shape[-1]):
                product[(*place, i, j)] = sum(
                    left[(*place, i, p)] * right[(*place, p, j)] for p in range(left.shape[-1])
                )
    if x.ndim == 1:
        product = product[..., 0, :]
    return product[..., 0] if y.ndim == 1 else product


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ((2, 3), (3, 4)),
        ((2, 2), (2, 2)),
        ((3,), (3, 4)),
        ((2, 3), (3,)),
        ((3,), (3,)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((5, 3, 4), (4, 2)),
        ((4,), (5, 4, 2)),
        ((2, 5, 3, 4), (4,)),
        ((1, 1), (1, 1)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((0, 2, 3), (3, 2)),
    ],
)
def test_matrix_products_are_the_sums_of_their_definition(x: Any, y: Any) -> None:
    generator = np.random.default_rng(0)
    a, b = generator.standard_normal(x), generator.standard_normal(y)
    expected = product_by_definition(a, b)
    turned = Tensor(np.ascontiguousarray(a.T)).T  # the same numbers, not contiguous
    for result in (Tensor(a) @ Tensor(b), a @ Tensor(b), Tensor(a) @ b, turned @ Tensor(b), tt.matmul(Tensor(a), b)):
        assert isinstance(result, Tensor)
        assert result.shape == expected.shape
        np.testing.assert_allclose(result.data, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ((2, 3), (2, 3), r"matmul: inner dimensions differ: \(2, 3\) @ \(2, 3\) \(3 != 2\)"),
        ((2, 3, 4), (5, 4, 2), r"batch axes do not broadcast: \(2, 3, 4\) @ \(5, 4, 2\) \(\(2,\) and \(5,\)\)"),
        ((2, 3), (), r"operands need an axis to multiply over: \(2, 3\) @ \(\)"),
    ],
)
def test_matmul_names_both_shapes_when_they_do_not_fit(x: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.zeros(x) @ tt.zeros(y)
