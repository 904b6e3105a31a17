"""Keep gradients small, between `backward` and `step`.

Gradients are replaced, never written to: an array once got from ``p.grad`` stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import Array, Step, Tensor, clip, operation, recording


def _count_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    return sum(2 * int(grad.size) for grad in step.arrays)


@operation("gradient_norm", flops=_count_flops, differentiable=False)
def gradient_norm_op(step: Step, *grads: Array, norm_type: float) -> Array:
    """The norm of all gradients as one long vector."""
    if norm_type == 2:
        total = math.sqrt(math.fsum(float(np.vdot(g, g)) for g in grads))
        if math.isinf(total):  # the squares were too large, perhaps, and not the gradients
            total = math.sqrt(math.fsum(float(np.square(g, dtype=np.float64).sum()) for g in grads))
    elif norm_type == math.inf:
        total = float(np.max([np.abs(g).max(initial=0.0) for g in grads]))
    else:
        powers = [float((np.abs(g, dtype=np.float64) ** norm_type).sum()) for g in grads]
        total = math.fsum(powers) ** (1 / norm_type)
    return np.array(total, grads[0].dtype)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients by one factor, so that together their norm is at most `max_norm`.

    The factor is ``max_norm / (norm + 1e-6)``, for all gradients the same, so that their direction stays; where it is
    above 1, nothing changes. Nothing of this is recorded.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over, and one that is given twice counts once.
    max_norm : float
        At least 0.
    norm_type : float, default 2
        Above 0; infinity is the largest magnitude.
    error_if_nonfinite : bool, default False
        Raise if the norm is not finite. Otherwise a NaN spreads to all gradients, and an infinity makes finite
        gradients 0 and itself NaN.

    Returns
    -------
    Tensor
        The norm before clipping, rank 0; 0 if there are no gradients.

    Raises
    ------
    ValueError
        For a max_norm below 0, a norm_type not above 0 and, with `error_if_nonfinite`, a norm that is not finite, which
        the text gives. No gradient has changed then.

    Notes
    -----
    One pass to measure and, if something is to be scaled, one with new memory for each gradient in turn.

    Pascanu, Mikolov & Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013, algorithm 1.

    Examples
    --------
    >>> w = Tensor([0.0, 0.0])
    >>> w.grad = Tensor([3.0, 4.0])
    >>> clip_grad_norm_([w], max_norm=1.0)
    Tensor(5.)
    >>> w.grad.data.round(4)
    array([0.6, 0.8], dtype=float32)
    """
    if not max_norm >= 0:
        raise ValueError(f"clip_grad_norm_: max_norm must be at least 0, got {max_norm!r}.")
    if not norm_type > 0:
        raise ValueError(f"clip_grad_norm_: norm_type must be above 0, got {norm_type!r}.")
    found = _with_gradients("clip_grad_norm_", parameters)
    if not found:
        return Tensor(0.0)
    grads: list[Any] = [p.grad for p in found]
    with recording(False):
        norm = gradient_norm_op(*grads, norm_type=float(norm_type))
        total = float(norm)
        if error_if_nonfinite and not math.isfinite(total):
            raise ValueError(
                f"clip_grad_norm_: the norm of {len(found)} gradients is {total}, so no factor makes it {max_norm:g}. "
                "Skip this step (zero_grad), or look for the first gradient that is not finite."
            )
        factor = max_norm / (total + 1e-6)
        if not factor >= 1:  # below 1, or NaN
            for p, grad in zip(found, grads, strict=True):
                p.grad = grad * factor
    return norm


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Move every element of every gradient into [-clip_value, clip_value].

    This changes the gradients' direction; `clip_grad_norm_` does not.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    clip_value : float
        At least 0.
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_: clip_value must be at least 0, got {clip_value!r}.")
    with recording(False):
        for p in _with_gradients("clip_grad_value_", parameters):
            grad: Any = p.grad
            p.grad = clip(grad, -clip_value, clip_value)


def _with_gradients(owner: str, parameters: Tensor | Iterable[Tensor]) -> Sequence[Tensor]:
    """The parameters that have a gradient, each once."""
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for p in given:
        if not isinstance(p, Tensor):
            raise TypeError(f"{owner}: expected tensors, got {type(p).__name__}; give model.parameters().")
    return [p for p in {id(p): p for p in given}.values() if p.grad is not None]
