"""A row of the parity table: one operation of ours, what PyTorch has for it, and a mistake that the row catches.

error   max |ours - theirs| / max |theirs|, over one tensor; NaN and infinities must stand in the same places
bars    float64: 1e-10. float32: 1e-5, both against PyTorch in the same type
        a float32 sum of K terms: √K · 1e-6 from PyTorch in float64; and at most 4 times PyTorch's own error
        there, in tensors of 32 elements or more (the error of one number is luck). PyTorch's own error counts as
        one rounding (2⁻²⁴) where it happens to be smaller: no float32 result can promise less
also    shapes and dtypes of results and gradients are PyTorch's; the upstream gradient is random
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from integration.parity.sides import Answer, ask_ours, ask_theirs

from tinytorch.tensor import Array

BAR = {"float64": 1e-10, "float32": 1e-5}
SUM_BAR = 1e-6  # times √K
NO_WORSE = 4.0  # times PyTorch's own error
MEASURABLE = 32  # elements
ROUNDING = 2.0**-24  # half the distance from 1 to the next float32

#: What every row's draws begin with; ``--seed`` sets it.
seed = 0

Function = Callable[..., Any]
Mistake = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Case:
    """Inputs of one call: floats in float64 (the row converts them), anything else as it is.

    Attributes
    ----------
    layout : {"rows", "columns", "strided", "reversed"}
        How our float inputs lie in memory.
    terms : tuple of int, optional
        For a sum: how many terms each element of the result has, then of each gradient; 0 for one that is no sum.
    constants : tuple of int
        Positions of inputs that get no gradient in this case.
    """

    inputs: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    layout: str = "rows"
    terms: tuple[int, ...] | None = None
    constants: tuple[int, ...] = ()

    def __str__(self) -> str:
        shapes = ", ".join(str(x.shape) if isinstance(x, np.ndarray) else repr(x) for x in self.inputs)
        options = "".join(f", {name}={value!r:.60}" for name, value in self.options.items())
        return f"({shapes}{options}; {self.layout})"


@dataclass
class Outcome:
    """What a row measured: the largest errors, and a sentence for each bar that was missed."""

    cases: int = 0
    errors: dict[str, float] = field(default_factory=dict)  # "float64", "float32 gradient", …
    beside: float = 0.0  # our error of a float32 sum over PyTorch's own, at most
    failures: list[str] = field(default_factory=list)
    ran: set[tuple[str, str]] = field(default_factory=set)  # operation and phase, as a listener saw them

    def note(self, kind: str, error: float) -> None:
        """Keep the largest error of each kind."""
        self.errors[kind] = max(error, self.errors.get(kind, 0.0))


class AnyRow(Protocol):
    """What the table shows and the tests run."""

    @property
    def name(self) -> str: ...
    @property
    def catches(self) -> str: ...
    @property
    def mistake(self) -> Mistake: ...
    @property
    def convention(self) -> tuple[Any, str] | None: ...
    @property
    def public(self) -> frozenset[str]: ...

    @property
    def runs(self) -> tuple[str, ...]: ...

    def run(self, wrong: Any = None) -> Outcome:
        """Compare every case; with `wrong`, that in the place of ours."""


@dataclass(frozen=True)
class Row:
    """One operation.

    Attributes
    ----------
    name : str
        The operation's, if it is one; else the function's.
    ours : mapping of str to callable
        The public faces of the operation ("relu", "ReLU", "Tensor.exp"), all held to the same bars.
    theirs : callable
        The same of PyTorch's tensors.
    cases : callable
        From a generator to the cases.
    catches : str
        The mistake, in words.
    mistake : callable
        The same mistake as a context manager; it may give a wrong function to be used in the place of ours.
    convention : (object, str), optional
        Where PyTorch's convention is a choice: whose docstring states ours, and in which words.
    constants : tuple of int
        Positions of float inputs that get no gradient.
    operations : tuple of str, optional
        The operations that must run; the row's name unless given.
    gradient : bool
        Whether there is one.
    """

    name: str
    ours: Mapping[str, Function]
    theirs: Function
    cases: Callable[[np.random.Generator], Iterable[Case]]
    catches: str
    mistake: Mistake
    convention: tuple[Any, str] | None = None
    constants: tuple[int, ...] = ()
    operations: tuple[str, ...] | None = None
    gradient: bool = True

    @property
    def runs(self) -> tuple[str, ...]:
        """The operations whose kernels and rules this row is about."""
        return (self.name,) if self.operations is None else self.operations

    @property
    def public(self) -> frozenset[str]:
        """The public names that this row covers."""
        return frozenset(self.ours)

    def generator(self) -> np.random.Generator:
        """Return a generator seeded by the row's name: the same numbers every time, whichever rows run."""
        return np.random.default_rng([seed, *self.name.encode()])

    def run(self, wrong: Function | None = None) -> Outcome:
        """Compare every case in both float types; with `wrong`, that function in the place of ours."""
        outcome = Outcome()
        forms = dict(self.ours) if wrong is None else {"the mistake": wrong}
        with np.errstate(all="ignore"):
            for case in self.cases(self.generator()):
                outcome.cases += 1
                theirs = {dtype: self._ask_theirs(case, dtype, dtype) for dtype in BAR}
                oracle = theirs["float64"] if case.terms is None else self._ask_theirs(case, "float32", "float64")
                for form, function in forms.items():
                    for dtype in BAR:
                        inputs = convert(case.inputs, dtype)
                        ours = ask_ours(function, inputs, case.options, case.layout, self._wanted(case), self._above)
                        where = f"{self.name}: {form} {case}, {dtype}"
                        outcome.failures += self._compare(where, case, dtype, ours, theirs[dtype], oracle, outcome)
                        if dtype == "float64" and outcome.cases <= 8:
                            outcome.failures += self._one_by_one(where, case, function, ours)
        return outcome

    def _one_by_one(self, where: str, case: Case, function: Function, together: Answer) -> Iterator[str]:
        """Ask for each gradient alone: a rule must not take one that is not needed for one that is."""
        if sum(gradient is not None for gradient in together.gradients) < 2:
            return
        for i, expected in enumerate(together.gradients):
            if expected is None:
                continue
            wanted = {i}.__contains__
            alone = ask_ours(function, case.inputs, case.options, case.layout, wanted, self._above).gradients[i]
            if alone is None or distance(alone, expected) > BAR["float64"]:
                yield f"{where}, gradient {i}: another one when no other is asked for"

    def _wanted(self, case: Case) -> Callable[[int], bool]:
        constants = (*self.constants, *case.constants)
        return lambda position: self.gradient and position not in constants

    def _above(self, shape: tuple[int, ...]) -> Array:
        """Return the upstream gradient of a result: not uniform, exact in float32, positive so that nothing cancels."""
        generator = np.random.default_rng([7, *shape])
        exact: Array = np.asarray(generator.uniform(0.5, 1.5, shape)).astype(np.float32).astype(np.float64)
        return exact

    def _ask_theirs(self, case: Case, drawn: str, computed: str) -> Answer:
        """Ask PyTorch, in the type `computed`, about inputs that were rounded to the type `drawn`."""
        inputs = convert(convert(case.inputs, drawn), computed)
        return ask_theirs(self.theirs, inputs, case.options, self._wanted(case), self._above)

    def _compare(
        self, where: str, case: Case, dtype: str, ours: Answer, theirs: Answer, oracle: Answer, outcome: Outcome
    ) -> Iterator[str]:
        if len(ours.results) != len(theirs.results):
            yield f"{where}: {len(ours.results)} results, PyTorch has {len(theirs.results)}"
            return
        for what, position, found, expected, exact in pairs(ours, theirs, oracle):
            kind = dtype if what.startswith("result") else f"{dtype} gradient"
            place = f"{where}, {what}"
            if (found.shape, found.dtype) != (expected.shape, expected.dtype):
                yield (
                    f"{place}: {found.dtype.name} of shape {found.shape}, "
                    f"PyTorch has {expected.dtype.name} of shape {expected.shape}"
                )
                continue
            if kind.endswith("gradient"):  # by a NaN there is none
                found, expected, exact = (
                    np.where(np.isnan(case.inputs[position - 1]), 0, g) for g in (found, expected, exact)
                )
            terms = 0 if case.terms is None else case.terms[min(position, len(case.terms) - 1)]
            if not terms or dtype == "float64" or found.dtype.kind != "f":
                error = distance(found, expected)
                outcome.note(kind, error)
                if not error <= BAR[dtype]:
                    yield f"{place}: error {error:.1e}, at most {BAR[dtype]:.0e} is allowed"
                continue
            error, own = distance(found, exact), max(distance(expected, exact), ROUNDING)
            bar = SUM_BAR * terms**0.5
            if expected.size >= MEASURABLE:
                bar = min(bar, NO_WORSE * own)
                outcome.beside = max(outcome.beside, error / own)
            outcome.note(kind, error)
            if not error <= bar:
                yield f"{place}: error {error:.1e} over {terms} terms, at most {bar:.1e} (PyTorch's own: {own:.1e})"


