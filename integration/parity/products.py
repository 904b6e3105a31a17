"""Rows of products, and of the layers that are products."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, Shape, numbers, sizes
from integration.parity.mistakes import wrong_function, wrong_rule
from integration.parity.row import Case, Row

from tinytorch.layers import Dropout as OurDropout
from tinytorch.layers import Flatten, Linear, ModuleDict, ModuleList, Sequential, dropout, linear
from tinytorch.tensor import Step, Tensor, einsum, matmul


def product_pairs(generator: np.random.Generator) -> list[tuple[Shape, Shape]]:
    m, k, n, b = sizes(generator, 4)
    return [
        ((m, k), (k, n)),
        ((k,), (k,)),
        ((k,), (k, n)),
        ((m, k), (k,)),
        ((b, m, k), (k, n)),
        ((b, m, k), (b, k, n)),
        ((m, k), (b, k, n)),
        ((b, 1, m, k), (3, k, n)),
        ((k,), (b, k, n)),
        ((b, m, k), (k,)),
        ((b, m, k), (1, k, n)),
        ((0, k), (k, n)),
        ((m, 0), (0, n)),
        ((m, k), (k, 0)),
        ((0, m, k), (k, n)),
        ((1, 1), (1, 1)),
        ((1, k), (k, 1)),
        ((64, 300), (300, 40)),
        ((7, 2000), (2000, 5)),
        ((16, 20, 128), (128, 30)),
    ]


def terms(x: Shape, y: Shape) -> tuple[int, int, int]:
    """Return how many products each element of the result, of x's and of y's gradient sums."""
    result = np.zeros(x)[..., :0].reshape(*x[:-1], 0) @ np.zeros((*y[:-2], 0, *y[-1:]) if len(y) > 1 else (0,))
    total = result.size * x[-1]  # of all products
    return x[-1], max(total // max(int(np.prod(x)), 1), 1), max(total // max(int(np.prod(y)), 1), 1)


def multiplied(generator: np.random.Generator) -> Iterator[Case]:
    for x, y in product_pairs(generator):
        yield Case((numbers(generator, x, 0.1, 1), numbers(generator, y, 0.1, 1)), {}, "rows", terms(x, y))
    for layout in LAYOUTS:
        for x, y in (((5, 6), (6, 4)), ((3, 5, 6), (6, 4)), ((3, 5, 6), (3, 6, 4))):
            yield Case((numbers(generator, x, 0.1, 1), numbers(generator, y, 0.1, 1)), {}, layout, terms(x, y))


def batch_averaged(step: Step, grad: Any, right: Any) -> Any:
    """The mean over broadcast batch axes, not the sum."""
    batches = grad.size // max(int(np.prod(grad.shape[-2:])), 1)
    return tuple(g / (max(batches, 1) if g.ndim < grad.ndim else 1) for g in right)


SUBSCRIPTS: list[tuple[Any, ...]] = [
    ("ij,jk->ik", (3, 4), (4, 5)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("ij->ji", (3, 4)),
    ("ij->", (3, 4)),
    ("ij->i", (3, 4)),
    ("i,j->ij", (3,), (4,)),
    ("ij,ij->", (3, 4), (3, 4)),
    ("bhqd,bhkd->bhqk", (2, 3, 4, 5), (2, 3, 6, 5)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    ("ij,k->i", (3, 4), (5,)),
    ("ij,jk", (3, 4), (4, 2)),
    ("i,i", (6,), (6,)),
    ("ij,jk->ik", (0, 4), (4, 5)),
    ("ij,jk->ik", (3, 0), (0, 5)),
]


def contracted(generator: np.random.Generator) -> Iterator[Case]:
    for subscripts, *operands in SUBSCRIPTS:
        sizes_of: dict[str, int] = {}
        for part, shape in zip(subscripts.split("->")[0].split(","), operands, strict=True):
            sizes_of.update(zip(part, shape, strict=True))
        k = max(int(np.prod(list(sizes_of.values()))), 1)  # never fewer terms than there are
        for layout in ("rows", *LAYOUTS):
            inputs = tuple(numbers(generator, shape, 0.1, 1) for shape in operands)
            yield Case(inputs, {"subscripts": subscripts}, layout, (k,) * (1 + len(inputs)))


def einsum_averaged(step: Step, grad: Any, right: Any) -> Any:
    """An index that only one operand has, divided by its size as if it were averaged."""
    names, result = step.parameters["subscripts"].split("->")
    every = names + result
    found = []
    for part, shape, g in zip(names.split(","), step.shapes, right, strict=True):
        alone = [n for letter, n in zip(part, shape, strict=True) if every.count(letter) == 1]
        found.append(g / max(math.prod(alone), 1))
    return tuple(found)


WEIGHTED: tuple[tuple[str, Shape], ...] = (
    ("rows", (5,)),
    ("rows", (7, 5)),
    ("rows", (2, 3, 5)),
    ("rows", (0, 5)),
    ("rows", (1, 1)),
    ("columns", (7, 5)),
    ("strided", (4, 3, 5)),
    ("reversed", (7, 5)),
    ("rows", (64, 784)),
    ("rows", (512, 16)),
)


def weighted(*, bias: bool) -> Any:
    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for layout, shape in WEIGHTED:
            k, n = shape[-1], int(generator.integers(1, 9))
            rows = max(int(np.prod(shape[:-1])), 1)
            inputs = (
                numbers(generator, shape, 0.1, 1),
                numbers(generator, (k, n), 0.1, 1),
                numbers(generator, (n,), 0.1, 1),
            )
            yield Case(inputs[: 2 + bias], {}, layout, (k + bias, n, rows, rows)[: 3 + bias])

    return draw


def our_layer(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Run a `Linear` whose parameters are ours to differentiate by."""
    inputs, outputs = weight.shape
    layer = Linear(inputs, outputs, bias is not None)
    vars(layer).update(weight=weight, bias=bias)
    return layer(x)


