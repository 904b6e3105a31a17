"""Rows of the losses of classifiers: logits or log-probabilities against labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import Cases, numbers
from integration.parity.losing import REDUCTIONS, objects
from integration.parity.mistakes import wrong_function
from integration.parity.row import Case, Row

from tinytorch import losses as ours
from tinytorch.tensor import Tensor

F: Any = torch.nn.functional


def labelled(*, log: bool = False, smoothing: bool = True) -> Cases:
    """Return logits (or log-probabilities) and labels, some ignored, with class weights and smoothing."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        for reduction in REDUCTIONS:
            for shape, layout in (
                ((7, 5), "rows"),
                ((5,), "rows"),
                ((3, 4, 2), "rows"),
                ((2, 3, 2, 2), "columns"),
                ((1, 1), "rows"),
                ((0, 4), "rows"),
                ((6, 4), "columns"),
                ((6, 4), "strided"),
                ((6, 4), "reversed"),
                ((300, 40), "rows"),
            ):
                classes = shape[min(1, len(shape) - 1)]
                x = numbers(generator, shape, -4, 4)
                x = -np.abs(x) if log else x
                y = np.asarray(generator.integers(0, classes, (*shape[:1], *shape[2:]) if len(shape) > 1 else ()))
                terms = (y.size * (classes + 1) if reduction != "none" and y.size > 100 else 0, 0)
                yield Case((x, y, None), {"reduction": reduction}, layout, terms)
                weight = generator.uniform(0.2, 2, classes)
                yield Case((x, y, weight), {"reduction": reduction}, layout, terms)
                if y.size > 2:
                    ignored = np.where(np.arange(y.size).reshape(y.shape) % 3 == 0, classes - 1, y)
                    yield Case(
                        (x, ignored, weight), {"reduction": reduction, "ignore_index": classes - 1}, layout, terms
                    )
                if smoothing:
                    yield Case((x, y, weight), {"reduction": reduction, "label_smoothing": 0.1}, layout, terms)
                    yield Case((x, y, None), {"reduction": reduction, "label_smoothing": 1.0}, layout, terms)
            far = np.array([[1e4, 0.0, -1e4], [0.0, 1e4, 0.0], [-1e4, -1e4, 0.0]])
            yield Case((-np.abs(far) if log else far, np.array([0, 2, 0]), None), {"reduction": reduction})

    return draw


def distributed(generator: np.random.Generator) -> Iterator[Case]:
    """Logits, and a probability for each class."""
    for reduction in REDUCTIONS:
        for shape in ((7, 5), (5,), (2, 3, 4), (1, 1), (0, 4)):
            target = np.exp(numbers(generator, shape, -2, 2))
            axis = min(1, len(shape) - 1)
            target /= target.sum(axis=axis, keepdims=True)
            for weight in (None, generator.uniform(0.2, 2, shape[axis])):
                for smoothing in (0.0, 0.2):
                    yield Case(
                        (numbers(generator, shape, -4, 4), target, weight),
                        {"reduction": reduction, "label_smoothing": smoothing},
                    )


def averaged_by_rows(x: Tensor, y: Tensor, weight: Tensor | None, **options: Any) -> Tensor:
    """The mean divided by the number of examples, whatever they weigh."""
    if options["reduction"] != "mean":
        return ours.nll_loss(x, y, weight, **options)
    return ours.nll_loss(x, y, weight, **{**options, "reduction": "none"}).mean()


def unlabelled(x: Tensor, y: Tensor, weight: Tensor | None, **options: Any) -> Tensor:
    found = ours.cross_entropy(x, y, weight, **{**options, "reduction": "none"})
    return {"none": lambda: found, "sum": found.sum, "mean": found.mean}[options["reduction"]]()


ROWS = [
    Row(
        "cross_entropy",
        objects("cross_entropy", ours.CrossEntropyLoss),
        F.cross_entropy,
        labelled(),
        "the mean over all examples: ignored ones counted, class weights not",
        wrong_function(unlabelled),
        (ours.cross_entropy, "the mean divides by the sum of the class weights of the labels that count"),
        constants=(2,),
    ),
    Row(
        "cross_entropy of probabilities",
        objects("cross_entropy", ours.CrossEntropyLoss),
        F.cross_entropy,
        distributed,
        "the target's class weights forgotten",
        wrong_function(lambda x, t, w, **options: ours.cross_entropy(x, t, **options)),
        (ours.cross_entropy, "with probabilities by the number of examples, weights or not"),
        constants=(2,),
        operations=(),
    ),
    Row(
        "nll_loss",
        objects("nll_loss", ours.NLLLoss),
        F.nll_loss,
        labelled(log=True, smoothing=False),
        "the mean over all examples: ignored ones counted, class weights not",
        wrong_function(averaged_by_rows),
        (ours.nll_loss, "divides by the sum of the class weights"),
        constants=(2,),
        operations=(),
    ),
]