def convert(inputs: tuple[Any, ...], dtype: str) -> tuple[Any, ...]:
    """Return the inputs with floats in `dtype`."""
    return tuple(x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x for x in inputs)


def pairs(ours: Answer, theirs: Answer, oracle: Answer) -> Iterator[tuple[str, int, Array, Array, Array]]:
    """Yield what is to be compared: results, then gradients, with the position of its count of terms."""
    for kind, first in (("results", 0), ("gradients", 1)):
        found, expected, exact = (getattr(answer, kind) for answer in (ours, theirs, oracle))
        for i, triple in enumerate(zip(found, expected, exact, strict=True)):
            if triple[0] is not None:
                yield f"{kind[:-1]} {i}", first * (i + 1), *triple


def distance(found: Any, expected: Any) -> float:
    """Return max |found - expected| / max |expected|, undivided where all expected are 0.

    inf where one of two elements is special (NaN, ±inf) and the other is not, and for unequal integers.
    """
    if found.dtype.kind != "f":
        return 0.0 if np.array_equal(found, expected) else float("inf")
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    plain = np.isfinite(expected)
    if not np.array_equal(found[~plain], expected[~plain], equal_nan=True) or not np.isfinite(found[plain]).all():
        return float("inf")
    difference = float(np.abs(found - expected)[plain].max(initial=0.0))
    scale = float(np.abs(expected[plain]).max(initial=0.0))
    return difference / scale if scale else difference
