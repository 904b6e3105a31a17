"""The automatic mutants: which edits there are, that the same are drawn each time, and how the table writes words."""

from __future__ import annotations

import ast

import pytest
from integration.kill_matrix.edits import edits
from integration.kill_matrix.matrix import MODULES
from integration.kill_matrix.mutants import COUNT, mutants_of, sample, written
from integration.kill_matrix.survivors import REASONS
from integration.kill_matrix.table import cell

from tinytorch.tito.splice import Source, find

KINDS = {"sign", "axis", "off by one", "dropped term", "constant"}


def edited(line: str, returns: str = "Array") -> set[tuple[str, str]]:
    """Return the kind of each edit of a function of one line, and the text that is put in."""
    source = Source(f"def f(x: Array, y: Array, n: int) -> {returns}:\n    {line}\n")
    return {(kind, written(other)) for kind, _, other in edits(find(source, "f")[0])}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x += y", {("sign", "x -= y"), ("dropped term", "x = y"), ("dropped term", "pass")}),
        ("return x @ y", {("axis", "y @ x"), ("dropped term", "x"), ("sign", "x * y"), ("sign", "-x @ y")}),
        ("return x - y", {("sign", "y - x"), ("sign", "x + y"), ("dropped term", "x"), ("dropped term", "y")}),
        ("return x", {("sign", "-x")}),
        ("return x, y", {("axis", "(y, x)"), ("dropped term", "(x,)"), ("sign", "-x"), ("sign", "-y")}),
        ("return x[:n]", {("dropped term", ":"), ("off by one", "n + 1"), ("off by one", "n - 1")}),
        ("return x[:, None]", {("axis", "None, :")}),
        ("return x.sum(0)", {("axis", "1"), ("axis", "-1"), ("dropped term", "x")}),
        ("return x.sum(axis=n)", {("axis", "0"), ("axis", "-1"), ("dropped term", "x.sum()")}),
        ("return np.exp(x)", {("dropped term", "x"), ("sign", "np.expm1"), ("sign", "-np.exp(x)")}),
        ("np.subtract(x, y, out=x)", {("axis", "np.subtract(y, x, out=x)"), ("dropped term", "pass")}),
        (
            "if x is None or n: x[0] = y",
            {("sign", "x is None and n"), ("sign", "x is not None"), ("dropped term", "n")},
        ),
        ("if n < 2: x = y", {("dropped term", "False"), ("dropped term", "True"), ("off by one", "n <= 2")}),
        ("x = x.reshape(n, 1)", {("dropped term", "pass"), ("axis", "x.reshape(1, n)")}),
        ("for i in range(n): continue", {("off by one", "n + 1"), ("dropped term", "pass")}),
        ("y = 0.5 * x", {("constant", "1.0"), ("constant", "-0.5"), ("sign", "0.5 / x")}),
    ],
)
def test_a_slip_of_the_pen_is_among_the_edits(line: str, expected: set[tuple[str, str]]) -> None:
    assert expected <= edited(line)


@pytest.mark.parametrize(
    "line", ["raise ValueError(x + 1)", "z = np.maximum(x, y, out=n)", "x = isinstance(y, (int, float))"]
)
def test_what_would_change_nothing_is_not_edited(line: str) -> None:
    assert not {new for kind, new in edited(line) if kind in ("axis", "dropped term", "off by one")}


def test_only_what_has_a_sign_is_negated() -> None:
    assert ("sign", "-x") not in edited("return x", "list[str]")
    assert ("sign", "-x") in edited("return x", "Array | None")


def test_a_mutant_is_the_whole_file_with_one_edit_and_says_which_of_several() -> None:
    every = list(mutants_of("softmax_op", "activations", "_softmax.py"))
    assert {one.kind for one in every} <= KINDS
    assert all(ast.parse(one.text) for one in every)
    names = [one.name for one in every]
    assert len(set(names)) == len(names)
    assert "softmax_op: result -> -result in return result" in names


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_as_many_mutants_are_drawn_of_every_module_and_each_reason_is_of_one(module: str) -> None:
    chosen = sample(module)
    assert len(chosen) == COUNT == len({one.text for one in chosen}) == len({one.name for one in chosen})
    explained = {name for known, name in REASONS if known == module}
    assert explained - {one.name for one in chosen} == set()


def test_the_same_mutants_are_drawn_each_time() -> None:
    assert sample("activations", 40) == sample("activations", 40)


def test_a_name_with_underscores_is_not_made_bold() -> None:
    assert cell("__rsub__ of `a__b`, 2 * x") == r"\_\_rsub\_\_ of `a__b`, 2 \* x"
    assert cell("|x|\nhere") == r"\|x\| here"
