"""What binary cross-entropy promises, of probabilities and of logits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.losses.checks._oracles import (
    LOG_2,
    LOG_3,
    LOG_4,
    NAN_RULE,
    REDUCTIONS,
    ROUNDING,
    ROUNDING_64,
    binary,
    binary_of_logits,
    central_differences,
    floats,
    from_above,
    gradient,
    number,
    optional,
    reduced,
    shape_of,
    slope,
)
from tinytorch.tito.checks import Check, Inputs, close, equals, given, raises


def some_weights(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return None, a weight for each element, or one for the last axis."""
    kind = rng.integers(3)
    return None if kind == 0 else rng.uniform(0.5, 3.0, shape if kind == 1 else shape[-1:])


def probabilities(rng: np.random.Generator, most: int = 4) -> Inputs:
    shape = shape_of(rng, most)
    target = rng.uniform(0, 1, shape) if rng.integers(2) else rng.integers(0, 2, shape).astype(float)
    weight = some_weights(rng, shape)
    reduction = str(rng.choice(REDUCTIONS))
    return {"p": rng.uniform(0.01, 0.99, shape), "t": np.asarray(target), "weight": weight, "reduction": reduction}


def logits(rng: np.random.Generator, most: int = 4) -> Inputs:
    x = dict(probabilities(rng, most))
    shape = x.pop("p").shape
    scale = float(rng.choice([1.0, 10.0, 300.0]))
    return {"x": np.asarray(rng.normal(0, scale, shape)), **x, "pos_weight": some_weights(rng, shape)}


def moderate_logits(rng: np.random.Generator) -> Inputs:
    x = dict(logits(rng, most=2))
    shape = x["x"].shape
    above = from_above(rng, shape, x["reduction"])
    return {**x, "x": rng.uniform(-4, 4, shape), "g": above}


def of_probabilities(tt: Any, x: Inputs) -> Any:
    tensor = tt.tensor.Tensor
    weight = optional(tt, x.get("weight"))
    return tt.losses.binary_cross_entropy(tensor(x["p"]), tensor(x["t"]), weight, x.get("reduction", "none"))


def of_tensor(tt: Any, logits: Any, x: Inputs) -> Any:
    weight, pos_weight = optional(tt, x.get("weight")), optional(tt, x.get("pos_weight"))
    reduction = x.get("reduction", "none")
    target = tt.tensor.Tensor(x["t"])
    return tt.losses.binary_cross_entropy_with_logits(logits, target, weight, reduction, pos_weight)


def of_logits(tt: Any, x: Inputs) -> Any:
    return of_tensor(tt, tt.tensor.Tensor(x["x"]), x)


def slopes_of_logits(tt: Any, x: Inputs) -> Any:
    return gradient(tt, lambda v: of_tensor(tt, v, {"reduction": "sum", **x}), floats(*x["x"]))


def focal(x: Any, t: Any, alpha: float, gamma: float) -> Any:
    p = 1 / (1 + np.exp(-x))
    right = np.where(t == 1, p, 1 - p)
    wrong = np.where(t == 1, 1 / (1 + np.exp(x)), p)
    return reduced(-np.where(t == 1, alpha, 1 - alpha) * wrong**gamma * np.log(right), "none")


NAN_STAYS = close(
    lambda x: floats(math.nan, LOG_2),
    rtol=1e-6,
    because=ROUNDING,
    rule=NAN_RULE,
)

