"""Strides made visible: how an index becomes a place in memory, and which indices share a place.

Memory is a line of cells. A tensor reads it by a start and one stride per axis: element ``[i, j]`` lies in cell
``start + i * strides[0] + j * strides[1]``. Slicing, transposing and expanding only change start and strides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from tinytorch.tensor._memory import storage_of
from tinytorch.tensor._tensor import Tensor

Shape = tuple[int, ...]
MOST_CELLS = 256  # of a drawing: more cannot be read


def strides_of(shape: Sequence[int]) -> Shape:
    """Return the strides, in elements, of a tensor of `shape` whose rows follow one another in memory.

    One step along an axis passes over everything that the axes after it hold.

    Examples
    --------
    >>> strides_of((2, 3, 4))
    (12, 4, 1)
    """
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def offset(index: Sequence[int], strides: Sequence[int]) -> int:
    """Return how many cells from a tensor's start the element at `index` lies.

    Raises
    ------
    ValueError
        If there is not one position per stride.

    Examples
    --------
    >>> offset((1, 2), (3, 1))
    5
    """
    if len(index) != len(strides):
        raise ValueError(f"offset: {len(index)} positions {tuple(index)} for {len(strides)} axes; one each is needed.")
    return sum(position * stride for position, stride in zip(index, strides, strict=True))


@dataclass(frozen=True)
class Layout:
    """Where a tensor's elements lie.

    Attributes
    ----------
    shape : tuple of int
    strides : tuple of int
        In elements, not bytes.
    start : int
        The cell of the first element.
    contiguous : bool
        Whether the elements fill consecutive cells, row by row.
    cells : tuple of (tuple of index)
        For each cell of the storage, the indices that name it: none, if it belongs to another part of the memory;
        several, if the tensor repeats it.
    values : tuple of str
        What each cell holds.
    """

    shape: Shape
    strides: Shape
    start: int
    contiguous: bool
    cells: tuple[tuple[Shape, ...], ...]
    values: tuple[str, ...]

    def __str__(self) -> str:
        kind = "contiguous" if self.contiguous else "not contiguous"
        return f"shape {self.shape}, strides {self.strides}, first element in cell {self.start}: {kind}"

    def text(self) -> str:
        """Draw the memory as lines of text: cell numbers, values, and under each cell the indices that name it."""
        depth = max(map(len, self.cells), default=0)
        rows = [
            ["cell", *map(str, range(len(self.cells)))],
            ["value", *self.values],
            *(["index" if row == 0 else "", *(_label(cell, row) for cell in self.cells)] for row in range(depth)),
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(word.rjust(width) for word, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([str(self), *(line.rstrip() for line in lines)])

    def svg(self) -> str:
        """Draw the memory as an SVG picture: the cells, their indices, and an arc for one step along each axis."""
        width = 14 + 9 * max((len(_label(cell, row)) for cell in self.cells for row in range(len(cell))), default=1)
        width = max(width, 14 + 8 * max(map(len, self.values), default=1))
        depth = max(map(len, self.cells), default=0)
        top = 40 + 22 * len(self.shape)
        parts = [f'<text x="4" y="16">{escape(str(self))}</text>']
        arcs: list[str] = []
        names: list[str] = []
        for axis, (size, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            if size > 1 and self.values:
                begin, end = (width * (cell + 0.5) + 4 for cell in (self.start, self.start + stride))
                peak = 22 * (len(self.shape) - axis) - 8  # above the cells
                high = top - peak / 0.75  # a cubic curve reaches three quarters of the way to its two handles
                wide = 0 if stride else 16  # a step that stays where it is goes round
                handles = f"{begin - wide:g} {high:g} {end + wide:g} {high:g}"
                arcs.append(f'<path d="M{begin:g} {top} C{handles} {end:g} {top}" class="arc"/>')
                left = (begin + end) / 2 + 6
                names.append(f'<text x="{left:g}" y="{top - peak - 3}" class="name">axis {axis}: {stride:+d}</text>')
        parts += arcs + names
        for cell, (value, indices) in enumerate(zip(self.values, self.cells, strict=True)):
            left = 4 + width * cell
            kind = "used" if indices else "other"
            middle = left + width / 2
            parts.append(f'<rect x="{left}" y="{top}" width="{width}" height="26" class="{kind}"/>')
            parts.append(f'<text x="{middle:g}" y="{top + 18}" text-anchor="middle">{escape(value)}</text>')
            parts += [
                f'<text x="{middle:g}" y="{top + 44 + 18 * row}" text-anchor="middle">{_label(indices, row)}</text>'
                for row in range(len(indices))
            ]
        size_x, size_y = max(8 + width * len(self.cells), 8 * len(str(self))), top + 34 + 18 * depth
        style = (
            "text{font:13px monospace;fill:#222}.used{fill:#cfe3f5;stroke:#345}.other{fill:#f2f2f2;stroke:#999}"
            ".arc{fill:none;stroke:#b5442b}.name{paint-order:stroke;stroke:#fff;stroke-width:4px}"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_x}" height="{size_y}" '
            f'viewBox="0 0 {size_x} {size_y}"><style>{style}</style>{"".join(parts)}</svg>'
        )


def _label(cell: tuple[Shape, ...], row: int) -> str:
    """The row-th of the indices that name a cell, as in ``t[0,1]``."""
    return ",".join(map(str, cell[row])) if row < len(cell) else ""


def describe_layout(t: Tensor) -> Layout:
    """Return where the elements of a tensor lie in the memory that it may share with others.

    Raises
    ------
    ValueError
        If that memory has more cells than a drawing can show, or the tensor repeats more elements than that.

    Examples
    --------
    >>> t = Tensor([[1, 2, 3], [4, 5, 6]])
    >>> print(describe_layout(t.T[1:]).text())
    shape (2, 2), strides (1, 3), first element in cell 1: not contiguous
     cell  0    1    2  3    4    5
    value  1    2    3  4    5    6
    index     0,0  1,0     0,1  1,1
    """
    array = t.data
    storage = storage_of(array)
    if max(storage.size, array.size) > MOST_CELLS:
        raise ValueError(
            f"describe_layout: {max(storage.size, array.size)} elements are more than a drawing shows ({MOST_CELLS})."
        )
    first, last = np.lib.array_utils.byte_bounds(storage)
    start = (array.__array_interface__["data"][0] - first) // array.itemsize if array.size else 0
    strides = tuple(stride // array.itemsize for stride in array.strides)
    cells: list[list[Shape]] = [[] for _ in range((last - first) // array.itemsize if storage.size else 0)]
    values = [""] * len(cells)
    if storage.flags.forc:
        values = [str(value) for value in storage.ravel(order="K").tolist()]
    for index in np.ndindex(array.shape):
        cell = start + offset(index, strides)
        cells[cell].append(index)
        values[cell] = str(array[index].item())
    return Layout(
        array.shape, strides, start, array.flags.c_contiguous, tuple(tuple(cell) for cell in cells), tuple(values)
    )
