"""Wrong steps of optimizers, each as short as the right one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from integration.parity.row import Mistake

from tinytorch.optim import (
    Muon,
    Optimizer,
)
from tinytorch.tensor import Array, Step, Tensor, Update, use_kernel

Kernel = Callable[..., Any]


def wrong_update(update: Update, wrong: Kernel) -> Mistake:
    """Run an update with ``wrong(p, g, state, t, **settings)`` for a kernel: all flat, and it returns the new p."""

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


def uphill(p: Array, g: Array, state: Array, t: int, *, lr: float, weight_decay: float, **rest: Any) -> Any:
    return p - lr * (g - weight_decay * p)


def rate_inside(p: Array, g: Array, state: Array, t: int, *, lr: float, momentum: float, **rest: Any) -> Any:
    state[0] = momentum * state[0] + lr * g
    return p - state[0]


def late_nesterov(p: Array, g: Array, state: Array, t: int, *, lr: float, momentum: float, **rest: Any) -> Any:
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
) -> Any:
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
    ) -> Any:
        g = g + weight_decay * p if coupled else g
        state[0] = betas[0] * state[0] + (1 - betas[0]) * g
        state[1] = betas[1] * state[1] + (1 - betas[1]) * g * g
        m, v = (s / (1 - beta**t if corrected else 1) for s, beta in zip(state, betas, strict=True))
        moved = p - lr * m / (np.sqrt(v + eps) if inside else np.sqrt(v) + eps)
        return moved * (1 - lr * weight_decay) if after else moved

    return kernel


def rmsprop_inside(
    p: Array, g: Array, state: Array, t: int, *, lr: float, alpha: float, eps: float, **rest: Any
) -> Any:
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
) -> Any:
    g = g + weight_decay * p
    state[0] = alpha * state[0] + (1 - alpha) * g * g
    state[1] = momentum * state[1] + lr * g / (np.sqrt(state[0]) + eps)
    return p - state[1]


def sideways(params: Sequence[Tensor]) -> Optimizer:
    """One group for each matrix, whose step is as long as the transposed matrix's should be."""
    groups = []
    for p in params:
        ins, outs = p.shape
        groups.append({"params": [p], "lr": 0.02 * (max(1, ins / outs) / max(1, outs / ins)) ** 0.5})
    return Muon(groups)
