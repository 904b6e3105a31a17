"""Making tensors: what is copied, what is shared, and of which type the result is."""

from typing import Any

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor

DTYPES = ["float32", "float64", "int64", "int32", "int8", "uint8", "bool"]


def test_a_tensor_copies_the_array_it_is_made_of() -> None:
    source = np.array([1.0, 2.0])
    t = Tensor(source)
    source[0] = 9.0
    assert t.tolist() == [1.0, 2.0]
    assert source.flags.writeable


def test_a_tensor_copies_the_tensor_it_is_made_of() -> None:
    source = Tensor([1.0, 2.0])
    t = Tensor(source)
    source[0] = 9.0
    assert t.tolist() == [1.0, 2.0]


def test_from_numpy_shares_the_arrays_memory_both_ways() -> None:
    source = np.array([1.0, 2.0])
    t = tt.from_numpy(source)
    source[0] = 9.0
    assert t.tolist() == [9.0, 2.0]
    t[1] = 7.0
    assert source.tolist() == [9.0, 7.0]
    assert source.flags.writeable


def test_from_numpy_wants_an_array_of_a_known_type_and_byte_order() -> None:
    with pytest.raises(TypeError, match="a NumPy array is needed, not list"):
        tt.from_numpy([1.0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="float16 is not supported; choose one of float32"):
        tt.from_numpy(np.ones(2, np.float16))
    with pytest.raises(TypeError, match="byte order '>f4'"):
        tt.from_numpy(np.ones(2, ">f4"))
    assert Tensor(np.array([1, 2], ">i4")).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([1.0, 2.5], "float32"),
        ([1, 2], "int64"),
        ([1, 2.5], "float32"),
        ([True, False], "bool"),
        (3, "int64"),
        (3.0, "float32"),
        ([], "float32"),
        ([[]], "float32"),
        (np.ones(2), "float64"),
        (np.ones(2, np.uint8), "uint8"),
        (np.float64(1), "float64"),
        ([np.ones(2), np.zeros(2)], "float64"),
        (range(3), "int64"),
    ],
)
def test_lists_of_floats_are_float32_and_arrays_keep_their_type(data: Any, dtype: str) -> None:
    t = Tensor(data)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.data, np.asarray(data, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_given_dtype_is_taken(dtype: str) -> None:
    assert Tensor([0, 1], dtype=dtype).dtype == dtype
    assert Tensor([0.0, 1.0]).to(dtype).dtype == dtype
    assert tt.zeros(2, dtype=dtype).dtype == dtype


@pytest.mark.parametrize("data", ["abc", None, [1, "a"], [1j], 2**70, object()])
def test_what_is_no_number_is_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="does not hold numbers alone"):
        Tensor(data)


def test_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="rows of a nested list must have equal lengths"):
        Tensor([[1, 2], [3]])


@pytest.mark.parametrize("dtype", ["float16", "uint64", "complex64", "foo", None])
def test_an_unknown_dtype_is_named_with_those_there_are(dtype: Any) -> None:
    with pytest.raises(TypeError, match=f"dtype {dtype} is not supported; choose one of float32, float64"):
        tt.zeros(2, dtype=dtype)


@pytest.mark.parametrize(("dtype", "numbers"), [("uint8", [0, 256]), ("uint8", [-1, 255]), ("int8", [[128]])])
def test_integers_that_a_type_cannot_hold_are_refused(dtype: str, numbers: list[Any]) -> None:
    with pytest.raises(OverflowError, match=f"{dtype} holds .* to .*, the numbers given are"):
        Tensor(numbers, dtype=dtype)
    assert Tensor([-128, 127], dtype="int8").tolist() == [-128, 127]
    assert Tensor([300], dtype="float32").tolist() == [300]


def test_constants_have_the_shape_however_it_is_given() -> None:
    assert tt.zeros(2, 3).shape == tt.zeros((2, 3)).shape == tt.ones([2, 3]).shape == (2, 3)
    assert tt.zeros().shape == ()
    assert tt.ones(0, 3).shape == (0, 3)
    np.testing.assert_array_equal(tt.full((2, 2), 7).data, [[7, 7], [7, 7]])
    assert tt.full(2, 7).dtype == "int64"
    assert tt.full(2, 7.0).dtype == "float32"
    assert tt.full(2, True).dtype == "bool"
    like = Tensor(np.ones((2, 1), np.int8))
    for made, value in ((tt.zeros_like(like), 0), (tt.ones_like(like), 1), (tt.full_like(like, 5), 5)):
        assert made.dtype == "int8"
        assert made.tolist() == [[value], [value]]


def test_ranges_and_identities() -> None:
    assert tt.arange(3).tolist() == [0, 1, 2]
    assert tt.arange(3).dtype == "int64"
    assert tt.arange(1, 4, 2).tolist() == [1, 3]
    assert tt.arange(0, 1, 0.5).dtype == "float32"
    assert tt.linspace(0, 1, 5).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert tt.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_draws_follow_their_generator_and_leave_numpys_global_state_alone() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002  (the state that must not change)
    first = tt.randn(3, 4, generator=np.random.default_rng(1))
    again = tt.randn((3, 4), generator=np.random.default_rng(1))
    other = tt.randn(3, 4, generator=np.random.default_rng(2))
    np.testing.assert_array_equal(first.data, again.data)
    assert not np.array_equal(first.data, other.data)
    assert not np.array_equal(tt.rand(100).data, tt.rand(100).data)
    assert str(np.random.get_state(legacy=False)) == str(before)  # noqa: NPY002


