"""When a run ends and whose weights it leaves; how long steps may be; when the rate moves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import SUM, affine, fit, line, slopes, watcher
from tinytorch.tito.checks import Check, Inputs, close, equals, given, raises

IN_A_ROW = "Patience counts epochs in a row; each improvement starts it anew."


def _stopped(tt: Any, x: Any) -> Any:
    """Return how a run goes that measures given values, and whose weight is the number of the epoch."""
    model = line(tt, 0.0)
    optimizer = tt.optim.SGD(model.parameters(), lr=0.1)
    trainer = tt.training.Trainer(model, optimizer, lambda output, y: (output - y).mean())
    stopping = tt.training.EarlyStopping(
        x.get("watch", "val_loss"), x["patience"], x.get("min_delta", 0.0), x.get("mode")
    )
    run = tt.training.Run(trainer, [], None, len(x["values"]), None, trainer.history, [stopping])
    stopping.on_fit_begin(run)
    for epoch, value in enumerate(x["values"], 1):
        with model.weight.edit() as weight:
            weight[...] = epoch
        run.epoch, run.results = epoch, {x.get("measured", x.get("watch", "val_loss")): value}
        stopping.on_epoch_end(run)
        if run.stopped:
            break
    run.finished = True
    stopping.on_fit_end(run)
    return {
        "epochs": run.epoch,
        "stopped": bool(run.stopped),
        "best": stopping.best,
        "best_epoch": stopping.best_epoch,
        "weights of epoch": int(model.weight.item()),
    }


def _simulated(x: Any) -> dict[str, Any]:
    """Early stopping by looking at the whole course."""
    sign = -1 if x.get("mode") == "max" or x.get("watch", "").endswith("accuracy") else 1
    least, best, epoch, last = x.get("min_delta", 0.0), math.inf, 0, 0
    for epoch, value in enumerate(x["values"], 1):
        if last == 0 or sign * value < sign * best - least:
            best, last = value, epoch
        if epoch - last == x["patience"]:
            break
    stopped = epoch - last >= x["patience"]
    return {"epochs": epoch, "stopped": stopped, "best": best, "best_epoch": last, "weights of epoch": last}


def _some_course(rng: np.random.Generator) -> Inputs:
    return {
        "values": (rng.integers(0, 12, size=rng.integers(1, 15)) / 4).tolist(),
        "patience": int(rng.integers(1, 4)),
        "min_delta": float(rng.integers(3)) / 4,
        "mode": ("min", "max")[rng.integers(2)],
        "watch": "score",
    }


def _carried_on(tt: Any, x: Any) -> Any:
    """Return the state that early stopping saves after some epochs, when training has gone on since."""
    model = line(tt, 0.0)
    trainer = tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.1), lambda output, y: output.mean())
    stopping = tt.training.EarlyStopping("val_loss", x["patience"])
    run = tt.training.Run(trainer, [], None, 9, None, trainer.history, [stopping])
    for epoch, value in enumerate(x["values"], 1):
        with model.weight.edit() as weight:
            weight[...] = epoch
        run.epoch, run.results = epoch, {"val_loss": value}
        stopping.on_epoch_end(run)
    with model.weight.edit() as weight:
        weight[...] = 99  # the next epoch is under way
    state = stopping.state_dict()
    return {"best": state["best"], "weights": [np.array(value).item() for value in state["weights"].values()]}


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
        function="EarlyStopping.on_epoch_end",
        name="two epochs without an improvement",
        inputs=given(values=[5.0, 4.0, 4.5, 3.0, 3.2, 3.1, 2.0], patience=2),
        drive=_stopped,
        judge=equals(
            lambda x: {"epochs": 6, "stopped": True, "best": 3.0, "best_epoch": 4, "weights of epoch": 4}, rule=IN_A_ROW
        ),
        shown="val_loss {values}, patience {patience}, the weight is the number of the epoch",
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="larger is better for an accuracy",
        inputs=given(values=[0.5, 0.7, 0.6, 0.8, 0.8], patience=3, watch="val_accuracy"),
        drive=_stopped,
        judge=equals(_simulated),
        shown="val_accuracy {values}, patience {patience}, the weight is the number of the epoch",
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="equal is no improvement",
        inputs=given(values=[1.0, 1.0, 1.0, 0.5], patience=2),
        drive=_stopped,
        judge=equals(_simulated),
        kind="contract",
        shown="val_loss {values}, patience {patience}",
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="not a number is no improvement",
        inputs=given(values=[1.0, math.nan, math.nan, 0.5], patience=2),
        drive=_stopped,
        judge=equals(lambda x: {"epochs": 3, "stopped": True, "best": 1.0, "best_epoch": 1, "weights of epoch": 1}),
        kind="contract",
        shown="val_loss {values}, patience {patience}",
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="how much better counts",
        inputs=given(values=[3.0, 2.625, 2.375, 2.25, 2.0], patience=2, min_delta=0.5),
        drive=_stopped,
        judge=equals(_simulated, rule="An improvement is one on the best by more than min_delta."),
        kind="contract",
        shown="val_loss {values}, patience {patience}, min_delta {min_delta}",
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="any course",
        inputs=_some_course,
        drive=_stopped,
        judge=equals(_simulated),
        kind="property",
        seeds=20,
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="what is saved are the best weights, by copy",
        inputs=given(values=[3.0, 2.0, 4.0, 5.0], patience=9),
        drive=_carried_on,
        judge=equals(lambda x: {"best": 2.0, "weights": [2.0]}),
        kind="aliasing",
        shown="state_dict() after val_loss {values}, the weight is the number of the epoch",
    ),
    Check(
        function="EarlyStopping.on_epoch_end",
        name="a number that is not measured",
        inputs=given(values=[1.0], patience=1, watch="val_loss", measured="loss"),
        drive=_stopped,
        judge=raises(KeyError, "val_loss"),
        kind="contract",
        shown="watching val_loss where only loss is measured",
    ),
    Check(
        function="improves",
        name="smaller is better for a loss",
        inputs=given(values=[3.0, 2.0, 2.5], patience=1),
        drive=_stopped,
        judge=equals(_simulated),
        shown="early stopping with val_loss {values}, patience {patience}",
    ),
    Check(
        function="improves",
        name="larger is better for an accuracy",
        inputs=given(values=[0.25, 0.5, 0.375], patience=1, watch="val_accuracy"),
        drive=_stopped,
        judge=equals(_simulated),
        shown="early stopping with val_accuracy {values}, patience {patience}",
    ),
    Check(
        function="improves",
        name="how much larger is better",
        inputs=given(values=[0.5, 0.625, 0.375, 0.875], patience=2, watch="val_accuracy", min_delta=0.25),
        drive=_stopped,
        judge=equals(_simulated),
        kind="contract",
        shown="early stopping with val_accuracy {values}, patience {patience}, min_delta {min_delta}",
    ),
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
