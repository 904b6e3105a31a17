"""What NumPy and DLPack ask of an object, so that ``np.exp(t)`` gives a Tensor and memory is shared without a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.tensor._listening import is_recording
from tinytorch.tensor._step import Array, Value

#: What runs in the place of a NumPy function that is given a tensor.
NUMPY_UFUNCS: dict[np.ufunc, Callable[..., Any]] = {}
NUMPY_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
#: And of ``np.add.reduce`` and its kind.
NUMPY_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {}
#: NumPy functions whose result has no gradient by nature: they run on the arrays, whoever requires gradients.
WITHOUT_GRADIENT: frozenset[Callable[..., Any]] = frozenset(
    {
        np.shape, np.ndim, np.size, np.result_type, np.shares_memory, np.may_share_memory, np.allclose, np.isclose,
        np.array_equal, np.argsort, np.argpartition, np.count_nonzero, np.nonzero, np.argwhere, np.searchsorted,
        np.array2string, np.array_repr, np.array_str,
    }
)  # fmt: skip


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
        reduction = NUMPY_REDUCTIONS.get(ufunc)
        if reduction is not None and method == "reduce":
            keywords.setdefault("axis", 0)
            return reduction(*inputs, **keywords)
        if "out" in keywords and any(isinstance(out, Value) for out in keywords["out"]):
            raise TypeError(
                f"np.{ufunc.__name__}: out= cannot be a tensor; write t.copy_(...) or with t.edit() as array."
            )
        return _on_arrays(f"np.{ufunc.__name__}", getattr(ufunc, method), inputs, keywords)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        ours = NUMPY_FUNCTIONS.get(function)
        if ours is not None:
            return ours(*inputs, **keywords)
        if function in WITHOUT_GRADIENT:
            return function(*_plain(inputs), **{name: _plain(x) for name, x in keywords.items()})
        return _on_arrays(f"np.{function.__name__}", function, inputs, keywords)

    def __dlpack__(self, **keywords: Any) -> Any:
        """Lend the memory to another library, without a copy: ``torch.from_dlpack(t)``.

        The receiver must not write into it, because no version would count the edit. A library that speaks DLPack 1.0
        or newer is told so by the capsule; an older protocol cannot say it.
        """
        array = self._array
        version = keywords.get("max_version")
        if version is None or tuple(version) < (1, 0):
            return np.asarray(Described(array, read_only=False)).__dlpack__(**keywords)
        return array.__dlpack__(**keywords)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


class Described:
    """An array's memory, described to NumPy as read-only or writable, whatever flag the array has.

    An array made of it, ``np.asarray(Described(...))``, keeps the description for good.
    """

    def __init__(self, array: Array, *, read_only: bool) -> None:
        self.array = array  # keeps the memory alive
        described = array.__array_interface__
        self.__array_interface__ = {**described, "data": (described["data"][0], read_only)}


def _plain(x: Any) -> Any:
    """`x` with arrays in the place of tensors, also inside lists and tuples."""
    if isinstance(x, Value):
        return x._array
    return (list if isinstance(x, list) else tuple)(map(_plain, x)) if isinstance(x, (list, tuple)) else x


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
