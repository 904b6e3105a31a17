"""The line that is shown for a failure is one of the function's own, wherever and whenever it came to light."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinytorch.tito.checks import load_checks, modules, reference_text, run_checks
from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.loader._workspace import reference_folder
from tinytorch.tito.splice import seed

ONE_SIDE = """
before = total()
with x.edit() as array:
    array[index] += eps
return (total() - before) / eps"""
CAUGHT_LATER = [
    pytest.param("activations", "relu_rule", "return step.output > 0", "return step.output > 0", id="by the engine"),
    pytest.param("autograd", "central_difference", ONE_SIDE, "return (total() - before) / eps", id="by gradcheck"),
    pytest.param("autograd", "topological_order", "return list(roots)", "return list(roots)", id="in the walk back"),
    pytest.param("autograd", "recording.__exit__", "return None", "return None", id="in another thread"),
    pytest.param(
        "tensor", "Operators.__rsub__", "return -(self > 0) + other", "return -(self > 0) + other", id="in given code"
    ),
    pytest.param("tensor", "strides_of", "return tuple(shape)[5:][9]", "return tuple(shape)[5:][9]", id="at once"),
    pytest.param(
        "tensor",
        "count",
        "def size_of(place: int) -> int:\n    return shape[place + 9]\n\nreturn size_of(0)",
        "return shape[place + 9]",
        id="in a function within it",
    ),
]


@pytest.mark.parametrize(("module", "function", "body", "line"), CAUGHT_LATER)
def test_the_line_shown_is_the_functions_own(module: str, function: str, body: str, line: str, tmp_path: Path) -> None:
    exercises = read_exercises(module)
    assert exercises is not None
    listed = {one.name: one.file for one in exercises.functions}
    where, name = home(listed[function], module)
    # The whole module stands in the workspace, as a learner's does: given functions as well.
    source = reference_folder(where)
    assert source is not None
    folder = tmp_path / "src" / "tinytorch" / where
    folder.mkdir(parents=True)
    for file in source.glob("*.py"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / name).write_text(seed(reference_text(where, name), function, body, filename=name), "utf-8")
    checks = [one for one in load_checks(module) if one.function == function]
    with modules(tmp_path) as (tt, _):
        failures = [run.record.failure for run in run_checks(checks, tt, root=tmp_path)]
    places = [failure.place for failure in failures if failure is not None]
    assert places
    assert {(place.function.partition(".<locals>")[0], place.text.strip()) for place in places if place} == {
        (function, line)
    }
    assert None not in places
