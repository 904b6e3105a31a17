"""Rows of optimizers: both sides get the same 1,000 recorded gradients, and a learning rate that falls on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import torch

from integration.parity.mistakes import wrong_function
from integration.parity.row import BAR, Mistake, Outcome, distance
from tinytorch.optim import SGD, Adam, AdamW, Muon, Optimizer, RMSprop
from tinytorch.optim import adam_update, adamw_update, rmsprop_update, sgd_update
from tinytorch.tensor import Array, Step, Tensor, Update, use_kernel

STEPS = 1000
SHAPES: tuple[tuple[int, ...], ...] = ((4, 3), (5,), (), (1, 1), (0, 2), (200, 90))
MATRICES: tuple[tuple[int, ...], ...] = ((4, 3), (3, 5), (1, 6), (8, 8))
Kernel = Callable[..., Array]


@dataclass(frozen=True)
class OptimizerRow:
    """One optimizer under one choice of settings; `matrices` are given to PyTorch transposed, as it stores them."""

    name: str
    ours: Callable[[Sequence[Tensor]], Optimizer]
    theirs: Callable[[Any], Any]
    catches: str
    mistake: Mistake
    convention: tuple[Any, str] | None = None
    matrices: bool = False

    @property
    def public(self) -> frozenset[str]:
        """The class."""
        return frozenset({self.name.partition(",")[0]})

    def run(self, wrong: Callable[[Sequence[Tensor]], Optimizer] | None = None) -> Outcome:
        """Compare each parameter's path: after steps 1, 2 and 3, and after every fiftieth."""
        outcome = Outcome()
        for dtype in BAR:
            generator = np.random.default_rng(0)
            shapes = MATRICES if self.matrices else SHAPES
            starts = [generator.standard_normal(shape).astype(dtype) for shape in shapes]
            tensors = [Tensor(start, requires_grad=True) for start in starts]
            twins = [torch.tensor(self._across(start), requires_grad=True) for start in starts]
            paths: list[list[tuple[Array, Array]]] = [[] for _ in shapes]
            optimizer, theirs = (wrong or self.ours)(tensors), self.theirs(twins)
            for t in range(1, STEPS + 1):
                for x, twin in zip(tensors, twins, strict=True):
                    gradient = self._gradient(generator, x.shape, t).astype(dtype)
                    x.grad = Tensor(gradient)
                    twin.grad = torch.tensor(self._across(gradient))
                optimizer.step()
                theirs.step()
                if t == STEPS // 2:
                    for group in (*optimizer.param_groups, *theirs.param_groups):
                        group["lr"] *= 0.5
                if t <= 3 or t % 50 == 0:
                    for path, x, twin in zip(paths, tensors, twins, strict=True):
                        path.append((x.data.copy(), self._across(twin.detach().numpy())))
            for position, path in enumerate(paths):
                error = distance(*(np.stack(side) for side in zip(*path, strict=True)))
                outcome.note(dtype, error)
                if not error <= BAR[dtype]:
                    place = f"{self.name}: {dtype}, parameter {position} of shape {shapes[position]}"
                    outcome.failures.append(f"{place}: error {error:.1e}, at most {BAR[dtype]:.0e} is allowed")
            outcome.cases += STEPS
        return outcome

    def _across(self, x: Array) -> Array:
        return x.T.copy() if self.matrices else x.copy()

    @staticmethod
    def _gradient(generator: np.random.Generator, shape: tuple[int, ...], t: int) -> Array:
        """Small ones, large ones, and now and then none at all."""
        drawn = np.asarray(generator.standard_normal(shape)) * 10 ** generator.uniform(-3, 1)
        return drawn * 0 if t % 97 == 0 else drawn


def wrong_update(update: Update, wrong: Kernel) -> Mistake:
    """Run an update with ``wrong(p, g, state, t, **settings)``, which returns the new p, all flat, in place of its kernel."""

    def kernel(step: Step, targets: list[Array], *grads: Array, **settings: Any) -> None:
        *params, state, count = targets
        count += 1
        flat = np.concatenate([p.reshape(-1) for p in params])
        moved = wrong(flat, np.concatenate([g.reshape(-1) for g in grads]), state, int(count), **settings)
        position = 0
        for p in params:
            p[...] = moved[position : position + p.size].reshape(p.shape)
            position += p.size

    @contextmanager
    def swap() -> Iterator[None]:
        with use_kernel(update, kernel):
            yield

    return swap


