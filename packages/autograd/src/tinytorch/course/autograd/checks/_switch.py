"""The switch of recording: off within a block, back after it whatever happened, and each thread's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tinytorch.course.autograd.checks._draws import Generator
from tinytorch.tito.checks import Check, equals, given


class PlannedError(Exception):
    """An error that a check raises itself."""


def apart(drive: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a drive that runs in a thread of its own, whose switches end with it, whatever was done to them."""

    def driven(tt: Any, x: Any) -> Any:
        tt.tensor.Tensor([0.0], requires_grad=True)  # from here on there is an engine, and recording is on
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(drive, tt, x).result()

    return driven


@apart
def _blocks(tt: Any, x: Any) -> Any:
    """Whether recording is on, inside and after each of several nested blocks, of which the innermost may fail."""
    notes: list[bool] = []
    errors: list[str] = []

    def enter(switches: list[bool]) -> None:
        notes.append(tt.tensor.is_recording())
        if switches:
            with tt.tensor.recording(switches[0]):
                enter(switches[1:])
            notes.append(tt.tensor.is_recording())
        elif x["fails"]:
            raise PlannedError("inside")

    for switches in x["blocks"]:
        try:
            enter(list(switches))
        except PlannedError as error:
            errors.append(str(error))
            notes.append(tt.tensor.is_recording())
    return {"recording": notes, "errors that came out": errors}


def _stack(x: Any) -> Any:
    """A stack of what holds, kept by hand."""
    notes: list[bool] = []
    errors: list[str] = []
    for switches in x["blocks"]:
        notes += [True, *switches]
        if x["fails"]:
            errors.append("inside")  # and of the way out only the end is noted
            notes.append(True)
        else:
            notes += [True, *switches][-2::-1]
    return {"recording": notes, "errors that came out": errors}


def _switches(rng: Generator) -> dict[str, Any]:
    blocks = [[bool(one) for one in rng.integers(0, 2, int(rng.integers(0, 4)))] for _ in range(3)]
    return {"blocks": blocks, "fails": bool(rng.random() < 0.5)}


@apart
def _elsewhere(tt: Any, x: Any) -> Any:
    """Whether another thread records, while this one does not and after it."""
    found: list[bool] = []

    def ask() -> None:
        thread = threading.Thread(target=lambda: found.append(tt.tensor.is_recording()))
        thread.start()
        thread.join()

    with tt.tensor.recording(False):
        ask()
    ask()
    return found, tt.tensor.is_recording()


@apart
def _no_grad(tt: Any, x: Any) -> Any:
    """Whether a product is recorded after a `no_grad` that ends with an error."""
    tensor = tt.tensor.Tensor([3.0], requires_grad=True)
    inside = None
    try:
        with tt.autograd.no_grad():
            inside = (tensor * 2).requires_grad
            raise PlannedError("inside")
    except PlannedError:
        return inside, (tensor * 2).requires_grad
    return "the error was lost"


_nested = partial(Check, function="recording.__exit__", drive=_blocks)

SWITCH: tuple[Check, ...] = (
    _nested(
        name="off inside, on again after",
        inputs=given(blocks=[[False]], fails=False),
        judge=equals(_stack),
        shown="is_recording() before, inside and after `with recording(False)`",
    ),
    _nested(
        name="one block inside another",
        inputs=given(blocks=[[False, True], [False, False]], fails=False),
        judge=equals(_stack, rule="Each block brings back what held before it, whatever that was."),
        shown="is_recording() on the way into and out of the blocks {blocks}",
    ),
    _nested(
        name="after an error",
        inputs=given(blocks=[[False]], fails=True),
        judge=equals(_stack, rule="The switch is put back, and the error goes on."),
        kind="contract",
        shown="is_recording() before, inside and after `with recording(False)`, whose body raises",
    ),
    _nested(
        name="any blocks",
        inputs=_switches,
        judge=equals(_stack),
        kind="property",
        seeds=20,
        shown="is_recording() on the way into and out of the blocks {blocks}, the innermost raising: {fails}",
    ),
    Check(
        function="recording.__exit__",
        name="no_grad ends with its block",
        inputs=given(),
        drive=_no_grad,
        judge=equals(lambda x: (False, True)),
        kind="contract",
        shown="(x * 2).requires_grad inside `with no_grad()`, which raises, and after it",
    ),
    Check(
        function="recording.__enter__",
        name="another thread is not concerned",
        inputs=given(),
        drive=_elsewhere,
        judge=equals(lambda x: ([True, True], True), rule="Each thread switches for itself."),
        kind="contract",
        shown="is_recording() in another thread while this one is inside `with recording(False)`, and after",
    ),
)
