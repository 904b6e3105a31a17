"""Gradients held against central differences: the oracle of every derivative rule.

The slope of a function of one number is (L(x + h) - L(x - h)) / 2h up to h² L'''/6, and up to rounding, which is
ε |L| / h. With float64 and h = 1e-6 both are near 1e-10 for functions of moderate size. Every element of every input
is moved by itself, so that no symmetry hides a mistake; the outputs are weighted by random numbers, because a gradient
of all ones forgives a rule that permutes or averages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.autograd._backward import grad
from tinytorch.tensor import Array, Tensor

Function = Callable[..., Any]


class GradientMismatch(AssertionError):  # noqa: N818  (what went wrong is in the name)
    """A gradient that central differences do not confirm."""


def gradcheck(
    f: Function,
    inputs: Tensor | Sequence[Any],
    eps: float = 1e-6,
    atol: float = 1e-7,
    rtol: float = 1e-5,
    *,
    generator: np.random.Generator | None = None,
) -> bool:
    """Compare the gradients of a function with central differences.

    Parameters
    ----------
    f : callable
        Takes the inputs and returns a tensor or a tuple of tensors. It must be deterministic.
    inputs : Tensor or sequence
        Those that require gradients are checked (all tensors of floats, if none does), as float64 copies.
    eps : float, default 1e-6
        An element x moves by ``eps * max(1, |x|)`` to either side.
    atol, rtol : float
        Passes where ``|difference| <= atol + rtol * |numeric|``.
    generator : numpy.random.Generator, optional
        Draws the gradient from above; the same numbers every time unless given.

    Returns
    -------
    bool
        True.

    Raises
    ------
    GradientMismatch
        Naming the input, the index and both numbers.

    Notes
    -----
    Two calls of `f` for each element. Keep away from kinks (0 of relu, ties of max): there is no slope to find.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> gradcheck(lambda x, y: (x * y).tanh(), [Tensor([0.1, 0.2]), Tensor([[0.3], [0.4]])])
    True
    """
    copies, checked = _copies([inputs] if isinstance(inputs, Tensor) else list(inputs))
    generator = np.random.default_rng(0) if generator is None else generator
    outputs = _outputs(f(*copies))
    weights = [generator.uniform(0.5, 1.5, y.shape) * generator.choice([-1.0, 1.0], y.shape) for y in outputs]
    values = [y.data.astype(np.float64) for y in outputs]
    if any(
        not np.array_equal(y.data, value, equal_nan=True) for y, value in zip(_outputs(f(*copies)), values, strict=True)
    ):
        raise GradientMismatch(
            "gradcheck: the function gave two different results for the same inputs, so it has no slope to compare. "
            "Let it draw from a generator that it makes anew, with a fixed seed, at every call."
        )

    def total() -> float:
        """The weighted sum of what the outputs have changed by: small numbers, so that rounding is small too."""
        moved = _outputs(f(*copies))
        return float(sum(np.sum(w * (y.data - v)) for w, y, v in zip(weights, moved, values, strict=True)))

    analytic = _analytic(outputs, [copies[position] for position in checked], weights)
    for position, found in zip(checked, analytic, strict=True):
        x = copies[position]
        if found.shape != x.shape or found.dtype != x.dtype:
            raise GradientMismatch(
                f"gradcheck: input {position} of shape {x.shape} and dtype {x.dtype.name} got a gradient of shape "
                f"{found.shape} and dtype {found.dtype.name}."
            )
        for index in np.ndindex(x.shape):
            _compare(position, index, float(found[index]), central_difference(total, x, index, eps), atol, rtol)
    return True


def gradgradcheck(
    f: Function,
    inputs: Tensor | Sequence[Any],
    eps: float = 1e-6,
    atol: float = 1e-7,
    rtol: float = 1e-5,
    *,
    generator: np.random.Generator | None = None,
) -> bool:
    """Compare the second derivatives of a function with central differences of its first.

    The gradient is itself taken as a function, of the inputs and of the gradient from above, and given to
    `gradcheck`; the parameters are those of `gradcheck`.
    """
    copies, checked = _copies([inputs] if isinstance(inputs, Tensor) else list(inputs))
    draw = np.random.default_rng(1) if generator is None else generator
    upstream = [Tensor(draw.uniform(0.5, 1.5, y.shape), requires_grad=True) for y in _outputs(f(*copies))]

    def gradient(*arguments: Any) -> tuple[Tensor, ...]:
        xs, above = arguments[: len(copies)], arguments[len(copies) :]
        pairs = [(y, u) for y, u in zip(_outputs(f(*xs)), above, strict=True) if y.requires_grad]
        wanted = [xs[position] for position in checked]
        ys, us = [y for y, _ in pairs], [u for _, u in pairs]
        found = grad(ys, wanted, us, create_graph=True, allow_unused=True)
        return tuple(slope for slope in found if slope is not None)

    return gradcheck(gradient, [*copies, *upstream], eps, atol, rtol, generator=generator)


def _copies(inputs: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """Return float64 copies of the inputs, leaves of their own, and the positions of those to check."""
    floats = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.dtype.kind == "f"]
    checked = [i for i in floats if inputs[i].requires_grad] or floats
    if not checked:
        raise ValueError("gradcheck: none of the inputs is a tensor of floats, so there is no slope to compare.")
    copies = list(inputs)
    for i in floats:
        copies[i] = Tensor(inputs[i].data, dtype=np.float64, requires_grad=i in checked)
    return copies, checked


def _outputs(result: Any) -> tuple[Tensor, ...]:
    outputs = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    for position, y in enumerate(outputs):
        if not isinstance(y, Tensor):
            raise TypeError(f"gradcheck: output {position} of the function is a {type(y).__name__}, not a Tensor.")
    return outputs


def _analytic(outputs: Sequence[Tensor], inputs: Sequence[Tensor], weights: Sequence[Array]) -> list[Array]:
    """The gradients of the weighted outputs as the rules give them; zeros where no output depends on an input."""
    pairs = [(y, Tensor(w, dtype=y.dtype)) for y, w in zip(outputs, weights, strict=True) if y.requires_grad]
    if not pairs:
        return [np.zeros(x.shape, x.dtype) for x in inputs]
    found = grad([y for y, _ in pairs], inputs, [w for _, w in pairs], allow_unused=True)
    return [np.zeros(x.shape, x.dtype) if g is None else g.data for x, g in zip(inputs, found, strict=True)]


def central_difference(total: Callable[[], float], x: Tensor, index: tuple[int, ...], eps: float) -> float:
    """Return the slope of a number by one element of a tensor, measured: no derivative is known.

    Parameters
    ----------
    total : callable
        Computes the number, from `x` as it is at that moment.
    x : Tensor
        A leaf. Its element moves by ``eps * max(1, |element|)`` to either side (``with x.edit() as array:``), and
        stands where it stood afterwards.
    index : tuple of int
    eps : float

    Notes
    -----
    The rise over the run, and the run as it was rounded: the distance of the two places in `x`. Two calls of `total`.
    """
    value = float(x.data[index])
    step = eps * max(1.0, abs(value))
    sides = []
    for moved in (value + step, value - step):
        with x.edit() as array:
            array[index] = moved
        sides.append((moved, total()))
    with x.edit() as array:
        array[index] = value
    (right, above), (left, below) = sides
    return (above - below) / (right - left)  # the distance as it was rounded


def _compare(position: int, index: tuple[int, ...], found: float, numeric: float, atol: float, rtol: float) -> None:
    if not abs(found - numeric) <= atol + rtol * abs(numeric):
        place = f"[{', '.join(map(str, index))}]" if index else ""
        raise GradientMismatch(
            f"gradcheck: input {position}{place}: the rule gives {found:.9g}, central differences give {numeric:.9g} "
            f"(allowed: {atol:.0e} + {rtol:.0e} of it)."
        )
