"""Rows of reductions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, Cases, numbers, shapes, sizes
from integration.parity.mistakes import wrong_function, wrong_kernel, wrong_rule
from integration.parity.row import Case, Row

from tinytorch.tensor import Step, Tensor, topk

nan, inf = np.nan, np.inf
Axis = int | tuple[int, ...] | None


def axes(shape: tuple[int, ...]) -> list[Axis]:
    """Return every axis, counted from either end, some pairs of axes, and all of them."""
    several: list[Axis] = [(0, -1)] if len(shape) > 1 else []
    return [None, *range(len(shape)), *([-1] if shape else []), *several, *([(2, 0)] if len(shape) == 3 else [])]


def reduced(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many elements become one."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[one] for one in (axis if isinstance(axis, tuple) else (axis,)))


def over(
    *edges: Any,
    low: float = -3.0,
    high: float = 3.0,
    empty: bool = True,
    several: bool = True,
    summed: bool = True,
    large: bool = False,
) -> Cases:
    """Return cases over every axis of every kind of shape, with the axis kept or not."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        drawn = [(shape, "rows") for shape in shapes(generator)]
        drawn += [(sizes(generator, rank), layout) for rank in (2, 3) for layout in LAYOUTS]
        drawn += [((300_000,), "rows"), ((1000, 70), "rows"), ((70, 3000), "columns")] if large else []
        for shape, layout in drawn:
            for axis in axes(shape):
                n = reduced(shape, axis)
                if (n == 0 and not empty) or (isinstance(axis, tuple) and not several):
                    continue
                x = numbers(generator, shape, low, high)
                for keepdims in (False, True):
                    yield Case((x,), {"axis": axis, "keepdims": keepdims}, layout, (n, 1) if summed else None)
        for edge in edges:
            yield Case(
                (np.array(edge, np.float64),), {"axis": -1, "keepdims": False}, "rows", (1, 1) if summed else None
            )

    return draw


def along(*edges: Any, terms: bool = True, empty: bool = True, **options: Any) -> Cases:
    """Return cases along one axis."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        drawn = [(shape, "rows") for shape in shapes(generator) if shape]
        drawn += [(sizes(generator, rank), layout) for rank in (2, 3) for layout in LAYOUTS]
        for shape, layout in drawn:
            if not empty and 0 in shape:
                continue
            for axis in {0, -1, len(shape) - 1}:
                count = (max(shape[axis], 1),) * 2 if terms else None
                yield Case((numbers(generator, shape, -3, 3),), {"axis": axis, **options}, layout, count)
        for edge in edges:
            yield Case((np.array(edge, np.float64),), {"axis": -1, **options})

    return draw


def their(name: str) -> Any:
    """PyTorch's reduction, in our words."""

    def reduce(x: Any, axis: Axis, keepdims: bool, **options: Any) -> Any:
        function = getattr(torch, name)
        if axis is None and name in ("sum", "mean", "amax", "amin", "any", "all", "var", "std"):
            axis = tuple(range(x.ndim))
        if axis is None:  # prod over several axes, argmax: of the flattened tensor
            result = function(x, **options) if name == "prod" else function(x.reshape(-1), dim=0, **options)
            return result.reshape([1] * x.ndim) if keepdims else result
        return function(x, dim=axis, keepdim=keepdims, **options)

    return reduce


def left_to_right(x: Any, axis: Any, keepdims: Any) -> Any:
    """A sum whose single total takes one term after another: its rounding grows with the number of terms."""
    every = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    total = np.moveaxis(x, every, tuple(range(len(every))))
    total = total.reshape(math.prod(total.shape[: len(every)]), *total.shape[len(every) :])
    total = np.add.accumulate(total, axis=0)[-1] if len(total) else total.sum(axis=0)
    return np.expand_dims(total, every) if keepdims else total


def by_all(x: Any, axis: Any, keepdims: Any) -> Any:
    return np.add.reduce(x, axis=axis, keepdims=keepdims) / max(x.size, 1)


def by_quotient(step: Step, grad: Any, right: Any) -> Any:
    x, axis = step.inputs[0], step.parameters["axis"]
    grad = grad if axis is None or step.parameters["keepdims"] else np.expand_dims(grad, axis)
    return np.prod(x, axis=axis, keepdims=True) / x * grad


def to_every_tie(step: Step, grad: Any, right: Any) -> Any:
    return np.sign(right) * np.abs(grad).max(initial=0.0)


def last_of_ties(reduce: Any) -> Any:
    def wrong(x: Any, axis: Any, keepdims: Any) -> Any:
        place = -1 if axis is None else axis
        flipped = np.flip(x.reshape(-1) if axis is None else x, place)
        found = flipped.shape[place] - 1 - reduce(flipped, axis=place, keepdims=keepdims)
        return found.reshape([1] * x.ndim) if axis is None and keepdims else found

    return wrong


