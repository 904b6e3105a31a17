"""Tensors from nothing: constants, ranges, random draws, and arrays that are shared instead of copied.

Random draws are updates: they write into a fresh tensor through the door, so that whoever replays a computation can
repeat them. They take a `numpy.random.Generator`; without one, a fresh generator seeded by the operating system.
No global state is read or changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor._dtypes import DType, as_dtype, bool_, float32, int64
from tinytorch.tensor._operands import from_array
from tinytorch.tensor._protocols import Described
from tinytorch.tensor._step import Array, Step
from tinytorch.tensor._tensor import Tensor
from tinytorch.tensor._update import update

Shape = tuple[int, ...]


def zeros(*shape: Any, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor of zeros; the shape as one tuple or number by number."""
    return _asking(from_array(np.zeros(_shape(shape), as_dtype(dtype))), requires_grad)


def ones(*shape: Any, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor of ones."""
    return _asking(from_array(np.ones(_shape(shape), as_dtype(dtype))), requires_grad)


def full(shape: int | Shape, value: float, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor filled with `value`; its dtype is that of ``Tensor(value)`` unless given."""
    dtype = Tensor(value).dtype if dtype is None else as_dtype(dtype)
    return _asking(from_array(np.full(shape, value, dtype)), requires_grad)


def zeros_like(x: Tensor) -> Tensor:
    """Return zeros of the shape and dtype of `x`."""
    return from_array(np.zeros(x.shape, x.dtype))


def ones_like(x: Tensor) -> Tensor:
    """Return ones of the shape and dtype of `x`."""
    return from_array(np.ones(x.shape, x.dtype))


def full_like(x: Tensor, value: float) -> Tensor:
    """Return a tensor filled with `value`, of the shape and dtype of `x`."""
    return from_array(np.full(x.shape, value, x.dtype))


def eye(n: int, m: int | None = None, dtype: Any = float32) -> Tensor:
    """Return an (n, m) tensor with ones on the diagonal; m is n unless given."""
    return from_array(np.eye(n, m, dtype=as_dtype(dtype)))


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """Return start, start + step, ... below `stop`; 0 to `start` when called with one number.

    int64 if all are integers, else float32, unless `dtype` is given.
    """
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = int64 if all(isinstance(n, (int, np.integer)) for n in (start, stop, step)) else float32
    return from_array(np.arange(start, stop, step).astype(as_dtype(dtype)))


def linspace(start: float, stop: float, count: int, dtype: Any = float32) -> Tensor:
    """Return `count` numbers evenly spaced from `start` to `stop`, both included."""
    return from_array(np.linspace(start, stop, count).astype(as_dtype(dtype)))


@update("uniform")
def uniform_update(
    step: Step, targets: list[Array], *, low: float, high: float, generator: np.random.Generator
) -> None:
    """Fill with draws from [low, high)."""
    for target in targets:
        dtype: Any = target.dtype.type
        target[...] = generator.random(target.shape, dtype)
        if (low, high) != (0.0, 1.0):
            target *= high - low
            target += low


@update("normal")
def normal_update(step: Step, targets: list[Array], *, mean: float, std: float, generator: np.random.Generator) -> None:
    """Fill with draws from the normal distribution."""
    for target in targets:
        dtype: Any = target.dtype.type
        target[...] = generator.standard_normal(target.shape, dtype)
        if (mean, std) != (0.0, 1.0):
            target *= std
            target += mean


@update("integers")
def integers_update(step: Step, targets: list[Array], *, low: int, high: int, generator: np.random.Generator) -> None:
    """Fill with integers from low to high - 1."""
    for target in targets:
        target[...] = generator.integers(low, high, target.shape)


def rand(*shape: Any, generator: np.random.Generator | None = None, dtype: Any = float32) -> Tensor:
    """Return independent draws, uniform on [0, 1)."""
    tensor = from_array(np.empty(_shape(shape), _floating("rand", dtype)))
    uniform_update([tensor], low=0.0, high=1.0, generator=_generator(generator))
    return tensor


def randn(*shape: Any, generator: np.random.Generator | None = None, dtype: Any = float32) -> Tensor:
    """Return independent draws from the standard normal distribution."""
    tensor = from_array(np.empty(_shape(shape), _floating("randn", dtype)))
    normal_update([tensor], mean=0.0, std=1.0, generator=_generator(generator))
    return tensor


def randint(
    low: int, high: int, shape: int | Shape, *, generator: np.random.Generator | None = None, dtype: Any = int64
) -> Tensor:
    """Return independent draws from the integers low, ..., high - 1, which must fit the dtype."""
    if not low < high:
        raise ValueError(f"randint: there is no integer from {low} to {high} - 1; low must be below high.")
    found = as_dtype(dtype)
    if found.kind != "f":
        least, most = (0, 1) if found == bool_ else (np.iinfo(found).min, np.iinfo(found).max)
        if low < least or high - 1 > most:
            raise ValueError(f"randint: integers from {low} to {high - 1} do not fit into {found.name}.")
    tensor = from_array(np.empty(shape, found))
    integers_update([tensor], low=low, high=high, generator=_generator(generator))
    return tensor


def from_numpy(array: Array) -> Tensor:
    """Return a tensor on the memory of `array`, without a copy.

    What you write into the array afterwards changes the tensor unseen: no version counts it. Hand the array over
    and let go of it, or copy: ``Tensor(array)``. A read-only view is memory that somebody lends
    (``t.data``): a tensor on it cannot be edited.

    Raises
    ------
    TypeError
        If `array` is no NumPy array, or of a type that tensors do not have.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: a NumPy array is needed, not {type(array).__name__}; Tensor(data) copies lists.")
    if as_dtype(array.dtype) != array.dtype:
        raise TypeError(f"from_numpy: byte order {array.dtype.str!r} is not this machine's; Tensor(array) converts.")
    if not array.flags.writeable and array.base is not None:
        array = np.asarray(Described(array, read_only=True))
    return from_array(array.view())


def adopt(array: Array) -> Tensor:
    """Return a tensor that takes `array` over: an array of a supported type that nobody else writes into from now on.

    `from_numpy` without its examination and without its view: for code that has just computed `array`.
    """
    return from_array(array)


def from_dlpack(source: Any) -> Tensor:
    """Return a tensor on the memory of another library's tensor, without a copy.

    Parameters
    ----------
    source : object with ``__dlpack__``
        In memory that NumPy can read: a PyTorch tensor on the CPU, for instance. The caution of `from_numpy` applies.
    """
    return from_numpy(np.from_dlpack(source))


def _shape(shape: tuple[Any, ...]) -> Shape:
    return tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], (int, np.integer)) else shape


def _generator(generator: np.random.Generator | None) -> np.random.Generator:
    if generator is None:
        return np.random.default_rng()
    if not isinstance(generator, np.random.Generator):
        raise TypeError(
            f"generator: a numpy.random.Generator is needed, not {generator!r}: numpy.random.default_rng(0)."
        )
    return generator


def _floating(name: str, dtype: Any) -> DType:
    found = as_dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"{name}: draws are float32 or float64, not {found.name}; randint draws integers.")
    return found


def _asking(tensor: Tensor, requires_grad: bool) -> Tensor:
    return tensor.requires_grad_() if requires_grad else tensor
