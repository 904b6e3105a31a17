"""The backward pass: the chain rule, over the steps that were recorded, last step first.

Three things are kept apart: the record (a graph of steps, made by `tinytorch.tensor` as operations run), the rules
(one per operation: ``rule(step, grad)``), and this file, which knows no operation by name.

Glossary
--------
step     one run of an operation; ``step.needs`` says where the gradient of each of its inputs goes
leaf     the place of a tensor that no recorded step made; a gradient that arrives there ends in ``tensor.grad``
place    a step, a leaf, or one of several outputs of a step: where a gradient goes
seed     the gradient the pass starts from: 1 for a loss
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import Array, Leaf, Node, Output, Step, Tensor, from_numpy, recording, run_rule

Gradient = Any  # an array in the plain pass; a tensor when the pass itself is recorded


def topological_order(roots: Sequence[Step]) -> list[Step]:
    """Return the steps that `roots` were computed from, and these: each after all the steps it was computed from.

    Read from its end, the list has every step after all its consumers, so that a step's gradient is complete when
    its turn comes. Iterative, because a graph may be deeper than Python's stack; O(steps + inputs) time.
    """
    order: list[Step] = []
    seen: set[Step] = set()
    stack: list[Any] = list(roots)
    while stack:
        step = stack.pop()
        if step is None:  # the step below this mark has had all its parents placed
            order.append(stack.pop())
        elif step not in seen:
            seen.add(step)
            stack.append(step)
            stack.append(None)
            for parent in step.needs:
                if type(parent) is Step:
                    if parent not in seen:
                        stack.append(parent)
                elif type(parent) is Output and parent.step not in seen:
                    stack.append(parent.step)
    return order


def steps_leading_to(targets: frozenset[Any], order: Sequence[Step]) -> set[Step]:
    """Return the steps through which gradients reach one of the targets."""
    leading: set[Step] = set()
    for step in order:
        for parent in step.needs:
            if parent is None:
                continue
            above = parent.step if isinstance(parent, Output) else parent
            if above in leading or _key(parent) in targets:
                leading.add(step)
                break
    return leading


def propagate(
    seeds: Sequence[tuple[Node, Gradient]], *, retain_graph: bool, create_graph: bool, targets: frozenset[Any] = frozenset()
) -> tuple[dict[Leaf, Gradient], dict[Any, Gradient]]:
    """Carry gradients from the seeds to the leaves.

    Parameters
    ----------
    seeds : sequence of (place, gradient)
        ``tensor.node`` is the place of a tensor's gradient.
    retain_graph : bool
        Whether steps keep what their rules need.
    create_graph : bool
        Whether gradients are tensors and the pass itself is recorded.
    targets : set of places, by their keys
        When given, only their gradients are wanted, and only steps that lead to one of them run.

    Returns
    -------
    leaves : dict from leaf to gradient
    found : dict from target to gradient

    Notes
    -----
    Gradients that meet are added into a fresh array: a rule may hand one array to several inputs, or back its own
    input, so none is ever written to.
    """
    leaves: dict[Leaf, Gradient] = {}
    found: dict[Any, Gradient] = {}
    gradients: dict[Step, Gradient] = {}
    for place, gradient in seeds:
        _add(place, gradient, gradients, leaves)
    order = topological_order(list(gradients))
    leading = steps_leading_to(targets, order) if targets else None
    while order:
        step = order.pop()
        gradient = gradients.pop(step, None)
        if gradient is None:
            continue
        if step.hooks or targets:
            gradient = _visit(step, gradient, targets, found)
        if leading is not None and step not in leading:
            continue
        needs = step.needs
        results = input_gradients(step, gradient, create_graph)
        for place, shape, result in zip(needs, step.shapes, results, strict=True):
            if place is None or result is None:
                continue
            if result.shape != shape:
                raise _wrong_shape(step, results)
            if type(place) is Output:
                _add(place, result, gradients, leaves)
                continue
            if result.dtype is not place.dtype and result.dtype != place.dtype:
                raise _wrong_dtype(step, place.dtype, result.dtype)
            arrived: Any = gradients if type(place) is Step else leaves
            before = arrived.get(place)
            arrived[place] = result if before is None else before + result
        if not retain_graph:
            step.release()
    return leaves, found


def input_gradients(step: Step, gradient: Gradient, create_graph: bool) -> Sequence[Gradient]:
    """Run the rule of a step, and hold it to its contract: one gradient per input, each of its input's shape."""
    if step.released:
        raise RuntimeError(
            f"backward: {step.operation.name} has been through a backward pass already, which used up what its rule "
            "needs. Run the forward pass again, or call the first backward(retain_graph=True)."
        )
    for version in step.versions:
        if version[0] > step.version:
            raise_if_edited(step)
    result = recorded_rule(step, gradient) if create_graph else run_rule(step, gradient)
    if type(result) is not tuple:
        result = (result,)
    if len(result) != len(step.needs):
        raise RuntimeError(
            f"{step.operation.name}: its rule returned {len(result)} gradients for {len(step.needs)} inputs; "
            "one per input is needed, None where there is none."
        )
    return result


