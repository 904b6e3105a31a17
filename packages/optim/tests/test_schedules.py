"""Schedules against their closed forms, at every step and past the end."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from tinytorch.optim import (
    SGD,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    Optimizer,
    SequentialLR,
    StepLR,
    WarmupCosine,
)
from tinytorch.tensor import Tensor

INITIAL = (0.8, 0.05)


def optimizer() -> Optimizer:
    return SGD([{"params": [Tensor([1.0])]}, {"params": [Tensor([1.0])], "lr": INITIAL[1]}], lr=INITIAL[0])


def untyped(value: Any) -> Any:
    return value


def cosine(initial: float, low: float, done: float) -> float:
    return low + 0.5 * (initial - low) * (1 + math.cos(math.pi * done))


def warmup_cosine(b: float, t: int) -> float:
    if t < 4:
        return [b / 5, 2 * b / 5, 3 * b / 5, 4 * b / 5][t]
    return cosine(b, 0.01, (t - 4) / 6) if t <= 10 else 0.01


def three(o: Optimizer) -> LRScheduler:
    return SequentialLR(o, [LinearLR(o, 0.2, 1.0, 5), CosineAnnealingLR(o, 7, 0.01), StepLR(o, 2, 0.5)], [5, 12])


def three_by_hand(b: float, t: int) -> float:
    if t < 5:
        return b * (0.2 + 0.8 * t / 5)
    return cosine(b, 0.01, (t - 5) / 7) if t < 12 else b * 0.5 ** ((t - 12) // 2)


SCHEDULES: dict[str, tuple[Callable[[Optimizer], LRScheduler], Callable[[float, int], float]]] = {
    "step": (lambda o: StepLR(o, 3, 0.5), lambda b, t: b * 0.5 ** (t // 3)),
    "linear": (lambda o: LinearLR(o, 0.1, 1.0, 6), lambda b, t: b * (0.1 + 0.9 * t / 6) if t < 6 else b),
    "linear by default": (LinearLR, lambda b, t: b * (1 / 3 + 2 / 3 * t / 5) if t < 5 else b),
    "linear down": (lambda o: LinearLR(o, 1.0, 0.0, 4), lambda b, t: b * (1 - t / 4) if t < 4 else 0.0),
    "cosine": (lambda o: CosineAnnealingLR(o, 10, 0.01), lambda b, t: cosine(b, 0.01, t / 10)),
    "warm-up and cosine": (lambda o: WarmupCosine(o, 4, 10, 0.01), warmup_cosine),
    "no warm-up": (lambda o: WarmupCosine(o, 0, 5), lambda b, t: cosine(b, 0.0, min(t / 5, 1))),
    "lambda": (lambda o: LambdaLR(o, lambda t: 0.9**t), lambda b, t: b * 0.9**t),
    "sequential": (three, three_by_hand),
}
each_schedule = pytest.mark.parametrize("name", SCHEDULES)


@each_schedule
def test_every_step_has_the_rate_of_the_closed_form(name: str) -> None:
    make, formula = SCHEDULES[name]
    o = optimizer()
    schedule = make(o)
    for t in range(25):
        assert schedule.last_epoch == t
        assert schedule.get_last_lr() == [group["lr"] for group in o.param_groups]
        assert schedule.get_last_lr() == pytest.approx([formula(b, t) for b in INITIAL], rel=1e-12, abs=1e-15)
        schedule.step()


def test_the_cosine_begins_at_the_initial_rate_and_ends_at_its_minimum_exactly() -> None:
    o = optimizer()
    schedule = CosineAnnealingLR(o, 10, 0.01)
    assert schedule.get_last_lr() == list(INITIAL)
    for _ in range(10):
        schedule.step()
    assert schedule.get_last_lr() == [0.01, 0.01]


def test_a_warm_up_moves_from_the_first_step_and_arrives() -> None:
    o = optimizer()
    schedule = WarmupCosine(o, 3, 20)
    rates = []
    for _ in range(4):
        rates.append(o.param_groups[0]["lr"])
        schedule.step()
    assert rates[0] > 0
    assert rates == sorted(rates)
    assert rates[3] == INITIAL[0]


def test_the_optimizer_steps_with_the_scheduled_rate() -> None:
    p = Tensor([0.0])
    o = SGD([p], lr=1.0)
    schedule = StepLR(o, 1, 0.5)
    moved = []
    for _ in range(3):
        before = p.item()
        p.grad = Tensor([1.0])
        o.step()
        schedule.step()
        moved.append(before - p.item())
    assert moved == [1.0, 0.5, 0.25]


def test_functions_may_differ_between_groups_and_a_group_added_later_is_scheduled_too() -> None:
    o = optimizer()
    schedule = LambdaLR(o, [lambda t: 1.0, lambda t: 1 / (1 + t)])
    schedule.step()
    assert schedule.get_last_lr() == [0.8, 0.025]
    o.add_param_group({"params": [Tensor([1.0])], "lr": 3.0})
    schedule.step()
    assert schedule.get_last_lr() == [0.8, pytest.approx(0.05 / 3), pytest.approx(1.0)]


@each_schedule
def test_a_resumed_schedule_goes_on_where_it_was(name: str) -> None:
    make, formula = SCHEDULES[name]
    first_optimizer = optimizer()
    first = make(first_optimizer)
    for _ in range(6):
        first.step()
    text = json.dumps([first.state_dict(), first_optimizer.state_dict()])
    o = optimizer()
    schedule = make(o)
    state, optimizer_state = json.loads(text)
    o.load_state_dict(optimizer_state)
    schedule.load_state_dict(state)
    for t in range(6, 20):
        assert schedule.get_last_lr() == pytest.approx([formula(b, t) for b in INITIAL], rel=1e-12, abs=1e-15)
        schedule.step()


def test_a_resumed_schedule_takes_over_the_settings_saved() -> None:
    o = optimizer()
    saved = StepLR(o, 2, 0.1).state_dict()
    other = StepLR(optimizer(), 7, 0.9)
    other.load_state_dict(saved)
    assert (other.step_size, other.gamma) == (2, 0.1)


def test_the_state_of_another_schedule_is_refused_and_nothing_changes() -> None:
    schedule = StepLR(optimizer(), 2)
    with pytest.raises(ValueError, match=r"state of 'LinearLR'.* expected 'StepLR'"):
        schedule.load_state_dict(LinearLR(optimizer()).state_dict())
    with pytest.raises(ValueError, match="no schedule"):
        schedule.load_state_dict({})
    sequence = three(optimizer())
    two = SequentialLR(o := optimizer(), [LinearLR(o), StepLR(o, 2)], [3])
    with pytest.raises(ValueError, match="the state has 2 schedules, here are 3"):
        sequence.load_state_dict(two.state_dict())
    assert schedule.last_epoch == sequence.last_epoch == 0


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda o: StepLR(o, 0), ValueError, "step_size must be at least 1, got 0"),
        (lambda o: StepLR(o, untyped(1.5)), TypeError, "step_size must be an integer"),
        (lambda o: StepLR(untyped([o]), 3), TypeError, "expected an optimizer, got list"),
        (lambda o: CosineAnnealingLR(o, 0), ValueError, "T_max"),
        (lambda o: CosineAnnealingLR(o, 5, -1.0), ValueError, "eta_min"),
        (lambda o: LinearLR(o, -0.5), ValueError, "start_factor"),
        (lambda o: WarmupCosine(o, 5, 5), ValueError, "total must be at least 6"),
        (lambda o: LambdaLR(o, [lambda t: 1.0]), ValueError, "got 1 functions for 2 parameter groups"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)], [3]), ValueError, "one milestone fewer"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 3, [5, 5]), ValueError, "rising"),
        (lambda o: SequentialLR(o, [StepLR(optimizer(), 1)], []), ValueError, "of another optimizer"),
        (lambda o: LRScheduler(o), NotImplementedError, r"rate\(initial, t\)"),
    ],
)
def test_schedules_that_cannot_be_meant_are_refused(
    call: Callable[[Any], Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        call(optimizer())
