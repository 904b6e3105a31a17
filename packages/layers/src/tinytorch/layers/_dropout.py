"""Dropout: while training, each number is set to zero with probability p, and the others grow to make up for it."""

from __future__ import annotations

import numpy as np

from tinytorch.layers._module import Module
from tinytorch.tensor import Array, Step, Tensor, from_numpy, update


@update("bernoulli")
def bernoulli_update(step: Step, targets: list[Array], *, p: float, generator: np.random.Generator) -> None:
    """Fill each target with a mask: 0 with probability p, element by element, and otherwise what makes up for it.

    What makes up for it is the number that keeps the mean of the mask at 1.
    """
    for target in targets:
        kept = generator.random(target.shape, np.float32) >= p
        np.multiply(kept, target.dtype.type(1 / (1 - p)), out=target)


def dropout(x: Tensor, p: float = 0.5, generator: np.random.Generator | None = None) -> Tensor:
    """Return `x` with each element zeroed with probability `p`, the others divided by 1 − p.

    So the expectation of each element stays what it was, and nothing needs to be rescaled when the model is used
    ("inverted" dropout). The mask is drawn by an update and multiplied with x: whoever replays the computation draws
    again, and the product's own rule gives the gradient the same mask.

    Parameters
    ----------
    x : Tensor of floats
    p : float in [0, 1)
    generator : numpy.random.Generator, optional

    Raises
    ------
    TypeError
        For integers.
    ValueError
        For p outside [0, 1).

    References
    ----------
    Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014, sections 4 and 10.
    """
    _check(p)
    if x.dtype.kind != "f":
        raise TypeError(f"dropout: x is {x.dtype.name}, but its survivors are scaled; convert it first: x.float().")
    if p == 0:
        return x
    mask = from_numpy(np.empty(x.shape, x.dtype))
    bernoulli_update([mask], p=p, generator=np.random.default_rng() if generator is None else generator)
    return x * mask


class Dropout(Module):
    """Set each element to zero with probability `p` while training; do nothing in evaluation.

    Parameters
    ----------
    p : float in [0, 1), default 0.5
        The share that is dropped. 1 would drop everything and is refused.
    generator : numpy.random.Generator, optional
        Where the masks are drawn from: another one at each call.

    Raises
    ------
    ValueError
        For p outside [0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.tensor import ones
    >>> layer = Dropout(0.5, generator=np.random.default_rng(0))
    >>> layer(ones(6))
    Tensor([2., 2., 2., 0., 0., 0.])
    >>> layer.eval()(ones(6))
    Tensor([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, generator: np.random.Generator | None = None) -> None:
        _check(p)
        self.p = p
        self.generator = np.random.default_rng() if generator is None else generator

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` thinned out while training, `x` itself otherwise."""
        return dropout(x, self.p, self.generator) if self.training else x

    def extra_repr(self) -> str:
        """Return the probability."""
        return str(self.p)


def _check(p: float) -> None:
    if not 0 <= p < 1:
        raise ValueError(f"dropout: p is the probability of dropping an element, 0 <= p < 1, not {p}.")
