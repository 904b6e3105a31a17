"""What sigmoid, tanh and GELU promise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.activations.checks._drives import applied, gradient, mirrored_gradient, second_gradient, types_of
from tinytorch.course.activations.checks._oracles import (
    DIFFERENCES,
    ROUNDING,
    ROUNDING_64,
    exact_gelu,
    floats,
    shape_of,
    sigmoid,
    slope,
    tanh_gelu,
)
from tinytorch.tito.checks import Check, Inputs, close, equals, given

INF, NAN = np.inf, np.nan


def far_and_wide(rng: np.random.Generator) -> Inputs:
    return {"x": np.asarray(rng.uniform(-1, 1, shape_of(rng)) * rng.choice([1.0, 30.0, 700.0]))}


def line_and_gradient(rng: np.random.Generator) -> Inputs:
    shape = shape_of(rng)
    return {"x": rng.uniform(-4.0, 4.0, shape), "g": rng.uniform(0.5, 2.0, shape)}


def in_both_types(tt: Any, x: Inputs) -> list[Any]:
    return [tt.activations.sigmoid(tt.tensor.Tensor(np.array(x["x"], kind))) for kind in (np.float32, np.float64)]


def at_the_edge_of_each_type(tt: Any, x: Inputs) -> list[float]:
    pairs = zip(x["x"], (np.float32, np.float64), strict=True)
    return [float(tt.activations.sigmoid(tt.tensor.Tensor(np.array(v, kind))).item()) for v, kind in pairs]


SIGMOID = (
    Check(
        function="logistic",
        name="a half at 0, three quarters at log 3",
        inputs=given(x=[0.0, math.log(3), -math.log(3)]),
        drive=applied("sigmoid"),
        judge=close(lambda x: floats(0.5, 0.75, 0.25), rtol=5e-7, because=ROUNDING, dtype=True),
        shown="sigmoid(Tensor({x}))",
    ),
    Check(
        function="logistic",
        name="nothing overflows on the left",
        inputs=given(x=[-1000.0, -1e4, -INF]),
        drive=in_both_types,
        judge=equals(lambda x: [np.zeros(3, np.float32), np.zeros(3)]),
        kind="contract",
        strict=True,
        shown="sigmoid of {x}, in float32 and float64; a warning of NumPy's is an error",
    ),
    Check(
        function="logistic",
        name="nothing overflows on the right",
        inputs=given(x=[1000.0, 1e4, INF]),
        drive=in_both_types,
        judge=equals(lambda x: [np.ones(3, np.float32), np.ones(3)]),
        kind="contract",
        strict=True,
        shown="sigmoid of {x}, in float32 and float64; a warning of NumPy's is an error",
    ),
    Check(
        function="logistic",
        name="NaN stays NaN",
        inputs=given(x=[NAN, 0.0]),
        drive=applied("sigmoid"),
        judge=equals(lambda x: floats(NAN, 0.5)),
        kind="contract",
        shown="sigmoid(Tensor({x}))",
    ),
    Check(
        function="logistic",
        name="small values keep their digits",
        inputs=given(x=[-20.0, -80.0]),
        drive=applied("sigmoid"),
        judge=close(
            lambda x: sigmoid(np.array(x["x"])),
            rtol=1e-6,
            because=ROUNDING,
            rule="Far to the left sigmoid(x) is e^x, small and not 0.",
        ),
        kind="contract",
        shown="sigmoid(Tensor({x}))",
    ),
    Check(
        function="logistic",
        name="down to the smallest float",
        inputs=given(x=[-95.0, -720.0]),
        drive=at_the_edge_of_each_type,
        judge=close(
            lambda x: [math.exp(v) for v in x["x"]],
            rtol=1e-3,
            because="the smallest floats have few digits",
            rule="e^95 is infinite in float32, and 1 over it 0; e^-95 is a float, a very small one.",
        ),
        kind="contract",
        shown="sigmoid of {x}, the first in float32, the second in float64",
    ),
    Check(
        function="logistic",
        name="the type stays, whole numbers become float32",
        inputs=given(),
        drive=lambda tt, x: list(types_of("sigmoid")(tt, x).values()),
        judge=equals(lambda x: ["float32", "float32", "float64"]),
        kind="contract",
        shown="the types of sigmoid of int64, float32 and float64",
    ),
    Check(
        function="logistic",
        name="any shape, any number",
        inputs=far_and_wide,
        drive=applied("sigmoid"),
        judge=close(lambda x: sigmoid(x["x"]), rtol=1e-14, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="sigmoid_rule",
        name="a quarter at 0",
        inputs=given(x=[0.0], g=[8.0]),
        drive=gradient("sigmoid", dtype=np.float32),
        judge=close(lambda x: floats(2.0), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="the gradient of sigmoid at {x}, given {g} from above",
    ),
    Check(
        function="sigmoid_rule",
        name="nothing is left far out",
        inputs=given(x=[-1e4, 1e4, INF], g=[3.0, 5.0, 7.0]),
        drive=gradient("sigmoid", dtype=np.float32),
        judge=equals(lambda x: floats(0.0, 0.0, 0.0)),
        kind="contract",
        shown="the gradient of sigmoid at {x}, given {g} from above",
    ),
    Check(
        function="sigmoid_rule",
        name="the slope has a slope too",
        inputs=given(x=[0.0, math.log(3)], g=[1.0, 32.0], h=[1.0, 1.0]),
        drive=second_gradient("sigmoid"),
        judge=close(
            lambda x: np.array([0.0, -3.0]),
            rtol=1e-12,
            atol=1e-15,
            because=ROUNDING_64,
            rule="It is y (1 - y) (1 - 2 y). For it the rule runs on tensors, which must not become bare arrays.",
        ),
        kind="contract",
        shown="the gradient of the gradient of sigmoid at {x}, given {g} and then {h} from above",
    ),
    Check(
        function="sigmoid_rule",
        name="central differences",
        inputs=line_and_gradient,
        drive=mirrored_gradient("sigmoid"),
        judge=close(lambda x: slope(sigmoid, x["x"], x["g"]).T, rtol=1e-6, atol=1e-9, because=DIFFERENCES),
        kind="gradient",
        seeds=20,
    ),
)

GIVEN = (
    Check(
        function="tanh",
        name="nothing overflows",
        inputs=given(x=[-INF, -1e4, 0.0, 1e4, INF]),
        drive=applied("tanh"),
        judge=equals(lambda x: floats(-1.0, -1.0, 0.0, 1.0, 1.0)),
        kind="contract",
        strict=True,
        shown="tanh(Tensor({x})); a warning of NumPy's is an error",
    ),
    Check(
        function="tanh",
        name="any shape, any number",
        inputs=far_and_wide,
        drive=applied("tanh"),
        judge=close(
            lambda x: 2 * sigmoid(2 * np.clip(x["x"], -300, 300)) - 1, rtol=1e-14, atol=4e-16, because=ROUNDING_64
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        function="gelu",
        name="the exact form, unless told",
        inputs=given(x=[-2.0, -0.5, 1.0, 2.0]),
        drive=lambda tt, x: tt.activations.gelu(tt.tensor.Tensor(np.array(x["x"]))),
        judge=close(
            lambda x: exact_gelu(np.array(x["x"])),
            rtol=1e-12,
            because=ROUNDING_64,
            rule="The form by tanh is another function, off by up to 5e-4.",
        ),
        shown="gelu of {x} in float64",
    ),
    Check(
        function="gelu",
        name="the form by tanh, when asked for",
        inputs=given(x=[-2.0, -0.5, 1.0, 2.0]),
        drive=lambda tt, x: tt.activations.gelu(tt.tensor.Tensor(np.array(x["x"])), approximate="tanh"),
        judge=close(
            lambda x: tanh_gelu(np.array(x["x"])),
            rtol=1e-12,
            because=ROUNDING_64,
            rule="The exact form is another function, off by up to 5e-4.",
        ),
        shown="gelu of {x} in float64, approximate='tanh'",
    ),
)

CHECKS = (*SIGMOID, *GIVEN)
