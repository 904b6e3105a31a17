"""What users call: the engine behind ``tensor.backward()``, `backward` of several tensors, and `grad`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinytorch.autograd._engine import Gradient, hooked, propagate
from tinytorch.autograd._higher import gradients_of, place_of, recorded_rule
from tinytorch.tensor import Array, Leaf, Node, Tensor, adopt, as_tensor, ones_like, recording, run_rule


class ReverseMode:
    """The engine that `tinytorch.tensor` loads when the first tensor asks for gradients."""

    def backward(self, tensor: Tensor, gradient: Any, *, retain_graph: bool | None, create_graph: bool) -> None:
        """Add the derivatives of `tensor` to ``grad`` of the leaves. Either all of them or, after an error, none."""
        if tensor.node is None:
            raise RuntimeError(
                "backward: this tensor was not computed from any that requires gradients, or recording was off "
                "(no_grad). Make the inputs with requires_grad=True."
            )
        seed = seed_of(tensor, gradient, "backward")
        carry([(tensor.node, seed)], retain_graph=retain_graph, create_graph=create_graph)


engine = ReverseMode()


def carry(seeds: Sequence[tuple[Node, Tensor]], *, retain_graph: bool | None, create_graph: bool) -> None:
    """Carry the seeds back, and add what reaches the leaves to their ``grad``."""
    # An infinite slope (the square root's at 0) is a number like others here: inf, without a warning.
    with recording(create_graph), np.errstate(all="ignore"):
        leaves, _ = propagate(
            seeds if create_graph else [(place, seed.data) for place, seed in seeds],
            retain_graph=create_graph if retain_graph is None else retain_graph,
            apply=recorded_rule if create_graph else run_rule,
        )
        accumulate(leaves)


def accumulate(leaves: Mapping[Leaf, Gradient]) -> None:
    """Add what has reached the leaves to ``grad`` of their tensors: all of it or, if a hook raises, nothing.

    Parameters
    ----------
    leaves : mapping from leaf to gradient
        A leaf's ``tensor()`` is None once nobody holds the tensor: that gradient is dropped. ``leaf.hooks`` holds bare
        functions (``step.hooks`` pairs of position and function).

    Notes
    -----
    The hooks of a leaf see its gradient first, each what the one before made of it (`hooked`). A tensor's ``grad``
    shares memory with nothing (`as_own_tensor`), and one that was read before stays as it is: the sum of the old and
    the new one is a fresh tensor.
    """
    totals: list[tuple[Tensor, Tensor]] = []
    for leaf, gradient in leaves.items():
        owner = leaf.tensor()
        if owner is not None:
            for hook in leaf.hooks:
                gradient = hooked(hook, gradient)
            arrived = as_own_tensor(gradient)
            totals.append((owner, arrived if owner.grad is None else owner.grad + arrived))
    for owner, total in totals:  # nothing above has changed any ``grad``: a hook may have raised
        owner.grad = total


def as_own_tensor(gradient: Gradient) -> Tensor:
    """Return a gradient as a tensor on memory that it shares with nothing, so that editing it changes nothing else.

    A rule may hand the same array to two inputs, a piece of a larger one, or one element repeated; those are copied.
    """
    if isinstance(gradient, Tensor):
        if gradient.node is not None and not isinstance(gradient.node, Leaf):
            return gradient  # the recorded result of a step: nobody can edit it
        return gradient.clone()
    array: Array = gradient if type(gradient) is np.ndarray else np.asarray(gradient)
    memory: Any = array if array.base is None else array.base
    # Memory that is read-only is some tensor's already; part of a larger one may become another tensor's.
    if not (isinstance(memory, np.ndarray) and memory.nbytes == array.nbytes and memory.flags.writeable):
        memory = array = array.copy()
    elif memory is not array:
        if 0 in array.strides:
            array = array.copy()
        memory.setflags(write=False)
    return adopt(array)


def seed_of(tensor: Tensor, given: Any, name: str) -> Tensor:
    """Return the gradient that a pass starts from: the given one, or 1 for a tensor of one element.

    Parameters
    ----------
    tensor : Tensor
    given : Tensor, array, number or None
    name : str
        What the messages begin with: ``backward``.

    Raises
    ------
    RuntimeError
        If there is none, unless the tensor has exactly one element.
    ValueError
        If it has another shape or dtype than the tensor. A Python number takes the tensor's dtype.
    """
    if given is None:
        if tensor.size != 1:
            raise RuntimeError(
                f"{name}: a tensor of shape {tensor.shape} has {tensor.size} elements, so there is no single slope. "
                "Reduce it to one number (sum, mean), or pass the gradient that comes from above."
            )
        return ones_like(tensor)
    gradient = Tensor(given, tensor.dtype) if type(given) in (int, float) else as_tensor(given)
    if gradient.shape != tensor.shape or gradient.dtype != tensor.dtype:
        raise ValueError(
            f"{name}: the gradient has shape {gradient.shape} and dtype {gradient.dtype.name}, "
            f"the tensor shape {tensor.shape} and dtype {tensor.dtype.name}; both must agree."
        )
    return gradient


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of outputs by inputs, leaving every ``grad`` alone.

    Parameters
    ----------
    outputs : Tensor or sequence of Tensor
    inputs : Tensor or sequence of Tensor
        Leaves or results.
    grad_outputs : Tensor or sequence of Tensor, optional
        The gradient of each output, of its shape; 1 for an output of one element.
    retain_graph : bool, optional
        Keep what the rules need, for another pass. Default: `create_graph`.
    create_graph : bool, default False
        Record the computation of the gradients, so that they can be differentiated.
    allow_unused : bool, default False
        Return None for an input that the outputs do not depend on, instead of raising.

    Returns
    -------
    tuple of Tensor or None
        One per input, summed over the outputs.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> x = Tensor([3.0], requires_grad=True)
    >>> (slope,) = grad(x * x * x, x, create_graph=True)
    >>> (curvature,) = grad(slope, x)
    >>> slope.item(), curvature.item()
    (27.0, 18.0)
    """
    ys = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    xs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    given = [grad_outputs] if isinstance(grad_outputs, Tensor) or grad_outputs is None else list(grad_outputs)
    if len(given) == 1 and given[0] is None:
        given = [None] * len(ys)
    if len(given) != len(ys):
        raise ValueError(f"grad: {len(given)} gradients were given for {len(ys)} outputs; one each is needed.")
    for kind, tensors in (("output", ys), ("input", xs)):
        for position, tensor in enumerate(tensors):
            if not tensor.requires_grad:
                raise RuntimeError(
                    f"grad: {kind} {position} does not require gradients; make the inputs with requires_grad=True, "
                    "and compute the outputs from them while recording is on."
                )
    seeds = [seed_of(y, seed, "grad") for y, seed in zip(ys, given, strict=True)]
    found = gradients_of(
        ys,
        xs,
        seeds if create_graph else [seed.data for seed in seeds],
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
    )
    for position, gradient in enumerate(found):
        if gradient is None and not allow_unused:
            raise RuntimeError(
                f"grad: the outputs do not depend on input {position} of shape {xs[position].shape}; "
                "pass allow_unused=True to get None for it."
            )
    return tuple(None if gradient is None else as_own_tensor(gradient) for gradient in found)


def backward(
    tensors: Sequence[Tensor],
    gradients: Sequence[Any] | None = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Run ``backward`` of several tensors in one pass over the graph they share.

    Parameters
    ----------
    tensors : sequence of Tensor
    gradients : sequence of Tensor or None, optional
        One per tensor, as for ``Tensor.backward``.
    retain_graph, create_graph : bool, optional
        As for ``Tensor.backward``.
    """
    given = [None] * len(tensors) if gradients is None else list(gradients)
    if len(given) != len(tensors):
        raise ValueError(f"backward: {len(given)} gradients were given for {len(tensors)} tensors; one each is needed.")
    seeds = [(place_of(tensor), seed_of(tensor, one, "backward")) for tensor, one in zip(tensors, given, strict=True)]
    carry(seeds, retain_graph=retain_graph, create_graph=create_graph)
