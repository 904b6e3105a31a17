"""A linear layer's gradients, against sums and central differences; and which of them are computed at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.course.layers.checks._linear import Array, some, summed, tensors
from tinytorch.tito.checks import Check, close, equals, given


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


DIFFERENCES = "central differences of a bilinear function have no error but rounding: 1e-16 * 50 / 1e-6"

CHECKS = (
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
    *(
        Check(
            "linear_rule",
            name,
            only_wanted(wanted),
            first_layer,
            equals(lambda x: {"computed": x["wanted"], "kept": x["wanted"]}, rule="None where needs says no."),
            kind="cost",
            shown="x (5, 3), weight (3, 2), bias (2,); wanted: {wanted}",
        )
        for name, wanted in (("only the weight learns", "weight"), ("only the bias learns", "bias"))
    ),
    Check(
        "linear_rule",
        "a frozen layer passes the gradient on, with two axes in front",
        given(shapes={"x": (4, 5, 3), "weight": (3, 2), "bias": (2,)}, wanted=["x"]),
        first_layer,
        equals(lambda x: {"computed": ["x"], "kept": ["x"]}),
        kind="contract",
        shown="x (4, 5, 3), weight (3, 2), bias (2,); wanted: {wanted}",
    ),
)
