"""One update made of several batches, and what a callback sees of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import (
    SUM,
    THREE_AND_ONE,
    affine,
    column,
    descended,
    fit,
    groups,
    line,
    pairs,
    samples,
    slopes,
    some_training,
    squares,
    watcher,
    weight_after,
)
from tinytorch.tito.checks import Check, close, equals, given

BETWEEN = "Between backward and step: the gradients are all there, and no weight has moved."


def _between(tt: Any, x: Any) -> Any:
    model = line(tt)
    seen: list[Any] = []
    fit(
        tt,
        model,
        x,
        watcher(tt, on_gradients=lambda run: seen.append([model.weight.item(), np.array(model.weight.grad).item()])),
    )
    return seen


def _replaced(tt: Any, x: Any) -> Any:
    """Return the weight after a step whose gradient a hook has halved."""
    model = line(tt)

    def halve(run: Any) -> None:
        model.weight.grad = tt.tensor.Tensor(np.array(model.weight.grad) / 2)

    fit(tt, model, x, watcher(tt, on_gradients=halve))
    return model.weight.item()


def _norms(tt: Any, x: Any) -> Any:
    model = line(tt)
    seen: list[Any] = []
    fit(
        tt,
        model,
        {**x, "lr": 0.0},
        watcher(tt, on_gradients=lambda run: seen.append(float(np.array(model.weight.grad).item()))),
        epochs=2,
    )
    return seen


def _left_over(tt: Any, x: Any) -> Any:
    model, seen = line(tt), []
    fit(tt, model, x, watcher(tt, on_step_end=lambda run: seen.append(run.step)))
    return {"steps": len(seen), "weight": model.weight.item()}


def _books(tt: Any, x: Any) -> Any:
    model = affine(tt, x["weight"], x["bias"])
    seen: list[Any] = []
    trainer = fit(
        tt,
        model,
        {**x, "lr": 0.0},
        watcher(tt, on_step_end=lambda run: seen.append((run.step, run.batch, run.samples))),
    )
    return {"after each step": seen, "loss of the epoch": trainer.history["loss"][0]}


def _counted(x: Any) -> dict[str, Any]:
    seen, batch, number = [], 0, 0
    for step, group in enumerate(groups(x), 1):
        batch, number = batch + len(group), number + sum(samples(group))
        seen.append((step, batch, number))
    return {"after each step": seen, "loss of the epoch": slopes(x["weight"], x["bias"], x["batches"])[2]}


def _books_of_a_refusal(tt: Any, x: Any) -> Any:
    """Return how far a run has come whose second step is refused."""
    seen: list[Any] = []
    watching = watcher(tt, on_fit_end=lambda run: seen.append({"steps": run.step, "samples": run.samples}))
    try:
        fit(tt, line(tt), x, watching)
    except ArithmeticError:
        return seen[0]
    return "no error"


def _told(tt: Any, x: Any) -> Any:
    seen: list[float] = []
    fit(tt, line(tt), {**x, "lr": 0.0}, watcher(tt, on_gradients=lambda run: seen.append(run.loss)))
    return seen


def _steps(tt: Any, x: Any) -> Any:
    """Return how often the optimizer was asked to step."""
    calls: list[int] = []

    def step(self: Any, *arguments: Any, **options: Any) -> None:
        calls.append(1)
        tt.optim.SGD.step(self, *arguments, **options)

    model = affine(tt, x["weight"], x["bias"])
    counting = type("Counting", (tt.optim.SGD,), {"step": step})
    trainer = tt.training.Trainer(model, counting(model.parameters(), lr=0.0), squares)
    trainer.fit(pairs(tt, x["batches"]), 1, accumulate=x["accumulate"], progress=False)
    return len(calls)


def _whole(tt: Any, x: Any) -> Any:
    model = affine(tt, x["weight"], x["bias"])
    trainer = fit(tt, model, x)
    state = {name: np.array(value) for name, value in model.state_dict().items()}
    return state | {"step_losses": np.array(trainer.history.step_losses)}


UPDATES: tuple[Check, ...] = (
    Check(
        function="Trainer._update",
        name="one step downhill",
        inputs=given(batches=[(column(1), column(0))]),
        drive=weight_after,
        judge=close(lambda x: 0.8, rtol=1e-12, because=SUM),
        shown="y = w x with w = 1, the batch x = [1], y = [0], rate 0.1: w after the step",
    ),
    Check(
        function="Trainer._update",
        name="what hooks see",
        inputs=given(batches=[(column(1), column(0)), (column(1), column(0))]),
        drive=_between,
        judge=close(lambda x: [[1.0, 2.0], [0.8, 1.6]], rtol=1e-12, because=SUM, rule=BETWEEN),
        kind="contract",
        shown="w and its gradient in each on_gradients, of two steps with rate 0.1 from w = 1",
    ),
    Check(
        function="Trainer._update",
        name="what hooks change is what the step uses",
        inputs=given(batches=[(column(1), column(0))]),
        drive=_replaced,
        judge=close(lambda x: 0.9, rtol=1e-12, because=SUM, rule=BETWEEN),
        kind="contract",
        shown="a hook halves the gradient 2 of w = 1; w after a step with rate 0.1",
    ),
    Check(
        function="Trainer._update",
        name="hooks are told the loss of this step",
        inputs=given(batches=[*THREE_AND_ONE, (column(2, 2), column(0, 0))], accumulate=2),
        drive=_told,
        judge=close(lambda x: [3.0, 4.0], rtol=1e-12, because=SUM, rule="It is the mean over the samples of the step."),
        kind="contract",
        shown="batches of 3, 1 and 2 samples with mean losses 1, 9 and 4, two a step: run.loss in each on_gradients",
    ),
    Check(
        function="Trainer._update",
        name="the gradients of one step are gone in the next",
        inputs=given(batches=[(column(1), column(0))] * 3),
        drive=_norms,
        judge=close(
            lambda x: [2.0] * 6, rtol=1e-12, because=SUM, rule="The same batch has the same gradient each time."
        ),
        kind="contract",
        shown="the gradient in six steps of rate 0 on the same batch",
    ),
    Check(
        function="Trainer._update",
        name="what is left over makes a step, also with a loss of 0",
        inputs=given(
            batches=[(column(1), column(0)), (column(1), column(0)), (column(0), column(0))], accumulate=2, momentum=0.5
        ),
        drive=_left_over,
        judge=close(
            lambda x: {"steps": 2, "weight": 0.7},
            rtol=1e-12,
            because=SUM,
            rule="The gradient is 0, and momentum still moves: 1 - 0.2, then 0.8 - 0.1.",
        ),
        kind="contract",
        shown="three batches, two a step, the last with loss 0; rate 0.1, momentum 0.5",
    ),
    Check(
        function="Trainer._update",
        name="the books after each step",
        inputs=some_training,
        drive=_books,
        judge=close(
            _counted,
            rtol=1e-10,
            because=SUM,
            rule="Steps, batches and samples so far; the loss of an epoch is the mean over its samples.",
        ),
        kind="contract",
        seeds=10,
    ),
    Check(
        function="Trainer._update",
        name="a step that is refused is not counted",
        inputs=given(batches=[(column(1, 2), column(0, 0)), (column(1e200), column(0))]),
        drive=_books_of_a_refusal,
        judge=equals(lambda x: {"steps": 1, "samples": 2}, rule="The books are kept of what has been done."),
        kind="contract",
        shown="batches of 2 samples and of 1, the second of which has an infinite loss: run.step and run.samples",
    ),
    Check(
        function="Trainer._update",
        name="an epoch is gradient descent written out",
        inputs=some_training,
        drive=_whole,
        judge=close(descended, rtol=1e-9, atol=1e-12, because=SUM),
        kind="trajectory",
        seeds=20,
    ),
    Check(
        function="Trainer._update",
        name="one step of the optimizer for each group",
        inputs=some_training,
        drive=_steps,
        judge=equals(lambda x: len(groups(x))),
        kind="cost",
        seeds=5,
    ),
)
