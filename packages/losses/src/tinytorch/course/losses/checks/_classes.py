"""What cross-entropy promises of logits of any size."""

from __future__ import annotations

import math

from tinytorch.course.losses.checks._logits import IGNORED, classified, in_all_reductions, loss, plain
from tinytorch.course.losses.checks._oracles import (
    LOG_2,
    LOG_3,
    LOG_4,
    ROUNDING,
    ROUNDING_64,
    cross_entropy,
    floats,
    number,
)
from tinytorch.tito.checks import Check, close, given

CHECKS = (
    Check(
        function="top_and_total",
        name="one to three",
        inputs=given(x=[[0.0, LOG_3]], y=[0]),
        drive=loss,
        judge=close(lambda x: number(LOG_4), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="cross_entropy(Tensor({x}), Tensor({y})), which is -log 1/4",
    ),
    Check(
        function="top_and_total",
        name="nothing overflows",
        inputs=given(x=[[1e4, 1e4], [1e4, 0.0]], y=[0, 1], reduction="none"),
        drive=loss,
        judge=close(lambda x: floats(LOG_2, 1e4), rtol=1e-6, because=ROUNDING),
        kind="contract",
        strict=True,
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none'); a warning of NumPy's is an error",
    ),
    Check(
        function="top_and_total",
        name="each row has a largest score of its own",
        inputs=given(x=[[1000.0, 1000.0, 1000.0], [-1000.0, -1000.0, -1000.0]], y=[0, 1], reduction="none"),
        drive=loss,
        judge=close(lambda x: floats(LOG_3, LOG_3), rtol=1e-6, because=ROUNDING),
        kind="contract",
        strict=True,
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none')",
    ),
    Check(
        function="top_and_total",
        name="one score far above the others",
        inputs=given(x=[[100.0, 0.0, 0.0]], y=[1], reduction="none"),
        drive=loss,
        judge=close(lambda x: floats(100.0), rtol=1e-6, because=ROUNDING),
        kind="contract",
        strict=True,
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none'); a warning of NumPy's is an error",
    ),
    Check(
        function="top_and_total",
        name="scores of any size",
        inputs=plain,
        drive=loss,
        judge=close(cross_entropy, rtol=1e-11, atol=1e-11, because=f"{ROUNDING_64}, and 1e4 costs four of them"),
        kind="property",
        seeds=20,
        strict=True,
    ),
    Check(
        function="row_losses",
        name="each row at its own label",
        inputs=given(x=[[0.0, LOG_3], [0.0, LOG_3]], y=[0, 1], reduction="none"),
        drive=loss,
        judge=close(lambda x: floats(LOG_4, LOG_4 - LOG_3), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none'), which is -log 1/4 and -log 3/4",
    ),
    Check(
        function="row_losses",
        name="a small loss beside a large score",
        inputs=given(x=[[10000.0, 9998.0]], y=[0], reduction="none"),
        drive=loss,
        judge=close(
            lambda x: floats(math.log1p(math.exp(-2))),
            rtol=1e-5,
            because=ROUNDING,
            rule="At 1e4 a float32 moves in steps of 0.001: what is added to it loses all that is smaller.",
        ),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none')",
    ),
    Check(
        function="row_losses",
        name="an error of 200, whose probability is 0 in float32",
        inputs=given(x=[[0.0, 200.0]], y=[0], reduction="none"),
        drive=loss,
        judge=close(lambda x: floats(200.0), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none')",
    ),
    Check(
        function="row_losses",
        name="a row that does not count costs nothing",
        inputs=given(x=[[0.0, LOG_3], [7.0, 1.0]], y=[0, IGNORED], reduction="none"),
        drive=loss,
        judge=close(lambda x: floats(LOG_4, 0.0), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction='none')",
    ),
    Check(
        function="row_losses",
        name="any labels, any options",
        inputs=lambda rng: {**classified(rng), "reduction": "none"},
        drive=loss,
        judge=close(cross_entropy, rtol=1e-10, atol=1e-13, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="cross_entropy",
        name="logits, not probabilities",
        inputs=given(x=[[2.0, 0.0]], y=[0]),
        drive=loss,
        judge=close(
            lambda x: number(math.log1p(math.exp(-2))),
            rtol=1e-6,
            because=ROUNDING,
            rule="The softmax is part of the loss; it is taken once.",
        ),
        shown="cross_entropy(Tensor({x}), Tensor({y})), which is log(1 + e^-2)",
    ),
    Check(
        function="cross_entropy_op",
        name="each, their sum, and the mean over the rows",
        inputs=given(x=[[0.0, LOG_3], [0.0, LOG_3], [0.0, 0.0]], y=[0, 1, 1]),
        drive=in_all_reductions,
        judge=close(
            lambda x: {
                "none": floats(LOG_4, LOG_4 - LOG_3, LOG_2),
                "sum": number(2 * LOG_4 - LOG_3 + LOG_2),
                "mean": number((2 * LOG_4 - LOG_3 + LOG_2) / 3),
            },
            rtol=1e-6,
            because=ROUNDING,
        ),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), reduction) for none, sum and mean",
    ),
)
