"""What a check is: inputs from a seed, a drive that knows no answer, a judge that holds one."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeAlias

import numpy as np

Inputs: TypeAlias = Mapping[str, Any]
Kind: TypeAlias = Literal[
    "example",
    "contract",
    "property",
    "gradient",
    "trajectory",
    "invariance",
    "aliasing",
    "cost",
    "training",
]


class Modules:
    """The modules of TinyTorch as attributes, each imported when it is first asked for: ``tt.tensor.Tensor``."""

    def __getattr__(self, name: str) -> ModuleType:
        return importlib.import_module(f"tinytorch.{name}")


@dataclass(frozen=True)
class Raised:
    """What a drive returns when it raised.

    Attributes
    ----------
    kinds : tuple of str
        The names of the error's class and of those it derives from, the narrowest first.
    message : str
    """

    kinds: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.kinds[0]}: {self.message}" if self.message else self.kinds[0]


class Wrong(Exception):  # noqa: N818  (a verdict, not a mishap)
    """A judge's verdict that a result is wrong.

    Parameters
    ----------
    expected, got : object
        What to show beside each other: a text, or a value that is shown as an array or by its `repr`.
    rule : str, optional
        The rule that was broken, one sentence, where the two do not speak for themselves.
    """

    def __init__(self, expected: object, got: object, rule: str = "") -> None:
        super().__init__(expected, got, rule)
        self.expected = expected
        self.got = got
        self.rule = rule


@dataclass(frozen=True)
class Check:
    """One thing that a function promises, and how it is found out whether it holds.

    Attributes
    ----------
    function : str
        The qualified name of the function that has to keep the promise, as in the module's exercises.
    name : str
        What is checked, in a few words; unique for the function.
    inputs : callable
        ``inputs(rng) -> dict``: plain data (numbers, texts, arrays) from a `numpy.random.Generator`.
    drive : callable
        ``drive(tt, x) -> result``: runs beside the learner's code, on public names of `tt` alone, such as
        ``tt.tensor.Tensor``, and knows no answer. It returns tensors, arrays, numbers, texts, and lists, tuples or
        dicts of them. An error that it raises is a result as well.
    judge : callable
        ``judge(x, result)``: raises `Wrong` unless the result is right. Holds the oracle, which is not our code. Sees
        tensors as arrays, and an error as `Raised`.
    kind : str
    seeds : int
        How many seeds a learner's run goes through. 1 means that the inputs are always the same.
    shown : str
        The inputs as a reader would write them; a format string of the inputs' names: ``"{left} - Tensor({right})"``.
        Empty: the inputs by name.
    strict : bool
        Whether NumPy's floating-point warnings (overflow, invalid, divide) are errors in the drive.
    """

    function: str
    name: str
    inputs: Callable[[np.random.Generator], Inputs]
    drive: Callable[[Any, Any], Any]
    judge: Callable[[Any, Any], None]
    kind: Kind = "example"
    seeds: int = 1
    shown: str = ""
    strict: bool = False

    def rng(self, seed: int) -> np.random.Generator:
        """Return the generator of a seed: another one for each check, the same one on every machine."""
        return np.random.default_rng([zlib.crc32(f"{self.function} {self.name}".encode()), seed])


def given(**values: Any) -> Callable[[np.random.Generator], Inputs]:
    """Return inputs that are always the same."""
    return lambda rng: values
