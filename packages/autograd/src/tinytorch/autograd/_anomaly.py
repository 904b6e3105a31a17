"""Where a NaN was born: a listener that looks at everything that operations, rules and updates put out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tinytorch.tensor import Array, Step, listen

PHASES = {"forward": "forward", "rule": "backward", "update": "in an update"}


class AnomalyError(RuntimeError):
    """A number that is not one, with the operation that made it."""


class AnomalyDetector:
    """The listener behind `detect_anomaly`.

    Infinities are allowed (masks are full of them), but the first that came out of finite numbers is remembered: when
    a NaN follows, that is where it began.
    """

    def __init__(self, infinite: bool) -> None:
        self.infinite = infinite
        self.first_infinity: str | None = None
        self.lines: WeakKeyDictionary[Step, str] = WeakKeyDictionary()

    def before(self, step: Step) -> None:
        """Note which line of the caller runs this step; its rule will run far from there."""
        if step.phase == "forward":
            self.lines[step] = _line()

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Look for numbers that are none."""
        targets: Sequence[Any] = step.arrays[0] if step.phase == "update" else ()
        floats = [array for array in (*outputs, *targets) if array.dtype.kind == "f"]
        if all(np.isfinite(array).all() for array in floats):
            return
        inputs = [x for x in step.arrays if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
        if any(np.isnan(array).any() for array in floats):
            raise AnomalyError(self._sentence(step, floats, inputs))
        if all(np.isfinite(x).all() for x in inputs):
            where = f"{step.operation.name} ({PHASES[step.phase]}, {self._place(step)})"
            if self.infinite:
                raise AnomalyError(
                    f"anomaly: {where} gave {_count(floats, np.isinf)} infinite numbers from finite ones."
                )
            self.first_infinity = self.first_infinity or where

    def _sentence(self, step: Step, floats: Sequence[Array], inputs: Sequence[Array]) -> str:
        found = f"{_count(floats, np.isnan)} of {sum(array.size for array in floats)} numbers are NaN"
        text = f"anomaly: {step.operation.name}, {PHASES[step.phase]}, {self._place(step)}: {found}."
        if any(np.isnan(x).any() for x in inputs):
            return f"{text} Its input had NaN already: they came from outside, in the data or in a parameter."
        if any(np.isinf(x).any() for x in inputs):
            born = (
                f"The first infinity came out of {self.first_infinity}." if self.first_infinity else "They came in so."
            )
            return f"{text} Its input had infinite numbers. {born}"
        if step.phase == "rule":
            kept = [x for x in (*step.inputs, step.output) if isinstance(x, np.ndarray) and x.size]
            if kept:
                spans = ", ".join(f"{x.min():.3g} to {x.max():.3g}" for x in kept)
                return f"{text} The gradient from above was finite; what the rule had kept ranged over {spans}."
        spans = ", ".join(f"{x.min():.3g} to {x.max():.3g}" for x in inputs if x.size)
        return f"{text} What came in was finite: {spans}."

    def _place(self, step: Step) -> str:
        shapes = [x.shape for x in step.arrays if isinstance(x, np.ndarray)] if step.phase == "forward" else step.shapes
        inputs = ", ".join(str(shape) for shape in shapes if shape is not None)
        line = self.lines.get(step)
        return f"inputs {inputs or 'of no shape'}" + (f", computed at {line}" if line else "")


@contextmanager
def detect_anomaly(*, infinite: bool = False) -> Iterator[AnomalyDetector]:
    """Raise as soon as a NaN comes out of an operation, a rule or an update, and name it.

    Parameters
    ----------
    infinite : bool, default False
        Raise for infinite numbers that come out of finite ones too.

    Raises
    ------
    AnomalyError
        Inside the block: the operation, forward or backward, the shapes of its inputs, the line that ran it, and
        whether the NaN was born there, came of an infinity made earlier, or came in from outside.

    Notes
    -----
    Looks at every number that is computed: a step takes about twice as long.

    Examples
    --------
    >>> from tinytorch.tensor import Tensor
    >>> x = Tensor([0.0], requires_grad=True)
    >>> with detect_anomaly():
    ...     (x.sqrt() * 0.0).backward()
    Traceback (most recent call last):
    ...
    tinytorch.autograd._anomaly.AnomalyError: anomaly: sqrt, backward, inputs (1,), ...
    """
    detector = AnomalyDetector(infinite)
    with listen(detector), np.errstate(all="ignore"):  # what NumPy would warn of is told here, with its place
        yield detector


def _count(arrays: Sequence[Array], test: Any) -> int:
    return sum(int(np.count_nonzero(test(array))) for array in arrays)


def _line() -> str:
    """The file and line of the innermost caller that is not part of this framework."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("tinytorch."):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
