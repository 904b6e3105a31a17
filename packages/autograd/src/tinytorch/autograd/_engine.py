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

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import Leaf, Node, Output, Step, Tensor, from_numpy, run_rule

Gradient = Any  # an array in the plain pass; a tensor when the pass itself is recorded


def topological_order(roots: Sequence[Step], stop: frozenset[Any] = frozenset()) -> list[Step]:
    """Return the steps that `roots` were computed from, and these: each after all the steps it was computed from.

    What lies behind the steps in `stop` is left out.

    Read from its end, the list has every step after all its consumers, so that a step's gradient is complete when
    its turn comes. Iterative, because a graph may be deeper than Python's stack; O(steps + inputs) time.
    """
    order: list[Step] = []
    seen: set[Step] = set(stop)
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
            if above in leading or key_of(parent) in targets:
                leading.add(step)
                break
    return leading


def propagate(
    seeds: Sequence[tuple[Node, Gradient]],
    *,
    retain_graph: bool,
    apply: Callable[[Step, Gradient], Any] = run_rule,
    targets: frozenset[Any] = frozenset(),
    stop: frozenset[Step] = frozenset(),
) -> tuple[dict[Leaf, Gradient], dict[Any, Gradient]]:
    """Carry gradients from the seeds to the leaves.

    Parameters
    ----------
    seeds : sequence of (place, gradient)
        ``tensor.node`` is the place of a tensor's gradient.
    retain_graph : bool
        Whether steps keep what their rules need.
    apply : callable
        Runs the rule of a step on a gradient: `run_rule` on arrays, or `recorded_rule` on tensors.
    targets : set of places, by their keys
        When given, only their gradients are wanted, and only steps that lead to one of them run.
    stop : set of Step
        Targets that are not to be passed: what they were computed from is left alone.

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
    order = topological_order(list(gradients), stop)
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
        results = input_gradients(step, gradient, apply)
        for goal, shape, result in zip(needs, step.shapes, results, strict=True):
            if goal is None or result is None:
                continue
            try:
                fits = result.shape == shape
            except AttributeError:  # a Python number
                fits = False
            if not fits:
                raise _wrong_shape(step, results)
            if isinstance(goal, Output):
                if result.dtype != goal.step.outputs[goal.position][1]:
                    raise _wrong_dtype(step, goal.step.outputs[goal.position][1], result.dtype)
                _add(goal, result, gradients, leaves)
                continue
            if result.dtype is not goal.dtype and result.dtype != goal.dtype:
                raise _wrong_dtype(step, goal.dtype, result.dtype)
            arrived: Any = gradients if type(goal) is Step else leaves
            before = arrived.get(goal)
            arrived[goal] = result if before is None else before + result
        if not retain_graph:
            step.release()
    for step in stop & gradients.keys():
        parts = gradients[step] if isinstance(gradients[step], tuple) else (gradients[step],)
        found.update(((step, position), part) for position, part in enumerate(parts))
    return leaves, found


def input_gradients(
    step: Step, gradient: Gradient, apply: Callable[[Step, Gradient], Any]
) -> tuple[Gradient | None, ...]:
    """Run the rule of a step, if what it kept is still as it was, and see that there is one gradient per input."""
    if step.released:
        raise RuntimeError(
            f"backward: {step.operation.name} has been through a backward pass already, which used up what its rule "
            "needs. Run the forward pass again, or call the first backward(retain_graph=True)."
        )
    for version in step.versions:
        if version[0] > step.version:
            raise_if_edited(step)
    result = apply(step, gradient)
    results: tuple[Gradient | None, ...] = result if type(result) is tuple else (result,)
    if len(results) != len(step.needs):
        raise RuntimeError(
            f"{step.operation.name}: its rule returned {len(results)} gradients for {len(step.needs)} inputs; "
            "one per input is needed, None where there is none."
        )
    return results


def key_of(place: Node) -> Any:
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
    """Return what a hook makes of a gradient. It gets a copy: what is passed on is not its to edit."""
    replacement = hook(gradient if isinstance(gradient, Tensor) else from_numpy(np.array(gradient)))
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
    wrong = [
        f"input {position} of shape {shape} "
        + (f"a gradient of shape {result.shape}" if hasattr(result, "shape") else f"a {type(result).__name__}")
        for position, (result, shape) in enumerate(zip(results, step.shapes, strict=True))
        if result is not None and step.needs[position] is not None and getattr(result, "shape", None) != shape
    ]
    return RuntimeError(f"{step.operation.name}: its rule gave {', '.join(wrong)}; both must agree.")


def _wrong_dtype(step: Step, wanted: np.dtype[Any], got: np.dtype[Any]) -> RuntimeError:
    return RuntimeError(
        f"{step.operation.name}: its rule gave a gradient of dtype {got.name} for an input of dtype {wanted.name}; "
        "a rule keeps the dtype of its inputs (a Python number does not widen it, a float64 array does)."
    )