OF_PROBABILITIES = (
    Check(
        function="binary_cross_entropy_op",
        name="the price of a probability",
        inputs=given(p=[0.5, 0.25], t=[1.0, 0.0]),
        drive=of_probabilities,
        judge=close(lambda x: floats(LOG_2, LOG_4 - LOG_3), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}), reduction='none'), which is -log 1/2 and -log 3/4",
    ),
    Check(
        function="binary_cross_entropy_op",
        name="certain, and right or wrong",
        inputs=given(p=[1.0, 0.0, 1.0, 0.0], t=[1.0, 0.0, 0.0, 1.0]),
        drive=of_probabilities,
        judge=equals(lambda x: floats(0.0, 0.0, 100.0, 100.0), rule="log 0 counts as -100."),
        kind="contract",
        strict=True,
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}), reduction='none'); a warning of NumPy's is an error",
    ),
    Check(
        function="binary_cross_entropy_op",
        name="the logarithm is bounded, not the loss",
        inputs=given(p=np.array([0.0, 1.0, 1e-300]), t=np.array([0.5, 0.25, 1.0])),
        drive=of_probabilities,
        judge=close(
            lambda x: np.array([50.0, 75.0, 100.0]),
            rtol=1e-12,
            because=ROUNDING_64,
            rule="Each logarithm counts as at least -100 before it meets t.",
        ),
        kind="contract",
        strict=True,
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}), reduction='none')",
    ),
    Check(
        function="binary_cross_entropy_op",
        name="a confident right answer still costs a little",
        inputs=given(p=[1e-10, 1 - 2**-22], t=[0.0, 1.0]),
        drive=of_probabilities,
        judge=close(
            lambda x: np.array([1e-10, -math.log1p(-(2**-22))]),
            rtol=1e-5,
            because=ROUNDING,
            rule="1 - p rounds a small p away; log1p(-p) does not.",
        ),
        kind="contract",
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}), reduction='none')",
    ),
    Check(
        function="binary_cross_entropy_op",
        name="NaN stays NaN",
        inputs=given(p=[math.nan, 0.5], t=[1.0, 1.0]),
        drive=of_probabilities,
        judge=NAN_STAYS,
        kind="contract",
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}), reduction='none')",
    ),
    Check(
        function="binary_cross_entropy_op",
        name="weights multiply, and the mean is over all elements",
        inputs=given(p=[0.5, 0.5], t=[1.0, 0.0], weight=[3.0, 1.0], reduction="mean"),
        drive=of_probabilities,
        judge=close(lambda x: number(2 * LOG_2), rtol=1e-6, because=ROUNDING, dtype=True),
        kind="contract",
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}), weight=Tensor({weight}))",
    ),
    Check(
        function="binary_cross_entropy_op",
        name="any shape, any target",
        inputs=probabilities,
        drive=of_probabilities,
        judge=close(binary, rtol=1e-12, atol=1e-14, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="binary_cross_entropy",
        name="a logit is no probability",
        inputs=given(p=[0.5, 2.0], t=[1.0, 0.0]),
        drive=of_probabilities,
        judge=raises(ValueError),
        kind="contract",
        shown="binary_cross_entropy(Tensor({p}), Tensor({t}))",
    ),
)

