"""Saving and loading what a module has learned, by name; and PyTorch's order of axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.layers._search import join
from tinytorch.tensor import Array, Tensor

if TYPE_CHECKING:
    from tinytorch.layers._module import Module


def _named(module: Module) -> Iterator[tuple[str, Tensor, tuple[int, ...] | None]]:
    """Yield name, tensor and PyTorch's permutation of each entry of a module's state, shared ones repeatedly."""
    names: set[str] = set()
    for prefix, part in module.named_modules(shared=True):
        for entries in (part.own_parameters(), part.own_buffers(persistent=True)):
            for name, tensor in entries:
                full = join(prefix, name)
                if full in names:
                    raise ValueError(
                        f"state_dict: two tensors of {type(module).__name__} have the name {full}; keys of a dict must "
                        "differ as text, and an attribute must not have the name that a list or a key makes."
                    )
                names.add(full)
                yield full, tensor, part.pytorch_layout.get(name)


def snapshot(module: Module) -> dict[str, Tensor]:
    """Return copies of all entries of the state."""
    return {name: Tensor(tensor) for name, tensor, _ in _named(module)}


def load(module: Module, state: Mapping[str, Tensor | Array]) -> None:
    """Write `state` into the module's tensors, or raise and change nothing."""
    ours = {name: tensor for name, tensor, _ in _named(module)}
    given = {name: np.asarray(value) for name, value in state.items()}
    problems = [
        *_listed("missing", [name for name in ours if name not in given]),
        *_listed("unexpected", [name for name in given if name not in ours]),
    ]
    both = [(name, tensor, given[name]) for name, tensor in ours.items() if name in given]
    misshapen = [(name, tensor, array) for name, tensor, array in both if array.shape != tensor.shape]
    problems += _listed(
        "of another shape",
        [f"{name} is {tensor.shape} here and {array.shape} there" for name, tensor, array in misshapen],
    )
    problems += _listed(
        "of another kind",
        [
            f"{name} is {tensor.dtype.name} here and {array.dtype.name} there"
            for name, tensor, array in both
            if not np.can_cast(array.dtype, tensor.dtype, "same_kind")
        ],
    )
    if not misshapen:
        problems += _listed("shared here and different there", _torn(both))
    if problems:
        raise ValueError(
            f"load_state_dict: the state does not fit {type(module).__name__}. {'; '.join(problems)}. "
            f"Nothing was loaded.{_hint([(tensor, array) for _, tensor, array in misshapen])}"
        )
    for _, tensor, array in both:
        tensor.copy_(array)


def _listed(what: str, entries: list[str]) -> list[str]:
    return [f"{what}: {', '.join(entries)}"] if entries else []


def _hint(misshapen: list[tuple[Tensor, Array]]) -> str:
    """Return what to do where a matrix would fit if it were transposed."""
    if any(array.ndim == 2 and array.shape == tensor.shape[::-1] for tensor, array in misshapen):
        return " Weights of PyTorch are transposed: pass them through from_pytorch_state first."
    return ""


def _torn(entries: list[tuple[str, Tensor, Array]]) -> list[str]:
    """Return the pairs of names that are one tensor here and two different arrays in the state."""
    first: dict[int, tuple[str, Array]] = {}
    torn = []
    for name, tensor, array in entries:
        other, values = first.setdefault(id(tensor), (name, array))
        if not np.array_equal(values, array, equal_nan=array.dtype.kind == "f"):
            torn.append(f"{other} and {name}")
    return torn


def to_pytorch_state(module: Module) -> dict[str, Array]:
    """Return the state as arrays in PyTorch's order of axes, for ``torch.from_numpy`` and its `load_state_dict`.

    A `Linear` stores its weight as (in, out), PyTorch as (out, in); each class says in `Module.pytorch_layout` what
    differs. Copies, so PyTorch may keep them.

    Examples
    --------
    >>> from tinytorch.layers import Linear
    >>> {name: array.shape for name, array in to_pytorch_state(Linear(3, 2)).items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    return {name: _permuted(tensor.data, axes).copy() for name, tensor, axes in _named(module)}


def from_pytorch_state(module: Module, state: Mapping[str, Any]) -> dict[str, Array]:
    """Return a state of PyTorch in the order of axes that `module` has, for its `load_state_dict`.

    Parameters
    ----------
    module : Module
        Only its structure is read. Entries that it does not know are passed on, for `load_state_dict` to name.
    state : mapping of str to ndarray
        For instance ``{name: t.numpy() for name, t in torch_model.state_dict().items()}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.layers import Linear
    >>> layer = Linear(3, 2)
    >>> theirs = {"weight": np.ones((2, 3)), "bias": np.zeros(2)}
    >>> layer.load_state_dict(from_pytorch_state(layer, theirs))
    """
    layouts = {name: axes for name, _, axes in _named(module)}
    return {name: _permuted(np.asarray(value), layouts.get(name), inverse=True) for name, value in state.items()}


def _permuted(array: Array, axes: tuple[int, ...] | None, *, inverse: bool = False) -> Array:
    if axes is None or array.ndim != len(axes):
        return array
    return array.transpose(np.argsort(axes) if inverse else axes)
