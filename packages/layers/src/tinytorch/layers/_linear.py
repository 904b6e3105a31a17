"""Linear: each output is a weighted sum of all inputs.

    y = x W + b        x: (..., in)   W: (in, out)   b: (out,)   y: (..., out)

Product and addition are one operation.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from tinytorch.layers._initialisation import uniform_
from tinytorch.layers._module import Module
from tinytorch.layers._parameter import Parameter
from tinytorch.tensor import Array, Step, Tensor, composition, operation, rule, zeros


def linear_flops(step: Step, outputs: tuple[Array, ...]) -> int:
    """Return the floating-point operations of one `linear_op`, for n rows: 2·n·in·out, and n·out more for a bias.

    That is a multiplication and an addition for each term of each sum.
    """
    _, weight, bias = step.arrays
    return int(outputs[0].size * (2 * weight.shape[0] + (bias is not None)))


@operation("linear", flops=linear_flops)
def linear_op(step: Step, x: Array, weight: Array, bias: Array | None) -> Array:
    """Return ``x @ weight + bias``, (..., in) to (..., out), a new array; `check_operands` says what does not fit."""
    check_operands(x, weight, bias)
    rows = x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])  # one tall product
    y: Array = rows.dot(weight)  # the same as @, 0.6 us sooner
    if bias is not None:
        y += bias
    return y if x.ndim == 2 else y.reshape(*x.shape[:-1], y.shape[1])


@rule(linear_op, keeps=(0, 1, 2))
def linear_rule(step: Step, grad: Array) -> tuple[Array | None, Array | None, Array | None]:
    """Return the gradients of x, weight and bias, each of the shape of its input; None where ``step.needs`` is False.

    ``step.inputs`` are the three that `linear_op` was given (a bias that is None needs no gradient), ``step.shapes``
    their shapes. `grad`, of shape (..., out), is the gradient of the output.
    """
    # With G for grad, and the axes in front joined to one, n:
    #     dx = G Wᵀ  (n, in)        dW = xᵀ G  (in, out)        db = column sums of G  (out,)
    x, weight, _ = step.inputs
    needs_x, needs_weight, needs_bias = step.needs
    if grad.ndim != 2:
        rows = math.prod(grad.shape[:-1])
        grad, x = grad.reshape(rows, weight.shape[1]), x.reshape(rows, weight.shape[0])
    return (
        grad.dot(weight.T).reshape(step.shapes[0]) if needs_x else None,
        x.T.dot(grad) if needs_weight else None,
        # A row of ones times a matrix is its column sums, in a quarter of the time that sum(axis=0) takes.
        _ones(len(grad), grad.dtype).dot(grad) if needs_bias else None,
    )


@composition(linear_op)
def linear_composition(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    product = x @ weight
    return product if bias is None else product + bias


@lru_cache(maxsize=4)
def _ones(count: int, dtype: Any) -> Array:
    return np.ones(count, dtype)


def check_operands(x: Array, weight: Array, bias: Array | None) -> None:
    """Raise what `linear` promises if something does not fit; do nothing if all fits."""
    if (
        weight.ndim == 2
        and x.shape[-1:] == weight.shape[:1]
        and x.dtype is weight.dtype
        and x.dtype.kind == "f"
        and (bias is None or (bias.shape == weight.shape[1:] and bias.dtype is weight.dtype))
    ):
        return
    # Something is odd, though perhaps nothing is wrong: equal dtypes need not be one object (pickle makes another).
    if weight.ndim != 2:
        raise ValueError(f"linear: weight is a matrix (in, out), this one has shape {weight.shape}.")
    if x.dtype.kind != "f":
        raise TypeError(f"linear: x is {x.dtype.name}, but weights multiply floats; convert it first: x.float().")
    if x.ndim == 0:
        raise ValueError(f"linear: x has no axis of features: its shape is (), the weight's {weight.shape}.")
    if x.shape[-1] != weight.shape[0]:
        raise ValueError(
            f"linear: the last axis of x must have {weight.shape[0]} features, one for each row of the weight: "
            f"{x.shape} @ {weight.shape} ({x.shape[-1]} != {weight.shape[0]})."
        )
    if bias is not None and bias.shape != weight.shape[1:]:
        raise ValueError(
            f"linear: the bias must have shape {weight.shape[1:]}, one number for each output; it has {bias.shape}."
        )
    if x.dtype != weight.dtype or (bias is not None and bias.dtype != weight.dtype):
        learned = f"weight {weight.dtype.name}" + ("" if bias is None else f", bias {bias.dtype.name}")
        raise TypeError(
            f"linear: all operands must have one dtype: x is {x.dtype.name}, {learned}. "
            "Convert the input, x.float() or x.double(), or the whole module: module.astype(dtype)."
        )


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``x @ weight + bias``, as one operation.

    Parameters
    ----------
    x : Tensor of shape (..., in)
    weight : Tensor of shape (in, out)
        PyTorch's `linear` takes (out, in).
    bias : Tensor of shape (out,), optional

    Returns
    -------
    Tensor of shape (..., out)

    Raises
    ------
    ValueError
        If the shapes do not fit; it names them.
    TypeError
        For integers, and for operands of different dtypes.

    Notes
    -----
    2·n·in·out + n·out floating-point operations for n rows, twice that backward (half of it again when x needs no
    gradient). Keeps x, no copy.
    """
    return linear_op(x, weight, bias)


