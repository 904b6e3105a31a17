"""Stochastic gradient descent, with momentum and Nesterov's form of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinytorch.optim._blocks import blocks, constants, flops
from tinytorch.optim._checks import check_number
from tinytorch.optim._optimizer import Optimizer, Parameters
from tinytorch.tensor import Array, Step, update


@update("sgd", flops=flops(4))
def sgd_update(
    step: Step, targets: list[Array], *grads: Array, lr: float, momentum: float, weight_decay: float, nesterov: bool,
    dampening: float,
) -> None:  # fmt: skip
    """Take one step of gradient descent, in place, by the formulas of `SGD`.

    Parameters
    ----------
    targets : list of ndarray
        The parameters; then the state, of shape (1, n) with momentum and (0, n) without, where n is the number of
        elements of all parameters, in their order; then the number of steps taken before, which this one raises.
    *grads : ndarray
        One for each parameter, of its shape. They are only read.
    """
    *params, state, count = targets
    count += 1
    share = 1 - dampening if count > 1 else 1.0  # the first gradient is the whole velocity
    rate, mu, share_, decay = constants(state, lr, momentum, share, weight_decay)
    for p, g, *velocity, s, decayed in blocks(params, grads, *state, scratch=2):
        if weight_decay:
            g = np.add(g, np.multiply(p, decay, out=decayed), out=decayed)
        direction = g
        for u in velocity:  # one, or none without momentum
            u *= mu
            u += g if share == 1 else np.multiply(g, share_, out=s)
            direction = np.add(g, np.multiply(u, mu, out=s), out=s) if nesterov else u
        p -= np.multiply(direction, rate, out=s)


class SGD(Optimizer):
    """Gradient descent: ``p -= lr · u``.

    With momentum, u is the velocity ``u = momentum · u + (1 − dampening) · g``, which starts as the first gradient;
    without, it is the gradient g. The learning rate multiplies the velocity when it is used, not when it is gathered,
    so that a new `lr` acts at once (PyTorch's convention; Sutskever et al. put it inside).

    Parameters
    ----------
    params : tensors or parameter groups
    lr : float, default 1e-3
    momentum : float, default 0
        How much of the velocity each step keeps, at least 0.
    weight_decay : float, default 0
        Adds ``weight_decay · p`` to the gradient, the derivative of ``½ weight_decay p²``.
    nesterov : bool, default False
        Go by ``g + momentum · u`` instead of u: the gradient and the velocity to come. Needs momentum and no dampening.
    dampening : float, default 0
        How much less than the whole of each gradient but the first enters the velocity.

    Notes
    -----
    State: with momentum one number for each parameter, without none. Scratch: at most 0.8 MB.

    Sutskever, Martens, Dahl & Hinton, *On the importance of initialization and momentum in deep learning*, ICML 2013.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> w = Tensor([1.0])
    >>> optimizer = SGD([w], lr=0.1, momentum=0.5)
    >>> for _ in range(2):  # velocities 1 and 1.5
    ...     w.grad = Tensor([1.0])
    ...     optimizer.step()
    >>> w
    Tensor([0.75])
    """

    update = sgd_update

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        dampening: float = 0.0,
    ) -> None:
        super().__init__(
            params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov, dampening=dampening
        )

    def state_names(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """The velocity, under the name PyTorch gives it, where there is momentum."""
        return ("momentum_buffer",) if group["momentum"] else ()

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse negative settings, and Nesterov's form without momentum or with dampening."""
        super().check(group)
        for name in ("momentum", "weight_decay", "dampening"):
            check_number("SGD", name, group[name])
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError(
                f"SGD: nesterov needs a momentum above 0 and no dampening, got momentum={group['momentum']!r} and "
                f"dampening={group['dampening']!r}."
            )
