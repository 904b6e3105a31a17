"""The one door through which everything that computes goes.

Glossary
--------
operation   a kernel and, if it has a derivative, a rule
kernel      ``kernel(step, *arrays, **parameters)``: arrays in, one array (or a tuple of them) out
rule        ``rule(step, grad)``: the output's gradient in, one gradient or None per input out
composition the same function written in other operations, on tensors
update      a kernel that writes into tensors in place: an optimizer's step, a running mean, a random draw
step        one run of an operation or an update; its kernel and its rule meet there
listener    an object that is told before and after every step

Backpropagation, profiling, fused kernels and integer arithmetic plug in here, each through the names of
this file. ``SEAM.md`` is the contract.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from tinytorch.tensor._listening import announced, process, thread
from tinytorch.tensor._step import Array, Forgetful, Node, Output, Shape, Step, Value, set_writeable

if TYPE_CHECKING:
    from tinytorch.tensor._tensor import Tensor
    from tinytorch.tensor._update import Update

Kernel = Callable[..., Any]
Rule = Callable[..., Any]
F = TypeVar("F", bound=Callable[..., Any])
Flops = int | Callable[[Step, tuple[Array, ...]], int]

_NEVER_EDITED = [0]
_FORGETFUL = Forgetful()
_new: Any = object.__new__
_ndarray = np.ndarray


class Operation:
    """A kernel behind the door, and what is known about it.

    Make one with the decorator `operation`; call it with tensors. Inputs are positional and may be tensors,
    Python numbers or None; everything else is a keyword parameter.
    """

    def __init__(self, name: str, kernel: Kernel, *, flops: Flops = 1, differentiable: bool = True) -> None:
        self.name = name
        self.kernel = kernel
        self.flops = flops
        self.differentiable = differentiable
        self.rule: Rule | None = None
        self.keeps: tuple[int, ...] = ()
        self.keeps_all = False  # as many as there are inputs
        self.keeps_output = False
        self.composition: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __call__(self, *inputs: Any, **parameters: Any) -> Tensor:
        """Run the kernel on the inputs' arrays and return its result as a tensor.

        Parameters
        ----------
        *inputs : Tensor, number or None
            Arrays and indices too. Of a tensor the kernel gets the array, anything else as it is.
        **parameters
            Handed to the kernel by name.

        Returns
        -------
        Tensor
            A tuple of them for a kernel that returns a tuple.

        Notes
        -----
        The run is recorded (`record`, `recorded_result`) if an input has a place in the graph, the operation is
        differentiable and this thread records. It is `announced` if anybody listens. A run that is recorded or
        announced has a step of its own, with operation and parameters; all others share one that keeps nothing.
        """
        step: Step = _FORGETFUL
        arguments: list[Any] = [step]
        tracked = False
        for x in inputs:
            if isinstance(x, Value):
                arguments.append(x._array)
                if x._node is not None:
                    tracked = True
            else:  # a number, or None
                arguments.append(x)
        tracked = tracked and self.differentiable and thread.recording
        if tracked or process.listeners:
            arguments[0] = step = Step()
            step.operation, step.parameters = self, parameters
            if tracked:
                record(step, inputs, arguments)
        if process.listeners:
            result = announced(self.kernel, arguments)
        elif parameters:
            result = self.kernel(*arguments, **parameters)
        else:  # unpacking an empty dictionary would cost a tenth of a small operation
            result = self.kernel(*arguments)
        if tracked:
            return recorded_result(step, result, inputs)
        return plain_result(result, inputs)

    def many(self, *inputs: Any, **parameters: Any) -> tuple[Tensor, ...]:
        """Run a kernel that returns a tuple of arrays, and return as many tensors."""
        results: Any = self(*inputs, **parameters)
        return results if isinstance(results, tuple) else (results,)

    def count_flops(self, step: Step, outputs: tuple[Array, ...]) -> int:
        """Floating-point operations of one run of the kernel, by the formula it was registered with."""
        if callable(self.flops):
            return int(self.flops(step, outputs))
        return self.flops * sum(output.size for output in outputs)


def record(step: Step, inputs: tuple[Any, ...], arguments: list[Any]) -> None:
    """Note on a step, before its kernel runs, what its rule will want to know, and where its gradients go.

    Parameters
    ----------
    step : Step
        With its operation.
    inputs : tuple
        As the operation was called with them.
    arguments : list
        As the kernel gets them, the step first.
    """
    operation: Any = step.operation
    needs: list[Node | None] = []
    shapes: list[Shape | None] = []
    versions: list[list[int]] = []
    lent = False
    for x in inputs:
        if isinstance(x, Value):
            needs.append(x._node)
            shapes.append(x._array.shape)
            versions.append(x._version)
        else:
            needs.append(None)
            shapes.append(None)
            versions.append(_NEVER_EDITED)
            if isinstance(x, (_ndarray, tuple)):
                lent = True
    step.needs = needs
    step.shapes = shapes
    if operation.keeps:
        step.versions = versions
        step.version = process.edits
        step.inputs = arguments[1:] if operation.keeps_all else _kept(operation, arguments)
        if lent:  # arrays that are no tensor's, and indices: nobody counts their edits, so the rule has its own
            pairs = zip(step.inputs, shapes, strict=True)
            step.inputs = [_copied(x) if shape is None else x for x, shape in pairs]


def _kept(operation: Operation, arguments: Sequence[Any]) -> list[Any]:
    """Return the arrays that the rule reads, each at its position, and None for the others."""
    return [x if position in operation.keeps else None for position, x in enumerate(arguments[1:])]


def _copied(x: Any) -> Any:
    """Return a copy of an array, or of the arrays in a tuple; anything else as it is."""
    if isinstance(x, tuple):
        return tuple(_copied(part) for part in x)
    return x.copy() if isinstance(x, _ndarray) else x


def recorded_result(step: Step, result: Any, inputs: tuple[Any, ...]) -> Tensor:
    """Return what a recorded kernel returned as a tensor whose place in the graph is the step.

    Several outputs have a place each. The step learns their dtype and, if its rule reads them, keeps them.
    """
    operation: Any = step.operation
    if type(result) is tuple:
        tensors = tuple(_wrap(array, Output(step, i), inputs) for i, array in enumerate(result))
        step.dtype = tensors[0].dtype
        step.outputs = [(tensor.shape, tensor.dtype) for tensor in tensors]
        if operation.keeps_output:
            step.output = [tensor._array for tensor in tensors]
            step.versions = [*step.versions, *(tensor._version for tensor in tensors)]
            step.version = process.edits
        return cast("Tensor", tensors)
    tensor = _wrap(result, step, inputs)
    step.dtype = tensor._array.dtype
    if operation.keeps_output:
        step.output = tensor._array
        step.versions = [*step.versions, tensor._version]
        step.version = process.edits
    return tensor


def plain_result(result: Any, inputs: tuple[Any, ...]) -> Tensor:
    """Return what a kernel returned as a tensor, or several, without a place in the graph."""
    if type(result) is tuple:
        return cast("Tensor", tuple(_wrap(array, None, inputs) for array in result))
    return _wrap(result, None, inputs)


def _wrap(array: Any, node: Step | Output | None, inputs: tuple[Any, ...]) -> Tensor:
    """Return an output as a read-only tensor that knows where it came from and whose memory it stands on."""
    if type(array) is not _ndarray:  # NumPy gives a scalar for a result of rank 0
        if array is None:
            raise TypeError("an operation's kernel returned None instead of an array: is a return missing?")
        array = np.asarray(array)
    tensor: Tensor = _new(Value.tensor_type)
    tensor._array = array
    tensor._node = node
    tensor.grad = None
    if array.flags.writeable:
        set_writeable(array, False)
        tensor._version = [0]
    else:  # inputs are read-only, so this is one of them or a view of one
        tensor._version = _shared_version(array, inputs)
    return tensor


def _shared_version(array: Array, inputs: tuple[Any, ...]) -> list[int]:
    """Return the version list of the input on whose memory `array` stands; a new one if there is none."""
    owner = array if array.base is None else array.base
    for x in inputs:
        if isinstance(x, Value) and (x._array is owner or x._array.base is owner):
            return x._version
    return [0]


def _count_inputs(kernel: Kernel) -> int:
    """Return how many arrays a kernel takes at most, the step not counted; a large number for ``*arrays``."""
    kinds = [parameter.kind for parameter in inspect.signature(kernel).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return 32
    return sum(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds) - 1


_operations: dict[str, Operation] = {}
#: Every operation that has been defined in this process, by name.
operations = MappingProxyType(_operations)


def operation(name: str, *, flops: Flops = 1, differentiable: bool = True) -> Callable[[Kernel], Operation]:
    """Turn a kernel into an `Operation`.

    Parameters
    ----------
    name : str
        Unique in the process; reports and errors use it. A second definition under the same name replaces the
        first in `operations` (so that a module can be reloaded).
    flops : int or callable, default 1
        Floating-point operations per element of the output, or a formula ``flops(step, outputs) -> int`` that
        may read ``step.arrays`` and ``step.parameters``.
    differentiable : bool, default True
        False for results that have no gradient by nature (comparisons, indices): nothing is ever recorded.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor, operation
    >>> @operation("cube", flops=2)
    ... def cube_op(step, x):
    ...     return x * x * x
    >>> cube_op(Tensor([1.0, 2.0]))
    Tensor([1., 8.])
    """

    def define(kernel: Kernel) -> Operation:
        defined = _operations[name] = Operation(name, kernel, flops=flops, differentiable=differentiable)
        return defined

    return define


def rule(operation: Operation, *, keeps: tuple[int, ...] = (), output: bool = False) -> Callable[[F], F]:
    """Register the derivative rule of an operation.

    The rule is called as ``rule(step, grad)`` and returns one gradient or None per input (a single one may be
    returned bare). Each gradient has the shape and dtype of its input.

    Parameters
    ----------
    operation : Operation
    keeps : tuple of int
        Positions of the inputs whose arrays the rule reads as ``step.inputs[position]``.
    output : bool
        Whether the rule reads the result, as ``step.output``.
    """

    def register(function: F) -> F:
        operation.rule = function
        operation.keeps = keeps
        operation.keeps_all = len(keeps) >= _count_inputs(operation.kernel)
        operation.keeps_output = output
        return function

    return register


def composition(operation: Operation) -> Callable[[F], F]:
    """Register the same function written in other operations: on tensors, with the same inputs and parameters.

    Second derivatives go through it, and tests hold kernel and rule against it.
    """

    def register(function: F) -> F:
        operation.composition = function
        return function

    return register


@contextmanager
def use_kernel(operation: Operation | Update, kernel: Kernel) -> Iterator[None]:
    """Run `operation` with another kernel inside the ``with`` block, in all threads."""
    original = operation.kernel
    operation.kernel = kernel
    try:
        yield
    finally:
        operation.kernel = original
