"""Rows of indexing: what picks elements, and what puts them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, Cases, both, numbers, with_options
from integration.parity.mistakes import wrong_function, wrong_kernel, wrong_rule
from integration.parity.row import Case, Row
from integration.parity.shaping import at_rank, of_shape

from tinytorch import tensor as tt
from tinytorch.tensor import Step


def wrong_border(step: Step, grad: Any, right: Any) -> Any:
    widths = step.parameters["widths"]
    return grad[tuple(slice(after, after + n) for (_, after), n in zip(widths, step.shapes[0], strict=True))]


def index_once(step: Step, grad: Any, right: Any) -> Any:
    found = np.zeros(step.shapes[0], grad.dtype)
    found[step.inputs[1]] = grad
    return found, None


def take_once(step: Step, grad: Any, right: Any) -> Any:
    found = np.zeros(step.shapes[0], grad.dtype)
    np.put_along_axis(found, step.parameters["indices"], grad, step.parameters["axis"])
    return found


def set_once(x: Any, index: Any, shape: Any) -> Any:
    found = np.zeros(shape, x.dtype)
    found[index] = x
    return found


def put_once(x: Any, indices: Any, axis: Any, shape: Any) -> Any:
    found = np.zeros(shape, x.dtype)
    np.put_along_axis(found, indices, x, axis)
    return found


INDICES: list[Any] = [
    0,
    -1,
    slice(1, 3),
    slice(None, None, 2),
    (slice(None), 1),
    (..., -1),
    None,
    (None, 0, ..., None),
    (1, 2, 0),
    np.array([0, 1, 1, -1, 0]),
    np.array([[0, 1], [2, 2]]),
    (slice(None), np.array([1, 1, 0])),
    np.zeros(0, np.int64),
    (np.array([0, 1, 1]), np.array([2, 2, 2])),
    (np.array([[0], [1]]), np.array([0, 2])),
    (np.array([1, 0]), slice(None), np.array([0, 3])),
    np.array([True, False, True, True]),
    (0, np.array([1, 1])),
    (slice(1, 1),),
    np.array([0, -4, 0]),
]


def indexed(generator: np.random.Generator) -> Iterator[Case]:
    for index in INDICES:
        for layout in ("rows", "strided", "reversed"):
            yield Case((numbers(generator, (4, 3, 5), -3, 3),), {"index": index}, layout)
    mask = generator.random((4, 3, 5)) < 0.4
    yield Case((numbers(generator, (4, 3, 5), -3, 3),), {"index": mask})
    yield Case((numbers(generator, (30, 2), -3, 3),), {"index": generator.integers(-30, 30, 200)})


def added(generator: np.random.Generator) -> Iterator[Case]:
    """What `index_add` takes: values of the shape that the index selects."""
    for index in INDICES:
        x = numbers(generator, np.zeros((4, 3, 5))[index].shape, -3, 3)
        yield Case((x,), {"index": index, "shape": (4, 3, 5)})


def their_index_add(x: Any, index: Any, shape: Any) -> Any:
    total = torch.zeros(shape, dtype=x.dtype)
    places = torch.arange(total.numel()).reshape(shape)[index]
    return total.reshape(-1).index_add(0, places.reshape(-1), x.reshape(-1)).reshape(shape)


def lines(*, put: bool) -> Cases:
    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for shape in ((5,), (4, 5), (3, 4, 5)):
            for axis in range(len(shape)):
                for count in (0, 1, 7):
                    chosen = (*shape[:axis], count, *shape[axis + 1 :])
                    indices = generator.integers(0, shape[axis], chosen)
                    options: dict[str, Any] = {"indices": indices, "axis": axis}
                    x = numbers(generator, chosen if put else shape, -3, 3)
                    yield Case((x,), {**options, "shape": shape} if put else options, LAYOUTS[axis])

    return draw


def pieces(generator: np.random.Generator) -> Iterator[Case]:
    for size, axis in ((2, 0), (3, 1), (1, -1), ((1, 0, 4), 0), ((2, 2), -1), (9, 0)):
        yield Case((numbers(generator, (5, 3, 4), -3, 3),), {"size": size, "axis": axis})
    yield Case((np.zeros((0, 3)),), {"size": 2, "axis": 0})


def their_pad(x: Any, widths: Any, value: float) -> Any:
    return torch.nn.functional.pad(x, [n for pair in reversed(widths) for n in pair], value=value)


ROWS = [
    Row(
        "split",
        {"split": tt.split},
        lambda x, size, axis: torch.split(x, list(size) if isinstance(size, tuple) else size, axis),
        pieces,
        "the rest of a division forgotten",
        wrong_function(lambda x, size, axis: tt.split(x, size, axis)[:-1]),
        operations=(),
    ),
    Row(
        "pad",
        {"pad": tt.pad},
        their_pad,
        both(
            of_shape((3, 4), widths=((1, 2), (0, 3)), value=0.0),
            of_shape((2, 3, 2), widths=((0, 0), (2, 1), (1, 0)), value=-1.5),
            of_shape((0, 2), widths=((1, 0), (0, 0)), value=1.0),
        ),
        "before and after exchanged in the gradient",
        wrong_rule("pad", wrong_border),
    ),
    Row(
        "getitem",
        {"Tensor.__getitem__": lambda x, index: x[index]},
        lambda x, index: x[index],
        indexed,
        "an element taken twice counted once in the gradient",
        wrong_rule("getitem", index_once),
    ),
    Row(
        "index_add",
        {"index_add, the gradient of t[index]": tt.operations["index_add"]},
        their_index_add,
        added,
        "an element named twice written once",
        wrong_kernel("index_add", set_once),
    ),
    Row(
        "take_along_axis",
        {"take_along_axis": tt.take_along_axis, "np.take_along_axis": np.take_along_axis},
        lambda x, indices, axis: torch.take_along_dim(x, indices, axis),
        lines(put=False),
        "an element taken twice counted once in the gradient",
        wrong_rule("take_along_axis", take_once),
    ),
    Row(
        "put_along_axis",
        {"put_along_axis, the gradient of take_along_axis": tt.operations["put_along_axis"]},
        lambda x, indices, axis, shape: torch.zeros(shape, dtype=x.dtype).scatter_add(axis, indices, x),
        lines(put=True),
        "an element named twice written once",
        wrong_kernel("put_along_axis", put_once),
    ),
    Row(
        "tril",
        {"tril": tt.tril, "np.tril": lambda x, diagonal: np.tril(x, diagonal)},
        torch.tril,
        with_options(at_rank(2, 3), {"diagonal": 0}, {"diagonal": 1}, {"diagonal": -2}),
        "the diagonal left out",
        wrong_function(lambda x, diagonal: tt.tril(x, diagonal - 1)),
        operations=(),
    ),
    Row(
        "triu",
        {"triu": tt.triu, "np.triu": lambda x, diagonal: np.triu(x, diagonal)},
        torch.triu,
        with_options(at_rank(2, 3), {"diagonal": 0}, {"diagonal": 1}, {"diagonal": -2}),
        "the diagonal left out",
        wrong_function(lambda x, diagonal: tt.triu(x, diagonal + 1)),
        operations=(),
    ),
]
