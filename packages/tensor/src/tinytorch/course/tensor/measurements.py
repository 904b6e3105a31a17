"""What arithmetic on arrays costs: measured when called, returned as data, nothing remembered.

Times are the shortest of several runs, in seconds: whatever else the machine does can only add to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tinytorch.tensor import Array, Tensor, matmul_blocks, matmul_loops, offset, strides_of
from tinytorch.tito.measuring import best

LINE = 64  # bytes that the memory of nearly every machine hands over at a time: one line of a cache
FLOAT32 = 4  # bytes


def digit(label: int) -> Array:
    """Return a handwritten digit as float32 (8, 8), from 0 for paper to 1 for ink: the first with this label."""
    from tinytorch.dataloader import Digits

    digits = Digits()
    first = int(np.flatnonzero(np.asarray(digits.labels) == label)[0])
    return np.asarray(digits.images[first, 0] / np.float32(255), np.float32)


@dataclass(frozen=True)
class Addition:
    """Two ways to add n numbers to n others.

    Attributes
    ----------
    n : int
    loop : float
        Seconds of a loop over two lists.
    line : float
        Seconds of ``a + b`` on two tensors, float32.
    """

    n: int
    loop: float
    line: float

    @property
    def bytes_moved(self) -> int:
        """What ``a + b`` reads and writes: three arrays of float32."""
        return 3 * FLOAT32 * self.n


def addition(n: int, seed: int = 0) -> Addition:
    """Measure ``a + b`` on `n` numbers, as a loop and as one line."""
    generator = np.random.default_rng(seed)
    a, b = Tensor(generator.random(n, np.float32)), Tensor(generator.random(n, np.float32))
    left, right = a.tolist(), b.tolist()

    def loop() -> list[float]:
        total = []
        for i in range(n):
            total.append(left[i] + right[i])  # noqa: PERF401  (the loop is what is measured)
        return total

    return Addition(n, best(loop, 3), best(lambda: a + b, 20))


@dataclass(frozen=True)
class Walk:
    """The products of all rows, or of all columns, of a matrix with a vector.

    Attributes
    ----------
    along : str
        ``rows`` or ``columns``.
    flops : int
    bytes_used : int
        Of the matrix: each element once.
    bytes_moved : int
        Of the matrix, if each product fetches the lines that it touches, and none is left from the product before.
    seconds : float
    """

    along: str
    flops: int
    bytes_used: int
    bytes_moved: int
    seconds: float


def lines_touched(n: int, stride: int) -> int:
    """Return how many lines of memory hold n float32 numbers that lie `stride` elements apart."""
    return len({offset((i,), (stride,)) * FLOAT32 // LINE for i in range(n)})


def walks(n: int, padding: int = 0, seed: int = 0) -> tuple[Walk, Walk]:
    """Measure the walk along the rows and that along the columns of an (n, n) matrix of float32.

    Parameters
    ----------
    n : int
    padding : int, default 0
        Cells between the end of a row and the beginning of the next.
    seed : int, default 0
    """
    generator = np.random.default_rng(seed)
    matrix = generator.random((n, n + padding), np.float32)[:, :n]
    vector = generator.random(n, np.float32)
    down, across = strides_of((n, n + padding))

    def rows() -> None:
        for i in range(n):
            matrix[i].dot(vector)

    def columns() -> None:
        for j in range(n):
            matrix[:, j].dot(vector)

    flops, used = 2 * n * n, FLOAT32 * n * n
    return (
        Walk("rows", flops, used, n * lines_touched(n, across) * LINE, best(rows, 3)),
        Walk("columns", flops, used, n * lines_touched(n, down) * LINE, best(columns, 3)),
    )


@dataclass(frozen=True)
class Rung:
    """One way to multiply two (n, n) matrices of float32.

    Attributes
    ----------
    name : str
    n : int
    seconds : float
    """

    name: str
    n: int
    seconds: float

    @property
    def flops(self) -> int:
        """A multiplication and an addition for each of the n³ terms."""
        return 2 * self.n**3

    @property
    def rate(self) -> float:
        """FLOPs per second."""
        return self.flops / self.seconds


def ladder(n: int = 512, blocks: Sequence[int] = (8, 32, 128), loops: int = 48, seed: int = 0) -> tuple[Rung, ...]:
    """Measure the same product on every rung: Python's loops, blocks of several sizes, one call of BLAS.

    Parameters
    ----------
    n : int, default 512
    blocks : sequence of int
    loops : int, default 48
        The size for `matmul_loops`, which would take a minute at 512.
    seed : int, default 0
    """
    generator = np.random.default_rng(seed)

    def matrices(size: int) -> tuple[Array, Array]:
        return generator.random((size, size), np.float32), generator.random((size, size), np.float32)

    small, large = matrices(loops), matrices(n)
    return (
        Rung("loops", loops, best(partial(matmul_loops, *small), 1)),
        *(Rung(f"blocks of {size}", n, best(partial(matmul_blocks, *large, size), 2)) for size in blocks),
        Rung("x @ y", n, best(partial(np.matmul, *large), 5)),
    )
