"""Hooks: functions that a module calls before or after its `forward`.

They see inputs and outputs without a change to the model, and may replace them. A module without hooks pays one
truth test a call.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from tinytorch.layers._module import Module

#: ``hook(module, inputs)``: None, or what takes the inputs' place.
PreHook = Callable[["Module", tuple[Any, ...]], Any]
#: ``hook(module, inputs, output)``: None, or what takes the output's place.
ForwardHook = Callable[["Module", tuple[Any, ...], Any], Any]


#: A registered hook, and when it is called.
Hook = tuple[Literal["before", "after"], Callable[..., Any]]


class HookHandle:
    """What registering a hook returns: `remove` takes the hook away; so does leaving a ``with`` block."""

    def __init__(self, remove: Callable[[], None]) -> None:
        self._remove: Callable[[], None] | None = remove

    def remove(self) -> None:
        """Take the hook away. A second call does nothing."""
        if self._remove is not None:
            self._remove()
            self._remove = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


def call_with_hooks(module: Module, hooks: tuple[Hook, ...], inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run ``module.forward`` between its hooks, in the order of registration; keyword arguments pass by them unseen."""
    for when, hook in hooks:
        if when == "before":
            replaced = hook(module, inputs)
            if replaced is not None:
                inputs = replaced if isinstance(replaced, tuple) else (replaced,)
    output = module.forward(*inputs, **keywords)
    for when, hook in hooks:
        if when == "after":
            replaced = hook(module, inputs, output)
            if replaced is not None:
                output = replaced
    return output
