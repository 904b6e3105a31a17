"""What activations do to a gradient and what they cost: measured when called, returned as data.

Times are the shortest of several runs, in seconds: whatever else the machine does can only add to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinytorch.autograd import grad
from tinytorch.tensor import Array, Tensor
from tinytorch.tito.measuring import best

Function = Callable[[Tensor], Tensor]


def chain(activation: Function, depth: int = 10, n: int = 10_000, seed: int = 0) -> tuple[float, ...]:
    """Return which share of a gradient survives 1, 2, ... `depth` activations in a row, each fed by the one before.

    Parameters
    ----------
    activation : callable
        From a tensor to one of the same shape, each element on its own.
    depth : int, default 10
    n : int, default 10_000
        How many inputs, drawn from the standard normal distribution.
    seed : int, default 0

    Returns
    -------
    tuple of float
        For each depth the mean over the inputs of the absolute slope of the whole chain, by the activation's own rule.
    """
    x = Tensor(np.random.default_rng(seed).standard_normal(n), requires_grad=True)
    ones = Tensor(np.ones(n))
    shares = []
    y = x
    for _ in range(depth):
        y = activation(y)
        (slope,) = grad(y, [x], [ones], retain_graph=True)
        shares.append(0.0 if slope is None else float(np.abs(slope.data).mean()))
    return tuple(shares)


@dataclass(frozen=True)
class Stack:
    """A gradient on its way down through a stack of layers.

    Attributes
    ----------
    shares : tuple of float
        Its size where it has passed 0, 1, ... layers, over its size at the top. Size is the root of the mean square.
    saturated : float
        The share of all units of the stack whose slope is below 0.05.
    """

    shares: tuple[float, ...]
    saturated: float


def stack(
    activation: Function, gain: float = 1.0, depth: int = 10, width: int = 128, batch: int = 64, seed: int = 0
) -> Stack:
    """Send a gradient of random numbers down through `depth` layers ``activation(x @ W)``.

    Parameters
    ----------
    activation : callable
    gain : float, default 1.0
        The weights are normal with the standard deviation gain / √width, so that with a gain of 1 each sum of `width`
        products is about as large as what came in.
    depth, width, batch : int
    seed : int, default 0
    """
    generator = np.random.default_rng(seed)
    h = Tensor(generator.standard_normal((batch, width)), requires_grad=True)
    inner, outputs = [], [h]
    for _ in range(depth):
        weight = Tensor(generator.standard_normal((width, width)) * (gain / np.sqrt(width)))
        inner.append(outputs[-1] @ weight)
        outputs.append(activation(inner[-1]))
    above = generator.standard_normal((batch, width))
    slopes = [size_of_slopes(activation, z) for z in inner]
    gradients = grad(outputs[-1], outputs, [Tensor(above)])
    sizes = [0.0 if one is None else float(np.sqrt(np.mean(one.data**2))) for one in reversed(gradients)]
    return Stack(tuple(size / sizes[0] for size in sizes), float(np.mean(np.concatenate(slopes) < 0.05)))


def size_of_slopes(activation: Function, z: Tensor) -> Array:
    """Return the absolute slope of an activation at each element, by its own rule, as a line."""
    leaf = Tensor(z.data, requires_grad=True)
    (slope,) = grad(activation(leaf), [leaf], [Tensor(np.ones(z.shape, z.dtype))])
    return np.zeros(z.size) if slope is None else np.abs(slope.data).reshape(-1)


@dataclass(frozen=True)
class Cost:
    """What one call of an activation costs.

    Attributes
    ----------
    n : int
        Elements, float32.
    forward, backward : float
        Seconds.
    """

    n: int
    forward: float
    backward: float


def cost(activation: Function, n: int, repeats: int = 7, seed: int = 0) -> Cost:
    """Measure an activation and its rule on `n` numbers of float32."""
    x = Tensor(np.random.default_rng(seed).standard_normal(n, np.float32), requires_grad=True)
    above = Tensor(np.ones(n, np.float32))
    y = activation(x)
    backward = best(lambda: grad(y, [x], [above], retain_graph=True), repeats)
    return Cost(n, best(lambda: activation(x), repeats), backward)