def two_layers(x: Tensor, weight: Tensor, bias: Tensor, second: Tensor) -> Tensor:
    (inputs, hidden), (_, outputs) = weight.shape, second.shape
    layers = [Linear(inputs, hidden), Linear(hidden, outputs, False)]
    vars(layers[0]).update(weight=weight, bias=bias)
    vars(layers[1]).update(weight=second)
    held = ModuleDict({"first": layers[0], "rest": ModuleList(layers[1:])})
    kept: Any = held["rest"]
    return Sequential(held["first"], Tensor.tanh, *kept)(x)


def stacked(generator: np.random.Generator) -> Iterator[Case]:
    for n in (0, 1, 9):
        shapes = ((n, 5), (5, 7), (7,), (7, 3))
        yield Case(tuple(numbers(generator, shape, -0.5, 0.5) for shape in shapes))


def dropped(generator: np.random.Generator) -> Iterator[Case]:
    for layout in ("rows", *LAYOUTS):
        for p in (0.0, 0.25, 0.5, 0.9):
            for shape in ((6, 5), (0, 3), ()):
                mask = np.asarray(np.random.default_rng(3).random(shape, np.float32) >= p)
                yield Case((numbers(generator, shape, -3, 3), mask), {"p": p}, layout)


def their_dropout(x: Any, mask: Any, p: float) -> Any:
    """PyTorch's dropout with a mask that is given: it is linear, so its backward pass is the layer itself."""
    return torch.ops.aten.native_dropout_backward(x, mask, 1 / (1 - p))


def tall(generator: np.random.Generator) -> Iterator[Case]:
    for shape in ((2, 3, 4), (0, 3, 4), (5, 1), (1, 2, 3, 4)):
        yield Case((numbers(generator, shape, -3, 3),))


torch_linear: Any = torch.nn.functional.linear

ROWS = [
    Row(
        "matmul",
        {
            "matmul": matmul,
            "Tensor.__matmul__": lambda x, y: x @ y,
            "Tensor.__rmatmul__": lambda x, y: Tensor.__rmatmul__(y, x),
        },
        torch.matmul,
        multiplied,
        "the mean over a broadcast batch, not the sum",
        wrong_rule("matmul", batch_averaged),
    ),
    Row(
        "einsum",
        {
            "einsum": lambda *xs, subscripts: einsum(subscripts, *xs),
            "np.einsum": lambda *xs, subscripts: np.einsum(subscripts, *xs),
        },
        lambda *xs, subscripts: torch.einsum(subscripts, *xs),
        contracted,
        "an index that is summed alone taken as averaged",
        wrong_rule("einsum", einsum_averaged),
    ),
    Row(
        "linear",
        {"linear": linear, "Linear": our_layer},
        lambda x, w, b: torch_linear(x, w.T, b),
        weighted(bias=True),
        "the bias's gradient averaged over the rows",
        wrong_rule("linear", lambda step, grad, right: (*right[:2], right[2] / max(len(grad), 1))),
        (linear, "PyTorch's `linear` takes (out, in)"),
    ),
    Row(
        "linear, no bias",
        {"linear": linear, "Linear": our_layer},
        lambda x, w: torch_linear(x, w.T),
        weighted(bias=False),
        "the weight's gradient averaged over the rows",
        wrong_rule("linear", lambda step, grad, right: (right[0], right[1] / max(len(grad), 1), None)),
        operations=("linear",),
    ),
    Row(
        "Sequential",
        {"Sequential": two_layers, "ModuleDict": two_layers, "ModuleList": two_layers},
        lambda x, w, b, v: torch_linear(torch_linear(x, w.T, b).tanh(), v.T),
        stacked,
        "a layer left out",
        wrong_function(lambda x, w, b, v: linear(linear(x, w, b), v)),
        operations=(),
    ),
    Row(
        "dropout",
        {
            "dropout": lambda x, mask, p: dropout(x, p, np.random.default_rng(3)),
            "Dropout": lambda x, mask, p: OurDropout(p, np.random.default_rng(3))(x),
        },
        their_dropout,
        dropped,
        "survivors that do not grow by 1 / (1 - p)",
        wrong_function(lambda x, mask, p: dropout(x, p, np.random.default_rng(3)) * (1 - p)),
        (dropout, "the others divided by 1 − p"),
        operations=(),
    ),
    Row(
        "dropout, evaluation",
        {"Dropout": lambda x, mask, p: OurDropout(p).eval()(x)},
        lambda x, mask, p: torch.nn.Dropout(p).eval()(x),
        dropped,
        "dropping in evaluation too",
        wrong_function(lambda x, mask, p: OurDropout(p)(x)),
        (OurDropout, "do nothing in evaluation"),
        operations=(),
    ),
    Row(
        "Flatten",
        {"Flatten": lambda x: Flatten()(x)},
        lambda x: torch.nn.Flatten()(x),
        tall,
        "the batch axis joined too",
        wrong_function(lambda x: x.flatten()),
        operations=(),
    ),
]
