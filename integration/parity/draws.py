"""Cases: random shapes and numbers, with the empty, the single, the broadcast and the non-contiguous among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from integration.parity.row import Case

from tinytorch.tensor import Array

Cases = Callable[[np.random.Generator], Iterator[Case]]
Shape = tuple[int, ...]
LAYOUTS = ("columns", "strided", "reversed")


def sizes(generator: np.random.Generator, count: int) -> Shape:
    """Return random sizes from 2 to 6."""
    return tuple(int(n) for n in generator.integers(2, 7, count))


def shapes(generator: np.random.Generator) -> list[Shape]:
    """Return shapes of ranks 0 to 4, with axes of sizes 0 and 1 among them."""
    n, m, k, j = sizes(generator, 4)
    return [(), (1,), (n,), (m, n), (k, m, n), (j, 1, m, n), (1, 1), (n, 1), (0,), (m, 0), (0, n), (k, 1, m)]


def numbers(generator: np.random.Generator, shape: Shape, low: float, high: float) -> Array:
    """Return random numbers between two bounds."""
    return generator.uniform(low, high, shape)


def one(low: float = -3.0, high: float = 3.0, *edges: Sequence[float], **options: Any) -> Cases:
    """Return cases of one tensor, of every kind of shape and layout; then `edges`, numbers where something happens."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for shape in shapes(generator):
            yield Case((numbers(generator, shape, low, high),), options)
        for layout in LAYOUTS:
            for rank in (1, 2, 3):
                yield Case((numbers(generator, sizes(generator, rank), low, high),), options, layout)
        for edge in edges:
            yield Case((np.array(edge, np.float64),), options)

    return draw


def broadcast_pairs(generator: np.random.Generator) -> list[tuple[Shape, Shape]]:
    """Return pairs of shapes that broadcast: each axis kept, stretched or missing, on either side."""
    n, m, k = sizes(generator, 3)
    fixed: list[tuple[Shape, Shape]] = [
        ((), ()),
        ((m, n), ()),
        ((), (n,)),
        ((m, n), (m, n)),
        ((m, n), (n,)),
        ((m, 1), (1, n)),
        ((1, 1, 1), (n,)),
        ((k, m, n), (k, 1, n)),
        ((m, 1), (k, 1, n)),
        ((0,), ()),
        ((m, 0), (1, 0)),
        ((m, 0), (m, 1)),
        ((1,), (1, 1)),
    ]
    for _ in range(6):
        shape = sizes(generator, int(generator.integers(1, 5)))
        sides = []
        for _ in range(2):
            kept = tuple(1 if generator.random() < 0.4 else size for size in shape)
            sides.append(kept[int(generator.integers(0, len(shape))) :])
        fixed.append((sides[0], sides[1]))
    return fixed


def two(
    low: float = -3.0,
    high: float = 3.0,
    *edges: tuple[Sequence[float], Sequence[float]],
    second: tuple[float, float] | None = None,
    **options: Any,
) -> Cases:
    """Return cases of two tensors that broadcast; `second` are the bounds of the second, if they are others."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        other = (low, high) if second is None else second
        for left, right in broadcast_pairs(generator):
            yield Case((numbers(generator, left, low, high), numbers(generator, right, *other)), options)
        for layout in LAYOUTS:
            shape = sizes(generator, 3)
            yield Case((numbers(generator, shape, low, high), numbers(generator, shape[1:], *other)), options, layout)
        for left_edge, right_edge in edges:
            yield Case((np.array(left_edge, np.float64), np.array(right_edge, np.float64)), options)

    return draw


def integers(*dtypes: str, inputs: int = 1) -> Cases:
    """Return cases of integer (or boolean) tensors of each dtype."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for dtype in dtypes:
            for left, right in broadcast_pairs(generator):
                high = 2 if dtype == "bool" else 100
                drawn = [generator.integers(0, high, shape).astype(dtype) for shape in (left, right)]
                yield Case(tuple(drawn[:inputs]))

    return draw


def with_options(cases: Cases, *options: dict[str, Any]) -> Cases:
    """Return the cases with each of several sets of options."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for chosen in options:
            for case in cases(generator):
                yield Case(case.inputs, {**case.options, **chosen}, case.layout, case.terms)

    return draw


def both(*several: Cases) -> Cases:
    """Return the cases of several functions, one after another."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for cases in several:
            yield from cases(generator)

    return draw
