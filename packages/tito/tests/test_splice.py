"""What cut, fill and seed do where there is a choice, and what they say where there is none."""

import re

import pytest

from tinytorch.tito.splice import SourceSyntaxError, SpliceError, cut, decode, fill, seed

HELPED = '''"""Doc."""

import math

# Section

# A half.
def _half(x):
    return x / 2


def _twice(x):
    return _half(x) * 4


# Another section

def shown(x):
    return _shown(x)


def _shown(x):
    return x


def f(x):
    return _twice(x)


def g(x):
    return _half(x) + 1


def _unused():
    return math.pi
'''


def test_helpers_go_only_with_the_last_function_that_uses_them() -> None:
    only_f = cut(HELPED, ["f"])
    assert "_twice" not in only_f
    assert "def _half" in only_f
    both = cut(HELPED, ["f", "g"])
    assert "_half" not in both
    assert "A half." not in both
    assert "# Section\n" in both
    assert "# Another section\n" in both
    assert "def _shown" in both
    assert "def _unused" in both  # nobody's half
    assert fill(both, HELPED) == HELPED
    assert fill(only_f, HELPED) == HELPED


def test_a_helper_in_use_by_its_own_class_or_a_decorator_stays() -> None:
    source = "def _d(f):\n    return f\n\n\n@_d\ndef f():\n    return _e()\n\n\ndef _e(x=1):\n    return _e(x)\n"
    blank = cut(source, ["f"])
    assert "def _d" in blank
    assert "_e" not in blank  # that it uses itself does not keep it
    assert fill(blank, source) == source


def test_a_helper_of_a_helper_that_stays_stays() -> None:
    source = (
        "def _c():\n    return 1\n\n\ndef _b():\n    return _c()\n\n\ndef f():\n    return _b() + _c()\n\n\nx = _b()\n"
    )
    blank = cut(source, ["f"])
    assert "def _b" in blank
    assert "def _c" in blank


def test_a_class_keeps_its_last_statement() -> None:
    source = "class A:\n    def _m(self):\n        return 1\n\n\ndef f(a):\n    return a._m()\n"
    assert "def _m" in cut(source, ["f"])


def test_a_promise_is_written_and_cut_to_the_line() -> None:
    source = "class Tensor:\n    def matmul(self, other):\n        return self\n"
    blank = cut(source, {"Tensor.matmul": "(m, k) @ (k, n) -> (m, n)"})
    assert '        raise NotImplementedError("Tensor.matmul: (m, k) @ (k, n) -> (m, n)")\n' in blank
    long = cut(source, {"Tensor.matmul": 'an "axis" ' * 30})
    assert max(map(len, long.split("\n"))) <= 120
    assert '..."' in long or "...'" in long
    assert fill(long, source) == source


def test_what_the_learner_wrote_survives_filling() -> None:
    blank = cut(HELPED, ["f", "g", "shown"])
    edited = blank.replace('    raise NotImplementedError("f: (x)")', "    return 42  # mine").replace(
        "import math\n", "import math\nimport os\n\n\ndef own():\n    return os.sep\n"
    )
    filled = fill(edited, HELPED)
    assert "return 42  # mine" in filled
    assert "def own()" in filled
    assert "return _half(x) + 1" in filled
    assert filled.count("def _half") == 1
    assert "_twice" not in filled  # only f used it, and f is the learner's
    names: dict[str, object] = {}
    exec(filled, names)
    assert names["g"](6) == 4  # type: ignore[operator]


def test_a_learners_line_endings_win() -> None:
    blank = cut(HELPED, ["f", "g"]).replace("\n", "\r\n")
    assert fill(blank, HELPED) == HELPED.replace("\n", "\r\n")


