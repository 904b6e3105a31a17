"""Both sides of a comparison: the same numbers given to TinyTorch and to PyTorch, results and gradients as arrays."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tinytorch.tensor import Array, Tensor, from_numpy

Wanted = Callable[[int], bool]
Above = Callable[[tuple[int, ...]], Array]


@dataclass(frozen=True)
class Answer:
    """Results, and a gradient for each float input that wants one (None for the other inputs)."""

    results: list[Array]
    gradients: list[Array | None]


def laid_out(x: Array, layout: str) -> Array:
    """Return a copy of an array that lies in memory in another way, with the same elements and shape."""
    if layout == "columns":
        return np.array(x, order="F")
    if layout == "strided":
        wide = np.zeros([2 * n for n in x.shape], x.dtype)
        every: tuple[Any, ...] = (*(slice(1, None, 2) for _ in x.shape), ...)
        view: Array = wide[every]
        view[...] = x
        return view
    if layout == "reversed":
        turned = np.array(np.flip(x))
        return np.flip(turned)[...]
    return np.array(x)


def ask_ours(
    function: Callable[..., Any],
    inputs: tuple[Any, ...],
    options: Mapping[str, Any],
    layout: str,
    wanted: Wanted,
    above: Above,
) -> Answer:
    """Ask TinyTorch."""
    given = [_our_input(x, layout, wanted(i)) for i, x in enumerate(inputs)]
    outputs = _flat(function(*given, **options))
    for y in outputs:
        if y.requires_grad:
            y.backward(Tensor(above(y.shape), dtype=y.dtype), retain_graph=True)
    gradients = [_our_gradient(x) if isinstance(x, Tensor) and x.requires_grad else None for x in given]
    return Answer([y.data for y in outputs], gradients)


def ask_theirs(
    function: Callable[..., Any], inputs: tuple[Any, ...], options: Mapping[str, Any], wanted: Wanted, above: Above
) -> Answer:
    """Ask PyTorch."""
    given = [_their_input(x, wanted(i)) for i, x in enumerate(inputs)]
    with warnings.catch_warnings():  # PyTorch's, about what it computes nevertheless
        warnings.simplefilter("ignore")
        outputs = _flat(function(*given, **{name: to_torch(value) for name, value in options.items()}))
    for y in outputs:
        if y.requires_grad:
            y.backward(torch.tensor(above(tuple(y.shape))).to(y.dtype), retain_graph=True)
    gradients = [_their_gradient(x) if isinstance(x, torch.Tensor) and x.requires_grad else None for x in given]
    return Answer([y.detach().resolve_neg().numpy() for y in outputs], gradients)


def to_torch(x: Any) -> Any:
    """Return our tensors and arrays as PyTorch's, anything else as it is."""
    if isinstance(x, Tensor):
        return torch.tensor(x.data.copy())
    if isinstance(x, (np.ndarray, np.generic)):
        return torch.tensor(x.copy())
    return tuple(to_torch(part) for part in x) if isinstance(x, tuple) else x


def _our_input(x: Any, layout: str, wanted: bool) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    tensor = from_numpy(laid_out(x, layout))
    return tensor.requires_grad_() if wanted and x.dtype.kind == "f" else tensor


def _their_input(x: Any, wanted: bool) -> Any:
    tensor = to_torch(x)
    return tensor.requires_grad_() if isinstance(x, np.ndarray) and wanted and x.dtype.kind == "f" else tensor


def _our_gradient(x: Tensor) -> Array:
    return np.zeros(x.shape, x.dtype) if x.grad is None else x.grad.data


def _their_gradient(x: Any) -> Array:
    gradient: Array = np.zeros(tuple(x.shape), x.detach().numpy().dtype) if x.grad is None else x.grad.numpy()
    return gradient


def _flat(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
