"""Who computes gradients: an engine, found by its entry point when the first tensor asks for gradients."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

from tinytorch.tensor._listening import start_recording

if TYPE_CHECKING:
    from tinytorch.tensor._tensor import Tensor

GROUP = "tinytorch.engine"


class Engine(Protocol):
    """What the object behind the entry point `tinytorch.engine` does."""

    def backward(
        self, tensor: Tensor, gradient: Tensor | None, *, retain_graph: bool | None, create_graph: bool
    ) -> None:
        """Add to ``leaf.grad`` of every leaf that `tensor` was computed from."""


_found: list[Engine | None] = []


def load_engine() -> Engine | None:
    """Return the installed engine, None if there is none. Looked up once a process."""
    if not _found:
        entries = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
        _found.append(None)  # loading may make tensors that ask for gradients
        if entries:
            try:
                _found[0] = entries[0].load()
            except BaseException:  # one that cannot be imported is not the same as none: say so every time
                _found.clear()
                raise
            start_recording()
    return _found[0]


def require_engine() -> Engine:
    """Return the installed engine.

    Raises
    ------
    RuntimeError
        If there is none, with the line that installs it.
    """
    engine = load_engine()
    if engine is None:
        raise RuntimeError(
            "backward: nothing here computes gradients. Install tinytorch-autograd: pip install tinytorch-autograd "
            "(in a checkout: pip install '.[autograd]')"
        )
    return engine
