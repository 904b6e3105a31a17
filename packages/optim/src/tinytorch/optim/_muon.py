"""Muon: momentum whose matrix is replaced by the nearest orthogonal one.

A weight matrix's gradient is dominated by few directions. Muon keeps the directions of the momentum and makes them all
equally long: of ``U S Vᵀ`` it takes about ``U Vᵀ``, by five products of matrices and no decomposition.

Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024,
https://kellerjordan.github.io/posts/muon/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinytorch.optim._blocks import parts
from tinytorch.optim._checks import check_count, check_fraction, check_number
from tinytorch.optim._optimizer import Optimizer, Parameters
from tinytorch.tensor import Array, Step, update

#: Coefficients of ``x ↦ a x + b x³ + c x⁵``, chosen by Jordan et al. for a steep start: from 0.001 to 1, every
#: singular value ends in about [0.7, 1.2] after five rounds, and does not converge further.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrix: Array, rounds: int = 5) -> Array:
    """Return a matrix with the singular vectors of `matrix` and singular values near 1.

    Parameters
    ----------
    matrix : (n, m) ndarray
    rounds : int
        How often the polynomial `QUINTIC` is applied to the singular values (Newton-Schulz).

    Returns
    -------
    (n, m) ndarray
        Of the same dtype. O(rounds · min(n, m)² · max(n, m)) time.
    """
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix  # (k, l) with k ≤ l: the small products
    x = wide / max(float(np.linalg.norm(wide)), 1e-7)  # no singular value is above 1 now
    a, b, c = QUINTIC
    for _ in range(rounds):
        square = x @ x.T  # (k, k)
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.T if wide is not matrix else x


def _count_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    """Two products with the matrix and one of the small squares, each round."""
    total = 0
    for grad in step.arrays[1:]:
        k, wide = sorted(grad.shape)
        total += step.parameters["ns_steps"] * (4 * k * k * wide + 2 * k**3)
    return total


@update("muon", flops=_count_flops)
def muon_update(
    step: Step, targets: list[Array], *grads: Array, lr: float, momentum: float, weight_decay: float, nesterov: bool,
    ns_steps: int,
) -> None:  # fmt: skip
    """Take one step of Muon, in place; `targets` are the matrices, their momentum and the counter."""
    *params, state, count = targets
    count += 1
    for p, g, u in zip(params, grads, parts(params, state[0]), strict=True):
        u *= momentum
        u += (1 - momentum) * g
        direction = (1 - momentum) * g + momentum * u if nesterov else u
        ins, outs = p.shape
        p *= 1 - lr * weight_decay
        p -= lr * max(1.0, outs / ins) ** 0.5 * orthogonalize(direction, ns_steps)


class Muon(Optimizer):
    """Momentum, orthogonalized: ``p -= lr · √max(1, out/in) · orthogonalize(u)``, for the matrices of hidden layers.

    ``u = momentum · u + (1 − momentum) · g``, and with Nesterov ``(1 − momentum) · g + momentum · u`` in its place;
    weight decay is decoupled, ``p *= 1 − lr · weight_decay``, as in `AdamW`.

    Parameters
    ----------
    params : matrices or parameter groups
        Shape (in, out), as `Linear` keeps its weight. Biases, embeddings and the last layer are for `AdamW`.
    lr : float, default 1e-3
        Jordan et al. use 0.02.
    momentum : float, default 0.95
    weight_decay : float, default 0.1
    nesterov : bool, default True
    ns_steps : int, default 5
        Rounds of Newton-Schulz.

    Raises
    ------
    ValueError
        For a parameter that is not a matrix.

    Notes
    -----
    State: one number for each parameter, half of Adam's. Time: about ``ns_steps · 6`` products of a weight with a
    vector for each of its shorter side's elements, so it pays for large batches. Computed in the parameter's dtype
    (PyTorch orthogonalizes in bfloat16, so results agree to two or three digits only); PyTorch's weights are (out,
    in), whence its ratio of sides the other way round.
    """

    update = muon_update

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
        nesterov: bool = True,
        *,
        ns_steps: int = 5,
    ) -> None:
        super().__init__(
            params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov, ns_steps=ns_steps
        )

    def state_names(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """The momentum, under the name PyTorch gives it."""
        return ("momentum_buffer",)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse momentum outside [0, 1), a negative weight decay, no rounds."""
        super().check(group)
        check_fraction("Muon", "momentum", group["momentum"])
        check_number("Muon", "weight_decay", group["weight_decay"])
        check_count("Muon", "ns_steps", group["ns_steps"])

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add matrices with settings of their own."""
        super().add_param_group(group)
        for j, p in enumerate(self.param_groups[-1]["params"]):
            if p.ndim != 2:
                self.param_groups.pop()
                self._cohorts.pop()
                raise ValueError(
                    f"Muon: parameter {j} of group {len(self.param_groups)} has shape {p.shape}, but only matrices "
                    "have singular values; give biases and the like to AdamW."
                )