def test_a_blank_that_the_reference_does_not_know_is_named() -> None:
    blank = cut("def f():\n    return 1\n", ["f"])
    with pytest.raises(SpliceError, match=r"f \(line 1\) is blank, and the reference has no function of this name"):
        fill(blank, "def g():\n    return 1\n")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Tensor.matmull", "There is no function Tensor.matmull in this source. Did you mean Tensor.matmul?"),
        ("matmul", "There is no function matmul in this source. Did you mean Tensor.matmul?"),
        ("Tensor", "Tensor is a class, which has no body to replace; name one of its methods."),
        ("half", "half is a lambda (line 5), which has no body to replace; use def."),
        ("zebra", "There is no function zebra in this source. It has Tensor.matmul."),
    ],
)
def test_a_name_that_is_no_function_is_explained(name: str, sentence: str) -> None:
    source = "class Tensor:\n    def matmul(self):\n        return 1\n\nhalf = lambda x: x / 2\n"
    with pytest.raises(SpliceError, match=re.escape(sentence)):
        cut(source, [name])


def test_cutting_twice_is_refused() -> None:
    blank = cut("def f():\n    return 1\n", ["f"])
    with pytest.raises(SpliceError, match=r"f is blank already \(line 1\)"):
        cut(blank, ["f"])


def test_a_source_that_does_not_parse_shows_line_and_caret() -> None:
    with pytest.raises(SourceSyntaxError) as caught:
        cut("x = 1\ndef f(:\n    return 1\n", ["f"], filename="_tensor.py")
    first, line, caret = str(caught.value).split("\n")
    assert first.startswith("_tensor.py:2:7: ")
    assert line == "    def f(:"
    assert caret == "          ^"
    assert caught.value.error.lineno == 2


def test_bytes_that_are_no_text_are_named_with_their_line() -> None:
    with pytest.raises(SourceSyntaxError, match=r"source:2:1: byte 0xe9 is not utf-8"):
        decode(b"x = 1\ny = '\xe9'\n")
    assert decode(b"# -*- coding: latin-1 -*-\ny = '\xe9'\n").endswith("'é'\n")


SEEDED = '''class A:
    """Doc."""

    @property
    def x(self):
        """The x."""
        return 1

    @x.setter
    def x(self, value):
        self.y = value  # kept

    def m(self, a):  # header
        """Say."""
        if a:
            return 1
        return 2


def f(): return 1
z = 3
'''


@pytest.mark.parametrize(
    ("name", "wrong", "probe", "value"),
    [
        ("A.m", "return -1", "A().m(0), A.m.__doc__", (-1, "Say.")),
        ("A.m", "\n    b = a\n    return b\n", "A().m(5)", 5),
        ("A.m", "def m(self, a, b=7):\n    text = '''\nx\n'''\n    return text + str(b)", "A().m(0)", "\nx\n7"),
        ("A.x.getter", "def x(self):\n    return 9", "A().x", 9),
        ("A.x.setter", "self.y = -value", "(a := A(), setattr(a, 'x', 2), a.y)[2]", -2),
        ("f", "y = 5\nreturn y", "f(), z", (5, 3)),
        ("f", "def f(): return 6", "f(), z", (6, 3)),
    ],
)
def test_a_seeded_function_is_wrong_and_nothing_else_is(name: str, wrong: str, probe: str, value: object) -> None:
    seeded = seed(SEEDED, name, wrong)
    names: dict[str, object] = {}
    exec(seeded, names)
    assert eval(probe, names) == value
    kept = [line for line in SEEDED.split("\n") if line and "return" not in line and "if a" not in line]
    missing = [line for line in kept if line not in seeded]
    assert len(missing) <= (1 if "def" not in wrong else 3), missing


def test_seeding_needs_exactly_one_function() -> None:
    with pytest.raises(SpliceError, match=r"A.x is defined 2 times; say which: A.x#1, A.x#2, A.x.getter, A.x.setter"):
        seed(SEEDED, "A.x", "return 2")


def test_a_replacement_that_does_not_parse_is_named() -> None:
    with pytest.raises(SourceSyntaxError, match="replacement of f:1:8"):
        seed(SEEDED, "f", "return (1")
