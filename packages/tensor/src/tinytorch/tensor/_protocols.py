"""What NumPy and DLPack ask of an object, so that ``np.exp(t)`` gives a Tensor and memory is shared without a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.tensor._operation import Array, Value, is_recording

#: What runs in the place of a NumPy function that is given a tensor.
NUMPY_UFUNCS: dict[np.ufunc, Callable[..., Any]] = {}
NUMPY_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


class ArrayProtocols(Value):
    """NumPy's protocols (NEP 13, NEP 18) and DLPack, for `Tensor`."""

    __slots__ = ()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        array = self._array
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"np.asarray: {array.dtype.name} as {np.dtype(dtype).name} needs a copy.")
            return array.astype(dtype)
        return array.copy() if copy else array.view()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        ours = NUMPY_UFUNCS.get(ufunc)
        if ours is not None and method == "__call__" and not keywords:
            return ours(*inputs)
        if method == "reduce" and ufunc in (np.add, np.maximum, np.minimum, np.multiply):
            keywords.setdefault("axis", 0)
            reduction = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min, np.multiply: np.prod}[ufunc]
            return NUMPY_FUNCTIONS[reduction](*inputs, **keywords)
        if "out" in keywords and any(isinstance(out, Value) for out in keywords["out"]):
            raise TypeError(f"np.{ufunc.__name__}: out= cannot be a tensor; write t.copy_(...) or with t.edit() as array.")
        return _on_arrays(f"np.{ufunc.__name__}", getattr(ufunc, method), inputs, keywords)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        ours = NUMPY_FUNCTIONS.get(function)
        if ours is not None:
            return ours(*inputs, **keywords)
        return _on_arrays(f"np.{function.__name__}", function, inputs, keywords)

    def __dlpack__(self, **keywords: Any) -> Any:
        """Lend the memory to another library, without a copy; it must not write into it."""
        return self._array.__dlpack__(**keywords)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


def _plain(x: Any) -> Any:
    """`x` with arrays in the place of tensors, also inside lists and tuples."""
    if isinstance(x, Value):
        return x._array
    return type(x)(_plain(part) for part in x) if isinstance(x, (list, tuple)) else x


def _wanting(x: Any) -> bool:
    if isinstance(x, Value):
        return x._node is not None
    return isinstance(x, (list, tuple)) and any(_wanting(part) for part in x)


def _on_arrays(name: str, function: Callable[..., Any], inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run a NumPy function that has no tensor form on the arrays, unless a gradient would be lost."""
    if is_recording() and any(_wanting(x) for x in (*inputs, *keywords.values())):
        raise TypeError(
            f"{name}: this NumPy function has no form for tensors that require gradients; compute with operations of "
            "tensors, or on t.data if no gradient shall pass through."
        )
    return function(*(_plain(x) for x in inputs), **{name: _plain(x) for name, x in keywords.items()})
