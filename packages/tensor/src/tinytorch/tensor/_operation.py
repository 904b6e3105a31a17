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
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tinytorch.tensor._tensor import Tensor

Array = npt.NDArray[Any]
Hook = Callable[["Tensor"], "Tensor | None"]
Shape = tuple[int, ...]
Kernel = Callable[..., Any]
Rule = Callable[..., Any]
F = TypeVar("F", bound=Callable[..., Any])


class Listener(Protocol):
    """What `listen` takes: an object that is told of every step.

    A kernel that raises has had its `before` and gets no `after`.
    """

    def before(self, step: Step) -> None:
        """Be told that `step` is about to run."""

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Be told that `step` has run, and what came out (gradients, when its phase is "rule")."""


class _Thread(threading.local):
    """What each thread has for itself."""

    recording: bool = False  # True from the moment an engine is there to read the record
    listeners: tuple[Listener, ...] = ()


_thread = _Thread()
_listening = 0  # listeners of all threads: while it is 0, no operation looks for its own
_listening_lock = threading.Lock()
_edits = 0  # of all memory, ever: each edit gets a number
_NEVER_EDITED = [0]


class Value:
    """What the door knows of a tensor: an array and its place in the graph. `Tensor` adds the methods.

    `_version` is a one-element list with the number of the last edit of the tensor's memory, counted over all edits of
    the process; all tensors on the same memory share the list.
    `_node` is where the tensor's gradient goes: None if it requires none, else the `Step` that made the tensor, an
    `Output` of that step, or a `Leaf`.
    """

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
            _placed(array, parent, version) if isinstance(array, np.ndarray) else array
            for array, parent, version in zip(self.inputs, self.needs, self.versions, strict=False)
        ]
        if isinstance(self.output, list):
            twin.output = [_placed(array, Output(self, i), [0]) for i, array in enumerate(self.output)]
        elif self.output is not None:
            twin.output = _placed(self.output, self, [0])
        return twin


class Operation:
    """A kernel behind the door, and what is known about it.

    Make one with the decorator `operation`; call it with tensors. Inputs are positional and may be tensors,
    Python numbers or None; everything else is a keyword parameter.
    """

    #: The class of the results, set once by the module that defines it.
    result_type: type[Tensor]

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
        """Run the kernel on the inputs' arrays and return its result as a tensor."""
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
        tracked = tracked and self.differentiable and _thread.recording
        if tracked or _listening:
            arguments[0] = step = Step()
            step.operation = self
            step.parameters = parameters
            if tracked:
                self._record(step, inputs, arguments)
        if _listening:
            result = announced(self.kernel, arguments)
        elif parameters:
            result = self.kernel(*arguments, **parameters)
        else:  # unpacking an empty dictionary would cost a tenth of a small operation
            result = self.kernel(*arguments)
        if type(result) is tuple:
            return cast("Tensor", self._several(step, result, inputs))
        if not tracked:
            return self._wrap(result, None, inputs)
        tensor = self._wrap(result, step, inputs)
        step.dtype = tensor._array.dtype
        if self.keeps_output:
            step.output = tensor._array
            step.versions = [*step.versions, tensor._version]
            step.version = _edits
        return tensor

    def _record(self, step: Step, inputs: tuple[Any, ...], arguments: list[Any]) -> None:
        """Note on `step` what its rule will want to know, and where its gradients go."""
        needs: list[Node | None] = []
        shapes: list[Shape | None] = []
        versions: list[list[int]] = []
        for x in inputs:
            if isinstance(x, Value):
                needs.append(x._node)
                shapes.append(x._array.shape)
                versions.append(x._version)
            else:
                needs.append(None)
                shapes.append(None)
                versions.append(_NEVER_EDITED)
        step.needs = needs
        step.shapes = shapes
        if self.keeps:
            step.versions = versions
            step.version = _edits
            step.inputs = arguments[1:] if self.keeps_all else self._kept(arguments)

    def many(self, *inputs: Any, **parameters: Any) -> tuple[Tensor, ...]:
        """Run a kernel that returns a tuple of arrays, and return as many tensors."""
        results: Any = self(*inputs, **parameters)
        return results if isinstance(results, tuple) else (results,)

    def _several(self, step: Step, results: tuple[Any, ...], inputs: tuple[Any, ...]) -> tuple[Tensor, ...]:
        """Wrap several outputs; each has a place of its own in the graph."""
        if not step.recorded:
            return tuple(self._wrap(result, None, inputs) for result in results)
        tensors = tuple(self._wrap(result, Output(step, i), inputs) for i, result in enumerate(results))
        step.dtype = tensors[0].dtype
        step.outputs = [(tensor.shape, tensor.dtype) for tensor in tensors]
        if self.keeps_output:
            step.output = [tensor._array for tensor in tensors]
            step.versions = [*step.versions, *(tensor._version for tensor in tensors)]
            step.version = _edits
        return tensors

    def _wrap(self, array: Any, node: Step | Output | None, inputs: tuple[Any, ...]) -> Tensor:
        """Return an output as a read-only tensor that knows where it came from and whose memory it stands on."""
        if type(array) is not _ndarray:  # NumPy gives a scalar for a result of rank 0
            array = np.asarray(array)
        tensor: Tensor = _new(self.result_type)
        tensor._array = array
        tensor._node = node
        tensor.grad = None
        if array.flags.writeable:
            _set_writeable(array, False)
            tensor._version = [0]
        else:  # inputs are read-only, so this is one of them or a view of one
            tensor._version = _shared_version(array, inputs)
        return tensor

    def _kept(self, arguments: Sequence[Any]) -> list[Any]:
        """Return the arrays that the rule reads, each at its position, and None for the others."""
        return [x if position in self.keeps else None for position, x in enumerate(arguments[1:])]

    def count_flops(self, step: Step, outputs: tuple[Array, ...]) -> int:
        """Floating-point operations of one run of the kernel, by the formula it was registered with."""
        if callable(self.flops):
            return int(self.flops(step, outputs))
        return self.flops * sum(output.size for output in outputs)


