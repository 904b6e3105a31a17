"""In which type things meet: all pairs of our seven types, of ranks 0 and 1, and Python's numbers, against PyTorch."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tinytorch import tensor as tt
from tinytorch.tensor import Tensor

NAMES = ("float32", "float64", "int64", "int32", "int8", "uint8", "bool")
RANKS = tuple(itertools.product((0, 1), (0, 1)))
NUMBERS = (True, 2, 2.5)
ARITHMETIC: dict[str, Any] = {
    name: getattr(operator, name)
    for name in (
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "and_",
        "or_",
        "xor",
    )
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "maximum": (tt.maximum, torch.maximum),
    "minimum": (tt.minimum, torch.minimum),
    "where": (lambda x, y: tt.where(Tensor(True), x, y), lambda x, y: torch.where(torch.tensor(True), x, y)),
    "concatenate": (
        lambda x, y: tt.concatenate([x.reshape(-1), y.reshape(-1)]),
        lambda x, y: torch.cat([x.reshape(-1), y.reshape(-1)]),
    ),
}
REDUCTIONS: dict[str, Any] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "prod": torch.prod,
    "max": torch.amax,
    "min": torch.amin,
    "argmax": torch.argmax,
    "argmin": torch.argmin,
    "any": torch.any,
    "all": torch.all,
    "var": torch.var,
    "std": torch.std,
}
EACH: dict[str, tuple[Any, Any]] = {
    **{
        name: (getattr(tt, name), getattr(torch, name))
        for name in (
            "exp",
            "expm1",
            "log",
            "log1p",
            "sqrt",
            "sin",
            "cos",
            "tanh",
            "absolute",
            "sign",
            "floor",
            "ceil",
            "round",
            "isnan",
            "isfinite",
        )
    },
    "negative": (operator.neg, torch.neg),
    "invert": (operator.invert, torch.bitwise_not),
    "cumsum": (lambda x: x.cumsum(0), lambda x: x.cumsum(0)),
    "topk": (lambda x: tt.topk(x, 1)[0], lambda x: torch.topk(x, 1)[0]),
    "clip by integers": (lambda x: x.clip(1, 2), lambda x: x.clamp(1, 2)),
    "clip by floats": (lambda x: x.clip(0.5, 1.5), lambda x: x.clamp(0.5, 1.5)),
}

#: Where we differ, and the sentence in the package that says so: int16 does not exist here.
HERE = {("int8", "uint8"): "int32", ("uint8", "int8"): "int32"}


def values(name: str, rank: int, first: bool) -> Any:
    """Return an array of this type: no zeros in the second, which may divide."""
    numbers = np.array([3, 1, 2] if first else [1, 2, 3]).astype(name)
    return numbers if rank else numbers[:1].reshape(())


def outcome(function: Callable[..., Any], *inputs: Any) -> Any:
    """Return the result as an array, or the kind of error."""
    try:
        result = function(*inputs)
    except (RuntimeError, TypeError, ValueError, NotImplementedError):
        return "an error"
    return np.asarray(result.data if isinstance(result, Tensor) else result.numpy())


def refused(name: str, *operands: Any) -> str | None:
    """Return which side alone refuses this: "PyTorch" (a boolean subtracted) or "here" (a boolean power); or None."""
    booleans = [np.asarray(x).dtype == np.bool_ for x in operands]
    if name == "sub" and any(booleans):
        return None if all(booleans) else "PyTorch"
    if name == "pow" and all(booleans) and any(isinstance(x, bool) for x in operands):
        return "here"
    return None


def compare(name: str, symbol: Any, *operands: Any) -> None:
    """Compare one operator on arrays, which become tensors, and Python numbers."""
    ours = outcome(symbol, *(Tensor(x) if isinstance(x, np.ndarray) else x for x in operands))
    theirs = outcome(symbol, *(torch.tensor(x) if isinstance(x, np.ndarray) else x for x in operands))
    side = refused(name, *operands)
    if side == "PyTorch":
        assert theirs == "an error"
        assert not isinstance(ours, str)
    elif side == "here":
        assert isinstance(ours, str)
    else:
        assert_same(ours, theirs)


def assert_same(ours: Any, theirs: Any, expected: str | None = None) -> None:
    if isinstance(theirs, str) or isinstance(ours, str):
        assert ours is theirs or (isinstance(ours, str) and isinstance(theirs, str))
        return
    assert ours.dtype.name == (theirs.dtype.name if expected is None else expected)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours.astype(np.float64), theirs.astype(np.float64), rtol=1e-6)


@pytest.mark.parametrize("name", [*ARITHMETIC, *FUNCTIONS])
def test_two_tensors_meet_in_the_type_in_which_pytorchs_meet(name: str) -> None:
    ours, theirs = FUNCTIONS.get(name, (ARITHMETIC.get(name), ARITHMETIC.get(name)))
    assert ours is not None
    assert theirs is not None
    for (left, right), (m, n) in itertools.product(itertools.product(NAMES, NAMES), RANKS):
        x, y = values(left, m, True), values(right, n, False)
        if refused(name, x, y):
            compare(name, ours, x, y)
            continue
        found = outcome(ours, Tensor(x), Tensor(y))
        wanted = outcome(theirs, torch.tensor(x), torch.tensor(y))
        here = not isinstance(wanted, str) and wanted.dtype.name == "int16"
        assert not here or (left, right) in HERE
        assert_same(found, wanted, HERE[left, right] if here else None)


@pytest.mark.parametrize("name", ARITHMETIC)
def test_a_python_number_widens_nothing_that_pytorch_does_not_widen(name: str) -> None:
    symbol = ARITHMETIC[name]
    for dtype, rank, number in itertools.product(NAMES, (0, 1), NUMBERS):
        x = values(dtype, rank, True)
        compare(name, symbol, x, number)
        compare(name, symbol, number, x)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dtype", NAMES)
def test_a_reduction_has_the_type_of_pytorchs(name: str, dtype: str) -> None:
    x = values(dtype, 1, True)
    theirs = REDUCTIONS[name]
    for ours, other in (
        (outcome(lambda: getattr(Tensor(x), name)()), outcome(lambda: theirs(torch.tensor(x)))),
        (outcome(lambda: getattr(Tensor(x), name)(0)), outcome(lambda: theirs(torch.tensor(x), dim=0))),
    ):
        if name in ("mean", "var", "std") and not dtype.startswith("float"):
            assert other == "an error"  # PyTorch asks for a type; we compute in float32, as `mean` says
            assert ours.dtype == np.float32
        elif name in ("any", "all") and dtype == "uint8":
            assert other.dtype == np.uint8  # PyTorch's oldest masks; ours are bool
            assert ours.dtype == np.bool_
        elif name in ("argmax", "argmin") and dtype == "bool":
            assert other == "an error"  # PyTorch has none; ours says where the first True stands
        else:
            assert_same(ours, other)


@pytest.mark.parametrize("name", EACH)
def test_a_function_of_each_element_has_the_type_of_pytorchs(name: str) -> None:
    ours, theirs = EACH[name]
    for dtype in NAMES:
        x = values(dtype, 1, True)
        with np.errstate(all="ignore"):
            found, wanted = outcome(ours, Tensor(x)), outcome(theirs, torch.tensor(x))
        if isinstance(wanted, str):  # PyTorch refuses fewer in each release; what it computes is what counts
            continue
        if (name, dtype) == ("sign", "bool"):
            assert isinstance(found, str)  # booleans have no sign here
            continue
        assert_same(found, wanted)


@pytest.mark.parametrize(("source", "target"), list(itertools.product(NAMES, NAMES)))
def test_a_conversion_has_pytorchs_values(source: str, target: str) -> None:
    x = np.array([0, 1, 2, 100]).astype(source)
    assert_same(outcome(lambda: Tensor(x).to(target)), outcome(lambda: torch.tensor(x).to(getattr(torch, target))))


def test_wrong_promotion_would_be_noticed() -> None:
    x, y = torch.tensor([1.0]), torch.tensor([1])
    with pytest.raises(AssertionError):  # NumPy's rule
        assert_same(x.numpy() + y.numpy(), (x + y).numpy())
    with pytest.raises(AssertionError):
        assert_same("an error", (x + y).numpy())
