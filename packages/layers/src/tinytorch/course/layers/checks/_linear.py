"""A linear layer: what it computes, against sums in NumPy, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinytorch.tito.checks import Check, close, equals, every, given, holds, raises

Array = npt.NDArray[Any]


def summed(x: Array, weight: Array, bias: Array | None) -> Array:
    """Return what the definition says, term by term: y[.., o] = sum over i of x[.., i] weight[i, o], plus bias[o]."""
    y: Array = (x[..., :, None] * weight).sum(axis=-2)
    return y if bias is None else y + bias


def tensors(tt: Any, x: Any) -> tuple[Any, Any, Any]:
    """Return x, weight and bias as tensors, a bias that is not there as None."""
    bias = x.get("bias")
    make = tt.tensor.Tensor
    return make(x["x"]), make(x["weight"]), None if bias is None else make(bias)


def run(tt: Any, x: Any) -> Any:
    """Return the output of a linear layer."""
    return tt.layers.linear(*tensors(tt, x))


class Counter:
    """Adds up the operations that the forward steps count."""

    def __init__(self) -> None:
        self.flops = 0

    def before(self, step: Any) -> None:
        """Wait for the end."""

    def after(self, step: Any, outputs: Any) -> None:
        if step.phase == "forward":
            self.flops += step.operation.count_flops(step, outputs)


def counted(tt: Any, x: Any) -> Any:
    """Return the FLOPs of one linear layer on ones."""
    counter = Counter()
    ones = tt.tensor.ones
    bias = ones(x["outputs"]) if x["bias"] else None
    operands = ones(*x["front"], x["inputs"]), ones(x["inputs"], x["outputs"]), bias
    with tt.tensor.listen(counter):
        tt.layers.linear(*operands)
    return counter.flops


def flops(x: Any) -> int:
    """Return what the definition costs: 2 in + 1 for each element of the output."""
    return int(math.prod(x["front"]) * x["outputs"] * (2 * x["inputs"] + x["bias"]))


def some(dtype: type, most: int = 3, upstream: bool = False) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Return inputs of random shapes: up to `most` axes in front, of sizes 0 to 4, with a bias or without."""

    def inputs(rng: np.random.Generator) -> dict[str, Any]:
        front = tuple(int(size) for size in rng.integers(0, 5, rng.integers(0, most + 1)))
        count, outputs = (int(size) for size in rng.integers(1, 5, 2))
        drawn: dict[str, Any] = {
            "x": rng.uniform(-2, 2, (*front, count)).astype(dtype),
            "weight": rng.uniform(-2, 2, (count, outputs)).astype(dtype),
            "bias": rng.uniform(-2, 2, outputs).astype(dtype) if rng.random() < 0.7 else None,
        }
        return drawn | ({"upstream": rng.uniform(-2, 2, (*front, outputs))} if upstream else {})

    return inputs


def turned(tt: Any, x: Any) -> Any:
    """Run a layer on a transposed weight, on every other input and on a bias read backwards."""
    make = tt.tensor.Tensor
    return tt.layers.linear(make(x["x"])[:, ::2], make(x["weight"]).T, make(x["bias"])[::-1])


VIEWS = {"x": (4, 5), "weight": (2, 3), "bias": (2,)}
ROUNDED_ONCE = "at most five terms of at most 4, each rounded to 24 bits two or three times"
BY_HAND = "{x} @ {weight} + {bias}"