Flops = int | Callable[[Step, tuple[Array, ...]], int]


class _Forgetful(Step):
    """The step of a run that nobody records and nobody listens to: one object for all of them, which keeps nothing."""

    @property
    def extra(self) -> None:
        return None

    @extra.setter
    def extra(self, extra: Any) -> None:
        """Let go of it."""


_FORGETFUL = _Forgetful()

Node = Leaf | Step | Output
_new: Any = object.__new__
_ndarray = np.ndarray
_set_writeable: Any = np.ndarray.setflags  # called by position: its keyword would cost 100 ns


def _placed(array: Array, node: Any, counter: list[int]) -> Tensor:
    """Return the tensor of a kept array: the leaf itself, or a twin of the result of `node`."""
    tensor: Tensor | None = node.tensor() if isinstance(node, Leaf) else None
    if tensor is None:
        tensor = _new(Operation.result_type)
        tensor._array = array
        tensor._version = counter
        tensor._node = node
        tensor.grad = None
    return tensor


def _shared_version(array: Array, inputs: tuple[Any, ...]) -> list[int]:
    """Return the version list of the input on whose memory `array` stands; a new one if there is none."""
    owner = array if array.base is None else array.base
    for x in inputs:
        if isinstance(x, Value) and (x._array is owner or x._array.base is owner):
            return x._version
    return [0]


