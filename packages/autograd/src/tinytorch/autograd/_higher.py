"""Higher derivatives: rules that run on tensors, so that the backward pass is itself recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.autograd._engine import Gradient, hooked, key_of, propagate
from tinytorch.tensor import Leaf, Node, Step, Tensor, recording, run_rule


def recorded_rule(step: Step, gradient: Gradient) -> Any:
    """Run a rule on tensors, so that its result can be differentiated in turn.

    An operation with a composition is differentiated through that. Otherwise the rule's own text runs on tensors:
    that is right if all it uses is `grad`, what was kept, and constants.

    Raises
    ------
    NotImplementedError
        If the rule works on arrays only and there is no composition.
    """
    name = step.operation.name
    if getattr(step.operation, "composition", None) is not None:
        return _through_composition(step, gradient)
    if step.extra is not None:
        raise NotImplementedError(
            f"{name}: no second derivative: its kernel hands its rule numbers (step.extra) that are not recorded. "
            "Register a composition of it."
        )
    try:
        result = run_rule(step.kept_tensors(), gradient)
    except TypeError as error:
        raise NotImplementedError(
            f"{name}: no second derivative: its rule does not run on tensors ({error}). Register a composition of it."
        ) from error
    for part in result if isinstance(result, tuple) else (result,):
        if part is not None and not isinstance(part, Tensor):
            raise NotImplementedError(
                f"{name}: no second derivative: given tensors, its rule returned a {type(part).__name__}, which does "
                "not know how it was computed. Write the rule with operations of tensors, or register a composition."
            )
    return result


def _through_composition(step: Step, gradient: Gradient) -> tuple[Tensor | None, ...]:
    """Differentiate the composition of an operation at the inputs that were kept."""
    operation: Any = step.operation
    kept = step.kept_tensors().inputs
    inputs: list[Any] = []
    places: list[Step] = []
    for position, (need, shape) in enumerate(zip(step.needs, step.shapes, strict=True)):
        x = kept[position] if position < len(kept) else None
        if shape is not None and not isinstance(x, Tensor):
            raise NotImplementedError(
                f"{operation.name}: no second derivative: its composition needs input {position}, which was not kept. "
                f"Register its rule with keeps=(..., {position})."
            )
        if need and isinstance(x, Tensor):
            # A place of its own in the graph: the gradient of this use of x, whatever else x is used for.
            x = x.reshape(x.shape)
            if isinstance(x.node, Step):
                places.append(x.node)
        inputs.append(x)
    result = operation.composition(*inputs, **step.parameters)
    outputs: Sequence[Any] = result if isinstance(result, tuple) else (result,)
    arrived: Sequence[Any] = gradient if isinstance(gradient, tuple) else (gradient,)
    _, found = propagate(
        [(y.node, part) for y, part in zip(outputs, arrived, strict=True) if part is not None and y.node is not None],
        retain_graph=True,
        apply=recorded_rule,
        targets=frozenset((place, 0) for place in places),
        stop=frozenset(places),
    )
    gradients = iter(places)
    return tuple(found.get((next(gradients), 0)) if need else None for need in step.needs)


def gradients_of(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    seeds: Sequence[Any],
    *,
    retain_graph: bool,
    create_graph: bool,
) -> list[Gradient | None]:
    """Return the gradient of each input; None where the outputs do not depend on it."""
    targets = [place_of(x) for x in inputs]
    with recording(create_graph), np.errstate(all="ignore"):
        leaves, found = propagate(
            [(place_of(output), seed) for output, seed in zip(outputs, seeds, strict=True)],
            retain_graph=retain_graph,
            apply=recorded_rule if create_graph else run_rule,
            targets=frozenset(key_of(place) for place in targets),
        )
        results: list[Gradient | None] = []
        for place in targets:
            if isinstance(place, Leaf):
                gradient = leaves.get(place)
                for hook in place.hooks if gradient is not None else ():
                    gradient = hooked(hook, gradient)
                results.append(gradient)
            else:
                results.append(found.get(key_of(place)))
    return results


def place_of(tensor: Tensor) -> Node:
    """Return where the gradient of a tensor goes; the caller has seen to it that it requires one."""
    if tensor.node is None:
        raise RuntimeError("grad: this tensor does not require gradients.")
    return tensor.node
