"""When a run ends, and whose weights it leaves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import line
from tinytorch.tito.checks import Check, Inputs, equals, given, raises

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


def _buffer_after(tt: Any, x: Any) -> Any:
    """Return weight and buffer of a model after a run; in each epoch both are the epoch's number."""
    model = line(tt, 0.0)
    model.register_buffer("seen", tt.tensor.Tensor(np.zeros(1)))
    trainer = tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.1), lambda output, y: output.mean())
    stopping = tt.training.EarlyStopping("val_loss", x["patience"])
    run = tt.training.Run(trainer, [], None, len(x["values"]), None, trainer.history, [stopping])
    stopping.on_fit_begin(run)
    for epoch, value in enumerate(x["values"], 1):
        for tensor in (model.weight, model.seen):
            with tensor.edit() as array:
                array[...] = epoch
        run.epoch, run.results = epoch, {"val_loss": value}
        stopping.on_epoch_end(run)
    run.finished = True
    try:
        stopping.on_fit_end(run)
    except (KeyError, ValueError) as error:
        return f"what was kept does not fit the model: {type(error).__name__}"
    return {"weight": model.weight.item(), "buffer": model.seen.item()}


def _course(function: str, name: str, shown: str, rule: str = "", kind: Any = "contract", **inputs: Any) -> Check:
    return Check(
        function=function,
        name=name,
        inputs=given(**inputs),
        drive=_stopped,
        judge=equals(_simulated, rule=rule),
        kind=kind,
        shown=shown,
    )


STOPPING: tuple[Check, ...] = (
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
    _course(
        "EarlyStopping.on_epoch_end",
        "larger is better for an accuracy",
        "val_accuracy {values}, patience {patience}, the weight is the number of the epoch",
        kind="example",
        values=[0.5, 0.7, 0.6, 0.8, 0.8],
        patience=3,
        watch="val_accuracy",
    ),
    _course(
        "EarlyStopping.on_epoch_end",
        "equal is no improvement",
        "val_loss {values}, patience {patience}",
        values=[1.0, 1.0, 1.0, 0.5],
        patience=2,
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
    _course(
        "EarlyStopping.on_epoch_end",
        "how much better counts",
        "val_loss {values}, patience {patience}, min_delta {min_delta}",
        "An improvement is one on the best by more than min_delta.",
        values=[3.0, 2.625, 2.375, 2.25, 2.0],
        patience=2,
        min_delta=0.5,
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
        name="buffers come back with the weights",
        inputs=given(values=[3.0, 2.0, 4.0], patience=9),
        drive=_buffer_after,
        judge=equals(
            lambda x: {"weight": 2.0, "buffer": 2.0}, rule="A running mean belongs to the weights it was measured with."
        ),
        kind="contract",
        shown="val_loss {values}; a weight and a buffer, each the number of the epoch, after the run",
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
    _course(
        "improves",
        "smaller is better for a loss",
        "early stopping with val_loss {values}, patience {patience}",
        kind="example",
        values=[3.0, 2.0, 2.5],
        patience=1,
    ),
    _course(
        "improves",
        "larger is better for an accuracy",
        "early stopping with val_accuracy {values}, patience {patience}",
        kind="example",
        values=[0.25, 0.5, 0.375],
        patience=1,
        watch="val_accuracy",
    ),
    _course(
        "improves",
        "how much larger is better",
        "early stopping with val_accuracy {values}, patience {patience}, min_delta {min_delta}",
        values=[0.5, 0.625, 0.375, 0.875],
        patience=2,
        watch="val_accuracy",
        min_delta=0.25,
    ),
)
