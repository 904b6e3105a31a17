"""Rows of what moves elements without computing: shapes, joining, indexing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, Cases, both, numbers, one, shapes, sizes, with_options
from integration.parity.mistakes import wrong_function, wrong_kernel, wrong_rule
from integration.parity.row import Case, Row

from tinytorch import tensor as tt
from tinytorch.tensor import Step, Tensor


def at_rank(*ranks: int, **options: Any) -> Cases:
    """Cases of one tensor of these ranks, in every layout, an empty one among them."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for rank in ranks:
            for layout in ("rows", *LAYOUTS):
                yield Case((numbers(generator, sizes(generator, rank), -3, 3),), options, layout)
            if rank:
                yield Case((np.zeros((0, *sizes(generator, rank - 1))),), options)
                yield Case((numbers(generator, (1,) * rank, -3, 3),), options)

    return draw


def of_shape(of: tuple[int, ...], /, **options: Any) -> Cases:
    """Cases of one tensor of a shape, in every layout."""
    return lambda generator: (Case((numbers(generator, of, -3, 3),), options, one) for one in ("rows", *LAYOUTS))


def several(count: int, axis: int, *, equal: bool) -> Cases:
    """Cases of several tensors that differ in size along one axis, or in none."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for layout in ("rows", *LAYOUTS):
            shape = list(sizes(generator, 3))
            drawn = []
            for i in range(count):
                if not equal:
                    shape[axis] = i * 2 % 5  # the first is empty
                drawn.append(numbers(generator, tuple(shape), -3, 3))
            yield Case(tuple(drawn), {"axis": axis}, layout)

    return draw


def in_rows(step: Step, grad: Any, right: Any) -> Any:
    """The gradient's elements in the order in which they lie, not in that of the axes."""
    return np.ascontiguousarray(grad).reshape(step.shapes[0])


def pieces_backwards(step: Step, grad: Any, right: Any) -> Any:
    """The pieces of the gradient cut off from the wrong end."""
    axis, start, found = step.parameters["axis"], grad.shape[step.parameters["axis"]], []
    for shape in step.shapes:
        found.append(grad[(slice(None),) * axis + (slice(start - shape[axis], start),)])
        start -= shape[axis]
    return tuple(found)


def expanded_first(step: Step, grad: Any, right: Any) -> Any:
    return right * (right.size / max(grad.size, 1))


def on_numpy(x: Tensor, shape: tuple[int, ...]) -> Any:
    """NumPy's broadcast_to, which knows no -1."""
    sizes_now = (*(1,) * (len(shape) - x.ndim), *x.shape)
    return np.broadcast_to(x, tuple(now if n == -1 else n for n, now in zip(shape, sizes_now, strict=True)))


def flat(generator: np.random.Generator) -> Iterator[Case]:
    for shape in shapes(generator):
        yield Case((numbers(generator, shape, -3, 3),), {"shape": (-1,) if 0 not in shape else (0,)})
    for layout in ("rows", *LAYOUTS):
        yield Case((numbers(generator, (2, 3, 4), -3, 3),), {"shape": (4, -1)}, layout)
        yield Case((numbers(generator, (2, 3, 4), -3, 3),), {"shape": (3, 1, 8)}, layout)
        yield Case((numbers(generator, (0, 3), -3, 3),), {"shape": (3, 0, 2)}, layout)


