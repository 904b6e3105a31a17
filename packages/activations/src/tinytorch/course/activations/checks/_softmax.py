"""What softmax and its logarithm promise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.activations.checks._drives import applied, gradient, mirrored_gradient, second_gradient
from tinytorch.course.activations.checks._oracles import (
    DIFFERENCES,
    ROUNDING,
    ROUNDING_64,
    Array,
    floats,
    log_softmax,
    shape_of,
    slope,
    softmax,
)
from tinytorch.tito.checks import Check, Inputs, close, equals, given, raises

INF, NAN = np.inf, np.nan
LOG_2, LOG_3 = math.log(2), math.log(3)


def table(*rows: list[float]) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.array(rows, np.float32)


def any_axis(rng: np.random.Generator) -> Inputs:
    shape = shape_of(rng)
    axis = int(rng.integers(-len(shape), len(shape))) if shape else -1
    return {"x": np.asarray(rng.normal(0, rng.choice([1.0, 100.0]), shape)), "axis": axis}


def axis_and_gradient(rng: np.random.Generator) -> Inputs:
    shape = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 4)))
    axis = int(rng.integers(-len(shape), len(shape)))
    return {"x": rng.uniform(-2, 2, shape), "g": rng.uniform(-2, 2, shape), "axis": axis}


def each_axis(rng: np.random.Generator) -> Inputs:
    return {"x": rng.uniform(-2, 2, (2, 3, 4))}


def slopes_along(name: str, x: Inputs) -> Array:
    oracle = {"softmax": softmax, "log_softmax": log_softmax}[name]
    return slope(lambda v: oracle(v, x["axis"]), x["x"], x["g"]).T


SOFTMAX = (
    Check(
        function="softmax_op",
        name="shares of e^x",
        inputs=given(x=[0.0, LOG_3]),
        drive=applied("softmax"),
        judge=close(lambda x: floats(0.25, 0.75), rtol=5e-7, because=ROUNDING, dtype=True),
        shown="softmax(Tensor({x})), which is [1, 3] over 4",
    ),
    Check(
        function="softmax_op",
        name="each row by itself",
        inputs=given(x=[[0.0, LOG_3], [5.0, 5.0]]),
        drive=lambda tt, x: [tt.activations.softmax(tt.tensor.Tensor(x["x"]), axis) for axis in (1, 0)],
        judge=close(
            lambda x: [softmax(np.array(x["x"]), axis) for axis in (1, 0)],
            rtol=1e-6,
            because=ROUNDING,
            rule="Along the axis given, and along no other, the numbers add up to 1.",
        ),
        shown="softmax(Tensor({x})) along axis 1, and along axis 0",
    ),
    Check(
        function="softmax_op",
        name="nothing overflows",
        inputs=given(x=[[1e4, 1e4, -1e4], [-1e4, -1e4, -1e4]]),
        drive=applied("softmax"),
        judge=close(lambda x: table([0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]), rtol=1e-6, because=ROUNDING),
        kind="contract",
        strict=True,
        shown="softmax(Tensor({x})); a warning of NumPy's is an error",
    ),
    Check(
        function="softmax_op",
        name="a row of small scores beside one of large ones",
        inputs=given(x=[[1000.0, 1000.0], [-1000.0, -1000.0]]),
        drive=applied("softmax"),
        judge=close(lambda x: table([0.5, 0.5], [0.5, 0.5]), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="softmax(Tensor({x}))",
    ),
    Check(
        function="softmax_op",
        name="-inf excludes; a row of -inf alone gives zeros",
        inputs=given(x=[[0.0, -INF, LOG_3], [-INF, -INF, -INF]]),
        drive=applied("softmax"),
        judge=close(lambda x: table([0.25, 0, 0.75], [0, 0, 0]), rtol=1e-6, because=ROUNDING),
        kind="contract",
        strict=True,
        shown="softmax(Tensor({x})); a warning of NumPy's is an error",
    ),
    Check(
        function="softmax_op",
        name="NaN spoils its own row alone",
        inputs=given(x=[[NAN, 1.0], [1.0, 1.0]]),
        drive=applied("softmax"),
        judge=equals(lambda x: table([NAN, NAN], [0.5, 0.5])),
        kind="contract",
        shown="softmax(Tensor({x}))",
    ),
    Check(
        function="softmax_op",
        name="a score of +inf leaves no probabilities",
        inputs=given(x=[[INF, 1.0], [1.0, 1.0]]),
        drive=applied("softmax"),
        judge=equals(lambda x: table([NAN, NAN], [0.5, 0.5]), rule="inf over inf is no number, and by contract NaN."),
        kind="contract",
        shown="softmax(Tensor({x}))",
    ),
    Check(
        function="softmax_op",
        name="an axis that is not there",
        inputs=given(x=[[1.0, 2.0, 3.0]], axis=2),
        drive=applied("softmax", "axis"),
        judge=raises(IndexError, "axis 2", "(1, 3)"),
        kind="contract",
        shown="softmax(Tensor({x}), axis={axis})",
    ),
    Check(
        function="softmax_op",
        name="any shape, any axis",
        inputs=any_axis,
        drive=applied("softmax", "axis"),
        judge=close(lambda x: softmax(x["x"], x["axis"]), rtol=1e-12, atol=1e-300, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="softmax",
        name="the last axis, unless told",
        inputs=each_axis,
        drive=applied("softmax"),
        judge=close(lambda x: softmax(x["x"], 2), rtol=1e-12, because=ROUNDING_64),
        kind="contract",
        shown="softmax of a tensor of shape (2, 3, 4)",
    ),
    Check(
        function="softmax_rule",
        name="raising one lowers the other",
        inputs=given(x=[0.0, 0.0], g=[4.0, 0.0]),
        drive=gradient("softmax", dtype=np.float32),
        judge=close(lambda x: floats(1.0, -1.0), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="the gradient of softmax at {x}, given {g} from above",
    ),
    Check(
        function="softmax_rule",
        name="equal wishes change nothing",
        inputs=given(x=[[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]], g=[[5.0, 5.0, 5.0], [7.0, 7.0, 7.0]]),
        drive=gradient("softmax"),
        judge=close(
            lambda x: np.zeros((2, 3)),
            rtol=0,
            atol=1e-14,
            because=ROUNDING_64,
            rule="A row's probabilities add up to 1 whatever the scores, so raising all of them alike is no change.",
        ),
        kind="invariance",
        shown="the gradient of softmax at {x}, given {g} from above",
    ),
    Check(
        function="softmax_rule",
        name="nothing goes to a row that excludes everything",
        inputs=given(x=[[-INF, -INF], [0.0, -INF]], g=[[2.0, 3.0], [5.0, 7.0]]),
        drive=gradient("softmax"),
        judge=equals(lambda x: np.zeros((2, 2))),
        kind="contract",
        shown="the gradient of softmax at {x}, given {g} from above",
    ),
    Check(
        function="softmax_rule",
        name="the slope has a slope too",
        inputs=given(x=[0.0, LOG_3], g=[32.0, 0.0], h=[1.0, 0.0]),
        drive=second_gradient("softmax"),
        judge=close(
            lambda x: np.array([3.0, -3.0]),
            rtol=1e-12,
            because=ROUNDING_64,
            rule="For it the rule runs on tensors, which must not become bare arrays.",
        ),
        kind="contract",
        shown="the gradient of the gradient of softmax at {x}, given {g} and then {h} from above",
    ),
    Check(
        function="softmax_rule",
        name="central differences along any axis",
        inputs=axis_and_gradient,
        drive=mirrored_gradient("softmax", "axis"),
        judge=close(lambda x: slopes_along("softmax", x), rtol=1e-6, atol=1e-8, because=DIFFERENCES),
        kind="gradient",
        seeds=20,
    ),
)

LOG_SOFTMAX = (
    Check(
        function="log_softmax_op",
        name="the logarithm of a share",
        inputs=given(x=[0.0, LOG_3]),
        drive=applied("log_softmax"),
        judge=close(lambda x: floats(-2 * LOG_2, LOG_3 - 2 * LOG_2), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="log_softmax(Tensor({x})), which is log 1/4 and log 3/4",
    ),
    Check(
        function="log_softmax_op",
        name="where the share itself is 0 in float32",
        inputs=given(x=[1e4, 0.0]),
        drive=applied("log_softmax"),
        judge=equals(lambda x: floats(0.0, -1e4)),
        kind="contract",
        strict=True,
        shown="log_softmax(Tensor({x})); a warning of NumPy's is an error",
    ),
    Check(
        function="log_softmax_op",
        name="-inf stays, also a row of it",
        inputs=given(x=[[0.0, -INF, LOG_3], [-INF, -INF, -INF]]),
        drive=applied("log_softmax"),
        judge=close(
            lambda x: table([-2 * LOG_2, -INF, LOG_3 - 2 * LOG_2], [-INF, -INF, -INF]), rtol=1e-6, because=ROUNDING
        ),
        kind="contract",
        strict=True,
        shown="log_softmax(Tensor({x})); a warning of NumPy's is an error",
    ),
    Check(
        function="log_softmax_op",
        name="NaN and +inf spoil their own rows alone",
        inputs=given(x=[[NAN, 1.0], [INF, 1.0], [1.0, 1.0]]),
        drive=applied("log_softmax"),
        judge=close(
            lambda x: table([NAN, NAN], [NAN, NAN], [-LOG_2, -LOG_2]),
            rtol=1e-6,
            because=ROUNDING,
            rule="A NaN that disappears here hides a mistake elsewhere.",
        ),
        kind="contract",
        shown="log_softmax(Tensor({x}))",
    ),
    Check(
        function="log_softmax_op",
        name="an axis that is not there",
        inputs=given(x=[[1.0, 2.0, 3.0]], axis=-3),
        drive=applied("log_softmax", "axis"),
        judge=raises(IndexError, "axis -3", "(1, 3)"),
        kind="contract",
        shown="log_softmax(Tensor({x}), axis={axis})",
    ),
    Check(
        function="log_softmax_op",
        name="any shape, any axis",
        inputs=any_axis,
        drive=applied("log_softmax", "axis"),
        judge=close(lambda x: log_softmax(x["x"], x["axis"]), rtol=1e-12, atol=1e-12, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="log_softmax_rule",
        name="central differences along any axis",
        inputs=axis_and_gradient,
        drive=mirrored_gradient("log_softmax", "axis"),
        judge=close(lambda x: slopes_along("log_softmax", x), rtol=1e-6, atol=1e-8, because=DIFFERENCES),
        kind="gradient",
        seeds=20,
    ),
)

CHECKS = (*SOFTMAX, *LOG_SOFTMAX)