OF_LOGITS = (
    Check(
        function="binary_cross_entropy_with_logits_op",
        name="even odds, and three to one",
        inputs=given(x=[0.0, LOG_3], t=[1.0, 1.0]),
        drive=of_logits,
        judge=close(lambda x: floats(LOG_2, LOG_4 - LOG_3), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='none')",
    ),
    Check(
        function="binary_cross_entropy_with_logits_op",
        name="a confident error costs its logit",
        inputs=given(x=[1e4, -1e4, 1e4, -1e4], t=[1.0, 1.0, 0.0, 0.0]),
        drive=of_logits,
        judge=equals(lambda x: floats(0.0, 1e4, 1e4, 0.0)),
        kind="contract",
        strict=True,
        shown="binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='none'); a warning is an error",
    ),
    Check(
        function="binary_cross_entropy_with_logits_op",
        name="a confident right answer still costs a little",
        inputs=given(x=[20.0, -40.0], t=[1.0, 0.0]),
        drive=of_logits,
        judge=close(lambda x: np.exp([-20.0, -40.0]), rtol=1e-5, because=ROUNDING),
        kind="contract",
        shown="binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='none')",
    ),
    Check(
        function="binary_cross_entropy_with_logits_op",
        name="pos_weight is for the positive answer",
        inputs=given(x=[0.0, 0.0], t=[1.0, 0.0], pos_weight=[3.0, 3.0]),
        drive=of_logits,
        judge=close(lambda x: floats(3 * LOG_2, LOG_2), rtol=1e-6, because=ROUNDING, dtype=True),
        kind="contract",
        shown="binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='none', pos_weight={pos_weight})",
    ),
    Check(
        function="binary_cross_entropy_with_logits_op",
        name="NaN stays NaN",
        inputs=given(x=[math.nan, 0.0], t=[1.0, 1.0]),
        drive=of_logits,
        judge=NAN_STAYS,
        kind="contract",
        shown="binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='none')",
    ),
    Check(
        function="binary_cross_entropy_with_logits_op",
        name="any shape, any weights",
        inputs=logits,
        drive=of_logits,
        judge=close(binary_of_logits, rtol=1e-12, atol=1e-14, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="logit_slopes",
        name="what was said minus what was true",
        inputs=given(x=[0.0, 0.0], t=[1.0, 0.0]),
        drive=slopes_of_logits,
        judge=close(lambda x: floats(-0.5, 0.5), rtol=1e-6, because=ROUNDING, dtype=True),
        shown="the gradient of binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='sum')",
    ),
    Check(
        function="logit_slopes",
        name="a confident error pulls with its whole force",
        inputs=given(x=[20.0, -20.0, 1e4, -1e4], t=[0.0, 1.0, 0.0, 1.0]),
        drive=slopes_of_logits,
        judge=close(lambda x: floats(1.0, -1.0, 1.0, -1.0), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="the gradient of binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='sum')",
    ),
    Check(
        function="logit_slopes",
        name="a confident right answer still pulls a little",
        inputs=given(x=[20.0, -40.0], t=[1.0, 0.0]),
        drive=slopes_of_logits,
        judge=close(lambda x: np.array([-math.exp(-20), math.exp(-40)]), rtol=1e-5, because=ROUNDING),
        kind="contract",
        shown="the gradient of binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='sum')",
    ),
    Check(
        function="logit_slopes",
        name="pos_weight is for the positive answer",
        inputs=given(x=[0.0, 0.0], t=[1.0, 0.0], pos_weight=[3.0, 3.0]),
        drive=slopes_of_logits,
        judge=close(lambda x: floats(-1.5, 0.5), rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="the gradient of binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), 'sum', pos_weight=...)",
    ),
    central_differences(
        "logit_slopes",
        moderate_logits,
        lambda tt, x: gradient(tt, lambda v: of_tensor(tt, v, x), x["x"], x["g"]),
        lambda x: slope(lambda v: binary_of_logits({**x, "x": v}), x["x"], x["g"]),
    ),
    Check(
        function="binary_cross_entropy_with_logits",
        name="nothing is clipped",
        inputs=given(x=[20.0, -30.0], t=[0.0, 1.0]),
        drive=lambda tt, x: [of_logits(tt, x), slopes_of_logits(tt, x)],
        judge=close(lambda x: [floats(20.0, 30.0), floats(1.0, -1.0)], rtol=1e-6, because=ROUNDING),
        kind="contract",
        shown="binary_cross_entropy_with_logits(Tensor({x}), Tensor({t}), reduction='none'), and its gradient",
    ),
    Check(
        function="focal_loss",
        name="by its formula",
        inputs=lambda rng: {"x": rng.normal(0, 3, (3, 4)), "t": rng.integers(0, 2, (3, 4)).astype(float)},
        drive=lambda tt, x: tt.losses.focal_loss(
            tt.tensor.Tensor(x["x"]), tt.tensor.Tensor(x["t"]), 0.3, 1.5, reduction="none"
        ),
        judge=close(lambda x: focal(x["x"], x["t"], 0.3, 1.5), rtol=1e-10, because=ROUNDING_64),
        kind="property",
        seeds=5,
    ),
)

CHECKS = (*OF_PROBABILITIES, *OF_LOGITS)
