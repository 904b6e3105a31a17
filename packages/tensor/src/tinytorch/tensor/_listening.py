"""Who is told of the steps, and whether they are recorded: two switches, for each thread its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from tinytorch.tensor._step import Array, Step


class Listener(Protocol):
    """What `listen` takes: an object that is told of every step.

    A kernel that raises has had its `before` and gets no `after`.
    """

    def before(self, step: Step) -> None:
        """Be told that `step` is about to run."""

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Be told that `step` has run, and what came out (gradients, when its phase is "rule")."""


class Thread(threading.local):
    """What each thread has for itself."""

    recording: bool = False  # True from the moment an engine is there to read the record
    listeners: tuple[Listener, ...] = ()
    outer: tuple[bool | None, ...] = ()  # what `recording` was outside each of the blocks that are open


class _Process:
    """What all threads share."""

    __slots__ = ("edits", "listeners")

    def __init__(self) -> None:
        self.listeners = 0  # of all threads: while it is 0, no operation looks for its own
        self.edits = 0  # of all memory, ever: each edit gets a number


thread = Thread()
process = _Process()
_lock = threading.Lock()


def announced(work: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Run ``work(step, *arrays, **parameters)`` with this thread's listeners told before and after."""
    listeners = thread.listeners
    step: Step = arguments[0]
    if not listeners:
        return work(*arguments, **step.parameters)
    parameters = step.parameters
    step.arrays = arguments[1:]
    for listener in listeners:
        listener.before(step)
    result = work(*arguments, **parameters)
    if type(result) is not np.ndarray and type(result) is not tuple and result is not None:
        result = np.asarray(result)  # a number of rank 0: what is announced is what the tensor will stand on
    tell_after(listeners, step, result)
    return result


def run_rule(step: Step, grad: Any) -> Any:
    """Run the rule of a recorded step on the gradient of its output; listeners are told.

    Parameters
    ----------
    step : Step
    grad : ndarray or tuple of ndarray or None
        The gradient of the output; a tuple for an operation with several.

    Returns
    -------
    ndarray or None, or a tuple of them
        As the rule returned it: one gradient per input.
    """
    rule = step.operation.rule
    if rule is None:
        raise NotImplementedError(
            f"{step.operation.name}: this operation has no derivative rule. Register one with @rule, "
            "or detach() its input if no gradient should pass through it."
        )
    if not process.listeners or not thread.listeners:
        return rule(step, grad)
    listeners = thread.listeners
    step.phase = "rule"
    step.arrays = grad if isinstance(grad, tuple) else (grad,)
    try:
        for listener in listeners:
            listener.before(step)
        result = rule(step, grad)
        tell_after(listeners, step, result)
    finally:  # the step outlives a rule that raises
        step.phase = "forward"
        step.arrays = ()
    return result


def tell_after(listeners: tuple[Listener, ...], step: Step, result: Any) -> None:
    """Tell the listeners, innermost first, what came out."""
    if type(result) is np.ndarray:
        outputs: tuple[Array, ...] = (result,)
    else:
        several = result if isinstance(result, tuple) else (result,)
        outputs = tuple([np.asarray(output) for output in several if output is not None])
    for listener in reversed(listeners):
        listener.after(step, outputs)
    step.arrays = ()


class recording(ContextDecorator):  # noqa: N801  (a context manager reads as a verb)
    """Switch the recording of steps off or on, in this thread, for a ``with`` block or a decorated function.

    Parameters
    ----------
    enabled : bool

    Examples
    --------
    >>> from tinytorch.tensor import is_recording, recording
    >>> with recording(False):
    ...     is_recording()
    False
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def _recreate_cm(self) -> recording:
        return recording(self.enabled)  # a decorated function may run in several threads at once

    def __enter__(self) -> Self:
        # None where this thread has said nothing: afterwards it shall follow start_recording again
        thread.outer = (*thread.outer, thread.__dict__.get("recording"))
        thread.recording = self.enabled
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        *rest, outer = thread.outer
        thread.outer = tuple(rest)
        if outer is None:
            del thread.recording
        else:
            thread.recording = outer


def start_recording() -> None:
    """Record from now on, in every thread that has not been told otherwise: an engine has been loaded."""
    Thread.recording = True


def is_recording() -> bool:
    """Whether steps are recorded in this thread."""
    return thread.recording


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Tell `listener` of every step of this thread inside the ``with`` block.

    Without any listener an operation pays one truth test.
    """
    outer = thread.listeners
    thread.listeners = (*outer, listener)
    with _lock:
        process.listeners += 1
    try:
        yield
    finally:
        thread.listeners = outer
        with _lock:
            process.listeners -= 1
