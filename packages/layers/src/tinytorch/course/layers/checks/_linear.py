"""A linear layer: its value, its cost and its slopes, against sums in NumPy and central differences."""

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


def slopes(f: Callable[[], float], array: Array) -> Array:
    """Return the central differences of f by each element of `array`, which f reads."""
    found = np.empty_like(array)
    for index in np.ndindex(array.shape):
        middle = array[index]
        step = 1e-6 * max(1.0, abs(float(middle)))
        array[index] = middle + step
        above = f()
        array[index] = middle - step
        below = f()
        array[index] = middle
        found[index] = (above - below) / (2 * step)
    return found


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


def back(tt: Any, x: Any) -> Any:
    """Return the gradients of x, weight and bias for an upstream gradient."""
    operands = tensors(tt, x)
    for operand in operands:
        if operand is not None:
            operand.requires_grad_()
    tt.layers.linear(*operands).backward(tt.tensor.Tensor(x["upstream"]))
    return {
        name: operand.grad
        for name, operand in zip(("x", "weight", "bias"), operands, strict=True)
        if operand is not None
    }


def by_hand(x: Any) -> dict[str, Array]:
    """Return the gradients as sums over what each element touches."""
    rows, weight, upstream = (np.array(x[name], np.float32) for name in ("x", "weight", "upstream"))
    rows, upstream = np.atleast_2d(rows), np.atleast_2d(upstream)
    return {
        "x": np.einsum("no,io->ni", upstream, weight),
        "weight": np.einsum("ni,no->io", rows, upstream),
        "bias": np.einsum("no->o", upstream),
    }


def in_tables(x: Any) -> dict[str, Array]:
    """Return the same with two axes in front."""
    return {
        "x": np.einsum("tno,io->tni", x["upstream"], x["weight"]),
        "weight": np.einsum("tni,tno->io", x["x"], x["upstream"]),
        "bias": np.einsum("tno->o", x["upstream"]),
    }


def differences(x: Any) -> dict[str, Array]:
    """Return the gradients as central differences of the sum of outputs times upstream."""
    arrays = {name: np.array(x[name]) for name in ("x", "weight", "bias") if x[name] is not None}

    def loss() -> float:
        y = summed(arrays["x"], arrays["weight"], arrays.get("bias"))
        return float(np.sum(y * x["upstream"]))

    return {name: slopes(loss, array) for name, array in arrays.items()}


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


def twice(tt: Any, x: Any) -> Any:
    """Return the gradient of a square weight that two layers share, the input turned and the output summed."""
    weight = tt.tensor.Tensor(x["weight"], requires_grad=True)
    inner = tt.layers.linear(tt.tensor.Tensor(x["x"]).T, weight)
    tt.layers.linear(inner, weight).sum(axis=0).backward(tt.tensor.Tensor(x["upstream"]))
    return weight.grad


def twice_by_differences(x: Any) -> Array:
    """Return the central differences of the same."""
    weight = np.array(x["weight"])
    return slopes(lambda: float(np.sum((x["x"].T @ weight @ weight).sum(axis=0) * x["upstream"])), weight)


class Shapes:
    """Keeps the shapes of what the rules return."""

    def __init__(self) -> None:
        self.found: list[tuple[int, ...]] = []

    def before(self, step: Any) -> None:
        """Wait for the end."""

    def after(self, step: Any, outputs: Any) -> None:
        if step.phase == "rule":
            self.found += [output.shape for output in outputs]


def first_layer(tt: Any, x: Any) -> Any:
    """Return which of a layer's gradients are computed when only some are wanted."""
    make, seen = tt.tensor.Tensor, Shapes()
    operands = {name: make(np.ones(shape)) for name, shape in x["shapes"].items()}
    for name in x["wanted"]:
        operands[name].requires_grad_()
    y = tt.layers.linear(operands["x"], operands["weight"], operands["bias"])
    with tt.tensor.listen(seen):
        y.backward(make(np.ones(y.shape)))
    computed = [name for name, shape in x["shapes"].items() if shape in seen.found]
    return {"computed": computed, "kept": [name for name in operands if operands[name].grad is not None]}


