"""Modules made of modules: a list, a dict, and a chain that calls its members one after the other."""

from __future__ import annotations

import copy
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self, overload

from tinytorch.layers._module import Module
from tinytorch.tensor import Tensor

#: What a container holds: a module, or any function from tensor to tensor (an activation, for instance).
Layer = Callable[..., Tensor]


class ModuleList(Module):
    """A list of modules (and of other callables, which have nothing to learn).

    A plain Python list as an attribute is found just as well; this one has a `repr` of its own and is a module itself,
    so that it can be passed to whatever takes one.

    Parameters
    ----------
    layers : iterable of callable, optional

    Examples
    --------
    >>> from tinytorch.layers import Linear
    >>> layers = ModuleList([Linear(2, 3)])
    >>> layers.append(Linear(3, 1, bias=False))
    >>> layers
    ModuleList(
      (0): Linear(2, 3)
      (1): Linear(3, 1, bias=False)
    )
    """

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        self._layers: list[Layer] = []
        self.extend(layers)

    def append(self, layer: Layer) -> None:
        """Add one at the end."""
        self.insert(len(self._layers), layer)

    def extend(self, layers: Iterable[Layer]) -> None:
        """Add several at the end."""
        for layer in layers:
            self.append(layer)

    def insert(self, index: int, layer: Layer) -> None:
        """Add one before position `index`; the names of those behind it change."""
        self._layers.insert(index, _callable(type(self).__name__, layer))

    def __len__(self) -> int:
        return len(self._layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._layers)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            part = copy.copy(self)
            part._layers = self._layers[index]
            part._hooks = ()
            return part
        self._check(index)
        return self._layers[index]

    def __setitem__(self, index: int, layer: Layer) -> None:
        self._check(index)
        self._layers[index] = _callable(type(self).__name__, layer)

    def __delitem__(self, index: int | slice) -> None:
        if isinstance(index, int):
            self._check(index)
        del self._layers[index]

    def _check(self, index: int) -> None:
        if not -len(self._layers) <= index < len(self._layers):
            raise IndexError(f"{type(self).__name__}: no position {index} among {len(self._layers)} layers.")

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        yield from ((name, value) for name, value in super()._attributes() if name != "_layers")
        yield from ((str(position), layer) for position, layer in enumerate(self._layers))

    def _shown(self) -> Iterator[tuple[str, str]]:
        yield from ((name, text) for name, text in super()._shown() if not name.isdigit())
        yield from ((str(position), _text(layer)) for position, layer in enumerate(self._layers))


class Sequential(ModuleList):
    """A chain: the output of each layer is the input of the next.

    Parameters
    ----------
    *layers : callable, or one list of them
        Modules, or any functions from tensor to tensor, such as activations. The same layer may stand in several places
        and then has the same weights there.

    Raises
    ------
    TypeError
        For a member that cannot be called.

    Examples
    --------
    >>> from tinytorch.layers import Linear
    >>> from tinytorch.tensor import tanh, zeros
    >>> model = Sequential([Linear(4, 8), tanh, Linear(8, 2)])
    >>> model(zeros(3, 4)).shape
    (3, 2)
    >>> len(model[:2])
    2
    """

    def __init__(self, *layers: Layer | Iterable[Layer]) -> None:
        first = layers[0] if layers else ()
        given: Any = first if len(layers) <= 1 and isinstance(first, Iterable) and not callable(first) else layers
        super().__init__(given)

    def forward(self, x: Any) -> Any:
        """Pass `x` through all layers in turn. An exception gets a note that says in which layer."""
        for position, layer in enumerate(self._layers):
            try:
                x = layer(x)
            except Exception as error:
                error.add_note(f"in layer {position} of {len(self._layers)} (from 0) of a Sequential: {_text(layer)}")
                raise
        return x


class ModuleDict(Module):
    """A dict of modules (and of other callables). A plain dict as an attribute is found just as well.

    Parameters
    ----------
    layers : mapping of str to callable, optional
    """

    def __init__(self, layers: Mapping[str, Layer] | None = None) -> None:
        self._layers: dict[str, Layer] = {}
        for name, layer in (layers or {}).items():
            self[name] = layer

    def __setitem__(self, name: str, layer: Layer) -> None:
        if not isinstance(name, str) or "." in name or not name:
            raise ValueError(f"ModuleDict: names are text without a dot, not {name!r}; parameters are named by them.")
        self._layers[name] = _callable("ModuleDict", layer)

    def __getitem__(self, name: str) -> Any:
        if name not in self._layers:
            raise KeyError(f"ModuleDict: no layer {name!r}; there are {', '.join(self._layers) or 'none'}.")
        return self._layers[name]

    def __delitem__(self, name: str) -> None:
        del self._layers[name]

    def __len__(self) -> int:
        return len(self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __contains__(self, name: object) -> bool:
        return name in self._layers

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._layers.keys()

    def values(self) -> ValuesView[Any]:
        """Return the layers."""
        return self._layers.values()

    def items(self) -> ItemsView[str, Any]:
        """Return names and layers."""
        return self._layers.items()

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        yield from ((name, value) for name, value in super()._attributes() if name != "_layers")
        yield from self._layers.items()

    def _shown(self) -> Iterator[tuple[str, str]]:
        yield from ((name, text) for name, text in super()._shown() if name not in self._layers)
        yield from ((name, _text(layer)) for name, layer in self._layers.items())


def _text(layer: Layer) -> str:
    """Return the name of a function, the `repr` of anything else."""
    return str(getattr(layer, "__name__", None) or repr(layer))


def _callable(container: str, layer: Any) -> Layer:
    if not callable(layer):
        raise TypeError(
            f"{container}: a layer is a module or a function of a tensor, not {type(layer).__name__} {layer!r:.60}."
        )
    if isinstance(layer, type):
        raise TypeError(
            f"{container}: {layer.__name__} is a class; a layer is an instance of it: {layer.__name__}(...)."
        )
    checked: Layer = layer
    return checked
