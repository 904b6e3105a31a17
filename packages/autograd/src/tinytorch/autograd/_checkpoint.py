"""Activation checkpointing: a piece of the computation keeps its inputs only, and is run again in the backward pass.

Training keeps what every rule needs, from the first operation to the last. With n layers cut into √n pieces, each a
checkpoint, memory falls from n activations to about 2 √n, for one more forward pass (a third of a training step).

References
----------
Chen, Xu, Zhang, Guestrin (2016), Training deep nets with sublinear memory cost, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.autograd._engine import key_of, propagate
from tinytorch.tensor import (
    Array,
    Leaf,
    Node,
    Output,
    Step,
    Tensor,
    from_numpy,
    is_recording,
    listen,
    operation,
    recording,
    rule,
)


class Recomputation:
    """What is needed to run a piece again: the function, where its generators stood, and what came out."""

    def __init__(self, function: Callable[..., Any], generators: Sequence[np.random.Generator]) -> None:
        self.function = function
        self.generators = generators
        self.states = [generator.bit_generator.state for generator in generators]
        self.arguments: list[Any] = []  # None in the place of each tensor
        self.tensors = 0
        self.outside: list[
            Step | Output
        ] = []  # results of earlier steps that the function uses without being handed them
        self.sums: list[bytes] = []

    def run(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Run the function on these tensors and the other arguments, recording."""
        given = iter(inputs)
        result = self.function(*(next(given) if x is None else x for x in self.arguments))
        outputs = result if isinstance(result, tuple) else (result,)
        for position, output in enumerate(outputs):
            if not isinstance(output, Tensor):
                raise TypeError(
                    f"checkpoint: output {position} of the function is a {type(output).__name__}, not a Tensor."
                )
        return outputs

    def gradients(self, step: Step, arrived: Sequence[Array | None]) -> tuple[Array | None, ...]:
        """Run the piece again and carry the gradients through it, as far as its inputs."""
        needs = step.needs
        inputs = [from_numpy(array) for array in step.inputs[: self.tensors]]
        for x, need in zip(inputs, needs, strict=False):
            x.requires_grad_(need is not None)
        now = [generator.bit_generator.state for generator in self.generators]
        try:
            for generator, state in zip(self.generators, self.states, strict=True):
                generator.bit_generator.state = state
            with recording(True):
                outputs = self.run(inputs)
        finally:
            for generator, state in zip(self.generators, now, strict=True):
                generator.bit_generator.state = state
        if [_sum(output) for output in outputs] != self.sums:
            raise RuntimeError(
                "checkpoint: run again in the backward pass, the function gave other numbers than the first time. "
                "Hand over the generators that it draws from (generators=[...]), and let it read nothing that changes."
            )
        goals = [*(x.node for x in inputs), *needs[self.tensors :]]
        seeds = [
            (y.node, part) for y, part in zip(outputs, arrived, strict=True) if y.node is not None and part is not None
        ]
        leaves, found = propagate(
            seeds,
            retain_graph=False,
            targets=frozenset(key_of(goal) for goal in goals if goal is not None),
            stop=frozenset(goal.step if isinstance(goal, Output) else goal for goal in self.outside),
        )
        return tuple(
            None if goal is None else leaves.get(goal) if isinstance(goal, Leaf) else found.get(key_of(goal))
            for goal in goals
        )


@operation("checkpoint", flops=0)
def checkpoint_op(step: Step, *arrays: Array, piece: Recomputation, outputs: list[Array]) -> Any:
    """Pass on what the piece has computed."""
    results = tuple(outputs)
    outputs.clear()  # the step shall not keep them
    return results if len(results) > 1 else results[0]


@rule(checkpoint_op, keeps=tuple(range(32)))
def checkpoint_rule(step: Step, grad: Any) -> tuple[Array | None, ...]:
    """Run the piece again, with recording on, and then its rules."""
    arrived = grad if isinstance(grad, tuple) else (grad,)
    if any(isinstance(part, Tensor) for part in arrived):
        raise NotImplementedError("checkpoint: no second derivatives; leave the checkpoint out for create_graph=True.")
    piece: Recomputation = step.parameters["piece"]
    return piece.gradients(step, arrived)


