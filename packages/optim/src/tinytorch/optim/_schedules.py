"""Learning rates that change as training goes: closed forms of the number of steps taken.

A schedule sets ``group["lr"]`` of every parameter group to `rate(initial, t)`, where `initial` is the rate that the
group had when its first schedule was made and t counts the calls of `step`. It is told when to count: once a batch or
once an epoch, after ``optimizer.step()``, as you mean its numbers. PyTorch computes some of these step by step from
the rate before; the values are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from tinytorch.optim._checks import check_count, check_number
from tinytorch.optim._optimizer import Optimizer


class LRScheduler:
    """Base of all schedules. A subclass gives `rate`, and names in `settings` the attributes it depends on.

    Parameters
    ----------
    optimizer : Optimizer

    Attributes
    ----------
    last_epoch : int
        How often `step` was called: t.

    Examples
    --------
    >>> from tinytorch.optim import SGD
    >>> from tinytorch.tensor import Tensor
    >>> class Halved(LRScheduler):
    ...     def rate(self, initial, t, group=0):
    ...         return initial / 2**t
    >>> optimizer = SGD([Tensor([1.0])], lr=0.8)
    >>> schedule = Halved(optimizer)
    >>> schedule.step()
    >>> optimizer.param_groups[0]["lr"]
    0.4
    """

    settings: ClassVar[tuple[str, ...]] = ()

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__}: expected an optimizer, got {type(optimizer).__name__}.")
        self.optimizer = optimizer
        self.last_epoch = 0
        self._apply()

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return the learning rate after t steps, for a parameter group that began with `initial`."""
        raise NotImplementedError(f"{type(self).__name__}.rate: a schedule is its rate(initial, t).")

    def step(self) -> None:
        """Count one step and set the learning rates."""
        self.last_epoch += 1
        self._apply()

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each parameter group as it is now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return the name of the schedule, its settings and its count, all fit for JSON."""
        values = {name: getattr(self, name) for name in self.settings}
        return {"schedule": type(self).__name__, **values, "last_epoch": self.last_epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned: take over settings and count, and set the rates.

        Raises
        ------
        ValueError
            For the state of another kind of schedule; nothing has changed then.
        """
        self._check_state(state)
        self._take(state)
        self._apply()

    def _check_state(self, state: Mapping[str, Any]) -> None:
        name = type(self).__name__
        expected = {"schedule", "last_epoch", *self.settings}
        if set(state) != expected or state["schedule"] != name:
            raise ValueError(
                f"{name}.load_state_dict: this is the state of {state.get('schedule', 'no schedule')!r} with "
                f"{sorted(state)}, expected {name!r} with {sorted(expected)}."
            )
        check_count(f"{name}.load_state_dict", "last_epoch", state["last_epoch"], 0)

    def _take(self, state: Mapping[str, Any]) -> None:
        for name in (*self.settings, "last_epoch"):
            setattr(self, name, state[name])

    def _apply(self) -> None:
        for i, group in enumerate(self.optimizer.param_groups):
            initial = group.setdefault("initial_lr", group["lr"])
            group["lr"] = self.rate(initial, self.last_epoch, i)