def only_wanted(*wanted: str) -> Any:
    """Return inputs of three shapes that differ, so that a gradient is known by its shape."""
    return given(shapes={"x": (5, 3), "weight": (3, 2), "bias": (2,)}, wanted=list(wanted))


VIEWS = {"x": (4, 5), "weight": (2, 3), "bias": (2,)}
ROUNDED_ONCE = "at most five terms of at most 4, each rounded to 24 bits two or three times"
DIFFERENCES = "central differences of a bilinear function have no error but rounding: 1e-16 * 50 / 1e-6"
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
    Check(
        "linear_rule",
        "one row by hand",
        given(
            x=[[1.0, 2.0]],
            weight=[[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]],
            bias=[0.0, 0.0, 0.0],
            upstream=[[1.0, 10.0, 100.0]],
        ),
        back,
        equals(by_hand),
        shown="x = {x}, weight = {weight}, gradient of the output {upstream}",
    ),
    Check(
        "linear_rule",
        "two rows, all sizes alike",
        given(
            x=[[1.0, 2.0], [3.0, 5.0]],
            weight=[[1.0, 2.0], [4.0, 8.0]],
            bias=[0.0, 0.0],
            upstream=[[1.0, 10.0], [100.0, 1000.0]],
        ),
        back,
        equals(by_hand),
        shown="x = {x}, weight = {weight}, gradient of the output {upstream}",
    ),
    Check(
        "linear_rule",
        "a single row has no axis in front",
        given(x=[1.0, 2.0], weight=[[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]], bias=None, upstream=[1.0, 10.0, 100.0]),
        back,
        equals(lambda x: {name: by_hand(x)[name].reshape(np.shape(x[name])) for name in ("x", "weight")}),
        shown="x = {x}, weight = {weight}, gradient of the output {upstream}",
    ),
    Check(
        "linear_rule",
        "two tables of three rows",
        given(
            x=np.arange(12.0).reshape(2, 3, 2),
            weight=np.arange(8.0).reshape(2, 4),
            bias=np.zeros(4),
            upstream=np.arange(24.0).reshape(2, 3, 4),
        ),
        back,
        equals(in_tables, dtype=False),
        kind="contract",
        shown="x of shape (2, 3, 2), weight (2, 4), bias (4,)",
    ),
    Check(
        "linear_rule",
        "any axes in front, against central differences",
        some(np.float64, upstream=True),
        back,
        close(differences, rtol=1e-7, atol=1e-7, because=DIFFERENCES, dtype=True),
        kind="gradient",
        seeds=20,
    ),
    Check(
        "linear_rule",
        "a weight used twice, turned operands, a repeated gradient",
        lambda rng: {
            "x": rng.normal(size=(3, 4)),
            "weight": rng.normal(size=(3, 3)),
            "upstream": np.array([1.0, -2.0, 0.5]),
        },
        twice,
        close(twice_by_differences, rtol=1e-6, atol=1e-6, because="a square's third derivative is 0; rounding is left"),
        kind="gradient",
        shown="linear(linear(x.T, w), w).sum(axis=0)",
    ),
    Check(
        "linear_rule",
        "a first layer's input needs no gradient",
        only_wanted("weight", "bias"),
        first_layer,
        equals(
            lambda x: {"computed": ["weight", "bias"], "kept": ["weight", "bias"]}, rule="None where needs says no."
        ),
        kind="cost",
        shown="x (5, 3), weight (3, 2), bias (2,); wanted: {wanted}",
    ),
    Check(
        "linear_rule",
        "a frozen layer passes the gradient on",
        only_wanted("x"),
        first_layer,
        equals(lambda x: {"computed": ["x"], "kept": ["x"]}, rule="None where needs says no."),
        kind="cost",
        shown="x (5, 3), weight (3, 2), bias (2,); wanted: {wanted}",
    ),
    Check(
        "linear_rule",
        "and so does one with two axes in front",
        given(shapes={"x": (4, 5, 3), "weight": (3, 2), "bias": (2,)}, wanted=["x"]),
        first_layer,
        equals(lambda x: {"computed": ["x"], "kept": ["x"]}),
        kind="contract",
        shown="x (4, 5, 3), weight (3, 2), bias (2,); wanted: {wanted}",
    ),
)