def uphill(p: Array, g: Array, state: Array, t: int, *, lr: float, weight_decay: float, **rest: Any) -> Array:
    return p - lr * (g - weight_decay * p)


def rate_inside(p: Array, g: Array, state: Array, t: int, *, lr: float, momentum: float, **rest: Any) -> Array:
    state[0] = momentum * state[0] + lr * g
    return p - state[0]


def late_nesterov(p: Array, g: Array, state: Array, t: int, *, lr: float, momentum: float, **rest: Any) -> Array:
    direction = g + momentum * state[0]
    state[0] = momentum * state[0] + g
    return p - lr * direction


def dampened_start(
    p: Array,
    g: Array,
    state: Array,
    t: int,
    *,
    lr: float,
    momentum: float,
    weight_decay: float,
    dampening: float,
    **rest: Any,
) -> Array:
    state[0] = momentum * state[0] + (1 - dampening) * (g + weight_decay * p)
    return p - lr * state[0]


def adam(*, inside: bool = False, corrected: bool = True, coupled: bool = True, after: bool = False) -> Kernel:
    """Adam from the paper, with one thing wrong."""

    def kernel(
        p: Array,
        g: Array,
        state: Array,
        t: int,
        *,
        lr: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
    ) -> Array:
        g = g + weight_decay * p if coupled else g
        state[0] = betas[0] * state[0] + (1 - betas[0]) * g
        state[1] = betas[1] * state[1] + (1 - betas[1]) * g * g
        m, v = (s / (1 - beta**t if corrected else 1) for s, beta in zip(state, betas, strict=True))
        moved = p - lr * m / (np.sqrt(v + eps) if inside else np.sqrt(v) + eps)
        return moved * (1 - lr * weight_decay) if after else moved

    return kernel


def rmsprop_inside(
    p: Array, g: Array, state: Array, t: int, *, lr: float, alpha: float, eps: float, **rest: Any
) -> Array:
    state[0] = alpha * state[0] + (1 - alpha) * g * g
    return p - lr * g / np.sqrt(state[0] + eps)


def rmsprop_rate_inside(
    p: Array,
    g: Array,
    state: Array,
    t: int,
    *,
    lr: float,
    alpha: float,
    eps: float,
    momentum: float,
    weight_decay: float,
) -> Array:
    g = g + weight_decay * p
    state[0] = alpha * state[0] + (1 - alpha) * g * g
    state[1] = momentum * state[1] + lr * g / (np.sqrt(state[0]) + eps)
    return p - state[1]


class FullPrecision:
    """PyTorch's Muon, orthogonalizing in the parameters' type: its own casts to bfloat16, good to three digits."""

    def __init__(self, params: Any, **settings: Any) -> None:
        self.optimizer = torch.optim.Muon(params, **settings)
        self.param_groups = self.optimizer.param_groups

    def step(self) -> None:
        """Take a step."""
        with mock.patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone):
            self.optimizer.step()


def two_groups(params: Any, one: Any) -> Any:
    return one([{"params": params[:2], "lr": 0.05}, {"params": params[2:], "weight_decay": 0.1}])


def sideways(params: Sequence[Tensor]) -> Optimizer:
    """One group for each matrix, whose step is as long as the transposed matrix's should be."""
    groups = []
    for p in params:
        ins, outs = p.shape
        groups.append({"params": [p], "lr": 0.02 * (max(1, ins / outs) / max(1, outs / ins)) ** 0.5})
    return Muon(groups)


SETTINGS = {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.05}
COUPLED = {"lr": 0.01, "weight_decay": 0.1}
SLOW = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}
GATHERED = {"alpha": 0.9, "momentum": 0.9, "weight_decay": 0.1}
HALVED = "multiplies the velocity when it is used"

