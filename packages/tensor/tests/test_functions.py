"""Functions of several tensors, and what joins, cuts, pads and sorts them."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor

GENERATOR = np.random.default_rng(0)
X = GENERATOR.standard_normal((2, 3, 4))


def einsum_by_definition(terms: list[str], result: str, arrays: list[Any]) -> Any:
    """Run over every combination of index values and add the product of the elements to where the result says."""
    sizes = {letter: n for term, array in zip(terms, arrays, strict=True) for letter, n in zip(term, array.shape)}  # noqa: B905
    letters = list(sizes)
    total = np.zeros([sizes[letter] for letter in result])
    for values in itertools.product(*(range(sizes[letter]) for letter in letters)):
        at = dict(zip(letters, values, strict=True))
        factors = [array[tuple(at[c] for c in term)] for term, array in zip(terms, arrays, strict=True)]
        total[tuple(at[c] for c in result)] += np.prod(factors)
    return total


@pytest.mark.parametrize(
    "subscripts",
    ["ij,jk->ik", "ij->ji", "ij->", "ij->j", "i,j->ij", "i,i->", "bij,bjk->bik", "ij,kj->ik", "bhid,bhjd->bhij",
     "i,ij,j->", "ab,bc,cd->ad", "Ij,jK->KI", "i->i", "ij,ij->ij"],
)  # fmt: skip
def test_einsum_sums_over_what_the_result_does_not_name(subscripts: str) -> None:
    left, result = subscripts.split("->")
    terms = left.split(",")
    sizes = {letter: 2 + i % 2 for i, letter in enumerate(sorted(set(left) - {","}))}
    arrays = [GENERATOR.standard_normal([sizes[letter] for letter in term]) for term in terms]
    expected = einsum_by_definition(terms, result, arrays)
    found = tt.einsum(subscripts, *(Tensor(array) for array in arrays))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.data, expected, atol=1e-12)


def test_einsum_without_an_arrow_keeps_what_occurs_once_in_alphabetical_order() -> None:
    x, y = GENERATOR.standard_normal((2, 3)), GENERATOR.standard_normal((3, 4))
    np.testing.assert_allclose(tt.einsum("ij,jk", Tensor(x), Tensor(y)).data, x @ y)
    np.testing.assert_array_equal(tt.einsum("ba", Tensor(x)).data, x.T)
    np.testing.assert_allclose(tt.einsum(" ij , jk -> ik ", Tensor(x), Tensor(y)).data, x @ y)
    assert tt.einsum("ij,jk->ik", tt.zeros(2, 0), tt.zeros(0, 3)).tolist() == [[0, 0, 0]] * 2
    assert tt.einsum("i,i->", Tensor([1, 2]), Tensor([0.5, 0.5])).dtype == "float32"


@pytest.mark.parametrize(
    ("subscripts", "shapes", "message"),
    [
        ("ij,jk->ik", [(2, 3)], r"'ij,jk->ik' names 2 operands, 1 were given"),
        ("ij,jk->ik", [(2, 3), (4, 5)], r"index 'j' of 'ij,jk->ik' has sizes 3 and 4"),
        ("ij->i", [(2,)], r"'ij' must name each axis of shape \(2,\) with a letter of its own"),
        ("ii->", [(2, 2)], "with a letter of its own"),
        ("ij->k", [(2, 3)], "the result 'k' must name indices of 'ij', each once"),
        ("ij->ii", [(2, 3)], "each once"),
        ("i...->i", [(2, 3)], "must consist of letters"),
        ("i,j->i->j", [(2,), (3,)], "must consist of letters"),
        ("a,b,c,d,e,f,g,h,i->", [(1,)] * 9, "at most 8 operands"),
    ],
)
def test_einsum_says_what_does_not_fit(subscripts: str, shapes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.einsum(subscripts, *(tt.zeros(shape) for shape in shapes))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_concatenate_and_split_undo_each_other(axis: int) -> None:
    t = Tensor(X)
    n = X.shape[axis]
    pieces = tt.split(t, [1, n - 1], axis)
    assert [piece.shape[axis] for piece in pieces] == [1, n - 1]
    assert all(np.shares_memory(t.data, piece.data) for piece in pieces)
    np.testing.assert_array_equal(tt.concatenate(pieces, axis).data, X)
    np.testing.assert_array_equal(tt.concatenate([t, t, t], axis).data, np.concatenate([X, X, X], axis))
    for size in (1, 2, 3, 5):
        expected = np.split(X, range(size, n, size), axis)
        found = tt.split(t, size, axis)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.data, other)


def test_concatenate_takes_empty_and_mixed_tensors() -> None:
    assert tt.concatenate([tt.zeros(0, 2), tt.ones(1, 2)]).tolist() == [[1, 1]]
    assert tt.concatenate([Tensor([1]), Tensor([0.5])]).tolist() == [1, 0.5]
    assert tt.split(tt.zeros(0), 3)[0].shape == (0,)


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -4])
def test_stack_makes_a_new_axis_where_it_says(axis: int) -> None:
    result = tt.stack([Tensor(X), Tensor(X + 1)], axis)
    np.testing.assert_array_equal(result.data, np.stack([X, X + 1], axis))
    np.testing.assert_array_equal(result.data.take(1, axis), X + 1)


@pytest.mark.parametrize(
    ("work", "error", "message"),
    [
        (
            lambda t: tt.concatenate([t, t.T]),
            ValueError,
            r"concatenate: shapes \(2, 3\), \(3, 2\) may differ in axis 0",
        ),
        (
            lambda t: tt.concatenate([t], 2),
            IndexError,
            r"concatenate: axis 2 is not an axis of this tensor \(-2 to 1\)",
        ),
        (lambda t: tt.concatenate([Tensor(1.0)]), IndexError, "rank 0"),
        (lambda t: tt.concatenate([]), ValueError, "at least one tensor is needed"),
        (lambda t: tt.stack([]), ValueError, "at least one tensor is needed"),
        (lambda t: tt.stack([t, t[0]]), ValueError, r"stack: shapes must be equal, not \(2, 3\), \(3,\)"),
        (lambda t: tt.stack([t], 3), IndexError, "stack: axis 3"),
        (lambda t: tt.split(t, 0), ValueError, "a piece has a size of 1 or more, not 0"),
        (
            lambda t: tt.split(t, [1, 2], 1)[0] + tt.split(t, [1, 2])[0],
            ValueError,
            r"\[1, 2\] add up to 3, axis 0 has 2",
        ),
        (lambda t: tt.split(t, [3, -1]), ValueError, r"\[3, -1\]"),
        (lambda t: tt.where(t > 0, t, tt.zeros(2)), ValueError, r"where: shapes \(2, 3\), \(2, 3\) and \(2,\) do not"),
        (lambda t: t.clip(), ValueError, "at least one of low and high"),
        (lambda t: t.clip(t), TypeError, "bounds are numbers"),
        (
            lambda t: tt.pad(t, [(1, 1)]),
            ValueError,
            r"must hold a pair \(before, after\) of 0 or more for each of 2 axes",
        ),
        (lambda t: tt.pad(t, [(1, 1), (-1, 0)]), ValueError, "pair"),
        (lambda t: tt.pad(t, np.array([1, 1]).tolist()), ValueError, "pair"),
        (lambda t: tt.topk(t, 4), ValueError, "k = 4 must lie between 0 and the size of axis 1, 3"),
        (lambda t: tt.topk(t, 1, 2), IndexError, "topk: axis 2"),
        (lambda t: tt.tril(t[0]), ValueError, "tril: a tensor of shape"),
        (lambda t: tt.take_along_axis(t, Tensor([[5]]), 1), IndexError, "take_along_axis: index 5 is out of bounds"),
        (lambda t: tt.take_along_axis(t, Tensor([0]), 1), IndexError, r"the indices \(1,\)"),
    ],
)
def test_what_does_not_fit_is_said(work: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        work(tt.zeros(2, 3))


def test_where_chooses_element_by_element_and_broadcasts() -> None:
    condition = Tensor([[True], [False]])
    assert tt.where(condition, Tensor([1, 2]), 0).tolist() == [[1, 2], [0, 0]]
    assert tt.where(condition, 1, 2.5).tolist() == [[1.0], [2.5]]
    assert tt.where(Tensor([1, 0]), Tensor([1.0, 1.0]), float("-inf")).tolist() == [1.0, float("-inf")]
    assert tt.where(Tensor(True), Tensor([float("nan")]), Tensor([1.0])).data[0] != 1.0


def test_clip_moves_what_lies_outside() -> None:
    t = Tensor([-2, 0, 3])
    assert t.clip(-1, 1).tolist() == [-1, 0, 1]
    assert t.clip(low=0).tolist() == [0, 0, 3]
    assert t.clip(high=0).tolist() == [-2, 0, 0]
    assert tt.clip(Tensor([float("nan"), 5.0]), 0, 1).tolist()[1] == 1.0


@settings(max_examples=50)
@given(st.data())
def test_pad_puts_a_border_around(data: st.DataObject) -> None:
    widths = data.draw(st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 3))
    value = data.draw(st.sampled_from([0.0, -1.5]))
    np.testing.assert_array_equal(tt.pad(Tensor(X), widths, value).data, np.pad(X, widths, constant_values=value))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["float64", "int64", "int8", "uint8"])
def test_topk_finds_the_largest_in_descending_order_and_where_they_stood(axis: int, k: int, dtype: str) -> None:
    x = GENERATOR.permutation(24).reshape(2, 3, 4).astype(dtype)
    values, positions = tt.topk(Tensor(x), k, axis)
    expected = np.flip(np.sort(x, axis), axis).take(range(k), axis)
    np.testing.assert_array_equal(values.data, expected)
    np.testing.assert_array_equal(np.take_along_axis(x, positions.data, axis), expected)
    assert [values.dtype.name, positions.dtype.name] == [dtype, "int64"]


def test_topk_of_all_large_integers_and_ties() -> None:
    big = 2**60
    assert tt.topk(Tensor([big, big + 1, big - 1]), 3)[0].tolist() == [big + 1, big, big - 1]
    values, positions = tt.topk(Tensor([1.0, 1.0, 0.0]), 2)
    assert values.tolist() == [1, 1]
    assert sorted(positions.tolist()) == [0, 1]


def test_triangles_are_numpys() -> None:
    for diagonal in (-2, -1, 0, 1, 3):
        np.testing.assert_array_equal(tt.tril(Tensor(X), diagonal).data, np.tril(X, diagonal))
        np.testing.assert_array_equal(tt.triu(Tensor(X), diagonal).data, np.triu(X, diagonal))
    assert tt.tril(tt.ones(2, 2, dtype="int8")).dtype == "int8"


def test_allclose_measures_against_the_second() -> None:
    assert tt.allclose(Tensor([1.0, 100.0]), Tensor([1.0, 100.0005]))
    assert not tt.allclose(Tensor([1.0]), Tensor([1.001]))
    assert tt.allclose(Tensor([10.0]), Tensor([11.0]), rtol=0.091)
    assert not tt.allclose(11.0, [10.0], rtol=0.091)
    assert not tt.allclose(Tensor([float("nan")]), Tensor([float("nan")]))
    assert tt.allclose(Tensor([float("nan")]), Tensor([float("nan")]), equal_nan=True)


def test_gradients_of_repeated_positions_add_up() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    tt.take_along_axis(x, Tensor([0, 0, 1]), 0).backward(Tensor([1.0, 2.0, 5.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 5.0]
    y = Tensor([1.0, 2.0], requires_grad=True)
    y[(0, 0, 1),].backward(Tensor([1.0, 2.0, 5.0]))
    assert y.grad is not None
    assert y.grad.tolist() == [3.0, 5.0]
