"""Learning rates as functions of the step, and means of parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.optim.checks._walks import DOUBLE
from tinytorch.tito.checks import Check, close, equals, given


def drive_rate(tt: Any, x: Any) -> Any:
    optimizer = tt.optim.SGD([tt.tensor.Tensor([1.0])], lr=x["initial"])
    schedule = getattr(tt.optim, x["schedule"])(optimizer, **x["settings"])
    return [float(schedule.rate(x["initial"], t)) for t in x["steps"]]


def drive_schedule(tt: Any, x: Any) -> Any:
    optimizer = tt.optim.SGD([tt.tensor.Tensor([1.0])], lr=x["initial"])
    schedule = getattr(tt.optim, x["schedule"])(optimizer, **x["settings"])
    seen = []
    for _ in range(x["steps"]):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        schedule.step()
    return seen


def half_cosine(share: float, high: float, low: float) -> float:
    """From high at 0 to low at 1: the square of a cosine of half the angle."""
    return low + (high - low) * math.cos(math.pi * share / 2) ** 2


def warmup_cosine(x: Any) -> list[float]:
    warmup, total, low = x["settings"]["warmup"], x["settings"]["total"], x["settings"].get("eta_min", 0.0)
    ramp = np.linspace(0, x["initial"], warmup + 2)[1:-1].tolist()
    fall = [half_cosine(share, x["initial"], low) for share in np.linspace(0, 1, total - warmup + 1)]
    rates = [*ramp, *fall]
    return [rates[t] if t < len(rates) else low for t in x["steps"]]


def any_warmup(rng: np.random.Generator) -> dict[str, Any]:
    warmup = int(rng.integers(0, 6))
    total = warmup + int(rng.integers(1, 8))
    settings = {"warmup": warmup, "total": total, "eta_min": float(rng.choice([0.0, 0.01]))}
    return {
        "schedule": "WarmupCosine",
        "settings": settings,
        "initial": float(rng.uniform(0.1, 2)),
        "steps": list(range(total + 4)),
    }


def cosine(x: Any) -> list[float]:
    return [half_cosine(t / x["settings"]["T_max"], x["initial"], x["settings"]["eta_min"]) for t in x["steps"]]


RATES = (
    Check(
        function="WarmupCosine.rate",
        name="seven steps by hand",
        inputs=given(schedule="WarmupCosine", settings={"warmup": 3, "total": 5}, initial=1.0, steps=list(range(7))),
        drive=drive_rate,
        judge=close(lambda x: [0.25, 0.5, 0.75, 1.0, 0.5, 0.0, 0.0], rtol=1e-12, atol=1e-15, because=DOUBLE),
        shown="rates of steps 0 to 6, warmup=3, total=5, from 1",
    ),
    Check(
        function="WarmupCosine.rate",
        name="down to eta_min for ever",
        inputs=given(
            schedule="WarmupCosine",
            settings={"warmup": 0, "total": 2, "eta_min": 0.5},
            initial=1.5,
            steps=[0, 1, 2, 3, 100],
        ),
        drive=drive_rate,
        judge=close(lambda x: [1.5, 1.0, 0.5, 0.5, 0.5], rtol=1e-12, because=DOUBLE),
        shown="rates of steps {steps}, warmup=0, total=2, eta_min=0.5, from 1.5",
    ),
    Check(
        function="WarmupCosine.rate",
        name="the ramp begins below eta_min",
        inputs=given(
            schedule="WarmupCosine",
            settings={"warmup": 3, "total": 5, "eta_min": 0.5},
            initial=1.0,
            steps=list(range(7)),
        ),
        drive=drive_rate,
        judge=close(lambda x: [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.5], rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="rates of steps 0 to 6, warmup=3, total=5, eta_min=0.5, from 1",
    ),
    Check(
        function="WarmupCosine.rate",
        name="any ramp and fall",
        inputs=any_warmup,
        drive=drive_rate,
        judge=close(warmup_cosine, rtol=1e-10, atol=1e-14, because=DOUBLE + "; near 0 the cosine cancels"),
        kind="property",
        seeds=20,
        shown="rates of steps {steps}, {settings}, from {initial}",
    ),
    Check(
        function="CosineAnnealingLR.rate",
        name="from the initial rate to eta_min",
        inputs=given(
            schedule="CosineAnnealingLR", settings={"T_max": 4, "eta_min": 0.1}, initial=1.0, steps=list(range(9))
        ),
        drive=drive_rate,
        judge=close(cosine, rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="rates of steps 0 to 8, T_max=4, eta_min=0.1, from 1",
    ),
    Check(
        function="StepLR.rate",
        name="a stair",
        inputs=given(schedule="StepLR", settings={"step_size": 2, "gamma": 0.5}, initial=1.0, steps=list(range(7))),
        drive=drive_rate,
        judge=equals(lambda x: [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125]),
        kind="contract",
        shown="rates of steps 0 to 6, step_size=2, gamma=0.5, from 1",
    ),
    Check(
        function="LinearLR.rate",
        name="a ramp that ends",
        inputs=given(
            schedule="LinearLR",
            settings={"start_factor": 0.25, "end_factor": 1.0, "total_iters": 3},
            initial=2.0,
            steps=list(range(6)),
        ),
        drive=drive_rate,
        judge=close(lambda x: [0.5, 1.0, 1.5, 2.0, 2.0, 2.0], rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="rates of steps 0 to 5, from a quarter to the whole of 2 in 3 steps",
    ),
    Check(
        function="LRScheduler.step",
        name="the rates that steps are taken with",
        inputs=given(schedule="StepLR", settings={"step_size": 2, "gamma": 0.5}, initial=1.0, steps=6),
        drive=drive_schedule,
        judge=equals(lambda x: [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]),
        kind="contract",
        shown="lr before each of six calls of StepLR(step_size=2, gamma=0.5).step(), from 1",
    ),
)


def drive_average(tt: Any, x: Any) -> Any:
    w = tt.tensor.Tensor(np.array([x["values"][0]]))
    ema = tt.optim.EMA([w], decay=x["decay"])
    means = []
    for value in x["values"]:
        w[...] = value
        ema.update()
        means.append(float(ema.averages[0].numpy()[0]))
    return means


def average(x: Any) -> list[float]:
    """The weights written out: decay to the age, and what is left for the value at the start."""
    values, decay = x["values"], x["decay"]
    weights = [(1 - decay) * decay**age for age in range(len(values))]
    return [float(np.dot(weights[: t + 1], values[t::-1])) + decay ** (t + 1) * values[0] for t in range(len(values))]


AVERAGES = (
    Check(
        function="ema_update",
        name="what is old fades",
        inputs=given(values=[0.0, 8.0, 8.0, -4.0], decay=0.75),
        drive=drive_average,
        judge=close(average, rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="the average of {values} one after another, decay={decay}",
    ),
)
