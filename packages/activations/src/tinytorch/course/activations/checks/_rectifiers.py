"""What ReLU and leaky ReLU promise."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.activations.checks._drives import applied, gradient, mirrored_gradient, types_of
from tinytorch.course.activations.checks._oracles import (
    DIFFERENCES,
    ROUNDING_64,
    away_from_0,
    floats,
    leaky_relu,
    relu,
    shape_of,
    slope,
)
from tinytorch.tito.checks import Check, Inputs, close, equals, given

INF, NAN = np.inf, np.nan


def any_numbers(rng: np.random.Generator) -> Inputs:
    return {"x": rng.normal(0, 3, shape_of(rng))}


def with_slope(rng: np.random.Generator) -> Inputs:
    return {"x": rng.normal(0, 3, shape_of(rng)), "slope": float(rng.choice([0.0, 0.01, 0.5, 2.0, -1.0]))}


def two_gradients(rng: np.random.Generator) -> Inputs:
    shape = shape_of(rng)
    return {"x": away_from_0(rng, shape), "g": away_from_0(rng, shape), "slope": float(rng.uniform(-1.0, 2.0))}


def input_afterwards(tt: Any, x: Inputs) -> Any:
    tensor = tt.tensor.Tensor(x["x"])
    tt.activations.relu(tensor)
    return tensor


def output_after_an_edit(name: str, *options: str) -> Any:
    """Return a drive: the output, once the input has been edited."""

    def drive(tt: Any, x: Inputs) -> Any:
        tensor = tt.tensor.Tensor(x["x"])
        y = getattr(tt.activations, name)(tensor, *(x[option] for option in options))
        tensor[0] = 9.0
        return y

    return drive


def relu_beside_another(tt: Any, x: Inputs) -> Any:
    """One gradient arrives at the two parts of a sum: neither may write into it."""
    leaf = tt.tensor.Tensor(x["x"], requires_grad=True)
    both = tt.activations.relu(leaf) + leaf
    return tt.autograd.grad(both, leaf, tt.tensor.Tensor(x["g"]))[0]


RELU = (
    Check(
        function="relu_op",
        name="what is negative becomes 0",
        inputs=given(x=[-2.0, 0.0, 3.0]),
        drive=applied("relu"),
        judge=equals(lambda x: floats(0.0, 0.0, 3.0)),
        shown="relu(Tensor({x}))",
    ),
    Check(
        function="relu_op",
        name="NaN stays NaN, and infinity infinite",
        inputs=given(x=[NAN, INF, -INF, 1.0]),
        drive=applied("relu"),
        judge=equals(
            lambda x: floats(NAN, INF, 0.0, 1.0), rule="A NaN that disappears here hides a mistake elsewhere."
        ),
        kind="contract",
        shown="relu(Tensor({x}))",
    ),
    Check(
        function="relu_op",
        name="the type stays",
        inputs=given(),
        drive=types_of("relu"),
        judge=equals(lambda x: {"int64": "int64", "float32": "float32", "float64": "float64"}),
        kind="contract",
        shown="relu of int64, float32 and float64",
    ),
    Check(
        function="relu_op",
        name="the input is left alone",
        inputs=given(x=[-2.0, 0.0, 3.0]),
        drive=input_afterwards,
        judge=equals(lambda x: floats(-2.0, 0.0, 3.0)),
        kind="aliasing",
        shown="x = Tensor({x}); relu(x); then x",
    ),
    Check(
        function="relu_op",
        name="the output is an array of its own, also where nothing is negative",
        inputs=given(x=[2.0, 3.0]),
        drive=output_after_an_edit("relu"),
        judge=equals(lambda x: floats(2.0, 3.0), rule="A new array: who edits the input leaves the output as it was."),
        kind="aliasing",
        shown="t = Tensor({x}); y = relu(t); t[0] = 9.0; y",
    ),
    Check(
        function="relu_op",
        name="any shape",
        inputs=any_numbers,
        drive=applied("relu"),
        judge=equals(lambda x: relu(x["x"])),
        kind="property",
        seeds=20,
    ),
    Check(
        function="relu_rule",
        name="positive passes, negative does not",
        inputs=given(x=[-2.0, 3.0], g=[5.0, -7.0]),
        drive=gradient("relu", dtype=np.float32),
        judge=equals(lambda x: floats(0.0, -7.0)),
        shown="the gradient of relu at {x}, given {g} from above",
    ),
    Check(
        function="relu_rule",
        name="at 0 it is 0, by contract",
        inputs=given(x=[-0.0, 0.0, 1e-30], g=[3.0, 5.0, 7.0]),
        drive=gradient("relu", dtype=np.float32),
        judge=equals(lambda x: floats(0.0, 0.0, 7.0)),
        kind="contract",
        shown="the gradient of relu at {x}, given {g} from above",
    ),
    Check(
        function="relu_rule",
        name="the gradient from above stays as it was",
        inputs=given(x=[-2.0, 3.0], g=[5.0, 7.0]),
        drive=lambda tt, x: relu_beside_another(tt, {name: floats(*value) for name, value in x.items()}),
        judge=equals(lambda x: floats(5.0, 14.0), rule="Somebody else reads the same array: a rule makes a new one."),
        kind="aliasing",
        shown="the gradient of relu(x) + x at {x}, given {g} from above",
    ),
    Check(
        function="relu_rule",
        name="central differences",
        inputs=two_gradients,
        drive=gradient("relu"),
        judge=close(lambda x: slope(relu, x["x"], x["g"]), rtol=1e-7, because=DIFFERENCES, dtype=True),
        kind="gradient",
        seeds=20,
    ),
)

LEAKY = (
    Check(
        function="leaky_relu_op",
        name="the slope is on the left",
        inputs=given(x=[-2.0, 0.0, 3.0], slope=0.25),
        drive=applied("leaky_relu", "slope"),
        judge=equals(lambda x: floats(-0.5, 0.0, 3.0)),
        shown="leaky_relu(Tensor({x}), {slope})",
    ),
    Check(
        function="leaky_relu_op",
        name="a slope above 1, and one below 0",
        inputs=given(x=[-2.0, 3.0]),
        drive=lambda tt, x: [tt.activations.leaky_relu(tt.tensor.Tensor(x["x"]), slope) for slope in (2.0, -1.0)],
        judge=equals(lambda x: [floats(-4.0, 3.0), floats(2.0, 3.0)]),
        kind="contract",
        shown="leaky_relu(Tensor({x}), 2.0) and leaky_relu(Tensor({x}), -1.0)",
    ),
    Check(
        function="leaky_relu_op",
        name="NaN stays NaN, and infinity infinite",
        inputs=given(x=[NAN, INF, -INF], slope=0.5),
        drive=applied("leaky_relu", "slope"),
        judge=equals(lambda x: floats(NAN, INF, -INF)),
        kind="contract",
        shown="leaky_relu(Tensor({x}), {slope})",
    ),
    Check(
        function="leaky_relu_op",
        name="the output is an array of its own, also for a slope of 1",
        inputs=given(x=[2.0, -3.0], slope=1.0),
        drive=output_after_an_edit("leaky_relu", "slope"),
        judge=equals(lambda x: floats(2.0, -3.0), rule="A new array: who edits the input leaves the output as it was."),
        kind="aliasing",
        shown="t = Tensor({x}); y = leaky_relu(t, {slope}); t[0] = 9.0; y",
    ),
    Check(
        function="leaky_relu_op",
        name="any shape, any slope",
        inputs=with_slope,
        drive=applied("leaky_relu", "slope"),
        judge=close(lambda x: leaky_relu(x["x"], x["slope"]), rtol=1e-14, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="leaky_relu_rule",
        name="1 on the right, the slope on the left and at 0",
        inputs=given(x=[-2.0, 0.0, 3.0], g=[4.0, 8.0, 16.0], slope=0.25),
        drive=gradient("leaky_relu", "slope", dtype=np.float32),
        judge=equals(lambda x: floats(1.0, 2.0, 16.0)),
        shown="the gradient of leaky_relu at {x} with slope {slope}, given {g} from above",
    ),
    Check(
        function="leaky_relu_rule",
        name="central differences",
        inputs=two_gradients,
        drive=mirrored_gradient("leaky_relu", "slope"),
        judge=close(
            lambda x: slope(lambda v: leaky_relu(v, x["slope"]), x["x"], x["g"]).T,
            rtol=1e-7,
            atol=1e-8,
            because=DIFFERENCES,
        ),
        kind="gradient",
        seeds=20,
    ),
)

CHECKS = (*RELU, *LEAKY)
