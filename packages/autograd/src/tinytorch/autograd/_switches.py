"""The switches of recording: `no_grad` and `enable_grad`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from tinytorch.tensor import recording

F = TypeVar("F", bound=Callable[..., Any])


class no_grad(recording):  # noqa: N801  (a context manager reads as a verb)
    """Switch recording off: as a ``with`` block or a decorator, in this thread, restored even after an exception.

    A decorated generator runs each of its pieces with recording off, and its caller's setting holds in between. (A
    ``with no_grad()`` around a ``yield`` inside a generator stays in force while the caller runs; decorate instead.)

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> x = Tensor([1.0], requires_grad=True)
    >>> with no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        super().__init__(False)

    def __call__(self, function: F) -> F:
        """Decorate a function or a generator function."""
        return decorated(function, False)


class enable_grad(recording):  # noqa: N801  (a context manager reads as a verb)
    """Switch recording on again, inside a `no_grad` block; a ``with`` block or a decorator too."""

    def __init__(self) -> None:
        super().__init__(True)

    def __call__(self, function: F) -> F:
        """Decorate a function or a generator function."""
        return decorated(function, True)


def decorated(function: F, enabled: bool) -> F:
    """Return `function` with recording switched while it runs; a generator, while each of its pieces runs."""
    if not inspect.isgeneratorfunction(function):
        return recording(enabled)(function)

    @functools.wraps(function)
    def pieces(*inputs: Any, **parameters: Any) -> Generator[Any, Any, Any]:
        generator = function(*inputs, **parameters)
        resume: Callable[[Any], Any] = generator.send
        message: Any = None
        while True:
            try:
                with recording(enabled):
                    value = resume(message)
            except StopIteration as end:
                return end.value
            try:
                message = yield value
                resume = generator.send
            except GeneratorExit:
                generator.close()
                raise
            except BaseException as error:  # the caller's throw() belongs to the generator
                message, resume = error, generator.throw

    wrapped: Any = pieces
    result: F = wrapped
    return result
