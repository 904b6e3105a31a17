"""Tensor: an array that knows where it came from.

Every method runs an operation of the files beside this one, through the one door of `_operation`.
"""

from __future__ import annotations

import builtins
import copy
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from tinytorch.tensor._dtypes import DType, bool_, float32, int64
from tinytorch.tensor._elementwise import copy_op
from tinytorch.tensor._engine import load_engine, require_engine
from tinytorch.tensor._indexing import getitem_op, plain_index, setitem_update
from tinytorch.tensor._listening import is_recording
from tinytorch.tensor._methods import Methods
from tinytorch.tensor._operands import as_array, become, converted, from_array
from tinytorch.tensor._step import Array, Leaf, Node, Output, Step, Value
from tinytorch.tensor._update import lock, unlock


class Tensor(Methods):
    """An n-dimensional array of one data type.

    Parameters
    ----------
    data : array-like or Tensor
        Copied. Lists of floats become float32, Python ints int64, booleans bool; NumPy arrays keep their dtype.
    dtype : dtype, optional
        One of float32, float64, int64, int32, int8, uint8, bool_.
    requires_grad : bool, default False
        Whether `backward` shall compute a gradient for this tensor. Floats only.

    Raises
    ------
    TypeError
        If `data` does not hold numbers alone, or the dtype is none of these.
    ValueError
        If the rows of a nested list have different lengths.
    OverflowError
        If `data` has Python integers that an integer dtype cannot hold.

    Attributes
    ----------
    grad : Tensor or None
        What `backward` has accumulated, of the shape and dtype of this tensor.

    Notes
    -----
    The result of an operation never changes. A tensor that you made changes through ``t[index] = value``,
    `copy_`, `edit` or an optimizer; views made by slicing, reshape and the like see the change. ``t += 1`` makes a new
    tensor and changes none. ``==`` compares elements; tensors are hashed by identity.

    As in Python, ``x // y`` is rounded down and ``x % y`` has the sign of the divisor. The derivative of ``x ** y`` by
    y is 0 where x is 0 and y is not negative.

    Examples
    --------
    >>> t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> t @ t + 1
    Tensor([[ 8., 11.],
            [16., 23.]])
    """

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        become(self, np.array(as_array(data, dtype)))
        if requires_grad:
            self.requires_grad_()

    # What it is

    @property
    def data(self) -> Array:
        """The numbers, as a read-only NumPy array on the same memory."""
        return self._array.view()

    def numpy(self) -> Array:
        """The same as `data`."""
        return self._array.view()

    @property
    def dtype(self) -> DType:
        """The data type."""
        return self._array.dtype

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._array.size

    def numel(self) -> int:
        """The number of elements, as PyTorch calls it."""
        return self._array.size

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self._array.nbytes

    @property
    def version(self) -> int:
        """The number of the last edit of this tensor's memory, through any tensor that shares it; 0 if there was none.

        Edits are numbered throughout the process.
        """
        return self._version[0]

    @property
    def grad_fn(self) -> Step | None:
        """The recorded step that made this tensor; None for a leaf."""
        if isinstance(self._node, Output):
            return self._node.step
        return self._node if isinstance(self._node, Step) else None

    @property
    def node(self) -> Node | None:
        """Where this tensor's gradient goes: a `Leaf`, a `Step` or an `Output` of one; None if it requires none."""
        return self._node

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was made by you and not by a recorded step."""
        return self._node is None or isinstance(self._node, Leaf)

    @property
    def requires_grad(self) -> bool:
        """Whether `backward` computes a gradient for this tensor, or for what it was computed from."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self.requires_grad_(requires_grad)

    def item(self) -> Any:
        """The one element, as a Python number.

        Raises
        ------
        ValueError
            If there is not exactly one.
        """
        if self._array.size != 1:
            raise ValueError(f"item: a tensor of shape {self.shape} has {self.size} elements, not one; use tolist().")
        return self._array.item()

    def tolist(self) -> Any:
        """The elements as nested Python lists; a number for rank 0."""
        return self._array.tolist()

    def __repr__(self) -> str:
        evident = self._array.dtype in (float32, int64, bool_)  # what such numbers become by themselves
        notes = "" if evident and self._array.size else f", dtype={self._array.dtype.name}"
        if 0 in self.shape and self.shape != (0,):
            notes = f", shape={self.shape}{notes}"
        if self.grad_fn is not None:
            notes += f", grad_fn={self.grad_fn.operation.name}"
        elif self.requires_grad:
            notes += ", requires_grad=True"
        name = type(self).__name__
        body = np.array2string(self._array, separator=", ", prefix=name + "(", threshold=200)
        return f"{name}({body}{notes})"

    def __format__(self, form: str) -> str:
        """Format the number of a tensor of rank 0, as ``f"{loss:.3f}"`` does; without a form, any tensor as `str`."""
        return format(self.item(), form) if form and self._array.ndim == 0 else super().__format__(form)

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len: a tensor of rank 0 has no axis to count along.")
        return len(self._array)

    def __bool__(self) -> bool:
        if self._array.size != 1:
            raise ValueError(
                f"bool: a tensor of shape {self.shape} has {self.size} truth values; use any() or all() for one."
            )
        return bool(self._array.item())

    def __float__(self) -> builtins.float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._array.dtype.kind not in "iu":
            raise TypeError(f"index: only integer tensors are positions, not {self._array.dtype.name}.")
        return int(self.item())

    # Gradients

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for a gradient (or no longer), in place; return self.

        Raises
        ------
        TypeError
            For a tensor of integers or booleans, which has no derivative.
        RuntimeError
            When switching off the result of a recorded step; `detach` it instead.
        """
        if requires_grad and self._array.dtype.kind != "f":
            raise TypeError(
                f"requires_grad: only floats have gradients, this tensor is {self._array.dtype.name}; "
                "convert it first: t.float()."
            )
        if not requires_grad and not self.is_leaf:
            raise RuntimeError("requires_grad: this tensor is the result of a recorded step; use t.detach().")
        if not requires_grad:
            self._node = None
        elif self._node is None:
            load_engine()
            self._node = Leaf(self)
        return self

    def backward(
        self, gradient: Tensor | None = None, retain_graph: bool | None = None, create_graph: bool = False
    ) -> None:
        """Add the derivatives of this tensor to ``grad`` of every leaf it was computed from.

        Parameters
        ----------
        gradient : Tensor, optional
            The derivative of the final quantity by this tensor, of its shape; 1 for a tensor of one element.
        retain_graph : bool, optional
            Keep what the rules need, for another `backward` through the same steps. Default: `create_graph`.
        create_graph : bool, default False
            Record the derivative itself, so that it can be differentiated.

        Raises
        ------
        RuntimeError
            Without an engine (pip install tinytorch-autograd), without anything to differentiate, for a second pass
            over a graph already used up, or if a kept array has been edited meanwhile.
        """
        require_engine().backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Callable[[], None]:
        """Call `hook` with this tensor's gradient when `backward` has computed it; return a function that undoes this.

        Parameters
        ----------
        hook : callable
            Takes the gradient, and may return another one to be used in its place.
        """
        if self._node is None:
            raise RuntimeError("register_hook: this tensor does not require gradients, so none will come by.")
        node = self._node
        if isinstance(node, Leaf):
            node.hooks = (*node.hooks, hook)
            return lambda: setattr(node, "hooks", tuple(other for other in node.hooks if other is not hook))
        step = node.step if isinstance(node, Output) else node
        pair = (node.position if isinstance(node, Output) else 0, hook)
        step.hooks = (*step.hooks, pair)
        return lambda: setattr(step, "hooks", tuple(other for other in step.hooks if other is not pair))

    def retain_grad(self) -> None:
        """Keep the gradient of a result in ``grad``, as that of a leaf is kept."""
        if not self.is_leaf:
            reference = weakref.ref(self)

            def keep(gradient: Tensor) -> None:
                tensor = reference()
                if tensor is not None:
                    tensor.grad = gradient if tensor.grad is None else tensor.grad + gradient

            self.register_hook(keep)

    def detach(self) -> Tensor:
        """The same numbers on the same memory, a leaf without history."""
        tensor = from_array(self._array.view())
        tensor._version = self._version
        return tensor

    # Change in place

    @contextmanager
    def edit(self) -> Iterator[Array]:
        """Lend the array for writing, inside a ``with`` block; the edit is counted, and not recorded.

        Raises
        ------
        RuntimeError
            For the recorded result of an operation, and for memory that is not to be written to.
        """
        owner = unlock(self)
        try:
            yield self._array
        finally:
            lock(self, owner)

    def copy_(self, source: Any) -> Self:
        """Write `source` into this tensor (it broadcasts, and is converted to this dtype); return self."""
        self[...] = source
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(value, Tensor) and value.requires_grad and is_recording():
            raise RuntimeError(
                "t[...] = value: an assignment is not recorded, so the gradient of the value would be lost. Build the "
                "tensor with where or concatenate, or assign value.detach()."
            )
        setitem_update([self], value, index=plain_index(index))

    def __getitem__(self, index: Any) -> Tensor:
        return getitem_op(self, index if type(index) is int else plain_index(index))

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> builtins.bool:
        return bool((self == value).any())

    # Types and copies

    def astype(self, dtype: Any) -> Tensor:
        """The elements converted to `dtype`; this tensor itself where it has it already."""
        return converted(self, dtype)

    to = astype

    def float(self) -> Tensor:
        """As float32."""
        return self.astype(float32)

    def double(self) -> Tensor:
        """As float64."""
        return self.astype(np.float64)

    def long(self) -> Tensor:
        """As int64."""
        return self.astype(int64)

    def clone(self) -> Tensor:
        """A copy with memory of its own; gradients pass through."""
        return copy_op(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if not self.is_leaf:
            raise RuntimeError("deepcopy: this tensor is the result of a recorded step; copy t.detach() instead.")
        copied: Self = object.__new__(type(self))
        become(copied, self._array.copy())
        copied.requires_grad_(self.requires_grad)
        memo[id(self)] = copied
        for name, value in getattr(self, "__dict__", {}).items():  # what a subclass has added
            setattr(copied, name, copy.deepcopy(value, memo))
        return copied

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any] | None]:
        if not self.is_leaf:
            raise RuntimeError("pickle: this tensor is the result of a recorded step; pickle t.detach() instead.")
        return _rebuild, (type(self), self._array, self.requires_grad), getattr(self, "__dict__", None)


Value.tensor_type = Tensor


def _rebuild(kind: type[Tensor], array: Array, requires_grad: bool) -> Tensor:
    tensor: Tensor = object.__new__(kind)
    become(tensor, np.array(array))
    return tensor.requires_grad_(requires_grad)
