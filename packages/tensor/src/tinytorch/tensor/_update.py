"""Change in place: the only way in which numbers that a tensor holds become others.

Each edit gets a number, kept with the memory, so that every tensor on that memory has it: a slice, a reshaped view, a
detached twin. A step whose kept memory has a later number than the step refuses to be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.tensor._listening import announced, process
from tinytorch.tensor._operation import Flops, Kernel
from tinytorch.tensor._step import Array, Output, Step, Value, set_writeable


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
            if process.listeners:
                announced(self.kernel, arguments)
            else:
                self.kernel(*arguments, **parameters)
        finally:
            for target, owner in unlocked:
                lock(target, owner)


def unlock(target: Value) -> Array | None:
    """Make the memory of a tensor writable and count the edit.

    Returns
    -------
    ndarray or None
        The array whose memory the tensor's is a view of, if it has to be locked again as well.

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
    process.edits += 1
    target._version[0] = process.edits
    if array.base is None:
        set_writeable(array, True)
        return None
    owner = array.base
    locked = isinstance(owner, np.ndarray) and not owner.flags.writeable
    try:
        if locked:
            set_writeable(owner, True)
        repeated = any(stride == 0 and size > 1 for stride, size in zip(array.strides, array.shape, strict=True))
        if repeated and array.size:
            raise ValueError("one element stands in several places")
        set_writeable(array, True)
    except ValueError:
        if locked and owner.flags.writeable:
            set_writeable(owner, False)
        raise RuntimeError(
            f"edit: the memory of this tensor of shape {array.shape} does not belong to it and is read-only "
            "(an array that was shared, or one that expand() has repeated). Edit a copy: t.detach().clone()."
        ) from None
    return owner if locked else None


def lock(target: Value, owner: Array | None) -> None:
    """Undo `unlock`."""
    set_writeable(target._array, False)
    if owner is not None:
        set_writeable(owner, False)


def _name_of(node: Step | Output) -> str:
    return node.step.operation.name if isinstance(node, Output) else node.operation.name


def update(name: str, *, flops: Flops = 1) -> Callable[[Kernel], Update]:
    """Turn a kernel ``kernel(step, targets, *arrays, **parameters)`` that writes into `targets` into an `Update`."""
    return lambda kernel: Update(name, kernel, flops=flops)
