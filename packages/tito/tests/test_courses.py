"""The exercises of every module that has a list: they can be read and found, and are small."""

from pathlib import Path

from tinytorch.tito.exercises import home, parse_exercises
from tinytorch.tito.splice import Source, decode, find

PACKAGES = Path(__file__).resolve().parents[2]
LISTS = sorted(PACKAGES.glob("*/src/tinytorch/course/*/exercises.toml"))
MOST_LINES = 25


def test_a_list_keeps_its_rules_and_its_functions_are_small(exercises_file: Path) -> None:
    exercises = parse_exercises(exercises_file.read_text("utf-8"), str(exercises_file))
    assert exercises.module == exercises_file.parent.name
    assert 6 <= len(exercises.functions) <= (14 if exercises.module == "autograd" else 10)
    for exercise in exercises.functions:
        module, file = home(exercise.file, exercises.module)
        source = Source(decode((PACKAGES / module / "src/tinytorch" / module / file).read_bytes()))
        for one in find(source, exercise.name):
            lines = (one.node.end_lineno or 0) - one.statements[0].lineno + 1
            assert lines <= MOST_LINES, f"{exercise.name} has {lines} lines"


def test_what_a_function_needs_of_another_module_is_listed_there(exercises_file: Path) -> None:
    every = {file.parent.name: parse_exercises(file.read_text("utf-8")).functions for file in LISTS}
    for exercise in every[exercises_file.parent.name]:
        for need in exercise.needs:
            module, _, name = need.rpartition(":")
            assert not module or name in {one.name for one in every[module]}, need


def test_no_file_holds_exercises_of_two_modules() -> None:
    """Start never touches a file that is there: the exercises of the second module would not be blank in it."""
    asked: dict[tuple[str, str], set[str]] = {}
    for one in map(parse_exercises, [file.read_text("utf-8") for file in LISTS]):
        for exercise in one.functions:
            asked.setdefault(home(exercise.file, one.module), set()).add(one.module)
    assert {place: modules for place, modules in asked.items() if len(modules) > 1} == {}
