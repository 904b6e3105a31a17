"""The methods of a tensor that compute: functions of each element, reductions, shapes."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tinytorch.tensor import _elementwise as elementwise
from tinytorch.tensor import _reductions as reductions
from tinytorch.tensor import _shapes as shapes
from tinytorch.tensor._operands import floating
from tinytorch.tensor._operators import Operators

if TYPE_CHECKING:
    from tinytorch.tensor._tensor import Tensor

Axis = int | tuple[int, ...] | None


class Methods(Operators):
    """Methods that run an operation, for `Tensor`."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

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


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes or axes given one by one, or as one sequence."""
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], Sequence) else sizes
    return tuple([operator.index(size) for size in given])
