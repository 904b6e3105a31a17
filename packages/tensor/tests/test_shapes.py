"""Shapes: order of elements, what is a view, and what does not fit. Strides and offsets against the memory itself."""

import itertools
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, describe_layout, infer_shape, offset, strides_of

X = np.arange(24.0).reshape(2, 3, 4)


def shares(x: Tensor, y: Tensor) -> bool:
    return np.shares_memory(x.data, y.data)


def test_reshape_keeps_row_major_order_also_of_a_transposed_tensor() -> None:
    t = Tensor([[1, 2, 3], [4, 5, 6]])
    assert t.reshape(3, 2).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert t.T.reshape(6).tolist() == [1, 4, 2, 5, 3, 6]
    assert t.T.reshape(-1).tolist() == t.T.flatten().tolist() == [1, 4, 2, 5, 3, 6]
    assert t.reshape((2, -1, 1)).shape == (2, 3, 1)
    assert shares(t, t.reshape(6))
    assert not shares(t, t.T.reshape(6))
    assert Tensor(5).reshape(1, 1).shape == (1, 1)
    assert Tensor([5]).reshape(()).shape == Tensor([5]).reshape().shape == ()
    assert tt.zeros(0, 3).reshape(3, -1).shape == (3, 0)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4, 2), r"reshape: shape \(4, 2\) holds 8 elements, the tensor has 6"),
        ((2, 2), r"reshape: shape \(2, 2\) holds 4 elements, the tensor has 6"),
        ((-1, 4), r"6 elements do not divide into \(-1, 4\): 6 % 4 is not 0"),
        ((-1, -1), "at most one may be -1"),
        ((-2, 3), "sizes are 0 or more"),
        ((0, -1), r"6 elements do not divide into \(0, -1\)"),
    ],
)
def test_reshape_says_why_a_shape_does_not_fit(shape: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tt.zeros(2, 3).reshape(shape)
    with pytest.raises(TypeError):
        tt.zeros(2, 3).reshape(3.0, 2)


@given(hnp.array_shapes(min_dims=0, max_dims=4), st.data())
def test_the_size_that_is_left_open_makes_the_product_right(shape: tuple[int, ...], data: st.DataObject) -> None:
    size = int(np.prod(shape))
    assert infer_shape(size, shape) == shape
    if shape:
        axis = data.draw(st.integers(0, len(shape) - 1))
        assert infer_shape(size, (*shape[:axis], -1, *shape[axis + 1 :])) == shape


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
def test_permute_moves_axis_i_to_where_it_is_named(axes: tuple[int, ...]) -> None:
    t = Tensor(X)
    for result in (t.permute(*axes), t.permute(axes), t.permute(*(axis - 3 for axis in axes))):
        assert result.shape == tuple(X.shape[axis] for axis in axes)
        for index in np.ndindex(X.shape):
            assert result.data[tuple(index[axis] for axis in axes)] == X[index]
    assert shares(t, t.permute(*axes))


@pytest.mark.parametrize(("axis0", "axis1"), [(0, 1), (0, 2), (1, 2), (-1, 0), (1, 1)])
def test_transpose_exchanges_the_two_axes_it_names(axis0: int, axis1: int) -> None:
    order = list(range(3))
    order[axis0], order[axis1] = order[axis1], order[axis0]
    expected = np.transpose(X, order)
    np.testing.assert_array_equal(Tensor(X).transpose(axis0, axis1).data, expected)
    np.testing.assert_array_equal(Tensor(X).swapaxes(axis0, axis1).data, expected)


def test_T_reverses_all_axes_and_mT_exchanges_the_last_two() -> None:
    assert Tensor(X).T.shape == (4, 3, 2)
    assert Tensor(X).T.data[3, 1, 0] == X[0, 1, 3]
    assert Tensor(X).mT.shape == (2, 4, 3)
    assert Tensor(X).mT.data[1, 3, 2] == X[1, 2, 3]
    with pytest.raises(ValueError, match=r"mT: a tensor of shape \(3,\) holds no matrix"):
        tt.zeros(3).mT  # noqa: B018


def test_expand_repeats_without_memory() -> None:
    t = Tensor([[1], [2]])
    assert t.expand(2, 3).tolist() == [[1, 1, 1], [2, 2, 2]]
    assert t.expand(3, -1, 2).tolist() == [[[1, 1], [2, 2]]] * 3
    assert t.expand((2, 1)).tolist() == t.tolist()
    assert Tensor(7).expand(2).tolist() == [7, 7]
    assert shares(t, t.expand(2, 3))
    assert t.expand(2, 0).shape == (2, 0)


def test_axes_of_size_1_come_and_go() -> None:
    t = tt.zeros(1, 3, 1)
    assert t.squeeze().shape == (3,)
    assert t.squeeze(0).shape == t.squeeze(-3).shape == (3, 1)
    assert t.squeeze(1).shape == (1, 3, 1)
    assert t.squeeze((0, 2)).shape == (3,)
    assert tt.ones(1, 1).squeeze().shape == ()
    assert tt.zeros(3).unsqueeze(0).shape == (1, 3)
    assert tt.zeros(3).unsqueeze(-1).shape == tt.zeros(3).unsqueeze(1).shape == (3, 1)
    assert tt.zeros(2, 3, 4).flatten(1).shape == tt.zeros(2, 3, 4).flatten(-2).shape == (2, 12)
    assert Tensor(1).flatten().shape == (1,)


@pytest.mark.parametrize(
    ("work", "error", "message"),
    [
        (
            lambda t: t.permute(0, 0, 1),
            ValueError,
            r"permute: \(0, 0, 1\) must name each axis of shape \(2, 3, 4\) once",
        ),
        (lambda t: t.permute(0, 1), ValueError, r"permute: \(0, 1\)"),
        (lambda t: t.transpose(0, 3), IndexError, r"axes 0 and 3 must be axes of shape \(2, 3, 4\)"),
        (lambda t: t.expand(4), ValueError, r"it needs 3 sizes or more"),
        (lambda t: t.expand(2, 3, 5), ValueError, r"shape \(2, 3, 4\) does not stretch to \(2, 3, 5\)"),
        (lambda t: t.expand(-1, 2, 3, 4), ValueError, "-1 keeps the size of an axis that is there"),
        (lambda t: t.squeeze(3), IndexError, r"squeeze: axis 3 is not an axis of this tensor \(-3 to 2\)"),
        (lambda t: t.unsqueeze(4), IndexError, r"unsqueeze: axis 4 is not an axis of this tensor \(-4 to 3\)"),
        (lambda t: t.flatten(3), IndexError, "flatten: axis 3"),
        (lambda t: tt.flip(t, 3), IndexError, "flip: axis 3"),
    ],
)
def test_axes_that_are_not_there_are_named(work: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        work(Tensor(X))


def test_flip_reverses_the_axes_it_names() -> None:
    np.testing.assert_array_equal(tt.flip(Tensor(X)).data, X[::-1, ::-1, ::-1])
    np.testing.assert_array_equal(tt.flip(Tensor(X), -1).data, X[..., ::-1])
    np.testing.assert_array_equal(tt.flip(Tensor(X), (0, 1)).data, X[::-1, ::-1])


@given(hnp.array_shapes(min_dims=0, max_dims=4, max_side=5))
def test_row_major_strides_lead_to_the_element(shape: tuple[int, ...]) -> None:
    memory = np.arange(int(np.prod(shape)))
    strides = strides_of(shape)
    for index in np.ndindex(shape):
        assert memory[offset(index, strides)] == memory.reshape(shape)[index]
    with pytest.raises(ValueError, match="one each is needed"):
        offset((0,) * (len(shape) + 1), strides)


def views() -> list[Tensor]:
    t = Tensor(X)
    return [
        t, t.T, t[:, 1:, ::2], tt.flip(t, (0, 2)), t[:, :1].expand(2, 3, 4), t[1], t[0, 1, 2], t.permute(2, 0, 1)[1:],
        t[..., None, 0], tt.from_numpy(X[:, ::2].copy())[1:],
    ]  # fmt: skip


@pytest.mark.parametrize("position", range(10))
def test_a_layout_finds_every_element_in_its_cell(position: int) -> None:
    t = views()[position]
    layout = describe_layout(t)
    named = {index: cell for cell, indices in enumerate(layout.cells) for index in indices}
    assert set(named) == set(np.ndindex(t.shape))
    for index, cell in named.items():
        assert cell == layout.start + offset(index, layout.strides)
        assert layout.values[cell] == str(t.data[index].item())
    assert layout.contiguous == t.data.flags.c_contiguous
    assert sum(map(len, layout.cells)) == t.size
    ET.fromstring(layout.svg())  # well-formed
    assert layout.svg().count("<rect") == len(layout.cells)
    assert str(layout) in layout.text()


def test_a_layout_draws_what_expand_shares_and_refuses_what_cannot_be_read() -> None:
    layout = describe_layout(Tensor([[1], [2]]).expand(2, 3))
    assert layout.cells == (((0, 0), (0, 1), (0, 2)), ((1, 0), (1, 1), (1, 2)))
    assert layout.strides == (1, 0)
    assert describe_layout(tt.zeros(0, 3)).cells == ()
    with pytest.raises(ValueError, match="1000 elements are more than a drawing shows"):
        describe_layout(tt.zeros(1000))


@settings(max_examples=60)
@given(
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4).flatmap(
        lambda shape: st.tuples(st.just(shape), hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    )
)
def test_slicing_is_numpys_and_gives_a_view(case: Any) -> None:
    shape, index = case
    array = np.arange(float(np.prod(shape))).reshape(shape)
    t = Tensor(array)
    result = t[index]
    np.testing.assert_array_equal(result.data, array[index])
    assert result.size == 0 or shares(t, result)


@settings(max_examples=60)
@given(
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4).flatmap(
        lambda shape: st.tuples(st.just(shape), hnp.integer_array_indices(shape))
    )
)
def test_indexing_by_integers_is_numpys_and_gives_a_copy(case: Any) -> None:
    shape, index = case
    array = np.arange(float(np.prod(shape))).reshape(shape)
    t = Tensor(array)
    result = t[tuple(Tensor(part) for part in index)]
    np.testing.assert_array_equal(result.data, array[index])
    np.testing.assert_array_equal(t[tuple(part.tolist() for part in index)].data, array[index])
    assert not shares(t, result)


def test_indexing_takes_masks_lists_ranges_and_tensors() -> None:
    t = Tensor(X)
    np.testing.assert_array_equal(t[t > 10].data, X[X > 10])
    np.testing.assert_array_equal(t[Tensor([True, False])].data, X[[True, False]])
    np.testing.assert_array_equal(t[:, [0, 2]].data, X[:, [0, 2]])
    np.testing.assert_array_equal(t[range(1), :, range(2, 3)].data, X[[0], :, [2]])
    np.testing.assert_array_equal(t[[Tensor(1), Tensor(0)]].data, X[[1, 0]])
    np.testing.assert_array_equal(t[[]].data, X[[]])
    np.testing.assert_array_equal(t[Tensor(1), ..., -1].data, X[1, ..., -1])
    assert t[1, 2, 3].item() == 23.0
    assert t[1, 2, 3].shape == ()


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (2, r"index 2 is out of bounds for axis 0 with size 2; the tensor has shape \(2, 3, 4\)"),
        ((0, 0, 0, 0), r"too many indices.*shape \(2, 3, 4\)"),
        (1.5, "only integers, slices"),
        ([0, 7], "index 7 is out of bounds"),
        (Tensor([0.5]), "must be of integer"),
        (Tensor([True, False, True]), "boolean index did not match"),
    ],
)
def test_a_wrong_index_is_said_with_the_shape(index: Any, message: str) -> None:
    with pytest.raises(IndexError, match=message):
        Tensor(X)[index]
