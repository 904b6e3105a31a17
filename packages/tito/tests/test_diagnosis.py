"""A misconception is told by what fails and how, whoever worded the errors."""

from __future__ import annotations

import numpy as np
import pytest

from tinytorch.tito.checks import (
    Check,
    Raised,
    Symptom,
    diagnose,
    equals,
    given,
    likeliest,
    mistaken,
    raises,
    run_checks,
)
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


RIGHT = Raised(("ValueError", "Exception"), "sizes differ")
BROKEN = Raised(("IndexError", "LookupError", "Exception"), "tuple index out of range")


def wrong(number: float, seed: int = 0) -> Symptom:
    return Symptom(seed, number, "value")


def other_type(number: int) -> Symptom:
    return Symptom(0, np.array(number, dtype=np.int64), "form")


OVERSIGHT = Symptom(0, 7.0, "contract")


@pytest.mark.parametrize(
    ("learner", "mistake", "explained"),
    [
        pytest.param([wrong(1.0), OVERSIGHT], [wrong(1.0), None], True, id="an error is missing as well"),
        pytest.param([wrong(1.0), other_type(2)], [wrong(1.0), None], True, id="a type is another as well"),
        pytest.param([OVERSIGHT, wrong(1.0)], [None, wrong(1.0)], False, id="what is shown is not explained"),
        pytest.param([wrong(1.0), None], [wrong(1.0), wrong(2.0)], False, id="what the mistake gets wrong is right"),
        pytest.param([wrong(1.0), wrong(3.0)], [wrong(1.0), wrong(2.0)], False, id="or wrong in another way"),
        pytest.param(
            [wrong(1.0), wrong(2.0), wrong(3.0)],
            [wrong(1.0), wrong(2.0), wrong(3.0, 3)],
            True,
            id="what the mistake gets wrong later is another fault's",
        ),
        pytest.param([wrong(1.0, 3)], [wrong(1.0, 2)], False, id="or was wrong before"),
        pytest.param(
            [wrong(1.0), wrong(2.0), wrong(3.0)], [wrong(1.0), wrong(2.0), None], True, id="another fault, no larger"
        ),
        pytest.param([wrong(1.0), wrong(2.0)], [wrong(1.0), None], False, id="one value and another fault"),
        pytest.param([wrong(1.0), wrong(2.0), wrong(3.0)], [wrong(1.0), None, None], False, id="a larger one"),
        pytest.param(
            [wrong(1.0), wrong(2.0), Symptom(0, BROKEN, "error")],
            [wrong(1.0), wrong(2.0), wrong(3.0)],
            True,
            id="another fault breaks down once",
        ),
        pytest.param(
            [wrong(1.0), *[Symptom(0, BROKEN, "error")] * 2],
            [wrong(1.0), wrong(2.0), wrong(3.0)],
            False,
            id="another fault breaks down more often",
        ),
        pytest.param(
            [OVERSIGHT, wrong(1.0)], [OVERSIGHT, None], False, id="an error that is missing explains no wrong value"
        ),
        pytest.param([Symptom(0, RIGHT, "error")], [Symptom(0, BROKEN, "error")], False, id="another error"),
    ],
)
def test_a_mistake_explains_failures(
    learner: list[Symptom | None], mistake: list[Symptom | None], explained: bool
) -> None:
    known = catalogued("this is wrong", "return first")
    assert likeliest(learner, [(known, mistake)]) == (known if explained else None)


def test_of_two_that_explain_what_is_shown_the_one_that_explains_more_is_told() -> None:
    less, more = catalogued("less", "return first"), catalogued("more", "return second")
    learner = [wrong(1.0), wrong(2.0), OVERSIGHT]
    known: list[tuple[Mistake, list[Symptom | None]]] = [
        (less, [wrong(1.0), None, None]),
        (more, [wrong(1.0), wrong(2.0), None]),
    ]
    assert likeliest(learner, known) == more
    assert likeliest(learner, [(less, known[0][1]), (more, known[0][1])]) is None


def test_the_type_of_a_number_does_not_hide_what_is_wrong_with_it() -> None:
    known = catalogued("this is wrong", "return first")
    mine, theirs = np.array([1.0, 5.0]), np.array([1.0, 5.0], dtype=np.float32)
    assert likeliest([Symptom(0, mine, "value")], [(known, [Symptom(0, theirs, "value")])]) == known
    # where nothing but the type is wrong, it has to be the same one
    assert likeliest([Symptom(0, mine, "form")], [(known, [Symptom(0, theirs, "form")])]) is None


def test_a_second_fault_does_not_hide_the_first() -> None:
    refusing = (
        "if len(first) == 1 and first[0] != second[0] and 1 not in (first[0], second[0]):\n"
        '    raise ValueError(f"{tuple(first)} and {tuple(second)} do not fit")\n'
        "return tuple(max(m, n) for m, n in zip(first, second))"
    )
    assert told("return [max(m, n) for m, n in zip(first, second)]", [catalogued("a 1 wins", refusing)]) == "a 1 wins"
