"""Judges for the usual promises: an exact value, a value up to rounding, a named error, a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinytorch.tito.checks._check import Raised, Wrong

Judge = Callable[[Any, Any], None]
Oracle = Callable[[Any], Any]


def equals(oracle: Oracle, *, dtype: bool = True, rule: str = "") -> Judge:
    """Return a judge that wants exactly what the oracle says: shape, dtype and every element.

    Parameters
    ----------
    oracle : callable
        ``oracle(x)``: an array, number, text, or a tuple, list or dict of them. Numbers stand for arrays of rank 0.
    dtype : bool, optional
        Whether the dtype has to agree too.
    rule : str, optional
        The promise in one sentence, shown when it is broken.
    """
    return lambda x, result: compare(oracle(x), result, 0.0, 0.0, dtype, rule)


def close(
    oracle: Oracle, *, rtol: float, because: str, atol: float = 0.0, dtype: bool = False, rule: str = ""
) -> Judge:
    """Return a judge that wants what the oracle says, up to ``atol + rtol * |expected|``.

    `because` says where the tolerance comes from.
    """
    if not because:
        raise ValueError("A tolerance needs its reason: because=...")
    return lambda x, result: compare(oracle(x), result, rtol, atol, dtype, rule)


def raises(kind: type[BaseException], *mentions: str | Callable[[Any], str], rule: str = "") -> Judge:
    """Return a judge that wants an error of a kind, whose message contains certain texts.

    Parameters
    ----------
    kind : type
        A built-in exception; one that derives from it will do.
    *mentions : str or callable
        What the message must contain, or ``mention(x)`` that says it.
    """

    def judge(x: Any, result: Any) -> None:
        wanted = [mention if isinstance(mention, str) else mention(x) for mention in mentions]
        expected = kind.__name__ + (f" that says {', '.join(wanted)}" if wanted else "")
        if not isinstance(result, Raised):
            raise Wrong(expected, result, rule)
        if kind.__name__ not in result.kinds or not all(each in result.message for each in wanted):
            raise Wrong(expected, result, rule)

    return judge


def holds(condition: Callable[[Any, Any], bool], rule: str) -> Judge:
    """Return a judge that wants ``condition(x, result)`` to be true; an error raised is never right.

    Parameters
    ----------
    condition : callable
    rule : str
        The condition in one sentence.
    """

    def judge(x: Any, result: Any) -> None:
        if isinstance(result, Raised) or not condition(x, result):
            raise Wrong(rule, result)

    return judge


def every(*judges: Judge) -> Judge:
    """Return a judge that asks several, in order."""

    def judge(x: Any, result: Any) -> None:
        for one in judges:
            one(x, result)

    return judge


def compare(expected: Any, got: Any, rtol: float, atol: float, dtype: bool, rule: str = "") -> None:
    """Raise `Wrong` unless a plain result is what was expected."""
    difference = _difference(expected, got, rtol, atol, dtype)
    if difference is not None:
        raise Wrong(expected, got, " ".join(part for part in (rule, difference) if part))


def _difference(expected: Any, got: Any, rtol: float, atol: float, dtype: bool) -> str | None:
    """Return what differs, in a sentence where the values alone do not show it; None if nothing does."""
    if isinstance(expected, dict | list | tuple):
        if type(got) is not type(expected) or len(got) != len(expected):
            return ""
        keys: Iterable[Any] = expected if isinstance(expected, dict) else range(len(expected))
        if isinstance(expected, dict) and expected.keys() != dict(got).keys():
            return ""
        pairs = ((expected[key], got[key]) for key in keys)
        found = (_difference(*pair, rtol, atol, dtype) for pair in pairs)
        return next((difference for difference in found if difference is not None), None)
    if expected is None or isinstance(expected, str | bytes | bool):
        return None if type(got) is type(expected) and got == expected else ""
    if isinstance(got, Raised | str | bytes | dict | list | tuple) or got is None:
        return ""
    one, other = np.asarray(expected), np.asarray(got)
    if one.shape != other.shape:
        return f"The shape is {other.shape}, not {one.shape}."
    if dtype and isinstance(expected, np.ndarray | np.generic) and one.dtype != other.dtype:
        return f"The dtype is {other.dtype}, not {one.dtype}."
    if other.dtype == object:
        return "The elements are Python objects."
    with np.errstate(all="ignore"):
        if rtol == atol == 0.0:
            return None if np.array_equal(one, other, equal_nan=_floating(one) and _floating(other)) else ""
        near = np.isclose(other.astype(np.float64), one.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True)
    if near.all():
        return None
    return f"{near.size - int(near.sum())} of {near.size} elements differ." if near.size > 1 else ""


def _floating(x: np.ndarray[Any, Any]) -> bool:
    return bool(np.issubdtype(x.dtype, np.inexact))
