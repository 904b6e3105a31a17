"""What the gradient of cross-entropy promises."""

from __future__ import annotations

import numpy as np

from tinytorch.course.losses.checks._logits import IGNORED, numeric, of_tensor, slopes, with_gradient
from tinytorch.course.losses.checks._oracles import (
    LOG_3,
    ROUNDING,
    central_differences,
    floats,
    gradient,
)
from tinytorch.tito.checks import Check, close, given

CHECKS = (
    Check(
        function="row_slopes",
        name="what was said minus what was true",
        inputs=given(x=[[0.0, 0.0], [0.0, LOG_3]], y=[0, 1], reduction="sum"),
        drive=slopes,
        judge=close(lambda x: floats([-0.5, 0.5], [0.25, -0.25]), rtol=2e-6, because=ROUNDING, dtype=True),
        shown="the gradient of cross_entropy(Tensor({x}), Tensor({y}), reduction='sum')",
    ),
    Check(
        function="row_slopes",
        name="a confident error pulls with its whole force",
        inputs=given(x=[[1e4, 0.0], [-1e4, 0.0]], y=[1, 0], reduction="sum"),
        drive=slopes,
        judge=close(lambda x: floats([1.0, -1.0], [-1.0, 1.0]), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="the gradient of cross_entropy(Tensor({x}), Tensor({y}), reduction='sum')",
    ),
    Check(
        function="row_slopes",
        name="two large scores alike",
        inputs=given(x=[[1e4, 1e4]], y=[0], reduction="sum"),
        drive=slopes,
        judge=close(
            lambda x: floats([-0.5, 0.5]),
            rtol=1e-6,
            because=ROUNDING,
            rule="At 1e4 a float32 moves in steps of 0.001: log 2 added to it is rounded, and so are the shares.",
        ),
        kind="contract",
        shown="the gradient of cross_entropy(Tensor({x}), Tensor({y}), reduction='sum')",
    ),
    Check(
        function="row_slopes",
        name="each row has a gradient of its own from above",
        inputs=given(x=[[0.0, 0.0], [0.0, 0.0]], y=[0, 0], g=[2.0, 10.0], reduction="none"),
        drive=slopes,
        judge=close(lambda x: floats([-1.0, 1.0], [-5.0, 5.0]), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="the gradient of cross_entropy(Tensor({x}), Tensor({y}), reduction='none'), given {g} from above",
    ),
    Check(
        function="row_slopes",
        name="nothing goes to a row that does not count",
        inputs=given(x=[[0.0, 0.0], [7.0, 1.0]], y=[0, IGNORED], reduction="sum"),
        drive=slopes,
        judge=close(lambda x: floats([-0.5, 0.5], [0.0, 0.0]), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="the gradient of cross_entropy(Tensor({x}), Tensor({y}), reduction='sum')",
    ),
    central_differences(
        "row_slopes",
        with_gradient,
        lambda tt, x: gradient(tt, lambda v: of_tensor(tt, v, x), x["x"], x["g"]),
        lambda x: np.nan_to_num(numeric(x)),  # of nothing but padding: the loss is NaN and the gradient 0
    ),
    Check(
        function="cross_entropy_rule",
        name="over the number of rows, for the mean",
        inputs=given(x=[[0.0, 0.0]] * 4, y=[0, 0, 1, 1]),
        drive=slopes,
        judge=close(
            lambda x: floats([-0.125, 0.125], [-0.125, 0.125], [0.125, -0.125], [0.125, -0.125]),
            rtol=1e-6,
            because=ROUNDING,
        ),
        shown="the gradient of cross_entropy(Tensor({x}), Tensor({y}))",
    ),
)