def test_draws_have_the_moments_of_their_distribution() -> None:
    n = 100_000
    generator = np.random.default_rng(0)
    uniform = tt.rand(n, generator=generator).data
    normal = tt.randn(n, generator=generator).data
    integers = tt.randint(2, 5, n, generator=generator).data
    assert uniform.min() >= 0
    assert uniform.max() < 1
    for draws, mean, variance in ((uniform, 1 / 2, 1 / 12), (normal, 0, 1), (integers, 3, 2 / 3)):
        assert abs(draws.mean() - mean) < 5 * (variance / n) ** 0.5
        assert abs(draws.var() - variance) < 0.02
    assert set(integers.tolist()) == {2, 3, 4}


def test_draws_refuse_what_they_cannot_draw() -> None:
    with pytest.raises(TypeError, match="draws are float32 or float64, not int64; randint"):
        tt.rand(2, dtype="int64")
    with pytest.raises(TypeError, match=r"a numpy\.random\.Generator is needed, not 3"):
        tt.rand(2, generator=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="integers from 0 to 299 do not fit into uint8"):
        tt.randint(0, 300, 2, dtype="uint8")
    with pytest.raises(ValueError, match="low must be below high"):
        tt.randint(3, 3, 2)
    assert set(tt.randint(0, 2, 50, dtype="bool", generator=np.random.default_rng(0)).tolist()) == {False, True}


def test_a_tensor_says_its_numbers_type_shape_and_history() -> None:
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(Tensor([1, 2])) == "Tensor([1, 2])"
    assert repr(Tensor(np.ones(1))) == "Tensor([1.], dtype=float64)"
    assert repr(Tensor([[1, 2], [3, 4]])) == "Tensor([[1, 2],\n        [3, 4]])"
    assert repr(tt.zeros(0, 3)) == "Tensor([], shape=(0, 3), dtype=float32)"
    x = Tensor([1.0], requires_grad=True)
    assert repr(x) == "Tensor([1.], requires_grad=True)"
    assert repr(x * 2) == "Tensor([2.], grad_fn=multiply)"
    assert len(repr(tt.zeros(100, 100))) < 500


def test_numbers_come_out_as_python_numbers() -> None:
    t = Tensor(2.5)
    assert (t.item(), t.tolist(), float(t), int(t)) == (2.5, 2.5, 2.5, 2)
    assert type(Tensor([3]).item()) is int
    assert [10, 20, 30][Tensor(1)] == 20
    assert (t.ndim, t.size, t.shape, t.nbytes, Tensor([[1.0], [2.0]]).numel()) == (0, 1, (), 4, 2)
    with pytest.raises(ValueError, match=r"shape \(2,\) has 2 elements, not one"):
        Tensor([1, 2]).item()
    with pytest.raises(TypeError, match="only integer tensors are positions, not float32"):
        [10, 20][Tensor(1.0)]


def test_a_number_is_formatted_as_python_formats_it() -> None:
    loss = Tensor(2.0) / 3
    assert f"{loss:.3f} {Tensor(7):03d}" == "0.667 007"
    assert f"{loss}" == str(loss)
    with pytest.raises(TypeError, match="unsupported format"):
        format(Tensor([1.0]), ".3f")


def test_a_tensor_has_a_length_if_it_has_an_axis_and_a_truth_value_if_it_has_one_element() -> None:
    assert len(tt.zeros(3, 2)) == 3
    assert [row.tolist() for row in Tensor([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    assert bool(Tensor([[2]]))
    assert not bool(Tensor(0.0))
    with pytest.raises(TypeError, match="rank 0 has no axis"):
        len(Tensor(1))
    with pytest.raises(TypeError, match="rank 0 has no axis"):
        list(Tensor(1))
    for ambiguous in (Tensor([True, True]), tt.zeros(0)):
        with pytest.raises(ValueError, match=r"truth values; use any\(\) or all\(\)"):
            bool(ambiguous)


def test_equality_compares_elements_and_hashing_goes_by_identity() -> None:
    t = Tensor([1, 2])
    assert (t == Tensor([1, 3])).tolist() == [True, False]
    assert (t != 1).tolist() == [False, True]
    assert t is not None
    assert t is not None
    assert len({t, Tensor([1, 2]), t}) == 2
    assert 2 in t
    assert 3 not in t


def test_asking_for_gradients_is_for_floats() -> None:
    assert Tensor([1.0], requires_grad=True).requires_grad
    with pytest.raises(
        TypeError, match=r"only floats have gradients, this tensor is int64; convert it first: t\.float"
    ):
        Tensor([1], requires_grad=True)
