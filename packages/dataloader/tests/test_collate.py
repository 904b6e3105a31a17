"""From samples to a batch."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from tinytorch.dataloader import Batch, collate
from tinytorch.tensor import Tensor


def test_pairs_become_a_batch_with_the_arrays_own_dtype() -> None:
    samples = [(np.full((2, 3), i, dtype=np.uint8), i) for i in range(4)]
    batch = collate(samples)
    assert isinstance(batch, Batch)
    np.testing.assert_array_equal(batch.x.data, np.arange(4, dtype=np.uint8)[:, None, None] * np.ones((2, 3), np.uint8))
    assert batch.x.dtype == np.uint8
    assert batch.y.dtype == np.int64
    assert batch.y.tolist() == [0, 1, 2, 3]


def test_samples_are_copied_and_may_lie_in_any_order_in_memory() -> None:
    source = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    turned = source.transpose(0, 2, 1)
    stacked = collate([turned[0], turned[1]])
    np.testing.assert_array_equal(stacked.data, np.stack([source[0].T, source[1].T]))
    source[:] = 0
    assert stacked.data[1, 3, 2] == 23


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], np.int64),
        ([1.5, 2.0], np.float32),
        ([1, 2.5], np.float32),
        ([True, False], np.bool_),
        ([np.uint8(3), np.uint8(4)], np.uint8),
        ([np.float64(3), np.float64(4)], np.float64),
        ([np.array(3, dtype=np.int8), np.array(4, dtype=np.int8)], np.int8),
    ],
)
def test_numbers_become_one_row(values: list[Any], dtype: Any) -> None:
    row = collate(values)
    assert row.dtype == dtype
    assert row.shape == (2,)
    assert row.tolist() == values


def test_tuples_dicts_and_strings_keep_their_structure() -> None:
    class Point(NamedTuple):
        a: int
        b: float

    triple = collate([(1, 2.0, "x"), (3, 4.0, "y")])
    assert triple[0].tolist() == [1, 3]
    assert triple[2] == ["x", "y"]
    named = collate([{"p": Point(1, 2.0), "q": (1, 2)}, {"p": Point(3, 4.0), "q": (3, 4)}])
    p: Any = named["p"]
    assert p.a.tolist() == [1, 3]
    assert p.b.tolist() == [2.0, 4.0]
    assert p._fields == ("a", "b")
    assert not isinstance(named["q"], Batch)
    assert named["q"][1].tolist() == [2, 4]


def test_tensors_and_arrays_stack_alike() -> None:
    both = collate([Tensor([1.0, 2.0]), np.array([3.0, 4.0], dtype=np.float32)])
    assert both.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (4,)), ((2, 3), (3, 2)), ((1, 3), (3,)), ((2, 1), (2, 3)), ((), (1,)), ((0, 2), (0, 3)), ((1, 2), (2, 2))],
)
def test_ragged_samples_are_refused_with_both_shapes(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    samples = [(np.zeros(a), 0), (np.zeros(a), 0), (np.zeros(b), 1)]
    with pytest.raises(ValueError, match=r"sample\[0\] is float64 .* in sample 0 .* in sample 2") as caught:
        collate(samples)
    assert str(a) in str(caught.value)
    assert str(b) in str(caught.value)


def test_mixed_dtypes_lengths_and_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"float32 \(2,\) in sample 0 of the batch and float64 \(2,\) in sample 1"):
        collate([np.zeros(2, dtype=np.float32), np.zeros(2)])
    with pytest.raises(ValueError, match="from 1 to 2 items"):
        collate([(1, 2), (1,)])
    with pytest.raises(TypeError, match=r"several kinds in one batch \(int, str\)"):
        collate([1, "a"])
    with pytest.raises(TypeError, match="is a object"):
        collate([object()])
    with pytest.raises(ValueError, match="no samples"):
        collate([])


@pytest.mark.parametrize("sample", [np.array(["a"]), np.array([None]), np.array([1j]), np.complex64(1j)])
def test_what_no_tensor_can_hold_is_refused(sample: Any) -> None:
    with pytest.raises(TypeError, match="is not supported; choose one of float32"):
        collate([sample, sample])