CHECKS = (
    Check(
        "linear_op",
        "one row by hand",
        given(x=[[1.0, 2.0]], weight=[[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]], bias=[10.0, 20.0, 30.0]),
        run,
        equals(lambda x: np.array([[11.0, 26.0, 34.0]], np.float32)),
        shown=BY_HAND,
    ),
    Check(
        "linear_op",
        "as many rows as outputs and inputs",
        given(x=[[1.0, 0.0], [0.0, 1.0]], weight=[[1.0, 2.0], [3.0, 4.0]], bias=[10.0, 20.0]),
        run,
        equals(lambda x: np.array([[11.0, 22.0], [13.0, 24.0]], np.float32)),
        shown=BY_HAND,
    ),
    Check(
        "linear_op",
        "a single row has no axis in front",
        given(x=[1.0, 2.0], weight=[[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]], bias=[10.0, 20.0, 30.0]),
        run,
        equals(lambda x: np.array([11.0, 26.0, 34.0], np.float32)),
        shown=BY_HAND,
    ),
    Check(
        "linear_op",
        "three rows of two places each",
        given(x=np.arange(12.0).reshape(3, 2, 2), weight=np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]), bias=None),
        run,
        equals(lambda x: summed(x["x"], x["weight"], None)),
        kind="contract",
        shown="{x} @ {weight}",
    ),
    Check(
        "linear_op",
        "no rows at all",
        given(x=np.ones((2, 0, 3)), weight=np.ones((3, 4)), bias=np.ones(4)),
        run,
        equals(lambda x: np.ones((2, 0, 4))),
        kind="contract",
        shown="x of shape (2, 0, 3), a weight of shape (3, 4)",
    ),
    Check(
        "linear_op",
        "any axes in front, with a bias or without",
        some(np.float32),
        run,
        every(
            close(lambda x: summed(x["x"], x["weight"], x["bias"]), rtol=0, atol=1e-5, because=ROUNDED_ONCE),
            holds(lambda x, y: y.dtype == np.float32, "the output has the dtype of the operands"),
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        "linear_op",
        "operands that are views",
        lambda rng: {name: rng.normal(size=shape) for name, shape in VIEWS.items()},
        turned,
        close(
            lambda x: summed(x["x"][:, ::2], x["weight"].T, x["bias"][::-1]),
            rtol=1e-12,
            atol=1e-13,
            because="three terms in float64",
        ),
        kind="contract",
        shown="x[:, ::2] @ weight.T + bias[::-1]",
    ),
    Check(
        "linear_op",
        "features that do not fit",
        given(x=np.ones((3, 4)), weight=np.ones((5, 2)), bias=None),
        run,
        raises(ValueError, "(3, 4)", "(5, 2)"),
        kind="contract",
        shown="x of shape (3, 4), a weight of shape (5, 2)",
    ),
    Check(
        "linear_op",
        "a bias that would only broadcast",
        given(x=np.ones((3, 4)), weight=np.ones((4, 2)), bias=np.ones(1)),
        run,
        raises(ValueError, "(1,)", "(2,)"),
        kind="contract",
        shown="a bias of shape (1,) for two outputs",
    ),
    Check(
        "linear_op",
        "integers",
        given(x=np.ones((3, 4), np.int64), weight=np.ones((4, 2), np.float32), bias=None),
        run,
        raises(TypeError),
        kind="contract",
        shown="x of int64, a weight of float32",
    ),
    Check(
        "linear_op",
        "nothing but integers",
        given(x=np.ones((3, 4), np.int64), weight=np.ones((4, 2), np.int64), bias=None),
        run,
        raises(TypeError),
        kind="contract",
        shown="x and weight of int64",
    ),
    Check(
        "linear_op",
        "two kinds of floats",
        given(x=np.ones((3, 4)), weight=np.ones((4, 2)), bias=np.ones(2, np.float32)),
        run,
        raises(TypeError),
        kind="contract",
        shown="x and weight of float64, a bias of float32",
    ),
    Check(
        "linear_flops",
        "one row by hand",
        given(front=(1,), inputs=3, outputs=2, bias=True),
        counted,
        equals(lambda x: 14),
        shown="(1, 3) @ (3, 2) + (2,): two outputs of 3 multiplications, 3 additions and the bias's",
    ),
    Check(
        "linear_flops",
        "without a bias",
        given(front=(1,), inputs=3, outputs=2, bias=False),
        counted,
        equals(lambda x: 12),
        shown="(1, 3) @ (3, 2)",
    ),
    Check(
        "linear_flops",
        "any axes in front",
        lambda rng: {
            "front": tuple(int(size) for size in rng.integers(0, 5, rng.integers(0, 4))),
            "inputs": int(rng.integers(1, 9)),
            "outputs": int(rng.integers(1, 9)),
            "bias": bool(rng.random() < 0.5),
        },
        counted,
        equals(flops),
        kind="property",
        seeds=20,
    ),
)
