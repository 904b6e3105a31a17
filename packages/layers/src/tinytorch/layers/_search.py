"""Searching: what stands inside a value, and inside a module, under which name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tinytorch.layers._module import Module

T = TypeVar("T")


def parts_of(name: str, value: Any, kinds: tuple[type, ...], above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield `value` if it is of one of the `kinds`, else what it holds of them: lists, tuples and dicts to any depth.

    In the order in which they stand there. An iterator is not looked into: that would use it up.

    Parameters
    ----------
    name : str
        Of `value`; positions and keys are appended, with dots.
    value : Any
    kinds : tuple of type
    above : tuple of int
        The ids of the lists and dicts that `value` stands in: one that contains itself is not entered again.

    Raises
    ------
    TypeError
        For a set that holds one of the kinds.
    """
    if isinstance(value, kinds):
        yield name, value
    elif isinstance(value, (list, tuple, dict)):
        if id(value) in above:
            return
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from parts_of(f"{name}.{key}", part, kinds, (*above, id(value)))
    elif isinstance(value, (set, frozenset)) and any(isinstance(part, kinds) for part in value):
        raise TypeError(
            f"{name}: a set of modules or parameters has another order in each run, so its parameters cannot be named; "
            "use a list or a dict."
        )


def modules_below(module: Module, prefix: str, seen: set[int], shared: bool) -> Iterator[tuple[str, Module]]:
    """Yield `module` and the modules below it, parents first, but for those whose ids are in `seen`.

    Without `shared`, `seen` grows to all that have been met. With it, it holds the modules that this one stands in: one
    that stands in several places is met in each, and a cycle still ends.
    """
    if id(module) in seen:
        return
    seen.add(id(module))
    yield prefix, module
    for name, child in module.named_children():
        yield from modules_below(child, join(prefix, name), seen, shared)
    if shared:
        seen.discard(id(module))


def each_once(named: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Yield each thing under its first name only. The same thing, not an equal one."""
    seen: set[int] = set()
    for name, thing in named:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield name, thing


def join(prefix: str, name: str) -> str:
    """Return a full name: ``"net"`` and ``"0.weight"`` make ``"net.0.weight"``."""
    return f"{prefix}.{name}" if prefix else name
