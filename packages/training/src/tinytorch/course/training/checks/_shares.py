"""One batch's share of the gradient of a step."""

from __future__ import annotations

import gc
import math
import weakref
from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import (
    SUM,
    THREE_AND_ONE,
    affine,
    column,
    fit,
    groups,
    kind_of,
    line,
    slopes,
    some_training,
    squares,
    watcher,
    weight_after,
)
from tinytorch.tito.checks import Check, Wrong, close, equals, given, holds

SHARE = "A batch's share of the gradient is its samples over the samples of the step."


def _step_losses(tt: Any, x: Any) -> Any:
    return np.array(fit(tt, line(tt), x).history.step_losses)


def _gradients(tt: Any, x: Any) -> Any:
    """Return the gradient of each step, where no step moves anything."""
    model = affine(tt, x["weight"], x["bias"])
    seen: list[Any] = []
    fit(tt, model, {**x, "lr": 0.0}, watcher(tt, on_gradients=lambda run: seen.append(np.array(model.weight.grad))))
    return seen


def _central_differences(x: Any) -> list[Any]:
    """Return the gradient of the mean over all samples of each group, by central differences."""
    found = []
    for group in groups(x):
        slope = np.zeros_like(x["weight"])
        for place in np.ndindex(slope.shape):
            step = np.zeros_like(slope)
            step[place] = 1e-6 * max(1.0, abs(x["weight"][place]))
            ends = [slopes(x["weight"] + sign * step, x["bias"], group)[2] for sign in (1, -1)]
            slope[place] = (ends[0] - ends[1]) / (2 * step[place])
        found.append(slope)
    return found


def _downwards(tt: Any, x: Any) -> Any:
    """Return where the mean of output - target leads, which is not what that of target - output does."""
    model = line(tt)
    trainer = fit(tt, model, x, loss=lambda output, y: (output - y).mean())
    return {"loss": trainer.history.step_losses[0], "weight": model.weight.item()}


def _metric(tt: Any, x: Any) -> Any:
    metrics = {"first": lambda output, target: float(np.mean(output - target))}
    return fit(tt, line(tt), {**x, "lr": 0.0}, metrics=metrics).history["first"]


def _handed(tt: Any, x: Any) -> Any:
    """Return what kinds of things a metric is given."""
    seen: set[str] = set()

    def metric(*given: Any) -> float:
        seen.update(type(one).__name__ for one in given)
        return 0.0

    fit(tt, line(tt), x, metrics={"first": metric})
    return sorted(seen)


def _mean_error(x: Any) -> list[float]:
    inputs, targets = (np.concatenate([batch[i] for batch in x["batches"]]) for i in (0, 1))
    return [float((inputs - targets).mean())]


def _not_finite(tt: Any, x: Any) -> Any:
    model = line(tt)
    try:
        fit(tt, model, x, loss=lambda output, y: squares(output, y) * x["factor"])
    except ArithmeticError as error:
        return {"raised": type(error).__name__, "weight": model.weight.item(), "gradient": model.weight.grad}
    return {"raised": None, "weight": model.weight.item(), "gradient": model.weight.grad}


def _rules_after(tt: Any, x: Any) -> Any:
    """Return how many rules ran for a loss that is refused."""
    rules: list[str] = []

    class Listener:
        def before(self, step: Any) -> None:
            if step.phase == "rule":
                rules.append(step.operation.name)

        def after(self, step: Any, outputs: Any) -> None: ...

    try:
        with tt.tensor.listen(Listener()):
            fit(tt, line(tt), x, loss=lambda output, y: squares(output, y) * math.nan)
    except ArithmeticError:
        return len(rules)
    return "no error"


def _refused(x: Any, result: Any) -> None:
    if not isinstance(result, dict) or result["raised"] != "NonFiniteError":
        got = result["raised"] or "no error" if isinstance(result, dict) else kind_of(result)
        raise Wrong("NonFiniteError", got, "A loss that is not finite is refused before it reaches a gradient.")
    if result["weight"] != 1.0 or result["gradient"] is not None:
        raise Wrong({"weight": 1.0, "gradient": None}, result, "The parameters are as they were, without gradients.")


def _sentence(tt: Any, x: Any) -> Any:
    """Return what is said of an infinite loss."""
    model = affine(tt, np.ones((1, 2)), np.zeros(2))
    try:
        fit(tt, model, x, loss=lambda output, y: squares(output, y) * math.inf)
    except ArithmeticError as error:
        return str(error)
    return "no error"


def _says_which(x: Any, result: Any) -> bool:
    places = [str(result).find(text) for text in ("inf", "(3, 1)", "(3, 2)")]
    return -1 not in places and places == sorted(places)


def _alive(tt: Any, x: Any) -> Any:
    """Return how many of the losses still exist when all steps have been made, and what the history holds."""
    losses: list[Any] = []

    def loss(output: Any, y: Any) -> Any:
        losses.append(weakref.ref(output))
        return squares(output, y)

    trainer = fit(tt, line(tt), x, loss=loss)
    gc.collect()
    return {
        "alive": sum(reference() is not None for reference in losses),
        "kinds": sorted({type(value).__name__ for value in trainer.history["loss"]}),
    }


