"""Walks: recorded gradients, an optimizer that takes them step by step, and the same walk computed in float64.

The walks of the oracle follow the papers' boxes line by line, on one flat array, with no state but their own variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tinytorch.tito.checks import Raised, Wrong

Array = np.ndarray[Any, Any]
Walk = Callable[..., Iterator[Array]]

STEPS = 1000
MARKS = (1, 2, 3, 10, 100, 1000)

#: A thousand steps of some ten roundings of 1.1e-16 each are 1e-12 of the largest number on the way; a hundred times
#: that leaves room for other orders of the same arithmetic, and is far below what any mistake changes.
TOLERANCE = 1e-10
VISIBLE = 1e-5

SINGLE = "eps of 1e-8 and a dozen roundings of float32, 6e-8 each"
DOUBLE = "a dozen roundings of float64, 1.1e-16 each"

#: Two of one shape and a number. Each has gradients of a scale of its own: 1e-8 is of the size of eps.
SHAPES: tuple[tuple[int, ...], ...] = ((2, 3), (2, 3), ())
SCALES = (1e2, 1e-8, 1.0)


def sgd(
    theta: Array,
    gradients: Array,
    lr: float = 1e-3,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    dampening: float = 0.0,
) -> Iterator[Array]:
    """Sutskever et al., ICML 2013, with the learning rate outside the velocity."""
    b = np.zeros_like(theta)
    for t, gradient in enumerate(gradients, 1):
        g = gradient + weight_decay * theta
        if momentum:
            b = g if t == 1 else momentum * b + (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        theta = theta - lr * g
        yield theta


def rmsprop(
    theta: Array,
    gradients: Array,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
) -> Iterator[Array]:
    """Tieleman & Hinton, lecture 6.5, eps outside the root."""
    v = np.zeros_like(theta)
    b = np.zeros_like(theta)
    for gradient in gradients:
        g = gradient + weight_decay * theta
        v = alpha * v + (1 - alpha) * g**2
        b = momentum * b + g / (np.sqrt(v) + eps)
        theta = theta - lr * b
        yield theta


def adam(
    theta: Array,
    gradients: Array,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled: bool = False,
) -> Iterator[Array]:
    """Kingma & Ba, ICLR 2015, algorithm 1; decoupled, Loshchilov & Hutter, ICLR 2019, algorithm 2."""
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    for t, gradient in enumerate(gradients, 1):
        g = gradient if decoupled else gradient + weight_decay * theta
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        ahead = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        theta = theta - lr * (ahead + weight_decay * theta) if decoupled else theta - lr * ahead
        yield theta


def adamw(theta: Array, gradients: Array, weight_decay: float = 1e-2, **settings: Any) -> Iterator[Array]:
    """`adam`, decoupled, with the default of AdamW."""
    return adam(theta, gradients, weight_decay=weight_decay, decoupled=True, **settings)


BOXES: dict[str, Walk] = {"SGD": sgd, "RMSprop": rmsprop, "Adam": adam, "AdamW": adamw}


def walk(tt: Any, x: Any) -> Any:
    """Return, by the number of steps, the parameters as they are after it."""
    params = [tt.tensor.Tensor(start) for start in x["starts"]]
    optimizer = getattr(tt.optim, x["optimizer"])(params, **x["settings"])
    path: dict[int, list[Array]] = {}
    for t in range(len(x["gradients"][0])):
        for p, gradients in zip(params, x["gradients"], strict=True):
            p.grad = tt.tensor.Tensor(gradients[t])
        optimizer.step()
        if t + 1 in MARKS:
            path[t + 1] = [np.array(p.numpy()) for p in params]
    return path


def follows(x: Any, result: Any) -> None:
    """Judge a walk by its box, at each of the marks."""
    steps = len(x["gradients"][0])
    marks = [mark for mark in MARKS if mark <= steps]
    if isinstance(result, Raised):
        raise Wrong(f"{steps:,} steps", result)
    boxes = []
    for start, gradients in zip(x["starts"], x["gradients"], strict=True):
        path = [start, *BOXES[x["optimizer"]](start, gradients, **x["settings"])]
        boxes.append(([path[mark] for mark in marks], max(np.abs(theta).max(initial=0.0) for theta in path)))
    missed: list[tuple[float, Wrong]] = []
    for i, mark in enumerate(marks):
        for j, (path, scale) in enumerate(boxes):
            expected, got = path[i], result[mark][j]
            where = f"Parameter {j} of {len(boxes)} after {mark:,} {'step' if mark == 1 else 'steps'}"
            if got.shape != expected.shape or got.dtype != expected.dtype:
                was = f"{got.dtype} of shape {got.shape}, not {expected.dtype} of shape {expected.shape}"
                raise Wrong(expected, got, f"{where} is {was}.")
            off = np.abs(got - expected)
            if not (off <= TOLERANCE * scale).all():
                worst = float(off.max()) / scale
                rule = f"{where} is off by {worst:.1g} of its largest value; {TOLERANCE:g} may be."
                missed.append((worst, Wrong(expected, got, rule)))
    if missed:  # the first that a reader can see in the numbers, else the last
        raise next((wrong for worst, wrong in missed if not worst < VISIBLE), missed[-1][1])


def single(*values: float) -> Array:
    """Return float32, as tensors of lists are."""
    return np.array(values, np.float32)


def tensors(tt: Any, starts: Any, gradients: Any) -> list[Any]:
    """Return parameters with gradients."""
    params = [tt.tensor.Tensor(start) for start in starts]
    for p, g in zip(params, gradients, strict=True):
        p.grad = None if g is None else tt.tensor.Tensor(g)
    return params


def path_of(optimizer: str) -> Callable[[Any, Any], Any]:
    """Return a drive: one tensor `w`, one gradient a step, and where w is after each of them."""
    return lambda tt, x: _path(tt, optimizer, x, [(g, None) for g in x["gradients"]])


def rates(optimizer: str) -> Callable[[Any, Any], Any]:
    """Return a drive like `path_of`, with one gradient and a learning rate of its own for each step."""
    return lambda tt, x: _path(tt, optimizer, x, [(x["gradient"], lr) for lr in x["lrs"]], lr=x["lrs"][0])


def _path(tt: Any, optimizer: str, x: Any, steps: Sequence[tuple[Any, float | None]], **settings: float) -> Any:
    """Return where x's tensor w is after each of the steps: a gradient and, where it changes, the learning rate."""
    w = tt.tensor.Tensor(x["w"])
    taken = getattr(tt.optim, optimizer)([w], **settings, **x["settings"])
    path = []
    for gradient, lr in steps:
        if lr is not None:
            taken.param_groups[0]["lr"] = lr
        w.grad = tt.tensor.Tensor(gradient)
        taken.step()
        path.append(np.array(w.numpy()))
    return np.stack(path) if len(path) > 1 else path[0]
