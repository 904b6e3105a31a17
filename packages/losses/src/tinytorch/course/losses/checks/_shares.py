"""What cross-entropy promises of labels that count more, less or not at all."""

from __future__ import annotations

import math

from tinytorch.course.losses.checks._logits import IGNORED, classified, loss
from tinytorch.course.losses.checks._oracles import (
    LOG_3,
    LOG_4,
    ROUNDING,
    ROUNDING_64,
    cross_entropy,
    number,
)
from tinytorch.tito.checks import Check, close, equals, given, raises

CHECKS = (
    Check(
        function="shares",
        name="padding does not count",
        inputs=given(x=[[0.0, LOG_3], [5.0, 1.0]], y=[0, IGNORED]),
        drive=loss,
        judge=close(
            lambda x: number(LOG_4), rtol=1e-6, because=ROUNDING, rule="One row counts, so the mean is over one."
        ),
        shown="cross_entropy(Tensor({x}), Tensor({y}))",
    ),
    Check(
        function="shares",
        name="a class of weight 3 counts three times",
        inputs=given(x=[[0.0, LOG_3], [0.0, LOG_3]], y=[0, 1], weight=[1.0, 3.0]),
        drive=loss,
        judge=close(lambda x: number((LOG_4 + 3 * (LOG_4 - LOG_3)) / 4), rtol=1e-6, because=ROUNDING),
        shown="cross_entropy(Tensor({x}), Tensor({y}), weight=Tensor({weight})), (1 log 4 + 3 log 4/3) / (1 + 3)",
    ),
    Check(
        function="shares",
        name="padding has no weight either",
        inputs=given(x=[[0.0, LOG_3], [0.0, LOG_3], [1.0, 2.0]], y=[0, 1, IGNORED], weight=[2.0, 3.0]),
        drive=loss,
        judge=close(lambda x: number((2 * LOG_4 + 3 * (LOG_4 - LOG_3)) / 5), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), weight=Tensor({weight}))",
    ),
    Check(
        function="shares",
        name="smoothing gives every class a part",
        inputs=given(x=[[0.0, LOG_3]], y=[0], smoothing=0.5),
        drive=loss,
        judge=close(lambda x: number(0.75 * LOG_4 + 0.25 * (LOG_4 - LOG_3)), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), label_smoothing={smoothing}), which is 3/4 log 4 + 1/4 log 4/3",
    ),
    Check(
        function="shares",
        name="a class of -inf is excluded",
        inputs=given(x=[[0.0, -math.inf, LOG_3]], y=[0]),
        drive=loss,
        judge=close(
            lambda x: number(LOG_4),
            rtol=1e-6,
            because=ROUNDING,
            rule="Without smoothing only the label's score has a share; 0 times -inf would be NaN.",
        ),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}))",
    ),
    Check(
        function="shares",
        name="nothing but padding",
        inputs=given(x=[[0.0, 1.0]], y=[IGNORED]),
        drive=loss,
        judge=equals(lambda x: number(math.nan), rule="The mean of no example at all is NaN."),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}))",
    ),
    Check(
        function="shares",
        name="nothing but padding, with weights",
        inputs=given(x=[[0.0, 1.0]], y=[IGNORED], weight=[1.0, 3.0]),
        drive=loss,
        judge=equals(lambda x: number(math.nan), rule="The mean of no example at all is NaN."),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}), weight=Tensor({weight}))",
    ),
    Check(
        function="shares",
        name="C is no class",
        inputs=given(x=[[0.0, 1.0, 2.0]], y=[3]),
        drive=loss,
        judge=raises(ValueError, rule="The classes are 0 to C - 1."),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}))",
    ),
    Check(
        function="shares",
        name="a label below 0 is no class",
        inputs=given(x=[[0.0, 1.0, 2.0]], y=[-1]),
        drive=loss,
        judge=raises(ValueError),
        kind="contract",
        shown="cross_entropy(Tensor({x}), Tensor({y}))",
    ),
    Check(
        function="shares",
        name="any labels, any options",
        inputs=classified,
        drive=loss,
        judge=close(cross_entropy, rtol=1e-10, atol=1e-13, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
)
