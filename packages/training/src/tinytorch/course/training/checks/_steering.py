"""How long a step may be, and when the rate moves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import SUM, affine, fit, line, slopes, watcher
from tinytorch.tito.checks import Check, Inputs, close, equals, given


def _clipped(tt: Any, x: Any) -> Any:
    model = affine(tt, x["weight"], x["bias"])
    clip = tt.training.ClipGradients(x["max_norm"])
    fit(tt, model, x, clip)
    return {**{name: np.array(value) for name, value in model.state_dict().items()}, "norm": float(clip.norm)}


def _clipped_away(tt: Any, x: Any) -> Any:
    """Return what comes of a gradient that is not a number."""
    model = affine(tt, x["weight"], x["bias"])

    def spoil(run: Any) -> None:
        model.bias.grad = tt.tensor.Tensor(np.full(2, x["factor"]))

    try:
        fit(tt, model, x, watcher(tt, on_gradients=spoil), tt.training.ClipGradients(x["max_norm"]))
    except ArithmeticError as error:
        return type(error).__name__
    return "no error"


def _shortened(x: Any) -> dict[str, Any]:
    by_weight, by_bias, _ = slopes(x["weight"], x["bias"], x["batches"])
    norm = math.sqrt(float((by_weight**2).sum() + (by_bias**2).sum()))
    factor = min(1.0, x["max_norm"] / norm)
    return {
        "weight": x["weight"] - 0.1 * factor * by_weight,
        "bias": x["bias"] - 0.1 * factor * by_bias,
        "norm": norm,
    }


def _some_clipping(max_norm: float) -> Callable[[np.random.Generator], Inputs]:
    return lambda rng: {
        "weight": rng.normal(size=(3, 2)),
        "bias": rng.normal(size=2),
        "batches": [(rng.normal(size=(4, 3)), 3 + rng.normal(size=(4, 2)))],
        "max_norm": max_norm,
    }


def _rates(tt: Any, x: Any) -> Any:
    """Return the rate of each update, over two epochs of three batches, and the one that is left."""
    model = line(tt)
    optimizer = tt.optim.SGD(model.parameters(), lr=1.0)
    trainer = tt.training.Trainer(model, optimizer, lambda output, y: (output * 0.0).mean())
    make = {
        "doubling": lambda: tt.optim.LambdaLR(optimizer, lambda t: 2.0**t),
        "cosine": lambda: tt.optim.CosineAnnealingLR(optimizer, 6, 0.1),
        "warm-up": lambda: tt.optim.WarmupCosine(optimizer, 3, 6, 0.1),
    }
    seen: list[float] = []
    note = watcher(tt, on_gradients=lambda run: seen.append(optimizer.param_groups[0]["lr"]))
    schedule = tt.training.Schedule(make[x["schedule"]](), x["every"])
    batch = (tt.tensor.Tensor(np.ones((1, 1))), tt.tensor.Tensor(np.ones((1, 1))))
    trainer.fit([batch] * 3, 2, callbacks=[note, schedule], progress=False)
    return [*seen, optimizer.param_groups[0]["lr"]]


def _half_cosine(done: float) -> float:
    return 0.1 + 0.9 * (1 + math.cos(math.pi * done)) / 2


STEERING: tuple[Check, ...] = (
    Check(
        function="ClipGradients.on_gradients",
        name="a gradient that is not finite",
        inputs=lambda rng: {**_some_clipping(1.0)(rng), "factor": math.nan},
        drive=_clipped_away,
        judge=equals(lambda x: "NonFiniteError", rule="No factor makes it short, and no step is made."),
        kind="contract",
        shown="a loss that is finite, with a gradient of NaN",
    ),
    Check(
        function="ClipGradients.on_gradients",
        name="all gradients are shortened by one factor",
        inputs=_some_clipping(0.5),
        drive=_clipped,
        judge=close(
            _shortened,
            rtol=1e-5,
            atol=1e-6,
            because="the factor is max_norm / (norm + 1e-6), so a step of 0.1 x 0.5 ends less than 1e-7 off",
            rule="The norm is that of all parameters together, so that the direction stays.",
        ),
        kind="property",
        seeds=5,
    ),
    Check(
        function="ClipGradients.on_gradients",
        name="short gradients stay as they are",
        inputs=_some_clipping(1e9),
        drive=_clipped,
        judge=close(_shortened, rtol=1e-10, because=SUM, rule="Clipping never lengthens."),
        kind="property",
        seeds=5,
    ),
    Check(
        function="Schedule.on_step_end",
        name="after each epoch",
        inputs=given(schedule="doubling", every="epoch"),
        drive=_rates,
        judge=close(lambda x: [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 4.0], rtol=1e-12, because=SUM),
        shown="rates of two epochs of three updates, doubled every {every}",
    ),
    Check(
        function="Schedule.on_step_end",
        name="after each update",
        inputs=given(schedule="doubling", every="step"),
        drive=_rates,
        judge=close(lambda x: [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], rtol=1e-12, because=SUM),
        shown="rates of two epochs of three updates, doubled every {every}",
    ),
    Check(
        function="Schedule.on_step_end",
        name="a cosine begins whole and ends at its minimum",
        inputs=given(schedule="cosine", every="step"),
        drive=_rates,
        judge=close(lambda x: [_half_cosine(t / 6) for t in range(7)], rtol=1e-12, because=SUM),
        kind="trajectory",
        shown="rates of six updates under a cosine of six from 1 to 0.1",
    ),
    Check(
        function="Schedule.on_step_end",
        name="a warm-up moves from the first update on",
        inputs=given(schedule="warm-up", every="step"),
        drive=_rates,
        judge=close(
            lambda x: [0.25, 0.5, 0.75, *[_half_cosine(t / 3) for t in range(4)]],
            rtol=1e-12,
            because=SUM,
        ),
        kind="trajectory",
        shown="rates of six updates, three of them a warm-up to 1",
    ),
)
