"""A row for nothing, for an operation made anywhere.

From a composition, or from PyTorch's function of the same name, comes the other side; from the kernel's signature, the
number of inputs. In a test of one's own package::

    from integration.parity.automatic import of_operation

    def test_parity() -> None:
        assert of_operation(hypotenuse_op, torch.hypot).run().failures == []
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, broadcast_pairs, numbers, sizes
from integration.parity.mistakes import wrong_rule
from integration.parity.row import Case, Row
from integration.parity.sides import to_torch

from tinytorch.tensor import Operation, Tensor


def of_operation(
    operation: Operation,
    theirs: Callable[..., Any] | None = None,
    *,
    low: float = 0.3,
    high: float = 2.0,
    **parameters: Any,
) -> Row:
    """Return a row of an operation on one tensor, or on several that broadcast.

    Parameters
    ----------
    operation : Operation
    theirs : callable, optional
        The same of PyTorch's tensors. Without it, PyTorch's function of the operation's name; without one, the
        operation's composition.
    low, high : float
        Bounds of the numbers drawn.
    **parameters
        The operation's parameters; `theirs` gets them too.

    Raises
    ------
    LookupError
        If there is nothing to compare with.
    """
    count = count_inputs(operation)
    return Row(
        operation.name,
        {operation.name: operation},
        theirs or _counterpart(operation),
        lambda generator: _draw(generator, count, low, high, parameters),
        "a gradient that is twice what it should be",
        wrong_rule(operation.name, lambda step, grad, right: _twice(right)),
        gradient=operation.differentiable and operation.rule is not None,
    )


def count_inputs(operation: Operation) -> int:
    """Return how many arrays the kernel takes: its positional parameters but the step."""
    kinds = [parameter.kind for parameter in inspect.signature(operation.kernel).parameters.values()]
    return sum(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds) - 1


def _draw(generator: np.random.Generator, count: int, low: float, high: float, parameters: Any) -> Iterator[Case]:
    for left, right in broadcast_pairs(generator):
        shapes = [(left, right)[i % 2] for i in range(count)]
        yield Case(tuple(numbers(generator, shape, low, high) for shape in shapes), parameters)
    for layout in LAYOUTS:
        shape = sizes(generator, 3)
        yield Case(tuple(numbers(generator, shape[i % 2 :], low, high) for i in range(count)), parameters, layout)


def _counterpart(operation: Operation) -> Callable[..., Any]:
    for module in (torch, torch.nn.functional, torch.special):
        found: Callable[..., Any] | None = getattr(module, operation.name, None)
        if found is not None:
            return found
    if operation.composition is None:
        raise LookupError(
            f"{operation.name}: PyTorch has no function of that name and the operation no composition; give `theirs`."
        )
    return _Composed(operation.composition)


class _Composed:
    """A composition as the other side: computed by our primitives, which have rows of their own."""

    def __init__(self, composition: Callable[..., Any]) -> None:
        self.composition = composition

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        composition = self.composition

        class Function(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(context: Any, *tensors: Any) -> Any:
                context.ours = [Tensor(x.numpy(), requires_grad=True) for x in tensors]
                context.result = composition(*context.ours, **parameters)
                return to_torch(context.result)

            @staticmethod
            def backward(context: Any, grad: Any) -> Any:
                context.result.backward(Tensor(grad.numpy()))
                return tuple(to_torch(x.grad) for x in context.ours)

        return Function.apply(*inputs)


def _twice(gradients: Any) -> Any:
    if isinstance(gradients, tuple):
        return tuple(None if one is None else one * 2 for one in gradients)
    return gradients * 2
