"""A misconception is told by what fails and how, whoever worded the errors."""

from __future__ import annotations

import pytest

from tinytorch.tito.checks import Check, diagnose, equals, given, mistaken, raises, run_checks
from tinytorch.tito.mistakes import Mistake

FUNCTION, FILE = "broadcast_shapes", "_elementwise.py"
LARGER = """
sizes = []
for m, n in zip(reversed(first), reversed(second)):
    if m != n and 1 not in (m, n):
        raise ValueError(f"{tuple(first)} and {tuple(second)} {WORDS}")
    sizes.append(max(m, n))
return tuple(reversed(sizes))"""
SECOND_ONLY = """
if tuple(first) == tuple(second):
    return tuple(first)
raise KIND(f"{tuple(first)} and {tuple(second)} WORDS")"""
CHECKS = (
    Check(
        function=FUNCTION,
        name="a 1 stretches to 0",
        inputs=given(first=(1,), second=(0,)),
        drive=lambda tt, x: tt.tensor.broadcast_shapes(x["first"], x["second"]),
        judge=equals(lambda x: (0,)),
    ),
    Check(
        function=FUNCTION,
        name="what differs is refused",
        inputs=given(first=(2,), second=(3,)),
        drive=lambda tt, x: tt.tensor.broadcast_shapes(x["first"], x["second"]),
        judge=raises(ValueError, "(2,)", "(3,)"),
    ),
)


def catalogued(when: str, body: str) -> Mistake:
    return Mistake("own", FUNCTION, FILE, when, body)


def told(body: str, mistakes: list[Mistake]) -> str | None:
    """What a learner is told who wrote this body."""
    with mistaken("tensor", catalogued("written", body)) as tt:
        runs = list(run_checks(CHECKS, tt))
    found = diagnose("tensor", FUNCTION, CHECKS, runs, mistakes)
    return found.when if found else None


def test_the_words_of_an_error_that_passes_do_not_matter() -> None:
    known = [catalogued("the larger size wins", LARGER.replace("{WORDS}", "do not fit"))]
    assert told(LARGER.replace("{WORDS}", "are not alike"), known) == "the larger size wins"


def test_the_words_of_an_error_that_should_not_be_do_not_matter_where_people_choose_them() -> None:
    known = [catalogued("only equal shapes fit", SECOND_ONLY.replace("KIND", "ValueError").replace("WORDS", "differ"))]
    assert told(SECOND_ONLY.replace("KIND", "ValueError").replace("WORDS", "are not alike"), known)


@pytest.mark.parametrize("kind", ["TypeError", "AttributeError"])
def test_the_words_of_a_slip_that_python_reports_matter(kind: str) -> None:
    known = [catalogued("only equal shapes fit", SECOND_ONLY.replace("KIND", kind).replace("WORDS", "differ"))]
    assert told(SECOND_ONLY.replace("KIND", kind).replace("WORDS", "are not alike"), known) is None


def test_a_mistake_that_fails_where_the_learner_passes_is_another() -> None:
    known = [catalogued("nothing is refused", "return tuple(max(m, n) for m, n in zip(first, second))")]
    assert told(LARGER.replace("{WORDS}", "do not fit"), known) is None


def test_two_sentences_that_fit_are_none() -> None:
    known = [catalogued(when, LARGER.replace("{WORDS}", when)) for when in ("the larger wins", "a 0 loses")]
    assert told(LARGER.replace("{WORDS}", "do not fit"), known) is None
