"""What the losses of given log-probabilities promise, and what a loss is in other units."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.losses.checks._logits import classified
from tinytorch.course.losses.checks._oracles import (
    ROUNDING_64,
    Array,
    cross_entropy,
    optional,
)
from tinytorch.tito.checks import Check, Inputs, close, given


def log_probabilities(rng: np.random.Generator) -> dict[str, Any]:
    """Return scores whose log-sum-exp is 0, so that their cross-entropy is their negative log-likelihood."""
    x = {**classified(rng), "smoothing": 0.0}
    axis = min(1, x["x"].ndim - 1)
    return {**x, "x": x["x"] - np.log(np.exp(x["x"]).sum(axis=axis, keepdims=True))}


def two_distributions(rng: np.random.Generator) -> dict[str, Any]:
    one, other = rng.dirichlet(np.ones(4), 3), rng.dirichlet(np.ones(4), 3)
    return {"x": np.log(one), "t": np.where(other < 0.1, 0.0, other)}


def divergence(x: Inputs) -> Array:
    terms = [t * (math.log(t) - v) for v, t in zip(x["x"].ravel(), x["t"].ravel(), strict=True) if t]
    return np.array(math.fsum(terms) / len(x["t"]))


CHECKS = (
    Check(
        function="nll_loss",
        name="any labels, any weights",
        inputs=log_probabilities,
        drive=lambda tt, x: tt.losses.nll_loss(
            tt.tensor.Tensor(x["x"]), tt.tensor.Tensor(x["y"]), optional(tt, x["weight"]), x["ignored"], x["reduction"]
        ),
        judge=close(cross_entropy, rtol=1e-10, atol=1e-13, because=ROUNDING_64),
        kind="property",
        seeds=20,
    ),
    Check(
        function="kl_div",
        name="the divergence of two distributions",
        inputs=two_distributions,
        drive=lambda tt, x: tt.losses.kl_div(tt.tensor.Tensor(x["x"]), tt.tensor.Tensor(x["t"]), "batchmean"),
        judge=close(divergence, rtol=1e-11, because=ROUNDING_64),
        kind="property",
        seeds=10,
        strict=True,
    ),
    Check(
        function="perplexity",
        name="as many choices as there are letters",
        inputs=given(loss=math.log(65)),
        drive=lambda tt, x: [tt.losses.perplexity(x["loss"]), tt.losses.perplexity(1e4)],
        judge=close(lambda x: [65.0, math.inf], rtol=1e-12, because=ROUNDING_64),
        shown="perplexity({loss}) and perplexity(1e4)",
    ),
    Check(
        function="bits_per_byte",
        name="half a token a byte",
        inputs=given(loss=math.log(256), tokens=50, bytes=100),
        drive=lambda tt, x: tt.losses.bits_per_byte(x["loss"], x["tokens"], x["bytes"]),
        judge=close(lambda x: 4.0, rtol=1e-12, because=ROUNDING_64),
        shown="bits_per_byte({loss}, {tokens}, {bytes})",
    ),
)