def _nothing_kept(x: Any, result: Any) -> None:
    if not isinstance(result, dict) or result["kinds"] != ["float"]:
        raise Wrong("floats in the history", result, "A tensor in the history keeps all that it was computed from.")
    if result["alive"] > 1:
        raise Wrong(
            f"at most the last of {len(x['batches'])} outputs still in memory",
            f"{result['alive']} of them",
            "A loss that is kept as a tensor keeps its batch's outputs: memory grows with every step.",
        )


SHARES: tuple[Check, ...] = (
    Check(
        function="Trainer._backward",
        name="one batch, one step",
        inputs=given(batches=[(column(2), column(0))]),
        drive=weight_after,
        judge=close(lambda x: 0.2, rtol=1e-12, because=SUM),
        shown="y = w x with w = 1, the batch x = [2], y = [0], rate 0.1: w after the step",
    ),
    Check(
        function="Trainer._backward",
        name="three samples and one sample in one step",
        inputs=given(batches=THREE_AND_ONE, accumulate=2),
        drive=weight_after,
        judge=close(lambda x: 0.7, rtol=1e-12, because=SUM, rule=SHARE),
        shown="y = w x with w = 1, batches of 3 and 1 samples with gradients 2 and 6, rate 0.1: w after the step",
    ),
    Check(
        function="Trainer._backward",
        name="the loss of three samples and one",
        inputs=given(batches=THREE_AND_ONE, accumulate=2),
        drive=_step_losses,
        judge=close(
            lambda x: np.array([3.0]),
            rtol=1e-12,
            because=SUM,
            rule="The sum over a batch is its mean times its samples.",
        ),
        shown="batches of 3 and 1 samples with mean losses 1 and 9: the loss of the step",
    ),
    Check(
        function="Trainer._backward",
        name="several batches make the gradient of one large batch",
        inputs=some_training,
        drive=_gradients,
        judge=close(
            _central_differences,
            rtol=1e-6,
            atol=1e-7,
            because="central differences with a step of 1e-6 are good to some 1e-9 of the loss",
            rule=SHARE,
        ),
        kind="gradient",
        seeds=10,
    ),
    Check(
        function="Trainer._backward",
        name="the loss gets the output first, then the target",
        inputs=given(batches=[(column(5, 4), column(1, 2))]),
        drive=_downwards,
        # the gradient is the mean of x, 4.5
        judge=close(lambda x: {"loss": 3.0, "weight": 0.55}, rtol=1e-12, because=SUM),
        kind="contract",
        shown="y = w x with w = 1, a loss that is the mean of output - target, x = [5, 4], target = [1, 2], rate 0.1",
    ),
    Check(
        function="Trainer._backward",
        name="a metric counts by samples",
        inputs=given(batches=[(column(1, 1, 1), column(0, 0, 0)), (column(1), column(-8))], accumulate=1),
        drive=_metric,
        judge=close(_mean_error, rtol=1e-12, because=SUM),
        kind="contract",
        shown="a metric that is 1 for a batch of 3 samples and 9 for a batch of 1: its mean over the epoch",
    ),
    Check(
        function="Trainer._backward",
        name="metrics get arrays",
        inputs=given(batches=[(column(1), column(0))]),
        drive=_handed,
        judge=equals(lambda x: ["ndarray"], rule="A metric is a number to look at: it needs no tensor, and no graph."),
        kind="contract",
        shown="the types of what a metric is called with",
    ),
    Check(
        function="Trainer._backward",
        name="a loss that is not a number is refused",
        inputs=given(batches=[(column(1), column(0))], factor=math.nan),
        drive=_not_finite,
        judge=_refused,
        kind="contract",
        shown="a loss of NaN",
    ),
    Check(
        function="Trainer._backward",
        name="a loss that is not a number reaches no gradient",
        inputs=given(batches=[(column(1), column(0))]),
        drive=_rules_after,
        judge=equals(lambda x: 0, rule="It is looked at before anything is carried back."),
        kind="contract",
        shown="how many rules run for a loss of NaN",
    ),
    Check(
        function="Trainer._backward",
        name="an infinite loss in the second batch of a step is refused",
        inputs=given(batches=[(column(1), column(0)), (column(1e200), column(0))], accumulate=2, factor=1.0),
        drive=_not_finite,
        judge=_refused,
        kind="contract",
        shown="two batches, the second of which has an infinite loss",
    ),
    Check(
        function="Trainer._backward",
        name="the refusal gives the loss, the inputs and the outputs",
        inputs=given(batches=[(column(1, 2, 3), [[0.0, 0.0]] * 3)]),
        drive=_sentence,
        judge=holds(
            _says_which, "The error names the loss, inf, then the inputs' shape (3, 1) and the outputs' (3, 2)."
        ),
        kind="contract",
        shown="an infinite loss of inputs (3, 1) and outputs (3, 2)",
    ),
    Check(
        function="Trainer._backward",
        name="no step is kept in memory",
        inputs=given(batches=[(column(1, 2), column(0, 1))] * 6, accumulate=2),
        drive=_alive,
        judge=_nothing_kept,
        kind="cost",
        shown="six batches, two a step",
    ),
)
