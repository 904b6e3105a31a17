"""Tensor: an array that knows where it came from.

Every method runs an operation of the files beside this one, through the one door of `_operation`.
"""

from __future__ import annotations

import builtins
import copy
import math
import operator
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from tinytorch.tensor import _elementwise as elementwise
from tinytorch.tensor import _reductions as reductions
from tinytorch.tensor import _shapes as shapes
from tinytorch.tensor._dtypes import DType, as_dtype, bool_, float32, int64, result_type
from tinytorch.tensor._engine import load_engine, require_engine
from tinytorch.tensor._indexing import getitem_op, plain_index, setitem_update
from tinytorch.tensor._listening import is_recording
from tinytorch.tensor._operation import Operation
from tinytorch.tensor._products import matmul_op
from tinytorch.tensor._protocols import ArrayProtocols
from tinytorch.tensor._step import Array, Leaf, Node, Output, Step, Value
from tinytorch.tensor._update import lock, unlock

Axis = int | tuple[int, ...] | None


class Tensor(ArrayProtocols):
    """An n-dimensional array of one data type.

    Parameters
    ----------
    data : array-like or Tensor
        Copied. Lists of floats become float32, Python ints int64, booleans bool; NumPy arrays keep their dtype.
    dtype : dtype, optional
        One of float32, float64, int64, int32, int8, uint8, bool_.
    requires_grad : bool, default False
        Whether `backward` shall compute a gradient for this tensor. Floats only.

    Attributes
    ----------
    grad : Tensor or None
        What `backward` has accumulated, of the shape and dtype of this tensor.

    Notes
    -----
    The result of an operation never changes. A tensor that you made changes through ``t[index] = value``,
    `copy_`, `edit` or an optimizer; views made by slicing, reshape and the like see the change. ``t += 1`` makes a new
    tensor and changes none. ``==`` compares elements; tensors are hashed by identity.

    Examples
    --------
    >>> t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> t @ t + 1
    Tensor([[ 8., 11.],
            [16., 23.]])
    """

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        self._become(np.array(as_array(data, dtype)))
        if requires_grad:
            self.requires_grad_()

    def _become(self, array: Array) -> None:
        array.setflags(write=False)
        self._array = array
        self._version = [0]
        self._node = None
        self.grad = None

    # What it is

    @property
    def data(self) -> Array:
        """The numbers, as a read-only NumPy array on the same memory."""
        return self._array.view()

    def numpy(self) -> Array:
        """The same as `data`."""
        return self._array.view()

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._array.shape

    @property
    def dtype(self) -> DType:
        """The data type."""
        return self._array.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

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

    __hash__ = object.__hash__  # by identity: == compares elements

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

    # Arithmetic: operands broadcast, and meet in the type that result_type says

    def __add__(self, other: Any) -> Tensor:
        return binary(elementwise.add_op, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return binary(elementwise.add_op, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return binary(elementwise.subtract_op, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return binary(elementwise.subtract_op, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return binary(elementwise.multiply_op, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return binary(elementwise.multiply_op, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return divide(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return divide(other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return binary(elementwise.floor_divide_op, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return binary(elementwise.floor_divide_op, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return binary(elementwise.remainder_op, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return binary(elementwise.remainder_op, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return binary(elementwise.power_op, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return binary(elementwise.power_op, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return binary(matmul_op, self, as_tensor(other))

    def __rmatmul__(self, other: Any) -> Tensor:
        return binary(matmul_op, as_tensor(other), self)

    def __neg__(self) -> Tensor:
        if self._array.dtype.kind == "b":
            raise TypeError("negative: booleans have no sign; ~t is the opposite, t.to(int64) a number.")
        return elementwise.negative_op(self)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return elementwise.absolute_op(self)

    def __eq__(self, other: object) -> Any:  # a Tensor, which object's signature does not allow to say
        return NotImplemented if other is None else binary(elementwise.equal_op, self, other)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if other is None else binary(elementwise.not_equal_op, self, other)

    def __lt__(self, other: Any) -> Tensor:
        return binary(elementwise.less_op, self, other)

    def __le__(self, other: Any) -> Tensor:
        return binary(elementwise.less_equal_op, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return binary(elementwise.greater_op, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return binary(elementwise.greater_equal_op, self, other)

    def __and__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_and_op, self, other)

    def __rand__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_and_op, other, self)

    def __or__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_or_op, self, other)

    def __ror__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_or_op, other, self)

    def __xor__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_xor_op, self, other)

    def __rxor__(self, other: Any) -> Tensor:
        return binary(elementwise.bitwise_xor_op, other, self)

    def __invert__(self) -> Tensor:
        if self._array.dtype.kind == "f":
            raise TypeError(f"invert: ~ is for booleans and integers, not {self._array.dtype.name}.")
        return elementwise.invert_op(self)

    # Functions of each element

    def exp(self) -> Tensor:
        """e to the power of each element."""
        return elementwise.exp_op(floating(self))

    def log(self) -> Tensor:
        """The natural logarithm of each element."""
        return elementwise.log_op(floating(self))

    def sqrt(self) -> Tensor:
        """The square root of each element."""
        return elementwise.sqrt_op(floating(self))

    def tanh(self) -> Tensor:
        """The hyperbolic tangent of each element."""
        return elementwise.tanh_op(floating(self))

    def sin(self) -> Tensor:
        """The sine of each element, in radians."""
        return elementwise.sin_op(floating(self))

    def cos(self) -> Tensor:
        """The cosine of each element, in radians."""
        return elementwise.cos_op(floating(self))

    def abs(self) -> Tensor:
        """The magnitude of each element."""
        return elementwise.absolute_op(self)

    def clip(self, low: builtins.float | None = None, high: builtins.float | None = None) -> Tensor:
        """Each element, moved up to `low` or down to `high` where it lies outside; a bound may be None, not both."""
        if low is None and high is None:
            raise ValueError("clip: at least one of low and high must be a number.")
        if not all(isinstance(bound, (int, builtins.float, type(None))) for bound in (low, high)):
            raise TypeError("clip: bounds are numbers; for tensors write maximum(low, minimum(x, high)).")
        x = floating(self) if isinstance(low, builtins.float) or isinstance(high, builtins.float) else self
        return elementwise.clip_op(x, low=low, high=high)

    # Reductions

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The sum over `axis`; int64 for integers and booleans."""
        return reductions.sum_op(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The mean over `axis`; float32 for integers."""
        return reductions.mean_op(floating(self), axis=axis, keepdims=keepdims)

    def var(self, axis: Axis = None, correction: int = 1, keepdims: bool = False) -> Tensor:
        """The variance over `axis`: squared deviations from the mean, summed, over n - `correction`.

        ``correction=1``, PyTorch's default, estimates the variance of what the elements were drawn from;
        0 gives the variance of the elements themselves (NumPy's default).
        """
        deviation = self - self.mean(axis, keepdims=True)
        n = reductions.count(self.shape, axis) - correction
        total = (deviation * deviation).sum(axis, keepdims)
        return total / n if n > 0 else total * math.nan

    def std(self, axis: Axis = None, correction: int = 1, keepdims: bool = False) -> Tensor:
        """The square root of `var`."""
        return self.var(axis, correction, keepdims).sqrt()

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The product over `axis`."""
        return reductions.prod_op(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest element over `axis`; its gradient is shared equally among ties."""
        return reductions.max_op(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The smallest element over `axis`; its gradient is shared equally among ties."""
        return reductions.min_op(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """The position of the largest element (the first of ties), int64; in the flattened tensor for None."""
        return reductions.argmax_op(self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """The position of the smallest element (the first of ties), int64; in the flattened tensor for None."""
        return reductions.argmin_op(self, axis=axis, keepdims=keepdims)

    def any(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Whether some element over `axis` is true (not zero)."""
        return reductions.any_op(self, axis=axis, keepdims=keepdims)

    def all(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Whether every element over `axis` is true (not zero)."""
        return reductions.all_op(self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: int) -> Tensor:
        """The running sum along `axis`."""
        return reductions.cumsum_op(self, axis=shapes.place_of("cumsum", axis, self.ndim))

    # Shapes: views unless said otherwise

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in row-major order under another shape; one size may be -1. A view where possible."""
        return shapes.reshape_op(self, shape=_sizes(shape))

    def flatten(self, start: int = 0) -> Tensor:
        """All axes from `start` on joined into one; a number becomes one axis of size 1."""
        if self.ndim == 0:
            return self.reshape(1)
        start = shapes.place_of("flatten", start, self.ndim)
        return self.reshape(*self.shape[:start], math.prod(self.shape[start:]))

    def permute(self, *axes: Any) -> Tensor:
        """The axes in another order: axis i of the result is axis ``axes[i]`` of this tensor."""
        return shapes.permute_op(self, axes=_sizes(axes))

    def transpose(self, axis0: int, axis1: int) -> Tensor:
        """Two axes exchanged (PyTorch's meaning; NumPy's transpose is `permute`)."""
        return shapes.swapaxes_op(self, axis0=axis0, axis1=axis1)

    swapaxes = transpose

    @property
    def T(self) -> Tensor:
        """All axes in reverse order."""
        return shapes.permute_op(self, axes=tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged: each matrix transposed."""
        if self.ndim < 2:
            raise ValueError(f"mT: a tensor of shape {self.shape} holds no matrix; two axes or more are needed.")
        return shapes.swapaxes_op(self, axis0=-1, axis1=-2)

    def expand(self, *shape: Any) -> Tensor:
        """Axes of size 1 repeated without copying; -1 keeps a size, new axes come in front."""
        sizes = _sizes(shape)
        added = len(sizes) - self.ndim
        if added < 0 or any(n < (0 if i < added else -1) for i, n in enumerate(sizes)):
            raise ValueError(
                f"expand: {sizes} is no shape to stretch {self.shape} to: it needs {self.ndim} sizes or more, of 0 or "
                "more each; -1 keeps the size of an axis that is there."
            )
        kept = (1,) * added + self.shape
        return shapes.expand_op(self, shape=tuple(k if n == -1 else n for n, k in zip(sizes, kept, strict=True)))

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Without the axes of size 1: all of them, or only `axis` (unchanged where its size is not 1)."""
        axes = range(self.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        dropped = {shapes.place_of("squeeze", one, self.ndim) for one in axes}
        return self.reshape(*(n for place, n in enumerate(self.shape) if n != 1 or place not in dropped))

    def unsqueeze(self, axis: int) -> Tensor:
        """A new axis of size 1 at position `axis`."""
        axis = shapes.place_of("unsqueeze", axis, self.ndim + 1)
        return self.reshape(*self.shape[:axis], 1, *self.shape[axis:])

    def __getitem__(self, index: Any) -> Tensor:
        return getitem_op(self, index=plain_index(index))

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> builtins.bool:
        return bool((self == value).any())

    # Types and copies

    def astype(self, dtype: Any) -> Tensor:
        """The elements converted to `dtype`; this tensor itself where it has it already."""
        dtype = as_dtype(dtype)
        if dtype == self._array.dtype:
            return self
        operation = elementwise.cast_op if dtype.kind == "f" else elementwise.cast_to_integers_op
        return operation(self, dtype=dtype, source=self._array.dtype)

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
        return elementwise.copy_op(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if not self.is_leaf:
            raise RuntimeError("deepcopy: this tensor is the result of a recorded step; copy t.detach() instead.")
        copied: Self = object.__new__(type(self))
        copied._become(self._array.copy())
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
    tensor._become(np.array(array))
    return tensor.requires_grad_(requires_grad)


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes or axes given one by one, or as one sequence."""
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], Sequence) else sizes
    return tuple([operator.index(size) for size in given])


def as_array(data: Any, dtype: Any = None) -> Array:
    """Return `data` as an array of a supported type; Python floats become float32."""
    if isinstance(data, Tensor):
        array = data._array
    elif hasattr(data, "__array__"):  # NumPy's arrays and numbers, and other libraries' arrays
        array = np.asarray(data)
    else:
        array = _from_python(data, dtype)
    wanted = as_dtype(array.dtype if dtype is None else dtype)
    return array if wanted == array.dtype else array.astype(wanted)


def _from_python(data: Any, dtype: Any) -> Array:
    """Nested lists of numbers, tensors or arrays as an array; floats that are Python's as float32 unless asked."""
    if isinstance(data, (list, tuple)) and any(isinstance(part, (Tensor, np.ndarray)) for part in data):
        return np.stack([as_array(part) for part in data])
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(f"Tensor: the rows of a nested list must have equal lengths ({error}).") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"Tensor: {type(data).__name__} {data!r} does not hold numbers alone.")
    return array.astype(float32) if dtype is None and array.dtype == np.float64 else array


def from_array(array: Array) -> Tensor:
    """Return a leaf tensor on the memory of `array`, which is made read-only (hand over a view if you keep it)."""
    tensor: Tensor = object.__new__(Tensor)
    tensor._become(array)
    return tensor


def as_tensor(x: Any) -> Tensor:
    """Return `x` itself if it is a tensor, else a tensor made of it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def floating(x: Any) -> Any:
    """Return integers as float32 (a Python number as it is), floats unchanged."""
    if isinstance(x, Tensor):
        return x if x._array.dtype.kind == "f" else x.astype(float32)
    return x if isinstance(x, (int, float)) else floating(as_tensor(x))


def binary(operation: Operation, x: Any, y: Any) -> Tensor:
    """Run an operation on two operands that broadcast, in the type in which they meet.

    A Python number stays one: NumPy computes ``float32 * 2.0`` in float32.
    """
    try:
        same = x._array.dtype is y._array.dtype
    except AttributeError:  # one of them is not a tensor
        same = _yields(y, x) or _yields(x, y)
    if not same:
        x, y = _promote(x, y)
    try:
        return operation(x, y)
    except (ValueError, TypeError, OverflowError) as error:
        raise _explained(error, operation, x, y) from None


def divide(x: Any, y: Any) -> Tensor:
    """Return ``x / y``; the quotient of integers is float32."""
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        same = x._array.dtype is y._array.dtype
    else:
        same = _yields(y, x) or _yields(x, y)
    if not same:
        x, y = _promote(x, y)
    if (x if isinstance(x, Tensor) else y)._array.dtype.kind != "f":
        x, y = _convert(x, float32), _convert(y, float32)
    try:
        return elementwise.divide_op(x, y)
    except (ValueError, OverflowError) as error:
        raise _explained(error, elementwise.divide_op, x, y) from None


def _explained(error: Exception, operation: Operation, x: Any, y: Any) -> Exception:
    """Return the error in our words where the operands are to blame; `error` itself where they are not."""
    name = operation.name
    if isinstance(error, OverflowError):
        number, dtype = (x, y.dtype) if isinstance(y, Tensor) else (y, x.dtype)
        return OverflowError(f"{name}: {number} does not fit into {dtype.name}; convert the tensor first: t.to(int64).")
    x, y = as_tensor(x), as_tensor(y)
    if str(error).startswith(("ufunc", "numpy boolean")):
        return TypeError(f"{name}: not defined for {x.dtype.name} and {y.dtype.name}; convert one first: t.to(...).")
    if isinstance(error, ValueError) and operation is not matmul_op:
        try:
            elementwise.broadcast_shapes(x.shape, y.shape)
        except ValueError as reason:
            return ValueError(f"{name}: {reason}")
    return error


def _yields(number: Any, tensor: Any) -> bool:
    """Whether `number` is one of Python's that takes the type of `tensor`: what `_promote` would find out, sooner."""
    kind = type(number)
    if not isinstance(tensor, Tensor) or (kind is not float and kind is not int):
        return False
    return tensor._array.dtype.kind in ("f" if kind is float else "fiu")


def _promote(x: Any, y: Any) -> tuple[Any, Any]:
    """Both operands in the type in which they meet; a Python number of a lower or the same category as it is."""
    x = x if isinstance(x, (Tensor, bool, int, float)) and not isinstance(x, np.generic) else as_tensor(x)
    y = y if isinstance(y, (Tensor, bool, int, float)) and not isinstance(y, np.generic) else as_tensor(y)
    dtype = result_type(x._array if isinstance(x, Tensor) else x, y._array if isinstance(y, Tensor) else y)
    return _convert(x, dtype), _convert(y, dtype)


def _convert(x: Any, dtype: DType) -> Any:
    if isinstance(x, Tensor):
        return x.astype(dtype)
    return int(x) if isinstance(x, bool) and dtype.kind != "b" else x
