"""What commands say, kept as files: without a terminal, on one of 80x24, with NO_COLOR, as JSON.

``TITO_TRANSCRIPTS=write pytest`` writes them anew; what git then shows as changed is to be read.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "transcripts"
STYLE = re.compile(r"\x1b\[[0-9;]*m")
SOURCE = re.compile(r" +\d+ \| ")
WRONG = "return {p: 1 for p in zip(tokens, tokens[1:])}"
RIGHT = "return {p: list(zip(tokens, tokens[1:])).count(p) for p in zip(tokens, tokens[1:])}"
MERGE = """merged = tokens[:1]
    for token in tokens[1:]:
        merged[-1:] = [merged[-1] + token] if (merged[-1], token) == pair else [merged[-1], token]
    return merged"""


def compare(name: str, text: str) -> None:
    file = FOLDER / f"{name}.txt"
    if os.environ.get("TITO_TRANSCRIPTS") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def session(learner: Any, call: Callable[..., Any]) -> str:
    """Return what a learner sees who writes the first function wrong, then right, then the second."""
    lines: list[str] = []

    def say(*arguments: str) -> None:
        said = call(*arguments)
        lines.append(f"$ tito {' '.join(arguments)}".rstrip())
        errors = f"--- standard error\n{said.err}" if said.err else ""
        lines.append(learner.settled(said.out + errors).rstrip())
        lines.append(f"--- exit code {said.code}\n")

    say()
    say("check")
    say("hint")
    say("show")
    learner.write("count_pairs", WRONG)
    say("check")
    say()
    learner.write("count_pairs", "return {p: 1 for p in")
    say("check")
    learner.write("count_pairs", RIGHT)
    say("check")
    say("use")
    say("use", "reference", "count_pairs")
    say("check", "count_pairs")
    say("use", "mine", "count_pairs")
    say("reset", "count_pairs")
    say("undo")
    say("show", "tokenization")
    say("solution", "count_pairs", "--spoil")
    learner.write("merge_pair", MERGE)
    say("check", "merge_pair")
    return "\n".join(lines)


def test_a_session_without_a_terminal(learner: Any) -> None:
    compare("no_terminal", session(learner, learner.run))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_a_session_on_a_terminal_of_80_columns(learner: Any) -> None:
    text = session(learner, learner.terminal)
    # How a library colours Python is its own affair.
    settled = [STYLE.sub("", line) if SOURCE.match(STYLE.sub("", line)) else line for line in text.splitlines()]
    compare("terminal", "\n".join(settled).replace("\x1b", "ESC") + "\n")
    assert "\x1b[3" in text
    long = [line for line in STYLE.sub("", text).splitlines() if len(line) > 80]
    assert [
        line for line in long if " | " not in line and "NotImplemented" not in line and "tito undo" not in line
    ] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_no_color_is_the_same_session_without_colour(learner: Any) -> None:
    text = session(learner, lambda *arguments: learner.terminal(*arguments, NO_COLOR="1"))
    assert "\x1b" not in text
    colourful = (FOLDER / "terminal.txt").read_text("utf-8").replace("ESC", "\x1b")
    assert [line.rstrip() for line in text.splitlines()] == [
        line.rstrip() for line in STYLE.sub("", colourful).splitlines()
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_what_is_asked_most_fits_a_screen_of_24_lines(learner: Any) -> None:
    learner.write("count_pairs", WRONG)
    for arguments in ((), ("check",), ("hint",), ("map",)):
        lines = STYLE.sub("", learner.terminal(*arguments).out).splitlines()
        assert len(lines) <= 24, (arguments, len(lines))
        assert max(map(len, lines)) <= 80, arguments


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_a_module_that_is_done_ends_with_its_questions_on_a_terminal(learner: Any) -> None:
    learner.write("count_pairs", RIGHT)
    learner.write("merge_pair", MERGE)
    said = learner.terminal("check", "tokenization", keys="999\n")
    compare("done", learner.settled(STYLE.sub("", said.out)))


def test_documents(learner: Any) -> None:
    learner.write("count_pairs", WRONG)
    documents = {}
    for arguments in (("check",), ("check", "nothing"), ("checkpoint", "0"), ("milestone", "0"), ("check", "--what")):
        said = learner.run(*arguments, "--json")
        document = json.loads(learner.settled(said.out))
        assert said.err == ""
        assert document["exit"] == said.code
        assert document["ok"] == (said.code == 0)
        assert list(document) == ["schema", "command", "ok", "exit", "data", "errors", "next"]
        documents[" ".join(arguments)] = document
    compare("documents", json.dumps(documents, indent=1))
    for arguments in (("map",), ("doctor",), ("checkpoint",), ("milestone",)):
        document = json.loads(learner.run(*arguments, "--json").out)
        assert document["schema"] == "tito/1"
        assert document["command"] == arguments[0]
