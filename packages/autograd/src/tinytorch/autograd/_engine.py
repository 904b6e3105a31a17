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
    """Return the steps that `roots` were computed from, and these: each once, after all the steps it was computed from.

    The steps in `stop`, and what can only be reached through them, are left out.

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
        add_gradient(place, gradient, gradients, leaves)
    order = topological_order(list(gradients), stop)
    if targets:
        leading = steps_leading_to(targets, order)
        order = [step for step in order if step in leading]

    def visit(step: Step, gradient: Gradient) -> tuple[Gradient | None, ...]:
        if step.hooks or targets:
            gradient = _shown(step, gradient, targets, found)
        return input_gradients(step, gradient, apply)

    walk_back(order, gradients, leaves, visit, retain_graph=retain_graph)
    for step, gradient in gradients.items():  # targets that lead to no other, and what is beside the way
        _shown(step, gradient, targets, found)
    return leaves, found


def walk_back(
    order: list[Step],
    gradients: dict[Step, Gradient],
    leaves: dict[Leaf, Gradient],
    visit: Callable[[Step, Gradient], Sequence[Gradient | None]],
    *,
    retain_graph: bool,
) -> None:
    """Carry the gradients of steps back to the leaves: the chain rule, once for each step, the last to run first.

    Parameters
    ----------
    order : list of Step
        Each after all the steps it was computed from.
    gradients : dict from step to gradient
        What has reached each step; at first the seeds. A step's gradient is taken out when its turn comes.
    leaves : dict from leaf to gradient
        What has reached each leaf.
    visit : callable
        ``visit(step, gradient)`` runs the step's rule: one gradient for each input, None for one that needs none.
    retain_graph : bool
        If false, ``step.release()`` follows each visit, once its gradients are handed on: it forgets ``step.needs``.

    Notes
    -----
    A step that no gradient has reached is passed over. O(steps + inputs) rules and sums.
    """
    while order:
        step = order.pop()
        gradient = gradients.pop(step, None)
        if gradient is None:
            continue
        for place, result in zip(step.needs, visit(step, gradient), strict=True):
            if place is not None and result is not None:
                add_gradient(place, result, gradients, leaves)
        if not retain_graph:
            step.release()


def add_gradient(
    place: Node, gradient: Gradient, gradients: dict[Step, Gradient], leaves: dict[Leaf, Gradient]
) -> None:
    """Add a gradient to what has reached a place: a leaf in `leaves`, a step in `gradients`.

    For one `Output` of a step that has several, `gradients` holds a tuple with one entry for each output, None where no
    gradient has come.

    Notes
    -----
    What arrives first is kept as it is, and is never written to: a rule may hand one array to several inputs, or back
    its own argument. Where two meet, their sum is a fresh array.
    """
    if isinstance(place, Output):
        parts = gradients.get(place.step) or (None,) * len(place.step.outputs)
        before = parts[place.position]
        total = gradient if before is None else before + gradient
        gradients[place.step] = (*parts[: place.position], total, *parts[place.position + 1 :])
    else:
        arrived: Any = gradients if type(place) is Step else leaves
        before = arrived.get(place)
        arrived[place] = gradient if before is None else before + gradient


def input_gradients(
    step: Step, gradient: Gradient, apply: Callable[[Step, Gradient], Any]
) -> tuple[Gradient | None, ...]:
    """Run the rule of a step, if what it kept is still as it was, and see that each input gets a gradient that fits."""
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
        if result is None:
            raise _nothing(step)
        raise RuntimeError(
            f"{step.operation.name}: its rule returned {len(results)} gradients for {len(step.needs)} inputs; "
            "one per input is needed, None where there is none."
        )
    for place, shape, one in zip(step.needs, step.shapes, results, strict=True):
        if place is None or one is None:
            if result is None and place is not None:
                raise _nothing(step)
            continue
        if getattr(one, "shape", None) != shape:  # a Python number has none
            raise _wrong_shape(step, results)
        wanted = place.step.outputs[place.position][1] if isinstance(place, Output) else place.dtype
        if one.dtype is not wanted and one.dtype != wanted:
            raise _wrong_dtype(step, wanted, one.dtype)
    return results


def key_of(place: Node) -> Any:
    """What a place is found by."""
    return (place.step, place.position) if isinstance(place, Output) else (place, 0)


def _shown(step: Step, gradient: Gradient, targets: frozenset[Any], found: dict[Any, Gradient]) -> Gradient:
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


def _nothing(step: Step) -> RuntimeError:
    rule = getattr(step.operation.rule, "__name__", "its rule")
    return RuntimeError(f"{step.operation.name}: {rule} returned None: is a return missing?")


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
