"""Rows of what stands beside the optimizers: clipping and averages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import torch
from integration.parity.draws import numbers
from integration.parity.mistakes import wrong_function
from integration.parity.row import Case, Row
from torch.optim._muon import _zeropower_via_newtonschulz as newton_schulz
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tinytorch import optim
from tinytorch.tensor import Tensor

inf = np.inf


def gradients(generator: np.random.Generator) -> Iterator[Case]:
    for scale in (0.01, 1.0, 100.0):
        for norm_type in (2.0, 1.0, 3.0, inf):
            empty = [] if norm_type == inf else [(0, 2)]  # PyTorch refuses the largest of nothing
            shapes = [(3, 4), (5,), (), (60, 50), *empty]
            grads = tuple(numbers(generator, shape, -scale, scale) for shape in shapes)
            yield Case(grads, {"max_norm": 1.0, "norm_type": norm_type})
    yield Case((np.zeros(3),), {"max_norm": 1.0, "norm_type": 2.0})


def values(generator: np.random.Generator) -> Iterator[Case]:
    for shape in ((3, 4), (5,), (), (0, 2)):
        yield Case((numbers(generator, shape, -3, 3),), {"clip_value": 0.5})


def our_parameters(grads: tuple[Tensor, ...]) -> list[Tensor]:
    params = [Tensor(np.zeros_like(grad.data), requires_grad=True) for grad in grads]
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad
    return params


def their_parameters(grads: tuple[Any, ...]) -> list[Any]:
    params = [torch.zeros_like(grad, requires_grad=True) for grad in grads]
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad.clone()
    return params


def our_norm(*grads: Tensor, **options: Any) -> list[Any]:
    params = our_parameters(grads)
    return [optim.clip_grad_norm_(params, **options), *(p.grad for p in params)]


def their_norm(*grads: Any, **options: Any) -> list[Any]:
    params = their_parameters(grads)
    return [torch.nn.utils.clip_grad_norm_(params, **options), *(p.grad for p in params)]


def norm_of_each(*grads: Tensor, **options: Any) -> list[Any]:
    """Each gradient clipped by itself: the direction of the whole is lost."""
    params = our_parameters(grads)
    norm = optim.clip_grad_norm_(params, **{**options, "max_norm": inf})
    for p in params:
        optim.clip_grad_norm_(p, **options)
    return [norm, *(p.grad for p in params)]


def our_values(grad: Tensor, **options: Any) -> Any:
    params = our_parameters((grad,))
    optim.clip_grad_value_(params, **options)
    return params[0].grad


def their_values(grad: Any, **options: Any) -> Any:
    params = their_parameters((grad,))
    torch.nn.utils.clip_grad_value_(params, **options)
    return params[0].grad


def trajectory(generator: np.random.Generator) -> Iterator[Case]:
    for decay in (0.9, 0.999, 0.0):
        for shape in ((3, 4), (), (0, 2)):
            yield Case((numbers(generator, (20, *shape), -3, 3),), {"decay": decay})


def our_average(path: Tensor, decay: float) -> Tensor:
    w = Tensor(path[0].data)
    ema = optim.EMA([w], decay)
    for t in range(1, len(path)):
        w.copy_(path[t])
        ema.update()
    return ema.averages[0]


def their_average(path: Any, decay: float) -> Any:
    model = torch.nn.ParameterList([torch.nn.Parameter(path[0].clone())])
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    ema.update_parameters(model)
    for point in path[1:]:
        model[0].data.copy_(point)
        ema.update_parameters(model)
    return next(iter(ema.module)).detach()


def orthogonal(generator: np.random.Generator) -> Iterator[Case]:
    for shape in ((4, 6), (6, 4), (5, 5), (1, 3), (30, 20)):
        yield Case((numbers(generator, shape, -3, 3),))


def their_orthogonal(x: Any) -> Any:
    with mock.patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone):
        return newton_schulz(x, (3.4445, -4.7750, 2.0315), 5, 1e-7)


ROWS = [
    Row(
        "gradient_norm",
        {"clip_grad_norm_": our_norm},
        their_norm,
        gradients,
        "each gradient clipped by its own norm",
        wrong_function(norm_of_each),
        (optim.clip_grad_norm_, "``max_norm / (norm + 1e-6)``"),
        gradient=False,
    ),
    Row(
        "clip_grad_value_",
        {"clip_grad_value_": our_values},
        their_values,
        values,
        "the norm clipped, not the elements",
        wrong_function(lambda grad, clip_value: our_norm(grad, max_norm=clip_value)[1]),
        operations=("clip",),
        gradient=False,
    ),
    Row(
        "EMA",
        {"EMA": our_average},
        their_average,
        trajectory,
        "decay and 1 - decay exchanged",
        wrong_function(lambda path, decay: our_average(path, 1 - decay if decay else 0.5)),
        operations=(),
        gradient=False,
    ),
    Row(
        "orthogonalize",
        {"orthogonalize": lambda x: Tensor(optim.orthogonalize(x.data))},
        their_orthogonal,
        orthogonal,
        "a round too few",
        wrong_function(lambda x: Tensor(optim.orthogonalize(x.data, rounds=4))),
        operations=(),
        gradient=False,
    ),
]
