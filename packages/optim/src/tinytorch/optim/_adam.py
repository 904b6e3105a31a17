"""Adam and AdamW: a step of its own length for every parameter.

Adam divides a mean of the recent gradients by the root of a mean of their squares, so that each parameter moves by
about `lr` a step whatever the scale of its gradients.

Kingma & Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015, algorithm 1.
Loshchilov & Hutter, *Decoupled Weight Decay Regularization*, ICLR 2019, algorithm 2.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinytorch.optim._blocks import blocks, constants, flops
from tinytorch.optim._checks import check_fraction, check_number
from tinytorch.optim._optimizer import Optimizer, Parameters
from tinytorch.tensor import Array, Step, update


def adam_kernel(
    step: Step, targets: list[Array], *grads: Array, lr: float, betas: tuple[float, float], eps: float,
    weight_decay: float, decoupled: bool = False,
) -> None:  # fmt: skip
    """Take one step of Adam, in place, by the formulas of `Adam`; with `decoupled`, of `AdamW`.

    Parameters
    ----------
    targets : list of ndarray
        The parameters; then the state, of shape (2, n), whose rows are m and v of the n elements of all parameters, in
        their order; then the number of steps taken before, which this one raises.
    *grads : ndarray
        One for each parameter, of its shape. They are only read.
    """
    *params, state, count = targets
    count += 1
    t = int(count)
    beta1, beta2 = betas
    # The sums of weights by which m and v become means. p -= lr · (m / w1) / (√(v / w2) + eps), with the top and the
    # bottom of the fraction multiplied by √w2, takes ten passes over the arrays where the paper's form takes fourteen.
    w1 = (1 - beta1**t) / (1 - beta1)
    w2 = (1 - beta2**t) / (1 - beta2)
    b1, b2, epsilon, rate = constants(state, beta1, beta2, eps * w2**0.5, lr * w2**0.5 / w1)
    kept, decay = constants(state, 1 - lr * weight_decay, weight_decay)
    for p, g, m, v, s in blocks(params, grads, *state, scratch=1):
        if weight_decay and decoupled:
            p *= kept
        elif weight_decay:
            g = np.add(g, np.multiply(p, decay, out=s), out=s)
        m *= b1
        m += g
        v *= b2
        v += np.multiply(g, g, out=s)
        np.sqrt(v, out=s)
        s += epsilon
        np.divide(m, s, out=s)
        s *= rate
        p -= s


adam_update = update("adam", flops=flops(11))(adam_kernel)
adamw_update = update("adamw", flops=flops(12))(functools.partial(adam_kernel, decoupled=True))


class Adam(Optimizer):
    """Adaptive moments: ``p -= lr · m̂ / (√v̂ + eps)``, with m̂ and v̂ the weighted means of all g and g² so far.

    ``m = β₁ m + g`` and ``v = β₂ v + g²`` are sums with weights 1, β, β², … by age; in step t = 1, 2, … they are
    divided by their total weights, ``m̂ = m / (1 + β₁ + … + β₁ᵗ⁻¹)`` and ``v̂ = v / (1 + β₂ + … + β₂ᵗ⁻¹)``. The
    paper's m and v are these times ``1 − β``, and its bias correction ``m / (1 − β₁ᵗ)`` gives the same m̂.

    Parameters
    ----------
    params : tensors or parameter groups
    lr : float, default 1e-3
        About how far a parameter moves in one step, at least 0.
    betas : (float, float), default (0.9, 0.999)
        How much of the running means of g and g² each step keeps, in [0, 1).
    eps : float, default 1e-8
        Added to the root, not under it, so that gradients far below it make small steps.
    weight_decay : float, default 0
        Adds ``weight_decay · p`` to the gradient (L2), which Adam then rescales like the rest of it; `AdamW` does not.

    Notes
    -----
    State: two numbers for each parameter, m and v, so parameters and state are three times the parameters, and four
    times with gradients. Scratch: at most 0.6 MB, however large the model. 11 operations an element.

    Kingma & Ba, ICLR 2015, algorithm 1.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> w = Tensor([1.0, -2.0])
    >>> optimizer = Adam([w], lr=0.5)
    >>> w.grad = Tensor([100.0, -0.001])
    >>> optimizer.step()
    >>> w  # the first step is lr in the direction of the sign, whatever the gradient's size
    Tensor([ 0.5     , -1.500005])
    """

    update = adam_update

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def state_names(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """The weighted sums of g (m) and of g² (v); times 1 − β they are PyTorch's exp_avg and exp_avg_sq."""
        return ("gradient_sum", "square_sum")

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse betas outside [0, 1), and eps or weight_decay below 0."""
        super().check(group)
        betas = group["betas"]
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"{type(self).__name__}: betas must be two numbers in [0, 1), got {betas!r}.")
        for i, beta in enumerate(betas):
            check_fraction(type(self).__name__, f"betas[{i}]", beta)
        check_number(type(self).__name__, "eps", group["eps"])
        check_number(type(self).__name__, "weight_decay", group["weight_decay"])


class AdamW(Adam):
    """Adam with decoupled weight decay: ``p *= 1 − lr · weight_decay``, then Adam's step of the gradient alone.

    Parameters
    ----------
    params : tensors or parameter groups
    lr, betas, eps
        As `Adam`.
    weight_decay : float, default 1e-2
        The share of a parameter that one step takes away, times `lr`. Every parameter shrinks at the same rate, while
        L2 in Adam hardly acts on parameters with large gradients.

    Notes
    -----
    Cost and state as `Adam`, one operation an element more.

    Loshchilov & Hutter, ICLR 2019, algorithm 2, with the schedule multiplier left to `lr`.
    """

    update = adamw_update

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)