def recorded_rule(step: Step, gradient: Gradient) -> Any:
    """Run a rule on tensors, so that its result can be differentiated in turn.

    An operation with a composition is differentiated through that. Otherwise the rule's own text runs on tensors:
    that is right if all it uses is `grad`, what was kept, and constants.
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
        return run_rule(step.kept_tensors(), gradient)
    except TypeError as error:
        raise NotImplementedError(
            f"{name}: no second derivative: its rule does not run on tensors ({error}). Register a composition of it."
        ) from error


def _through_composition(step: Step, gradient: Gradient) -> tuple[Tensor | None, ...]:
    """Differentiate the composition of an operation at the inputs that were kept."""
    operation: Any = step.operation
    kept = step.kept_tensors().inputs
    inputs: list[Any] = []
    for position, need in enumerate(step.needs):
        x = kept[position] if position < len(kept) else None
        if need and x is None:
            raise NotImplementedError(
                f"{operation.name}: no second derivative: input {position} was not kept. "
                f"Register its rule with keeps=({position}, ...)."
            )
        # A place of its own in the graph: the gradient of this use of x, whatever else x is used for.
        inputs.append(x.reshape(x.shape) if need else x)
    if not isinstance(gradient, Tensor):
        raise NotImplementedError(f"{operation.name}: second derivatives of several outputs are not supported.")
    wanted = [x for x, need in zip(inputs, step.needs, strict=True) if need]
    result = operation.composition(*inputs, **step.parameters)
    found = iter(gradients_of([result], wanted, [gradient], retain_graph=True, create_graph=True))
    return tuple(next(found) if need else None for need in step.needs)


def gradients_of(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    seeds: Sequence[Any],
    *,
    retain_graph: bool,
    create_graph: bool,
) -> list[Tensor | None]:
    """Return the gradient of each input; None where the outputs do not depend on it."""
    targets = [_place(x) for x in inputs]
    with recording(create_graph):
        leaves, found = propagate(
            [(_place(output), seed) for output, seed in zip(outputs, seeds, strict=True)],
            retain_graph=retain_graph,
            create_graph=create_graph,
            targets=frozenset(_key(place) for place in targets),
        )
    results: list[Tensor | None] = []
    for place in targets:
        gradient = leaves.get(place) if isinstance(place, Leaf) else found.get(_key(place))
        results.append(None if gradient is None else as_gradient(gradient))
    return results


def _place(tensor: Tensor) -> Node:
    """Return where the gradient of a tensor goes; the caller has seen to it that it requires one."""
    if tensor.node is None:
        raise RuntimeError("grad: this tensor does not require gradients.")
    return tensor.node


def as_gradient(gradient: Gradient) -> Tensor:
    """Return a gradient as a tensor."""
    return gradient if isinstance(gradient, Tensor) else from_numpy(np.asarray(gradient))


def _key(place: Node) -> Any:
    """What a place is found by."""
    return (place.step, place.position) if isinstance(place, Output) else (place, 0)


def _add(place: Node, gradient: Gradient, gradients: dict[Step, Gradient], leaves: dict[Leaf, Gradient]) -> None:
    """Add a gradient to what has reached a place."""
    if isinstance(place, Output):
        parts = gradients.get(place.step) or (None,) * len(place.step.outputs)
        before = parts[place.position]
        total = gradient if before is None else before + gradient
        gradients[place.step] = (*parts[: place.position], total, *parts[place.position + 1 :])
    else:
        arrived: Any = gradients if isinstance(place, Step) else leaves
        before = arrived.get(place)
        arrived[place] = gradient if before is None else before + gradient


def _visit(step: Step, gradient: Gradient, targets: frozenset[Any], found: dict[Any, Gradient]) -> Gradient:
    """Show a complete gradient to the hooks of its tensor, and note it if it was asked for."""
    parts = list(gradient) if isinstance(gradient, tuple) else [gradient]
    for position, hook in step.hooks:
        if parts[position] is not None:
            parts[position] = hooked(hook, parts[position])
    for position, part in enumerate(parts):
        if part is not None and (step, position) in targets:
            found[step, position] = part
    return tuple(parts) if isinstance(gradient, tuple) else parts[0]


def hooked(hook: Any, gradient: Gradient) -> Gradient:
    """Return what a hook makes of a gradient."""
    replacement = hook(as_gradient(gradient))
    if replacement is None:
        return gradient
    if replacement.shape != gradient.shape or replacement.dtype != gradient.dtype:
        raise RuntimeError(
            f"hook: it returned a gradient of shape {replacement.shape} and dtype {replacement.dtype.name} for one of "
            f"shape {gradient.shape} and dtype {gradient.dtype.name}; both must agree."
        )
    return replacement if isinstance(gradient, Tensor) else replacement.data


def raise_if_edited(step: Step) -> None:
    """Raise if memory that the step kept has been edited since; an input that was not kept does not matter."""
    for position, version in enumerate(step.versions):
        is_input = position < len(step.inputs)  # the versions of kept results follow those of the inputs
        if version[0] > step.version and not (is_input and step.inputs[position] is None):
            what = f"input {position} of shape {step.shapes[position]}" if is_input else "its result"
            raise RuntimeError(
                f"backward: {step.operation.name} kept {what} for its rule, and that memory has been edited since: it "
                f"was kept at version {step.version} and is now at version {version[0]} (edits are numbered throughout "
                "the process). Edit after backward(), or edit a clone()."
            )


def _wrong_shape(step: Step, results: Sequence[Gradient]) -> RuntimeError:
    for position, (result, shape) in enumerate(zip(results, step.shapes, strict=True)):
        if result is not None and step.needs[position] is not None and result.shape != shape:
            return RuntimeError(
                f"{step.operation.name}: its rule gave input {position} a gradient of shape {result.shape}; "
                f"the input has shape {shape}."
            )
    raise ValueError("all gradients have the shapes of their inputs")


def _wrong_dtype(step: Step, wanted: np.dtype[Any], got: np.dtype[Any]) -> RuntimeError:
    return RuntimeError(
        f"{step.operation.name}: its rule gave a gradient of dtype {got.name} for an input of dtype {wanted.name}; "
        "a rule keeps the dtype of its inputs (a Python number does not widen it, a float64 array does)."
    )
