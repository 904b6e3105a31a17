"""In which type a mixed operation computes: PyTorch's rule, written out as a table."""

import itertools
import operator
from typing import Any

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, promote_types

# Copied cell by cell from torch.promote_types (2.13), with int16, which we do not have, as int32 (marked).
NAMES = ["float32", "float64", "int64", "int32", "int8", "uint8", "bool"]
TABLE = [
    "float32 float64 float32 float32 float32 float32 float32",
    "float64 float64 float64 float64 float64 float64 float64",
    "float32 float64 int64   int64   int64   int64   int64  ",
    "float32 float64 int64   int32   int32   int32   int32  ",
    "float32 float64 int64   int32   int8    int32   int8   ",  # the sixth: int16 in PyTorch
    "float32 float64 int64   int32   int32   uint8   uint8  ",  # the fifth: int16 in PyTorch
    "float32 float64 int64   int32   int8    uint8   bool   ",
]
PAIRS = [(x, y, TABLE[i].split()[j]) for i, x in enumerate(NAMES) for j, y in enumerate(NAMES)]
CATEGORY = {"float32": 2, "float64": 2, "int64": 1, "int32": 1, "int8": 1, "uint8": 1, "bool": 0}


@pytest.mark.parametrize(("x", "y", "expected"), PAIRS)
def test_two_types_meet_as_in_pytorch(x: str, y: str, expected: str) -> None:
    assert promote_types(np.dtype(x), np.dtype(y)) == expected
    first, second = Tensor(np.ones(2, x)), Tensor(np.ones(2, y))
    assert (first * second).dtype == expected
    assert tt.maximum(first, second).dtype == expected
    assert tt.where(Tensor([True, False]), first, second).dtype == expected
    assert tt.concatenate([first, second]).dtype == expected
    assert (first / second).dtype == (expected if CATEGORY[expected] == 2 else "float32")
    assert (first < second).dtype == "bool"


@pytest.mark.parametrize(("x", "y", "expected"), PAIRS)
def test_a_rank_0_tensor_does_not_widen_its_own_category(x: str, y: str, expected: str) -> None:
    expected = x if CATEGORY[x] == CATEGORY[y] else expected
    many, one = Tensor(np.ones(2, x)), Tensor(np.ones((), y))
    assert (many * one).dtype == (one * many).dtype == expected
    assert tt.where(many > 0, many, one).dtype == tt.where(many > 0, one, many).dtype == expected
    assert (many / one).dtype == (one / many).dtype == (expected if CATEGORY[expected] == 2 else "float32")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(2,), ()])
def test_a_python_number_does_not_widen_its_own_category(name: str, shape: tuple[int, ...]) -> None:
    t = Tensor(np.ones(shape, name))
    category = CATEGORY[name]
    for number, kind in ((True, 0), (2, 1), (2.5, 2)):
        expected = name if kind <= category else {1: "int64", 2: "float32"}[kind]
        assert (t * number).dtype == (number * t).dtype == expected
        assert (t + number).dtype == (number + t).dtype == expected
        quotient = expected if CATEGORY[expected] == 2 else "float32"
        assert (t / number).dtype == (number / t).dtype == quotient
        if (category, kind) != (0, 0):
            assert (t // number).dtype == (t % number).dtype == (t**number).dtype == expected
            assert (t - number).dtype == (number - t).dtype == expected


@pytest.mark.parametrize("name", NAMES)
def test_sums_of_integers_are_int64_and_means_are_floats(name: str) -> None:
    t = Tensor(np.ones((2, 3), name))
    floating = name if name.startswith("float") else "float32"
    whole = name if name.startswith("float") else "int64"
    assert t.sum().dtype == t.prod(0).dtype == t.cumsum(1).dtype == whole
    assert t.mean().dtype == t.var(1).dtype == t.std().dtype == t.exp().dtype == t.sqrt().dtype == floating
    assert t.max().dtype == t.min(0).dtype == tt.round(t).dtype == tt.floor(t).dtype == name
    assert t.argmax().dtype == "int64"
    assert t.any().dtype == t.all(0).dtype == "bool"
    assert t.clip(0.5, 2.5).dtype == floating
    assert t.reshape(6).dtype == t[0].dtype == tt.pad(t, [(1, 1), (0, 0)]).dtype == name


def test_small_integers_do_not_overflow_in_a_sum() -> None:
    assert Tensor(np.full(1000, 100, np.int8)).sum().item() == 100_000
    assert Tensor(np.full(1000, 200, np.uint8)).mean().item() == 200.0


def test_division_of_integers_keeps_the_fraction() -> None:
    assert (Tensor([1, 2]) / 2).tolist() == [0.5, 1.0]
    assert (1 / Tensor([2, 4])).tolist() == [0.5, 0.25]
    assert Tensor([1, 2]).mean().item() == 1.5
    assert (Tensor(7) // 2).item() == 3
    assert (Tensor(-7) // 2).item() == -4
    assert (Tensor(-7) % 3).item() == 2


@pytest.mark.parametrize(
    ("work", "error", "message"),
    [
        (lambda: Tensor(np.ones(1, np.int8)) + 300, OverflowError, "add: 300 does not fit into int8"),
        (lambda: 300 - Tensor(np.ones(1, np.uint8)), OverflowError, "subtract: 300 does not fit into uint8"),
        (lambda: Tensor([1.0]) & Tensor([1]), TypeError, "bitwise_and: not defined for float32 and float32"),
        (lambda: Tensor([True]) - Tensor([True]), TypeError, "subtract: not defined for bool and bool"),
        (lambda: -Tensor([True]), TypeError, "booleans have no sign"),
        (lambda: ~Tensor([1.0]), TypeError, "for booleans and integers, not float32"),
        (lambda: Tensor([True]) // Tensor([True]), TypeError, "floor_divide: not defined for two booleans"),
        (lambda: Tensor([True]) % True, TypeError, "remainder: not defined for two booleans"),
        (lambda: Tensor([2]) ** -1, ValueError, "an integer to a negative power is no integer"),
        (lambda: Tensor([2.0]) + "a", TypeError, "'a' does not hold numbers alone"),
    ],
)
def test_what_types_cannot_do_is_said(work: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        work()


def test_conversion_truncates_and_returns_the_same_tensor_where_nothing_changes() -> None:
    t = Tensor([1.7, -1.7, 0.0])
    assert t.long().tolist() == [1, -1, 0]
    assert t.to(tt.bool_).tolist() == [True, True, False]
    assert t.double().dtype == "float64"
    assert t.astype(float).dtype == "float64"
    assert t.float() is t


@pytest.mark.parametrize(("x", "y"), list(itertools.product(["int64", "int8", "uint8", "bool"], repeat=2)))
@pytest.mark.parametrize("f", [operator.and_, operator.or_, operator.xor])
def test_bits_are_numpys(f: Any, x: str, y: str) -> None:
    a, b = np.array([0, 1, 1, 0]).astype(x), np.array([0, 1, 0, 1]).astype(y)
    np.testing.assert_array_equal(f(Tensor(a), Tensor(b)).data, f(a, b))
    np.testing.assert_array_equal(f(1, Tensor(a)).data, f(1, a))
    np.testing.assert_array_equal((~Tensor(a)).data, ~a)