ROWS = [
    OptimizerRow(
        "SGD",
        lambda ps: SGD(ps, 0.01, weight_decay=0.1),
        lambda ps: torch.optim.SGD(ps, 0.01, weight_decay=0.1),
        "weight decay that makes weights grow",
        wrong_update(sgd_update, uphill),
    ),
    OptimizerRow(
        "SGD, momentum",
        lambda ps: SGD(ps, 0.01, 0.9),
        lambda ps: torch.optim.SGD(ps, 0.01, 0.9),
        "the learning rate gathered into the velocity",
        wrong_update(sgd_update, rate_inside),
        (SGD, HALVED),
    ),
    OptimizerRow(
        "SGD, Nesterov",
        lambda ps: SGD(ps, 0.01, 0.9, nesterov=True),
        lambda ps: torch.optim.SGD(ps, 0.01, 0.9, nesterov=True),
        "the velocity of the step before",
        wrong_update(sgd_update, late_nesterov),
        (SGD, "the gradient and the velocity to come"),
    ),
    OptimizerRow(
        "SGD, dampening and weight decay",
        lambda ps: SGD(ps, 0.01, **SETTINGS),
        lambda ps: torch.optim.SGD(ps, 0.01, **SETTINGS),
        "the first gradient dampened too",
        wrong_update(sgd_update, dampened_start),
        (SGD, "which starts as the first gradient"),
    ),
    OptimizerRow(
        "Adam",
        lambda ps: Adam(ps, 0.01),
        lambda ps: torch.optim.Adam(ps, 0.01),
        "no bias correction",
        wrong_update(adam_update, adam(corrected=False)),
        (Adam, "Added to the root, not under it"),
    ),
    OptimizerRow(
        "Adam, betas and eps",
        lambda ps: Adam(ps, **SLOW),
        lambda ps: torch.optim.Adam(ps, **SLOW),
        "eps under the root",
        wrong_update(adam_update, adam(inside=True)),
    ),
    OptimizerRow(
        "Adam, weight decay",
        lambda ps: Adam(ps, **COUPLED),
        lambda ps: torch.optim.Adam(ps, **COUPLED),
        "weight decay beside the gradient, as in AdamW",
        wrong_function(lambda ps: AdamW(ps, **COUPLED)),
        (Adam, "to the gradient (L2)"),
    ),
    OptimizerRow(
        "Adam, two groups",
        lambda ps: two_groups(ps, Adam),
        lambda ps: two_groups(ps, torch.optim.Adam),
        "the settings of one group used for all",
        wrong_function(lambda ps: Adam(ps, lr=0.05)),
    ),
    OptimizerRow(
        "AdamW",
        lambda ps: AdamW(ps, **COUPLED),
        lambda ps: torch.optim.AdamW(ps, **COUPLED),
        "weight decay in the gradient, as in Adam",
        wrong_update(adamw_update, adam()),
    ),
    OptimizerRow(
        "AdamW, defaults",
        AdamW,
        torch.optim.AdamW,
        "the decay after the step, not before it",
        wrong_update(adamw_update, adam(coupled=False, after=True)),
        (AdamW, "default 1e-2"),
    ),
    OptimizerRow(
        "RMSprop",
        RMSprop,
        torch.optim.RMSprop,
        "eps under the root",
        wrong_update(rmsprop_update, rmsprop_inside),
        (RMSprop, "Added to the root (PyTorch's convention)"),
    ),
    OptimizerRow(
        "RMSprop, momentum and weight decay",
        lambda ps: RMSprop(ps, **GATHERED),
        lambda ps: torch.optim.RMSprop(ps, **GATHERED),
        "the learning rate gathered into the velocity",
        wrong_update(rmsprop_update, rmsprop_rate_inside),
    ),
    OptimizerRow(
        "Muon",
        lambda ps: Muon(ps, 0.02),
        lambda ps: FullPrecision(ps, lr=0.02),
        "the ratio of sides the other way round",
        wrong_function(sideways),
        (Muon, "PyTorch orthogonalizes in bfloat16"),
        matrices=True,
    ),
    OptimizerRow(
        "Muon, plain momentum",
        lambda ps: Muon(ps, 0.02, nesterov=False, weight_decay=0.0),
        lambda ps: FullPrecision(ps, lr=0.02, nesterov=False, weight_decay=0.0),
        "Nesterov's form unasked",
        wrong_function(lambda ps: Muon(ps, 0.02, weight_decay=0.0)),
        matrices=True,
    ),
]
