"""Mistakes that can be switched on: a wrong kernel, a wrong rule, a wrong function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from integration.parity.row import Mistake

from tinytorch.tensor import Step, operations, use_kernel


def wrong_kernel(name: str, wrong: Callable[..., Any]) -> Mistake:
    """Run an operation with ``wrong(*arrays, **parameters)`` in the place of its kernel."""

    @contextmanager
    def swap() -> Iterator[None]:
        with use_kernel(operations[name], lambda step, *arrays, **parameters: wrong(*arrays, **parameters)):
            yield

    return swap


def wrong_rule(name: str, wrong: Callable[..., Any]) -> Mistake:
    """Run an operation with ``wrong(step, grad, right)`` in the place of its rule.

    `right` is what the rule returns, with zeros for a gradient that nobody asked for.
    """

    @contextmanager
    def swap() -> Iterator[None]:
        operation = operations[name]
        right = operation.rule
        if right is None:
            raise ValueError(f"{name} has no rule to be got wrong")

        def rule(step: Step, grad: Any) -> Any:
            found = right(step, grad)
            if not isinstance(found, tuple):
                return wrong(step, grad, found)
            filled = tuple(
                np.zeros(shape or ()) if g is None else g for g, shape in zip(found, step.shapes, strict=True)
            )
            return tuple(w if need else None for w, need in zip(wrong(step, grad, filled), step.needs, strict=True))

        operation.rule = rule
        try:
            yield
        finally:
            operation.rule = right

    return swap


def wrong_function(wrong: Callable[..., Any]) -> Mistake:
    """Use ``wrong(*inputs, **options)`` in the place of ours."""

    @contextmanager
    def swap() -> Iterator[Callable[..., Any]]:
        yield wrong

    return swap