def checked_sizes(in_features: int, out_features: int) -> tuple[int, int]:
    """Return both sizes of a `Linear` as ints, or raise if one is no integer or below 1."""
    try:
        sizes = operator.index(in_features), operator.index(out_features)
    except TypeError:
        raise TypeError(
            f"Linear: both sizes must be integers, not in={in_features!r} and out={out_features!r}."
        ) from None
    if min(sizes) < 1:
        raise ValueError(f"Linear: both sizes must be at least 1, not in={in_features} and out={out_features}.")
    return sizes


class Linear(Module):
    """A fully connected layer: ``x @ weight + bias``.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool, default True
    generator : numpy.random.Generator, optional
        Where the initial numbers are drawn from, first the weight's, then the bias's.

    Attributes
    ----------
    weight : Parameter of shape (in_features, out_features)
        The first of `parameters()`. Drawn from U(−1/√in, 1/√in), as PyTorch does (Kaiming uniform with a = √5).
    bias : Parameter of shape (out_features,), or None
        The second, drawn likewise.

    Raises
    ------
    ValueError
        For sizes below 1, and when called on an input that has another number of features.
    TypeError
        For sizes that are no integers.

    Examples
    --------
    >>> from tinytorch.tensor import zeros
    >>> Linear(784, 128)(zeros(64, 784)).shape
    (64, 128)
    """

    pytorch_layout: ClassVar[Mapping[str, tuple[int, ...]]] = {"weight": (1, 0)}
    in_features: int
    out_features: int
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, generator: np.random.Generator | None = None
    ) -> None:
        self.in_features, self.out_features = checked_sizes(in_features, out_features)
        generator = np.random.default_rng() if generator is None else generator
        bound = 1 / math.sqrt(in_features)
        self.weight = uniform_(Parameter(zeros(in_features, out_features)), -bound, bound, generator=generator)
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound, generator=generator) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        try:
            return linear_op(x, self.weight, self.bias)
        except (ValueError, TypeError) as error:
            kind = ValueError if isinstance(error, ValueError) else TypeError
            raise kind(f"{self!r}: {error}") from None
        except AttributeError:
            if isinstance(x, Tensor):
                raise
            raise TypeError(
                f"{self!r}: x is a Tensor of tinytorch, not {type(x).__name__}; make one of it: Tensor(x)."
            ) from None

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.in_features}, {self.out_features}{'' if self.bias is not None else ', bias=False'}"
