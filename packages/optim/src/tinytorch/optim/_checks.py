"""Sentences for settings that cannot be meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from tinytorch.tensor import Tensor


def check_number(owner: str, name: str, value: Any, low: float = 0.0) -> None:
    """Refuse what is not a finite number of at least `low`."""
    _check_real(owner, name, value)
    if not low <= value < math.inf:
        raise ValueError(f"{owner}: {name} must be a finite number of at least {low:g}, got {value!r}.")


def check_fraction(owner: str, name: str, value: Any) -> None:
    """Refuse what is not in [0, 1)."""
    _check_real(owner, name, value)
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{owner}: {name} must lie in [0, 1), got {value!r}.")


def check_count(owner: str, name: str, value: Any, low: int = 1) -> None:
    """Refuse what is not an integer of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{owner}: {name} must be an integer, got {type(value).__name__} {value!r}.")
    if value < low:
        raise ValueError(f"{owner}: {name} must be at least {low}, got {value}.")


def _check_real(owner: str, name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{owner}: {name} must be a number, got {type(value).__name__} {value!r}.")


def listed(owner: str, params: Any) -> list[Any]:
    """Return what was given as parameters as a list: a generator can be read only once."""
    if isinstance(params, Tensor):
        raise TypeError(f"{owner}: expected a list of tensors, got one tensor of shape {params.shape}; give [tensor].")
    if isinstance(params, (str, Mapping)) or not isinstance(params, Iterable):
        raise TypeError(
            f"{owner}: expected tensors or parameter groups, got {type(params).__name__}; "
            "give model.parameters() or a list."
        )
    return list(params)


def check_parameter(where: str, p: Any) -> None:
    """Refuse what an optimizer cannot change."""
    if not isinstance(p, Tensor):
        hint = " (give parameters(), not named_parameters())" if isinstance(p, tuple) else ""
        raise TypeError(f"{where} is not a tensor but a {type(p).__name__}{hint}.")
    if not p.is_leaf:
        raise ValueError(
            f"{where}, of shape {p.shape}, is the result of a recorded step; only leaves can be optimized."
        )
    if p.dtype.kind != "f":
        raise TypeError(f"{where}, of shape {p.shape}, is {p.dtype.name}; only floats have gradients.")


def check_gradients(owner: str, groups: Sequence[Mapping[str, Any]], params: Iterable[Tensor]) -> None:
    """Refuse a gradient of another shape or dtype than its parameter's."""
    for p in params:
        if p.grad is not None and (p.grad.shape != p.shape or p.grad.dtype != p.dtype):
            positions = [(i, j, q) for i, group in enumerate(groups) for j, q in enumerate(group["params"])]
            i, j = next((i, j) for i, j, q in positions if q is p)
            raise ValueError(
                f"{owner}: parameter {j} of group {i} is {p.dtype.name} of shape {p.shape}, its gradient "
                f"{p.grad.dtype.name} of shape {p.grad.shape}; they must be the same."
            )


def check_entry(where: str, p: Tensor, entry: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse saved state that is not that of this parameter."""
    if set(entry) != {"step", *names}:
        raise ValueError(
            f"{where} has {sorted(entry)} in the state, expected {sorted(['step', *names])}: another optimizer's."
        )
    check_count(where, "step", entry["step"])
    for name in names:
        array = np.asarray(entry[name])
        if array.shape != p.shape or array.dtype != p.dtype:
            raise ValueError(
                f"{where} is {p.dtype.name} of shape {p.shape}, its {name} in the state {array.dtype.name} of shape "
                f"{array.shape}; it is the state of another model."
            )
