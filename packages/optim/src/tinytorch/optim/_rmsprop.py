"""RMSprop: gradients divided by the root of a running mean of their squares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinytorch.optim._blocks import blocks, constants, flops
from tinytorch.optim._checks import check_fraction, check_number
from tinytorch.optim._optimizer import Optimizer, Parameters
from tinytorch.tensor import Array, Step, update


@update("rmsprop", flops=flops(9))
def rmsprop_update(
    step: Step, targets: list[Array], *grads: Array, lr: float, alpha: float, eps: float, weight_decay: float,
    momentum: float,
) -> None:  # fmt: skip
    """Take one step of RMSprop, in place, by the formulas of `RMSprop`.

    Parameters
    ----------
    targets : list of ndarray
        The parameters; then the state, of shape (1, n) or, with momentum, (2, n), whose rows are v and u of the n
        elements of all parameters, in their order; then the number of steps taken before, which this one raises.
    *grads : ndarray
        One for each parameter, of its shape. They are only read.
    """
    *params, state, count = targets
    count += 1
    keep, share, epsilon, rate, mu = constants(state, alpha, 1 - alpha, eps, lr, momentum)
    for p, g, v, *velocity, s, decayed in blocks(params, grads, *state, scratch=2):
        if weight_decay:
            g = np.add(g, np.multiply(p, weight_decay, out=decayed), out=decayed)
        v *= keep  # v = alpha v + (1 - alpha) g²
        v += np.multiply(np.multiply(g, g, out=s), share, out=s)
        np.sqrt(v, out=s)
        s += epsilon
        np.divide(g, s, out=s)
        for u in velocity:  # one, or none without momentum
            u *= mu
            u += s
            s[...] = u
        s *= rate
        p -= s


class RMSprop(Optimizer):
    """Root mean square propagation: ``p -= lr · g / (√v + eps)``, with ``v = alpha · v + (1 − alpha) · g²``.

    There is no correction for v starting at zero, so the first steps are about ``1 / √(1 − alpha)`` times as long as
    later ones.

    Parameters
    ----------
    params : tensors or parameter groups
    lr : float, default 1e-2
    alpha : float, default 0.99
        How much of v each step keeps, in [0, 1).
    eps : float, default 1e-8
        Added to the root (PyTorch's convention).
    weight_decay : float, default 0
        Adds ``weight_decay · p`` to the gradient.
    momentum : float, default 0
        Gather the quotients in a velocity ``u = momentum · u + g / (√v + eps)`` and go by ``lr · u``.

    Notes
    -----
    State: one number for each parameter, two with momentum. Scratch: at most 0.8 MB.

    Tieleman & Hinton, *Neural Networks for Machine Learning*, lecture 6.5, 2012. The centred form is not here.
    """

    update = rmsprop_update

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)

    def state_names(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """The running mean of g², and the velocity where there is momentum, under PyTorch's names."""
        return ("square_avg", "momentum_buffer") if group["momentum"] else ("square_avg",)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse alpha outside [0, 1) and negative settings."""
        super().check(group)
        check_fraction("RMSprop", "alpha", group["alpha"])
        for name in ("eps", "weight_decay", "momentum"):
            check_number("RMSprop", name, group[name])