def announced(work: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Run ``work(step, *arrays, **parameters)`` with this thread's listeners told before and after."""
    listeners = _thread.listeners
    step: Step = arguments[0]
    if not listeners:
        return work(*arguments, **step.parameters)
    step.arrays = arguments[1:]
    for listener in listeners:
        listener.before(step)
    result = work(*arguments, **step.parameters)
    if not isinstance(result, (np.ndarray, tuple)) and result is not None:
        result = np.asarray(result)  # a number of rank 0: what is announced is what the tensor will stand on
    tell_after(listeners, step, result)
    return result


def run_rule(step: Step, grad: Any) -> Any:
    """Run the rule of a recorded step on the gradient of its output; listeners are told.

    Parameters
    ----------
    step : Step
    grad : ndarray or tuple of ndarray or None
        The gradient of the output; a tuple for an operation with several.

    Returns
    -------
    ndarray or None, or a tuple of them
        As the rule returned it: one gradient per input.
    """
    rule = step.operation.rule
    if rule is None:
        raise NotImplementedError(
            f"{step.operation.name}: this operation has no derivative rule. Register one with @rule, "
            "or detach() its input if no gradient should pass through it."
        )
    if not _listening or not _thread.listeners:
        return rule(step, grad)
    listeners = _thread.listeners
    step.phase = "rule"
    step.arrays = grad if isinstance(grad, tuple) else (grad,)
    for listener in listeners:
        listener.before(step)
    result = rule(step, grad)
    tell_after(listeners, step, result)
    step.phase = "forward"
    return result


def tell_after(listeners: tuple[Listener, ...], step: Step, result: Any) -> None:
    """Tell the listeners, innermost first, what came out."""
    outputs = result if isinstance(result, tuple) else () if result is None else (result,)
    outputs = tuple(np.asarray(output) for output in outputs if output is not None)
    for listener in reversed(listeners):
        listener.after(step, outputs)
    step.arrays = ()


class Update:
    """A kernel that writes into tensors in place. Make one with the decorator `update`.

    Called with a sequence of target tensors, whose versions it raises, then with what the kernel reads. Nothing
    is recorded: an update has no derivative.
    """

    rule: None = None
    keeps: tuple[int, ...] = ()

    def __init__(self, name: str, kernel: Kernel, *, flops: Flops = 1) -> None:
        self.name = name
        self.kernel = kernel
        self.flops = flops

    def __repr__(self) -> str:
        return f"<update {self.name}>"

    def __call__(self, targets: Sequence[Value], *inputs: Any, **parameters: Any) -> None:
        """Run the kernel on the targets' writable arrays and on the inputs' arrays."""
        unlocked: list[tuple[Value, Array | None]] = []
        try:
            unlocked.extend((target, unlock(target)) for target in targets)
            step = Step()
            step.operation = self
            step.parameters = parameters
            step.phase = "update"
            arguments: list[Any] = [step, [target._array for target in targets]]
            arguments += [x._array if isinstance(x, Value) else x for x in inputs]
            if _listening:
                announced(self.kernel, arguments)
            else:
                self.kernel(*arguments, **parameters)
        finally:
            for target, owner in unlocked:
                lock(target, owner)


def unlock(target: Value) -> Array | None:
    """Make the memory of a tensor writable and count the edit; return the owner of the memory if it was locked.

    Raises
    ------
    RuntimeError
        If the tensor is a recorded result (its value is a function of its inputs), or its memory belongs to
        somebody who does not allow writing.
    """
    array = target._array
    if isinstance(target._node, (Step, Output)):
        raise RuntimeError(
            f"edit: this tensor of shape {array.shape} is the recorded result of {_name_of(target._node)}; only leaves "
            "change in place. Compute a new tensor (where, concatenate), or edit a copy: t.detach().clone()."
        )
    global _edits
    _edits += 1
    target._version[0] = _edits
    owner = array if array.base is None else array.base
    locked = isinstance(owner, np.ndarray) and not owner.flags.writeable
    try:
        if locked:
            _set_writeable(owner, True)
        if array is not owner:
            if (
                0 in array.strides
                and array.size > 1
                and any(stride == 0 and size > 1 for stride, size in zip(array.strides, array.shape, strict=True))
            ):
                raise ValueError("one element stands in several places")
            _set_writeable(array, True)
    except ValueError:
        if locked and owner.flags.writeable:
            _set_writeable(owner, False)
        raise RuntimeError(
            f"edit: the memory of this tensor of shape {array.shape} does not belong to it and is read-only "
            "(an array that was shared, or one that expand() has repeated). Edit a copy: t.detach().clone()."
        ) from None
    return owner if locked else None


def lock(target: Value, owner: Array | None) -> None:
    """Undo `unlock`."""
    _set_writeable(target._array, False)
    if owner is not None:
        _set_writeable(owner, False)


def _name_of(node: Step | Output) -> str:
    return node.step.operation.name if isinstance(node, Output) else node.operation.name


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


def update(name: str, *, flops: Flops = 1) -> Callable[[Kernel], Update]:
    """Turn a kernel ``kernel(step, targets, *arrays, **parameters)`` that writes into `targets` into an `Update`."""
    return lambda kernel: Update(name, kernel, flops=flops)


class recording(ContextDecorator):  # noqa: N801  (a context manager reads as a verb)
    """Switch the recording of steps off or on, in this thread, for a ``with`` block or a decorated function.

    Parameters
    ----------
    enabled : bool

    Examples
    --------
    >>> from tinytorch.tensor import is_recording, recording
    >>> with recording(False):
    ...     is_recording()
    False
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self._outer: list[bool | None] = []

    def _recreate_cm(self) -> recording:
        return recording(self.enabled)  # a decorated function may run in several threads at once

    def __enter__(self) -> Self:
        # None where this thread has said nothing: afterwards it shall follow start_recording again
        self._outer.append(_thread.__dict__.get("recording"))
        _thread.recording = self.enabled
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        outer = self._outer.pop()
        if outer is None:
            del _thread.recording
        else:
            _thread.recording = outer


def start_recording() -> None:
    """Record from now on, in every thread that has not been told otherwise: an engine has been loaded."""
    _Thread.recording = True


def is_recording() -> bool:
    """Whether steps are recorded in this thread."""
    return _thread.recording


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Tell `listener` of every step of this thread inside the ``with`` block.

    Without any listener an operation pays one truth test.
    """
    global _listening
    outer = _thread.listeners
    _thread.listeners = (*outer, listener)
    with _listening_lock:
        _listening += 1
    try:
        yield
    finally:
        _thread.listeners = outer
        with _listening_lock:
            _listening -= 1


@contextmanager
def use_kernel(operation: Operation | Update, kernel: Kernel) -> Iterator[None]:
    """Run `operation` with another kernel inside the ``with`` block, in all threads."""
    original = operation.kernel
    operation.kernel = kernel
    try:
        yield
    finally:
        operation.kernel = original