def row(name: str, theirs: str, *rest: Any, **more: Any) -> Row:
    faces = {f"Tensor.{name}": getattr(Tensor, name), f"np.{name}": getattr(np, name)}
    return Row(name, faces, their(theirs), *rest, **more)


ROWS = [
    row(
        "sum",
        "sum",
        over([nan, 1.0], [inf, 1.0], large=True, low=0.0, high=1.0),
        "one total for all terms, from left to right",
        wrong_kernel("sum", left_to_right),
    ),
    row(
        "mean",
        "mean",
        over([nan, 1.0], [inf, 1.0], large=True, low=0.0, high=1.0),
        "division by all elements, not by those of the axis",
        wrong_kernel("mean", by_all),
        (Tensor.mean, "float32 for integers"),
    ),
    row(
        "prod",
        "prod",
        over([0.0, 2.0, 3.0], [0.0, 0.0, 3.0], low=-2, several=False, summed=False),
        "product / x as the gradient, which is 0 / 0 at zeros",
        wrong_rule("prod", by_quotient),
    ),
    row(
        "max",
        "amax",
        over([1.0, 3.0, 3.0], [nan, 1.0], [inf, inf], empty=False),
        "the whole gradient to each of several equal elements",
        wrong_rule("max", to_every_tie),
        (Tensor.max, "shared equally among ties"),
    ),
    row(
        "min",
        "amin",
        over([1.0, 1.0, 3.0], [nan, 1.0], [inf, inf], empty=False),
        "the whole gradient to each of several equal elements",
        wrong_rule("min", to_every_tie),
        (Tensor.min, "shared equally among ties"),
    ),
    row(
        "argmax",
        "argmax",
        over([1.0, 3.0, 3.0], [1.0, nan, nan], [inf, inf], empty=False, several=False),
        "the last of equal elements",
        wrong_kernel("argmax", last_of_ties(np.argmax)),
        (Tensor.argmax, "the first of ties"),
        gradient=False,
    ),
    row(
        "argmin",
        "argmin",
        over([1.0, 1.0, 3.0], [1.0, nan, nan], [inf, inf], empty=False, several=False),
        "the last of equal elements",
        wrong_kernel("argmin", last_of_ties(np.argmin)),
        (Tensor.argmin, "the first of ties"),
        gradient=False,
    ),
    row(
        "any",
        "any",
        over([0.0, 0.0], [0.0, nan], [0.0, -1.0]),
        "all in the place of any",
        wrong_kernel("any", np.logical_and.reduce),
        gradient=False,
    ),
    row(
        "all",
        "all",
        over([0.0, 1.0], [1.0, nan], [1.0, -1.0]),
        "all of nothing taken as false",
        wrong_kernel(
            "all", lambda x, axis, keepdims: np.logical_and.reduce(x, axis=axis, keepdims=keepdims) & bool(x.size)
        ),
        gradient=False,
    ),
    Row(
        "cumsum",
        {"Tensor.cumsum": Tensor.cumsum, "np.cumsum": np.cumsum},
        lambda x, axis: x.cumsum(axis),
        along([nan, 1.0]),
        "a gradient that runs from the front as well",
        wrong_rule("cumsum", lambda step, grad, right: np.cumsum(grad, step.parameters["axis"])),
    ),
    Row(
        "var",
        {"Tensor.var": Tensor.var},
        their("var"),
        over([1.0, 1.0], [5.0]),
        "n in the place of n - 1",
        wrong_function(lambda x, **options: x.var(**options, correction=0)),
        (Tensor.var, "PyTorch's default"),
        operations=(),
    ),
    Row(
        "var, correction=0",
        {"Tensor.var": lambda x, **options: x.var(correction=0, **options), "np.var": np.var},
        lambda x, **options: their("var")(x, correction=0, **options),
        over([1.0, 1.0]),
        "n - 1 in the place of n",
        wrong_function(lambda x, **options: x.var(**options)),
        operations=(),
    ),
    Row(
        "std",
        {"Tensor.std": Tensor.std, "np.std": lambda x, **options: np.std(x, ddof=1, **options)},
        their("std"),
        over([5.0]),
        "the variance without its root",
        wrong_function(lambda x, **options: x.var(**options)),
        operations=(),
    ),
    Row(
        "topk",
        {"topk": topk},
        lambda x, k, axis: tuple(torch.topk(x, k, dim=axis)),
        along([1.0, inf, 2.0], [3.0, nan, 1.0], terms=False, empty=False, k=1),
        "the smallest in the place of the largest",
        wrong_function(lambda x, k, axis: topk(-x, k, axis)),
        (topk, "NaN counts as the largest"),
        operations=(),
    ),
]