ROWS = [
    Row(
        "reshape",
        {"Tensor.reshape": lambda x, shape: x.reshape(shape), "np.reshape": np.reshape},
        lambda x, shape: x.reshape(shape),
        flat,
        "elements read column by column",
        wrong_kernel("reshape", lambda x, shape: x.reshape(shape, order="F")),
    ),
    Row(
        "permute",
        {"Tensor.permute": lambda x, axes: x.permute(axes), "np.transpose": np.transpose},
        lambda x, axes: x.permute(axes),
        both(
            *(of_shape((2, 3, 4), axes=axes) for axes in ((0, 1, 2), (2, 0, 1), (1, 2, 0), (-1, 0, 1))),
            of_shape((3, 0), axes=(1, 0)),
        ),
        "a gradient that is reshaped, not permuted back",
        wrong_rule("permute", in_rows),
    ),
    Row(
        "swapaxes",
        {
            "Tensor.transpose": lambda x, a, b: x.transpose(a, b),
            "Tensor.swapaxes": lambda x, a, b: x.swapaxes(a, b),
            "np.swapaxes": lambda x, a, b: np.swapaxes(x, a, b),
        },
        lambda x, a, b: x.transpose(a, b),
        both(*(of_shape((2, 3, 4), a=a, b=b) for a, b in ((0, 1), (-1, 0), (1, 1))), of_shape((3, 0), a=0, b=1)),
        "a gradient that is reshaped, not exchanged back",
        wrong_rule("swapaxes", in_rows),
        (Tensor.transpose, "PyTorch's meaning"),
    ),
    Row(
        "T",
        {"Tensor.T": lambda x: x.T},
        lambda x: x.permute(*reversed(range(x.ndim))),
        at_rank(1, 2, 3),
        "the last two axes alone exchanged",
        wrong_function(lambda x: x.mT if x.ndim > 1 else x),
        (Tensor.T, "All axes in reverse order"),
        operations=(),
    ),
    Row(
        "mT",
        {"Tensor.mT": lambda x: x.mT},
        lambda x: x.mT,
        at_rank(2, 3, 4),
        "all axes reversed",
        wrong_function(lambda x: x.T),
        operations=(),
    ),
    Row(
        "expand",
        {"Tensor.expand": lambda x, shape: x.expand(shape), "np.broadcast_to": on_numpy},
        lambda x, shape: x.expand(shape),
        both(
            of_shape((1,), shape=(5,)),
            of_shape((3, 1), shape=(2, 3, 4)),
            of_shape((1, 4), shape=(0, 4)),
            of_shape((), shape=(2, 2)),
            of_shape((3, 1), shape=(-1, 2)),
        ),
        "the mean of the repetitions' gradients",
        wrong_rule("expand", expanded_first),
    ),
    Row(
        "flip",
        {"flip": tt.flip, "np.flip": np.flip},
        lambda x, axis: x.flip(tuple(range(x.ndim)) if axis is None else axis),
        with_options(at_rank(2, 3), {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": None}),
        "a gradient that is not reversed",
        wrong_rule("flip", lambda step, grad, right: grad),
    ),
    Row(
        "concatenate",
        {
            "concatenate": lambda *xs, axis: tt.concatenate(xs, axis),
            "np.concatenate": lambda *xs, axis: np.concatenate(xs, axis),
        },
        lambda *xs, axis: torch.cat(xs, axis),
        both(
            several(4, 0, equal=False),
            several(3, 2, equal=False),
            several(2, -1, equal=True),
            several(1, 1, equal=True),
        ),
        "pieces of the gradient cut off from the wrong end",
        wrong_rule("concatenate", pieces_backwards),
    ),
    Row(
        "stack",
        {"stack": lambda *xs, axis: tt.stack(xs, axis), "np.stack": lambda *xs, axis: np.stack(xs, axis)},
        lambda *xs, axis: torch.stack(xs, axis),
        both(several(3, 0, equal=True), several(2, 2, equal=True), several(2, -1, equal=True)),
        "a negative axis counted before the new one is there",
        wrong_function(lambda *xs, axis: tt.stack(xs, axis - (axis < 0))),
        operations=(),
    ),
    Row(
        "flatten",
        {"Tensor.flatten": Tensor.flatten},
        lambda x, start: x.flatten(start),
        both(at_rank(0, 1, 3, start=0), at_rank(3, 4, start=1), at_rank(3, start=-2)),
        "axes in front of `start` joined too",
        wrong_function(lambda x, start: x.reshape(-1)),
        operations=(),
    ),
    Row(
        "squeeze",
        {"Tensor.squeeze": lambda x, axis: x.squeeze(axis), "np.squeeze": lambda x, axis: np.squeeze(x, axis)},
        lambda x, axis: x.squeeze() if axis is None else x.squeeze(axis),
        both(
            of_shape((1, 3, 1), axis=None),
            of_shape((1, 3, 1), axis=0),
            of_shape((1, 3, 1), axis=-1),
            of_shape((1, 3, 1), axis=1),
            of_shape((1, 0, 1), axis=(0, 2)),
            of_shape((1, 1), axis=None),
        ),
        "all axes of size 1 dropped, not the one named",
        wrong_function(lambda x, axis: x.squeeze()),
        operations=(),
    ),
    Row(
        "unsqueeze",
        {
            "Tensor.unsqueeze": lambda x, axis: x.unsqueeze(axis),
            "np.expand_dims": lambda x, axis: np.expand_dims(x, axis),
        },
        lambda x, axis: x.unsqueeze(axis),
        with_options(both(at_rank(1, 2, 3), one()), {"axis": 0}, {"axis": -1}),
        "-1 meaning before the last axis",
        wrong_function(lambda x, axis: x.unsqueeze(axis - 1 if axis < 0 and x.ndim else axis)),
        operations=(),
    ),
]