class StepLR(LRScheduler):
    """Multiply the rate by `gamma` every `step_size` steps: ``initial · gamma^⌊t / step_size⌋``.

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
    gamma : float, default 0.1
    """

    settings = ("step_size", "gamma")

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        check_count("StepLR", "step_size", step_size)
        check_number("StepLR", "gamma", gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return ``initial · gamma^⌊t / step_size⌋``."""
        return float(initial * self.gamma ** (t // self.step_size))


class LinearLR(LRScheduler):
    """Go from ``start_factor · initial`` to ``end_factor · initial`` in `total_iters` equal steps, and stay: warm-up.

    Parameters
    ----------
    optimizer : Optimizer
    start_factor : float, default 1/3
    end_factor : float, default 1
    total_iters : int, default 5
    """

    settings = ("start_factor", "end_factor", "total_iters")

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        check_number("LinearLR", "start_factor", start_factor)
        check_number("LinearLR", "end_factor", end_factor)
        check_count("LinearLR", "total_iters", total_iters)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return ``initial · (start + (end − start) · min(t / total_iters, 1))``."""
        done = min(t, self.total_iters) / self.total_iters
        return initial * (self.start_factor + (self.end_factor - self.start_factor) * done)


class CosineAnnealingLR(LRScheduler):
    """Go from the initial rate down to `eta_min` in `T_max` steps, along half a cosine.

    ``eta_min + (initial − eta_min) · (1 + cos(π t / T_max)) / 2``: `initial` at t = 0, `eta_min` at t = T_max, and up
    again after it, as in PyTorch.

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
        Steps in all, usually epochs or batches of the whole training.
    eta_min : float, default 0

    Notes
    -----
    Loshchilov & Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, ICLR 2017, equation 5, without
    restarts.
    """

    settings = ("T_max", "eta_min")

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        check_count("CosineAnnealingLR", "T_max", T_max)
        check_number("CosineAnnealingLR", "eta_min", eta_min)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer)

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return the point of the cosine at t."""
        return self.eta_min + (initial - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2


class WarmupCosine(LRScheduler):
    """Rise linearly for `warmup` steps, then fall along half a cosine until `total` steps, and stay at `eta_min`.

    ``initial · (t + 1) / (warmup + 1)`` for t < warmup, so that the first step already moves and step t = warmup has
    the whole rate; then ``eta_min + (initial − eta_min) · (1 + cos(π (t − warmup) / (total − warmup))) / 2``.

    Parameters
    ----------
    optimizer : Optimizer
    warmup : int
        At least 0.
    total : int
        Above `warmup`.
    eta_min : float, default 0

    Examples
    --------
    >>> from tinytorch.optim import SGD
    >>> from tinytorch.tensor import Tensor
    >>> optimizer = SGD([Tensor([1.0])], lr=1.0)
    >>> schedule = WarmupCosine(optimizer, warmup=3, total=5)
    >>> for _ in range(6):
    ...     print(schedule.get_last_lr())
    ...     schedule.step()
    [0.25]
    [0.5]
    [0.75]
    [1.0]
    [0.5]
    [0.0]
    """

    settings = ("warmup", "total", "eta_min")

    def __init__(self, optimizer: Optimizer, warmup: int, total: int, eta_min: float = 0.0) -> None:
        check_count("WarmupCosine", "warmup", warmup, 0)
        check_count("WarmupCosine", "total", total, warmup + 1)
        check_number("WarmupCosine", "eta_min", eta_min)
        self.warmup = warmup
        self.total = total
        self.eta_min = eta_min
        super().__init__(optimizer)

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return the point of the ramp, of the cosine, or `eta_min`."""
        if t < self.warmup:
            return initial * (t + 1) / (self.warmup + 1)
        done = min((t - self.warmup) / (self.total - self.warmup), 1.0)
        return self.eta_min + (initial - self.eta_min) * (1 + math.cos(math.pi * done)) / 2


class LambdaLR(LRScheduler):
    """Multiply the initial rate by a function of t: ``initial · lr_lambda(t)``.

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable or sequence of callables
        One for all parameter groups, or one for each. Functions are not part of `state_dict`.
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]]
    ) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"LambdaLR: got {len(self.lr_lambdas)} functions for {groups} parameter groups.")
        super().__init__(optimizer)

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return ``initial · lr_lambda(t)``, by the function of this group (the last one for groups added later)."""
        return initial * self.lr_lambdas[min(group, len(self.lr_lambdas) - 1)](t)


class SequentialLR(LRScheduler):
    """One schedule after another: the i-th begins, at its own step 0, when t reaches ``milestones[i − 1]``.

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : sequence of LRScheduler
        All of this optimizer. They give their `rate`; do not call their `step`.
    milestones : sequence of int
        Rising, one fewer than schedules.
    """

    settings = ("milestones", "schedulers")

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None:
        if not schedulers or len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(schedulers)} schedules need one milestone fewer than that, got {len(milestones)}."
            )
        if any(a >= b for a, b in zip([0, *milestones], milestones, strict=False)):
            raise ValueError(f"SequentialLR: milestones must be above 0 and rising, got {list(milestones)}.")
        for i, schedule in enumerate(schedulers):
            if schedule.optimizer is not optimizer:
                raise ValueError(f"SequentialLR: schedule {i}, {type(schedule).__name__}, is of another optimizer.")
        self.schedulers = list(schedulers)
        self.milestones = list(milestones)
        super().__init__(optimizer)

    def rate(self, initial: float, t: int, group: int = 0) -> float:
        """Return the rate of the schedule that has begun last."""
        begun = sum(t >= milestone for milestone in self.milestones)
        start = self.milestones[begun - 1] if begun else 0
        return self.schedulers[begun].rate(initial, t - start, group)

    def state_dict(self) -> dict[str, Any]:
        """Return milestones, count and the states of all schedules."""
        return super().state_dict() | {"schedulers": [schedule.state_dict() for schedule in self.schedulers]}

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        if len(state["schedulers"]) != len(self.schedulers):
            raise ValueError(
                f"SequentialLR.load_state_dict: the state has {len(state['schedulers'])} schedules, here are "
                f"{len(self.schedulers)}."
            )
        for schedule, part in zip(self.schedulers, state["schedulers"], strict=True):
            schedule._check_state(part)

    def _take(self, state: Mapping[str, Any]) -> None:
        self.last_epoch = state["last_epoch"]
        self.milestones = list(state["milestones"])
        for schedule, part in zip(self.schedulers, state["schedulers"], strict=True):
            schedule._take(part)
