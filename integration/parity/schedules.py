"""Rows of learning-rate schedules: the rate of two parameter groups at every step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from integration.parity.mistakes import wrong_function
from integration.parity.row import BAR, Mistake, Outcome, distance

from tinytorch import optim
from tinytorch.optim import SGD, LRScheduler
from tinytorch.tensor import Tensor

theirs = torch.optim.lr_scheduler
RATES = (0.4, 0.03)


@dataclass(frozen=True)
class ScheduleRow:
    """One schedule."""

    name: str
    ours: Callable[[Any], LRScheduler]
    theirs: Callable[[Any], Any]
    catches: str
    mistake: Mistake
    convention: tuple[Any, str] | None = None
    steps: int = 1000

    @property
    def public(self) -> frozenset[str]:
        """The class."""
        return frozenset({self.name.partition(",")[0]})

    @property
    def runs(self) -> tuple[str, ...]:
        """No operation: a schedule computes with Python's numbers."""
        return ()

    def run(self, wrong: Callable[[Any], LRScheduler] | None = None) -> Outcome:
        """Compare the rates from before the first step to after the last."""
        ours = SGD([{"params": [Tensor([1.0])], "lr": rate} for rate in RATES])
        other = torch.optim.SGD([{"params": [torch.ones(1)], "lr": rate} for rate in RATES])
        with warnings.catch_warnings():  # PyTorch's SequentialLR calls step(0), which PyTorch deprecates
            warnings.simplefilter("ignore")
            found = curve(ours, (wrong or self.ours)(ours), self.steps)
            expected = curve(other, self.theirs(other), self.steps)
        outcome = Outcome(cases=self.steps)
        for t in range(self.steps + 1):
            error = float(np.abs(found[t] - expected[t]).max() / expected.max())
            outcome.note("float64", error)
            if not error <= BAR["float64"]:
                outcome.failures.append(f"{self.name}: rates {found[t]} after step {t}, PyTorch has {expected[t]}")
        outcome.note("float64", distance(found, expected))
        return outcome


def curve(optimizer: Any, schedule: Any, steps: int) -> Any:
    """Return the rates of the groups before the first step and after each."""
    rates = [[group["lr"] for group in optimizer.param_groups]]
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        rates.append([group["lr"] for group in optimizer.param_groups])
    return np.array(rates)


def altered(make: Callable[[Any], LRScheduler], change: Callable[..., float]) -> Mistake:
    """A schedule whose rate is ``change(right, initial, t)``."""

    def wrong(optimizer: Any) -> LRScheduler:
        schedule = make(optimizer)
        right = schedule.rate
        vars(schedule)["rate"] = lambda initial, t, group=0: change(right, initial, t)
        for group in optimizer.param_groups:
            group["lr"] = change(right, group["initial_lr"], 0)
        return schedule

    return wrong_function(wrong)


def decay(t: int) -> float:
    return 1 / (1 + 0.1 * t)


def warm(optimizer: Any, module: Any) -> Any:
    """A rise, then half a cosine."""
    rise = module.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    return module.SequentialLR(optimizer, [rise, module.CosineAnnealingLR(optimizer, 20)], milestones=[5])


def three(optimizer: Any, module: Any) -> Any:
    parts = [module.StepLR(optimizer, 3, 0.5), module.LambdaLR(optimizer, decay), module.StepLR(optimizer, 4, 0.1)]
    return module.SequentialLR(optimizer, parts, milestones=[10, 25])


def their_warm_cosine(optimizer: Any) -> Any:
    rise = theirs.LinearLR(optimizer, start_factor=1 / 11, end_factor=1.0, total_iters=10)
    return theirs.SequentialLR(optimizer, [rise, theirs.CosineAnnealingLR(optimizer, 90, 1e-3)], milestones=[10])


def late(right: Any, initial: float, t: int) -> float:
    return float(right(initial, max(t - 1, 0)))


ROWS = [
    ScheduleRow(
        "StepLR",
        lambda o: optim.StepLR(o, 7, 0.7),
        lambda o: theirs.StepLR(o, 7, 0.7),
        "a fall one step late",
        altered(lambda o: optim.StepLR(o, 7, 0.7), late),
    ),
    ScheduleRow(
        "LinearLR",
        lambda o: optim.LinearLR(o, 0.2, 0.9, 30),
        lambda o: theirs.LinearLR(o, 0.2, 0.9, 30),
        "a rise that does not end",
        altered(lambda o: optim.LinearLR(o, 0.2, 0.9, 30), lambda right, i, t: i * (0.2 + 0.7 * t / 30)),
        (optim.LinearLR, "and stay"),
    ),
    ScheduleRow(
        "LinearLR, defaults",
        optim.LinearLR,
        theirs.LinearLR,
        "the rise from 0",
        altered(optim.LinearLR, lambda right, i, t: i * min(t / 5, 1)),
    ),
    ScheduleRow(
        "CosineAnnealingLR",
        lambda o: optim.CosineAnnealingLR(o, 100, 1e-3),
        lambda o: theirs.CosineAnnealingLR(o, 100, 1e-3),
        "no return after T_max",
        altered(lambda o: optim.CosineAnnealingLR(o, 100, 1e-3), lambda right, i, t: float(right(i, min(t, 100)))),
        (optim.CosineAnnealingLR, "up again after it, as in PyTorch"),
        steps=250,
    ),
    ScheduleRow(
        "WarmupCosine",
        lambda o: optim.WarmupCosine(o, 10, 100, 1e-3),
        their_warm_cosine,
        "a first step with rate 0",
        altered(
            lambda o: optim.WarmupCosine(o, 10, 100, 1e-3),
            lambda right, i, t: i * t / 10 if t < 10 else float(right(i, t)),
        ),
        (optim.WarmupCosine, "so that the first step already moves"),
        steps=100,
    ),
    ScheduleRow(
        "LambdaLR",
        lambda o: optim.LambdaLR(o, decay),
        lambda o: theirs.LambdaLR(o, decay),
        "factors that multiply up",
        altered(
            lambda o: optim.LambdaLR(o, decay), lambda right, i, t: i * math.prod(decay(s) for s in range(1, t + 1))
        ),
    ),
    ScheduleRow(
        "SequentialLR",
        lambda o: warm(o, optim),
        lambda o: warm(o, theirs),
        "the second schedule counting from the start",
        altered(lambda o: warm(o, optim), lambda right, i, t: float(right(i, t if t < 5 else t + 5))),
        steps=40,
    ),
    ScheduleRow(
        "SequentialLR, three",
        lambda o: three(o, optim),
        lambda o: three(o, theirs),
        "a milestone one step late",
        altered(lambda o: three(o, optim), late),
        (optim.SequentialLR, "when t reaches"),
        steps=60,
    ),
]