class _Steps:
    """A listener that collects the steps of a piece."""

    def __init__(self) -> None:
        self.seen: set[Step] = set()

    def before(self, step: Step) -> None:
        if step.phase == "forward":
            self.seen.add(step)

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        pass


def checkpoint(function: Callable[..., Any], *inputs: Any, generators: Sequence[np.random.Generator] = ()) -> Any:
    """Run ``function(*inputs)`` keeping nothing of it but its inputs; the backward pass runs it again.

    Parameters
    ----------
    function : callable
        Takes the inputs and returns a tensor or a tuple of tensors. It may use parameters that it is not handed (a
        module's): they get their gradients too. It must compute the same both times.
    *inputs : Tensor or anything else
    generators : sequence of numpy.random.Generator
        Those that the function draws from. For the second run each is set back to where it stood, and after it to
        where it was.

    Returns
    -------
    Tensor or tuple of Tensor
        As the function returned it. Results and gradients are bit for bit those without the checkpoint.

    Raises
    ------
    RuntimeError
        In the backward pass, if the function gives other numbers the second time, or if an input or a parameter has
        been edited in between.
    NotImplementedError
        For second derivatives.

    Notes
    -----
    Time: the function's forward pass once more. Memory: its inputs, and everything inside it only while one
    backward pass goes through it.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: x * x * x, x).sum().backward()
    >>> x.grad
    Tensor([ 3., 12.])
    """
    if not is_recording():
        return function(*inputs)
    piece = Recomputation(function, generators)
    piece.arguments = [None if isinstance(x, Tensor) else x for x in inputs]
    tensors = [x for x in inputs if isinstance(x, Tensor)]
    piece.tensors = len(tensors)
    own = [x.detach().requires_grad_(x.requires_grad) for x in tensors]
    steps = _Steps()
    with listen(steps):
        outputs = piece.run(own)
    piece.sums = [_sum(output) for output in outputs]
    leaves, outside = _boundary(outputs, own, steps.seen)
    if not any(x.requires_grad for x in (*tensors, *leaves)):
        return outputs if len(outputs) > 1 else outputs[0]
    piece.outside = [node for node, _ in outside]
    results: Any = checkpoint_op.many(*tensors, *leaves, piece=piece, outputs=[output.data for output in outputs])
    step = results[0].grad_fn
    step.needs = [*step.needs, *piece.outside]
    step.shapes = [*step.shapes, *(shape for _, shape in outside)]
    return results if len(outputs) > 1 else results[0]


def _boundary(
    outputs: Sequence[Tensor], own: Sequence[Tensor], inside: set[Step]
) -> tuple[list[Tensor], list[tuple[Step | Output, Any]]]:
    """Return what a piece uses without being handed it: leaves, and results of earlier steps with their shapes."""
    handed = {x.node for x in own}
    leaves: list[Tensor] = []
    outside: dict[Any, tuple[Step | Output, Any]] = {}
    seen: set[Any] = set()
    stack: list[tuple[Node | None, Any]] = [(output.node, output.shape) for output in outputs]
    while stack:
        node, shape = stack.pop()
        if node is None or node in handed or key_of(node) in seen:
            continue
        seen.add(key_of(node))
        if isinstance(node, Leaf):
            tensor = node.tensor()
            if tensor is not None:
                leaves.append(tensor)
            continue
        step = node.step if isinstance(node, Output) else node
        if step in inside:
            stack.extend(zip(step.needs, step.shapes, strict=True))
        else:
            outside[key_of(node)] = (node, shape)
    return leaves, list(outside.values())


def _sum(x: Tensor) -> bytes:
    """The sum of a result, bit for bit: equal runs have equal sums."""
    with np.errstate(all="ignore"):
        return np.asarray(np.add.reduce(x.data, axis=None)).tobytes()
