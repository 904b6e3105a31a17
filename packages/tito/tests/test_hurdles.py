"""What keeps a module from running is said before anything else, wherever the learner is, and said as it is."""

import json
import re
from typing import Any

import pytest

from tinytorch.tito.cli._hurdles import unusual

COUNT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"


def elsewhere(learner: Any) -> None:
    """Go on to another module."""
    learner.write("count_pairs", COUNT)
    assert learner.run("check", "count_pairs").code == 0
    assert learner.run("start", "activations").code == 0
    assert learner.run().out.startswith("02 activations")


def troubles(learner: Any) -> dict[str, Any]:
    """Return what the doctor finds, by its word; the small course comes by PYTHONPATH, which is one."""
    document = json.loads(learner.run("doctor", "--json").out)
    return {error["id"]: error for error in document["errors"] if error["id"] != "pythonpath"}


def change(learner: Any, old: str, new: str) -> None:
    text = learner.file.read_text("utf-8")
    assert old in text
    learner.file.write_text(text.replace(old, new, 1), "utf-8")


def test_what_is_said_of_a_function_that_is_gone_is_true(learner: Any) -> None:
    elsewhere(learner)
    change(learner, "def count_pairs(", "def countpairs(")
    said = "count_pairs is gone from _merge.py, and nothing runs in its place."
    assert learner.run("run", "-c", "from tinytorch.tokenization import count_pairs").code == 1
    bare = learner.run()
    assert bare.out == f"  x tokenization: {said}\n  Next: tito reset tokenization.count_pairs puts it back, blank\n"
    for text in (learner.run("doctor").out, learner.run("check", "count_pairs").out):
        assert said in text
    loads_not = learner.run("check", "tokenization", "--json")
    document = json.loads(loads_not.out)
    assert [error["id"] for error in document["errors"]] == ["absent", "import"]
    assert "Next: tito reset tokenization.count_pairs\n" in learner.run("check", "tokenization").out
    used = learner.run("use", "--all").out
    assert re.search(r"  count_pairs +gone\n", used)
    assert "Next: tito reset tokenization.count_pairs\n" in used
    change(learner, "def merge_pair(", "def mergepair(")
    assert "Next: tito doctor --repair gone puts them back, blank" in learner.run().out


@pytest.mark.parametrize(
    "other",
    ["class count_pairs:\n    def __new__(cls, tokens: list[str]) -> int:\n        return 1", "count_pairs = len"],
)
def test_what_has_taken_a_functions_name_is_named_and_makes_room_for_it(learner: Any, other: str) -> None:
    text = learner.file.read_text("utf-8")
    begin, end = text.index("def count_pairs"), text.index("\n\n\ndef merge_pair")
    learner.file.write_text(text[:begin] + other + text[end:], "utf-8")
    said = "count_pairs is no function of _merge.py any more: line 4 makes it something else."
    for command in ((), ("check",), ("doctor",)):
        assert said in learner.run(*command).out
    assert learner.run("reset", "count_pairs").code == 0
    assert learner.file.read_text("utf-8") == text
    assert learner.run("undo").code == 0
    assert other in learner.file.read_text("utf-8")


def test_a_file_that_does_not_parse_is_named_from_another_module(learner: Any) -> None:
    elsewhere(learner)
    learner.write("count_pairs", "return {")
    said = learner.run()
    assert (said.code, said.out.startswith("error: _merge.py is not Python yet")) == (3, True)


def test_another_framework_is_named_from_another_module(learner: Any) -> None:
    elsewhere(learner)
    change(learner, "\n\n\ndef count_pairs", "\n\nimport torch\n\n\ndef count_pairs")
    said = learner.run()
    assert said.code == 3
    assert said.out.startswith("error: tokenization imports torch; it stands on NumPy, Python and the other modules")
    assert said.out.endswith("  Next: remove line 3\n")
    error = troubles(learner)["imports"]
    assert (error["line"], error["help"]) == (3, "remove line 3")
    learner.write("count_pairs", "return {")
    assert set(troubles(learner)) == {"syntax"}  # which comes first


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import torch", True),
        ("import os, torch as t  # quicker", True),
        ("    from jax.numpy import sum", True),
        ("from tinytorch.core import Tensor", True),
        ("import numpy as np", False),
        ("from tinytorch.tensor import Tensor", False),
        ("from collections.abc import Iterable", False),
        ("from . import _merge", False),
        ("from . import _merge\nimport torch", True),
        ("from the left to the right", False),
        (">>> import torch", False),
    ],
)
def test_only_imports_of_something_else_are_looked_at_more_closely(text: str, found: bool) -> None:
    assert unusual(f"import math\n{text}\nx = 1\n".encode()) is found
