"""The questions at a module's end: asked once, where somebody can answer; and numbers as people write them."""

import sys
from typing import Any

import pytest

from tinytorch.tito.cli._reflect import Question, open_questions, questions
from tinytorch.tito.workspace import State

terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its library")
COUNT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"
MERGE = (
    "out = []\n    for t in tokens:\n"
    "        out[-1:] = ([out[-1] + t] if (out[-1], t) == pair else [out[-1], t]) if out else [t]\n    return out"
)
QUESTION = "How many pairs do a thousand tokens have?"


@pytest.fixture
def done(learner: Any) -> Any:
    """Return somebody who has written all of the small module."""
    learner.write("count_pairs", COUNT)
    learner.write("merge_pair", MERGE)
    assert learner.run("check", "tokenization").code == 0
    return learner


@terminal
def test_a_question_is_asked_until_it_is_answered_and_then_no_more(done: Any) -> None:
    first = done.terminal("check", "tokenization", keys="999\n").out
    assert (QUESTION in first, "One fewer than there are tokens." in first) == (True, True)
    again = done.terminal("check", "tokenization")
    assert (again.code, QUESTION in again.out, "question" in again.out) == (0, False, False)
    (done.folder / ".tito/answered.json").write_text("{", "utf-8")  # lost without harm
    assert QUESTION in done.terminal("check", "tokenization", keys="\n").out
    assert QUESTION not in done.terminal("check", "tokenization").out


@terminal
def test_a_check_of_one_function_asks_nothing_and_says_who_does(done: Any) -> None:
    said = done.terminal("check", "tokenization.count_pairs")
    assert (said.code, QUESTION in said.out) == (0, False)
    assert "1 question to end with: tito check tokenization asks it." in said.out


@terminal
def test_watching_a_module_that_is_done_asks_nothing_and_hears_keys(done: Any) -> None:
    for target in ("tokenization", "tokenization.count_pairs"):
        said = done.terminal("watch", target, keys="q")
        assert (said.code, QUESTION in said.out, "Module 10 tokenization is done" in said.out) == (0, False, True)


@terminal
def test_leaving_the_questions_leaves_a_check_passed(done: Any) -> None:
    said = done.terminal("check", "tokenization", keys="\x04")
    assert said.code == 0
    assert "tito check tokenization asks the rest another time." in said.out
    assert "Next: " in said.out
    assert QUESTION in done.terminal("check", "tokenization", keys="\n").out


def test_a_question_that_is_put_anew_is_asked(done: Any) -> None:
    (one,) = open_questions(State(done.folder), "training")[:1]
    State(done.folder).write("answered.json", {"training": [one.id, "of a question that is gone"]})
    assert one not in open_questions(State(done.folder), "training")
    assert Question("Another?", 1, "").id != one.id


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4096 bytes", 4096),
        ("4,096", 4096),
        ("2*32*784*128", 6422528),
        ("2 * 32 * 784 * 128 FLOPs", 6422528),
        ("6**3", 216),
        ("6^3", 216),
        ("5/3", 5 / 3),
        ("12 %", 12),
        ("0.4 GB", 0.4),
        ("2e5", 2e5),
        ("-3", -3),
    ],
)
def test_a_number_may_have_a_unit_or_be_worked_out(text: str, number: float) -> None:
    one = Question("?", number, "", 1e-9)
    assert (one.reads(text), one.accepts(text)) == (True, True)
    assert not Question("?", number + 1, "", 1e-9).accepts(text)


@pytest.mark.parametrize(
    "text",
    ["foo", "bytes", "true", "0,4", "__import__('os').getcwd()", "9**9**9", "2**10**9", "(-8)**0.5", "1/0", "1*" * 99],
)
def test_what_is_no_number_is_none_and_runs_nothing(text: str) -> None:
    assert not Question("?", 4, "").reads(text)


def test_every_answer_of_the_course_is_read_as_itself(exercises_file: Any) -> None:
    every = questions(exercises_file.parent.name)
    assert every
    for one in every:
        assert one.accepts(one.said)
        if not isinstance(one.answer, bool | str):
            assert one.accepts(f"{one.said} of them")
