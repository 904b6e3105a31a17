"""The recorded graph as data: which steps, what shapes, and how many bytes are kept for the backward pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinytorch.autograd._engine import topological_order
from tinytorch.tensor import Array, Leaf, Node, Output, Step, Tensor


@dataclass
class GraphNode:
    """A step, a leaf (a tensor that wants a gradient) or an input (one that wants none).

    Attributes
    ----------
    kind : {"step", "leaf", "input"}
    name : str
        The operation's, or the tensor's.
    shape : tuple of int
        Of the result.
    dtype : str
    saved : int
        Bytes that this step alone keeps alive for its rule, parameters not counted; an array that two steps keep is
        counted at the first to run.
    parents : list of int
        The positions, in the graph's list, of what it was computed from.
    """

    kind: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    saved: int = 0
    parents: list[int] = field(default_factory=list)


@dataclass
class Graph:
    """What a tensor was computed from: nodes, each after its parents."""

    nodes: list[GraphNode]

    @property
    def saved(self) -> int:
        """The bytes that are kept for the backward pass."""
        return sum(node.saved for node in self.nodes)


def graph_of(tensor: Tensor, names: Mapping[str, Tensor] | None = None) -> Graph:
    """Return the graph of a tensor, as it is before the backward pass.

    Parameters
    ----------
    tensor : Tensor
        The result of a recorded step.
    names : mapping from str to Tensor, optional
        What to call leaves and inputs: ``dict(model.named_parameters())``, or ``{"x": x}``.

    Raises
    ------
    RuntimeError
        If there is no graph, or a backward pass has used it up.
    """
    return _Reader(tensor, names or {}).graph


def saved_bytes(tensor: Tensor) -> dict[str, int]:
    """Return how many bytes the backward pass from a tensor keeps alive, by operation, largest first.

    Parameters count only once they are not leaves: their memory is there anyway.

    Examples
    --------
    >>> from tinytorch.tensor import ones
    >>> x = ones(1000, requires_grad=True)
    >>> saved_bytes((x.exp() + x).sum())  # exp keeps its result; + and sum keep nothing
    {'exp': 4000}
    """
    total: dict[str, int] = {}
    for node in graph_of(tensor).nodes:
        if node.saved:
            total[node.name] = total.get(node.name, 0) + node.saved
    return dict(sorted(total.items(), key=lambda item: -item[1]))


class _Reader:
    """Walks the steps in the order in which they ran, and numbers what it meets."""

    def __init__(self, tensor: Tensor, names: Mapping[str, Tensor]) -> None:
        root = tensor.grad_fn
        if root is None:
            raise RuntimeError(
                "graph: this tensor is not the recorded result of an operation; compute it from tensors made with "
                "requires_grad=True, while recording is on."
            )
        self.graph = Graph([])
        self.numbers: dict[Any, int] = {}
        self.leaves = {x.node: name for name, x in names.items() if isinstance(x.node, Leaf)}
        self.inputs = {_memory(x.data): name for name, x in names.items()}
        self.counted: set[int] = set()
        steps = topological_order([root])
        shapes: dict[Any, Any] = {root: tensor.shape}
        for step in steps:
            if step.released:
                raise RuntimeError(
                    "graph: a backward pass has used this graph up; read it before, or retain_graph=True."
                )
            for node, shape in zip(step.needs, step.shapes, strict=True):
                shapes.setdefault(node.step if isinstance(node, Output) else node, shape)
        for step in steps:
            self.numbers[step] = self._add(step, shapes[step])

    def _add(self, step: Step, shape: tuple[int, ...]) -> int:
        parents = [
            number
            for position, (node, size) in enumerate(zip(step.needs, step.shapes, strict=True))
            if (number := self._parent(step, position, node, size)) is not None
        ]
        node = GraphNode("step", step.operation.name, shape, step.dtype.name, self._saved(step), parents)
        self.graph.nodes.append(node)
        return len(self.graph.nodes) - 1

    def _parent(self, step: Step, position: int, node: Node | None, shape: Any) -> int | None:
        """Return the number of an input, made a node of its own if no step made it; None for numbers and None."""
        if isinstance(node, (Step, Output)):
            return self.numbers[node.step if isinstance(node, Output) else node]
        if shape is None:
            return None
        array = step.inputs[position] if position < len(step.inputs) else None
        key: Any = (step, position)
        name, dtype, kind = "", step.dtype.name, "input"
        if isinstance(node, Leaf):
            key, name, dtype, kind = node, self.leaves.get(node, ""), node.dtype.name, "leaf"
        elif isinstance(array, np.ndarray):
            key, name, dtype = _memory(array), self.inputs.get(_memory(array), ""), array.dtype.name
        if key not in self.numbers:
            self.graph.nodes.append(GraphNode(kind, name or kind, shape, dtype))
            self.numbers[key] = len(self.graph.nodes) - 1
        return self.numbers[key]

    def _saved(self, step: Step) -> int:
        total = 0
        kept = [x for x, node in zip(step.inputs, step.needs, strict=False) if not isinstance(node, Leaf)]
        for array in _arrays([kept, step.output, step.extra]):
            key = _memory(array)
            if key not in self.counted:
                self.counted.add(key)
                total += array.nbytes if array.base is None else min(array.nbytes, _owner(array).nbytes)
        return total


def _arrays(x: Any) -> Iterator[Array]:
    """All arrays inside lists, tuples and dictionaries."""
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, (list, tuple)):
        for part in x:
            yield from _arrays(part)
    elif isinstance(x, dict):
        yield from _arrays(list(x.values()))


def _owner(array: Array) -> Array:
    return array.base if isinstance(array.base, np.ndarray) else array


def _memory(array: Array) -> int:
    """The address at which an array's memory begins: views of one array count once."""
    return int(_owner(array).__array_interface__["data"][0])
