"""The list of a module's exercises: what it must say, and how it says what it lacks."""

import re
import sys
from pathlib import Path

import pytest

from tinytorch.tito.exercises import Exercise, ExercisesError, find_exercises, home, parse_exercises, read_exercises

ONE = """
[[function]]
name = "{name}"
file = "_shape.py"
contract = "(n,) -> (n,)"
idea = "One idea."
minutes = {minutes}
points = 2
needs = [{needs}]

[function.hints]
question = "What is there?"
idea = "It is (n,)."
pseudocode = '''
for each element
    do it
'''
"""
HEAD = 'module = "toy"\nhours = 0.5\n'
FIRST = ONE.format(name="Shape.area", minutes=10, needs="")
SECOND = ONE.format(name="Shape.total", minutes=20, needs='"Shape.area", "tensor:sum_to"')


def test_a_list_is_read_in_its_order() -> None:
    exercises = parse_exercises(HEAD + FIRST + SECOND)
    assert (exercises.module, exercises.hours) == ("toy", 0.5)
    first, second = exercises.functions
    assert (first.name, second.needs) == ("Shape.area", ("Shape.area", "tensor:sum_to"))
    assert first.hints.pseudocode == "for each element\n    do it"
    assert isinstance(first, Exercise)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("hours = 0.5", "hours = 1", "x.toml: the minutes add up to 30, and 1 hours are 60."),
        ("hours = 0.5", "hours = -1", "x.toml: hours must be a positive number, not -1."),
        ("hours = 0.5", "hour = 0.5", "x.toml: the file has no hours."),
        ("points = 2", 'points = "2"', "x.toml: points of Shape.area must be a whole number above 0, not '2'."),
        ("points = 2", "points = true", "x.toml: points of Shape.area must be a whole number above 0, not True."),
        ("points = 2", "point = 2", "x.toml: function 1 has no points."),
        ("points = 2", "points = 2\nlevel = 1", "x.toml: function 1 has an unknown key level; known: contract, file,"),
        ('idea = "One idea."', 'idea = " "', "x.toml: idea of Shape.area must be a text, not ' '."),
        ('idea = "One idea."', 'idea = "a\\nb"', "x.toml: idea of Shape.area must be one line."),
        (
            '"_shape.py"',
            '"../_shape.py"',
            "x.toml: file of Shape.area must be a path like _tensor.py or tensor:_operation.py, not '../_shape.py'.",
        ),
        (
            '"_shape.py"',
            '":_shape.py"',
            "x.toml: file of Shape.area must be a path like _tensor.py or tensor:_operation.py, not ':_shape.py'.",
        ),
        ("needs = []", "needs = 3", "x.toml: needs of Shape.area must be a list of names, not 3."),
        (
            "needs = []",
            'needs = ["Shape.total"]',
            "x.toml: Shape.area needs Shape.total, which is not listed before it.",
        ),
        ('question = "What is there?"', "", "x.toml: hints of Shape.area has no question."),
        ('"Shape.total"', '"Shape.area"', "x.toml: Shape.area is listed twice."),
        ("module =", "module", "x.toml is not TOML: "),
    ],
)
def test_what_is_wrong_with_a_list_is_one_sentence(old: str, new: str, sentence: str) -> None:
    text = HEAD + FIRST + SECOND
    assert old in text
    with pytest.raises(ExercisesError, match="^" + re.escape(sentence)):
        parse_exercises(text.replace(old, new, 1), "x.toml")


def test_a_file_may_be_another_modules() -> None:
    exercises = parse_exercises(HEAD + FIRST.replace("_shape.py", "tensor:_step.py") + SECOND)
    first, second = exercises.functions
    assert home(first.file, "toy") == ("tensor", "_step.py")
    assert home(second.file, "toy") == ("toy", "_shape.py")


def test_a_list_has_functions_and_not_too_many() -> None:
    many = "".join(ONE.format(name=f"f{number}", minutes=2, needs="") for number in range(15))
    with pytest.raises(ExercisesError, match="1 to 14 tables"):
        parse_exercises(HEAD + many)


def test_a_list_is_found_along_the_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "course" / "toy"
    folder.mkdir(parents=True)
    assert find_exercises("toy") is None
    assert read_exercises("toy") is None
    monkeypatch.setitem(vars(sys.modules["tinytorch"]), "__path__", [str(tmp_path)])
    (folder / "exercises.toml").write_text(HEAD + FIRST + SECOND, "utf-8")
    exercises = read_exercises("toy")
    assert exercises is not None
    assert len(exercises.functions) == 2
    (folder / "exercises.toml").write_text((HEAD + FIRST + SECOND).replace('"toy"', '"boy"'), "utf-8")
    with pytest.raises(ExercisesError, match="module is 'boy', and the file lies in the folder of 'toy'"):
        read_exercises("toy")
