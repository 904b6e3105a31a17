"""What one run of an operation leaves behind: a step, and the places in the graph that gradients go to.

Glossary
--------
step    one run of an operation or an update; its kernel and its rule meet there
place   where a gradient goes: a `Leaf`, a `Step`, or one `Output` of a step that has several
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tinytorch.tensor._operation import Operation
    from tinytorch.tensor._tensor import Tensor
    from tinytorch.tensor._update import Update

Array = npt.NDArray[Any]
Hook = Callable[["Tensor"], "Tensor | None"]
Shape = tuple[int, ...]

set_writeable: Any = np.ndarray.setflags  # called by position: its keyword would cost 100 ns


class Value:
    """What the door knows of a tensor: an array and its place in the graph. `Tensor` adds the methods.

    `_version` is a one-element list with the number of the last edit of the tensor's memory, counted over all edits of
    the process; all tensors on the same memory share the list.
    `_node` is where the tensor's gradient goes: None if it requires none, else the `Step` that made the tensor, an
    `Output` of that step, or a `Leaf`.
    """

    #: The class that has the methods, and that results of operations are. Its module says so.
    tensor_type: ClassVar[type[Tensor]]

    __slots__ = ("__weakref__", "_array", "_node", "_version", "grad")
    _array: Array
    _version: list[int]
    _node: Node | None
    grad: Tensor | None


class Leaf:
    """Where gradients end: the place in the graph of a tensor that no step made.

    The tensor is held weakly. One that nobody can see any more needs no gradient.
    """

    __slots__ = ("dtype", "hooks", "tensor")

    def __init__(self, tensor: Value) -> None:
        self.tensor: Callable[[], Any] = weakref.ref(tensor)
        self.dtype = tensor._array.dtype
        self.hooks: tuple[Hook, ...] = ()


class Output:
    """One output of a step that has several: the step and the output's position."""

    __slots__ = ("position", "step")

    def __init__(self, step: Step, position: int) -> None:
        self.step = step
        self.position = position


class Step:
    """One run of an operation or an update.

    Attributes
    ----------
    operation : Operation or Update
    parameters : dict
        The keyword arguments.
    phase : {"forward", "rule", "update"}
        What is being done: the kernel, the rule, or an update.
    extra : Any
        Whatever the kernel hands to its rule and the rule cannot know otherwise.
    arrays : sequence
        The kernel's arguments (the gradient, in the phase "rule"), while a listener is being told; else empty.
    shapes : sequence
        The shape of each input; None for one that is not a tensor.
    inputs : sequence
        For each input, its array if the rule's registration keeps it, else None.
    output : ndarray, list of ndarray or None
        The result, if the rule's registration keeps it.
    needs : sequence of Leaf, Step, Output or None
        Where the gradient of each input goes; None where none is wanted. A rule reads it as truth values.
    dtype : dtype
        Of the result.
    outputs : list of (shape, dtype)
        Of the results of an operation that has several.
    version : int
        The number of edits, of any memory, when the step was recorded.
    versions : sequence of one-element lists
        The version of each input's memory, then of the kept outputs'. One above `version` has been edited since.
    hooks : tuple of (position, function)
        What `Tensor.register_hook` has put on the step's results: for which, and what to call with its gradient.
    released : bool
        Whether a backward pass has used the step up.

    Everything from `shapes` on is there only if the step is recorded.
    """

    operation: Operation | Update
    parameters: dict[str, Any]
    phase: str = "forward"
    extra: Any = None
    arrays: Sequence[Any] = ()
    shapes: Sequence[Any] = ()
    inputs: Sequence[Any] = ()
    output: Any = None
    needs: Sequence[Node | None] = ()
    dtype: np.dtype[Any]
    outputs: Sequence[tuple[Shape, np.dtype[Any]]] = ()
    version: int = 0
    versions: Sequence[list[int]] = ()
    hooks: tuple[tuple[int, Hook], ...] = ()
    released: bool = False

    def __repr__(self) -> str:
        return f"<{self.phase} {self.operation.name}>"

    @property
    def recorded(self) -> bool:
        """Whether a rule may run later. A kernel need not prepare `extra` when it is False."""
        return bool(self.needs)

    def release(self) -> None:
        """Let go of everything kept, once the rule has run: a graph serves one backward pass."""
        self.inputs = self.needs = self.versions = ()
        self.output = self.extra = None
        self.released = True

    def kept_tensors(self) -> Step:
        """Return a twin of this step whose `inputs` and `output` are tensors that know where they came from.

        A rule that is run on it computes with tensors, so that its own steps are recorded.
        """
        twin = Step()
        twin.__dict__.update(self.__dict__)
        twin.inputs = [
            array if array is None or shape is None else placed(array, place, version)  # no shape: not a tensor
            for array, shape, place, version in zip(self.inputs, self.shapes, self.needs, self.versions, strict=False)
        ]
        if isinstance(self.output, list):
            twin.output = [placed(array, Output(self, i), [0]) for i, array in enumerate(self.output)]
        elif self.output is not None:
            twin.output = placed(self.output, self, [0])
        return twin


class Forgetful(Step):
    """The step of a run that nobody records and nobody listens to: one object for all of them, which keeps nothing."""

    @property
    def extra(self) -> None:
        return None

    @extra.setter
    def extra(self, extra: Any) -> None:
        """Let go of it."""


Node = Leaf | Step | Output


def placed(array: Array, node: Any, counter: list[int]) -> Tensor:
    """Return the tensor of a kept array: the leaf itself, or a twin of the result of `node`."""
    tensor: Tensor | None = node.tensor() if isinstance(node, Leaf) else None
    if tensor is None:
        tensor = object.__new__(Value.tensor_type)
        tensor._array = array
        tensor._version = counter
        tensor._node = node
        tensor.grad = None
    return tensor
