"""Mistakes that can be switched on: a wrong kernel, a wrong rule, a wrong function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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
    """Run an operation with ``wrong(step, grad, right)`` in the place of its rule; `right` is what that returns."""

    @contextmanager
    def swap() -> Iterator[None]:
        operation = operations[name]
        right = operation.rule
        if right is None:
            raise ValueError(f"{name} has no rule to be got wrong")

        def rule(step: Step, grad: Any) -> Any:
            return wrong(step, grad, right(step, grad))

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
