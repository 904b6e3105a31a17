"""Rows of optimizers: both sides get the same 1,000 recorded gradients, and a learning rate that falls on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import torch
from integration.parity.mistakes import wrong_function
from integration.parity.row import BAR, Mistake, Outcome, distance
from integration.parity.wrong_steps import (
    adam,
    dampened_start,
    late_nesterov,
    rate_inside,
    rmsprop_inside,
    rmsprop_rate_inside,
    sideways,
    uphill,
    wrong_update,
)

from tinytorch.optim import (
    SGD,
    Adam,
    AdamW,
    Muon,
    Optimizer,
    RMSprop,
    adam_update,
    adamw_update,
    rmsprop_update,
    sgd_update,
)
from tinytorch.tensor import Array, Tensor

STEPS = 1000
SHAPES: tuple[tuple[int, ...], ...] = ((4, 3), (5,), (), (1, 1), (0, 2), (200, 90))
MATRICES: tuple[tuple[int, ...], ...] = ((4, 3), (3, 5), (1, 6), (8, 8))


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

    @property
    def runs(self) -> tuple[str, ...]:
        """The update."""
        return (self.name.partition(",")[0].lower(),)

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


SETTINGS: dict[str, Any] = {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.05}
COUPLED: dict[str, Any] = {"lr": 0.01, "weight_decay": 0.1}
SLOW: dict[str, Any] = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}
GATHERED: dict[str, Any] = {"alpha": 0.9, "momentum": 0.9, "weight_decay": 0.1}
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
