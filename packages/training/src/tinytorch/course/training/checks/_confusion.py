"""Which class is taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.training.checks._metrics import LAST
from tinytorch.tito.checks import Check, equals, given, holds, raises


def _confusion(tt: Any, x: Any) -> Any:
    return tt.training.confusion_matrix(x["output"], x["target"], x.get("classes"))


def _kind(tt: Any, output: Any, target: Any) -> str:
    """Return what kind of error comes of two arrays."""
    try:
        tt.training.confusion_matrix(output, target)
    except (ValueError, TypeError) as error:
        return type(error).__name__
    return "no error"


def _some_answers(rng: np.random.Generator) -> dict[str, Any]:
    count, number = int(rng.integers(1, 5)), int(rng.integers(0, 13))
    as_scores = bool(rng.integers(2))
    output = rng.normal(size=(number, count)) if as_scores else rng.integers(count, size=number)
    return {"output": output, "target": rng.integers(count, size=number), "classes": None if as_scores else count}


def _counted(x: Any) -> Any:
    output = np.asarray(x["output"])
    count = x["classes"] or output.shape[1]
    table = np.zeros((count, count), np.int64)
    for answer, actual in zip(output, x["target"], strict=True):
        table[actual, answer if output.ndim == 1 else int(np.argmax(answer))] += 1
    return table


def _table(name: str, expected: list[list[int]], rule: str = "", kind: Any = "contract", **inputs: Any) -> Check:
    return Check(
        function="confusion_matrix",
        name=name,
        inputs=given(**inputs),
        drive=_confusion,
        judge=equals(lambda x: np.array(expected), rule=rule),
        kind=kind,
        shown="confusion_matrix({output}, {target})",
    )


def _refused(name: str, rule: str = "", **inputs: Any) -> Check:
    return Check(
        function="confusion_matrix",
        name=name,
        inputs=given(**inputs),
        drive=_confusion,
        judge=raises(ValueError, rule=rule),
        kind="contract",
        shown=f"confusion_matrix({{output}}, {{target}}{', classes={classes}' if 'classes' in inputs else ''})",
    )


CONFUSION: tuple[Check, ...] = (
    _table(
        "six samples of three classes",
        [[1, 1, 0], [0, 1, 1], [0, 0, 2]],
        "Row i, column j: how many of class i were taken for class j.",
        "example",
        output=np.array([0, 1, 1, 2, 2, 2]),
        target=np.array([0, 0, 1, 2, 2, 1]),
    ),
    _table(
        "scores instead of classes",
        [[1, 1], [1, 0]],
        kind="example",
        output=[[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]],
        target=[0, 0, 1],
    ),
    Check(
        function="confusion_matrix",
        name="a class that nobody saw has its row",
        inputs=given(output=np.array([0, 3]), target=np.array([0, 0])),
        drive=lambda tt, x: [_confusion(tt, x), _confusion(tt, {**x, "classes": 5}).shape],
        judge=equals(
            lambda x: [np.array([[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]), (5, 5)],
            rule="There are `classes` rows, or one more than the largest class seen.",
        ),
        kind="contract",
        shown="confusion_matrix({output}, {target}), and with classes=5",
    ),
    _table(
        "scores for a class that nobody saw",
        [[1, 1, 0], [0, 0, 0], [0, 0, 0]],
        output=[[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]],
        target=[0, 0],
    ),
    Check(
        function="confusion_matrix",
        name="as many classes as is said, whatever the scores have",
        inputs=given(output=[[0.9, 0.1], [0.2, 0.8]], target=[0, 0], classes=3),
        drive=_confusion,
        judge=equals(lambda x: np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0]])),
        kind="contract",
        shown="confusion_matrix({output}, {target}, classes={classes})",
    ),
    Check(
        function="confusion_matrix",
        name="classes that are no integers",
        inputs=given(output=np.array([0.0, 1.0]), target=np.array([0, 1])),
        drive=lambda tt, x: [_kind(tt, x["output"], x["target"]), _kind(tt, x["target"], x["output"])],
        judge=equals(lambda x: ["ValueError", "ValueError"], rule="0.5 would be cut down to 0."),
        kind="contract",
        shown="confusion_matrix({output}, {target}), and the two swapped",
    ),
    _table(
        "as many samples as classes",
        [[2, 0, 0], [0, 0, 0], [1, 0, 0]],
        LAST,
        output=[[0.9, 0.1, 0.0], [0.8, 0.2, 0.1], [0.7, 0.0, 0.3]],
        target=[0, 0, 2],
    ),
    _table(
        "the largest class is one that was never answered",
        [[1, 0, 0], [0, 0, 0], [1, 0, 0]],
        output=np.array([0, 0]),
        target=np.array([0, 2]),
    ),
    Check(
        function="confusion_matrix",
        name="no answers, three classes",
        inputs=given(output=np.zeros(0, np.int64), target=np.zeros(0, np.int64), classes=3),
        drive=_confusion,
        judge=equals(lambda x: np.zeros((3, 3), np.int64)),
        kind="contract",
        shown="confusion_matrix of no answers, classes=3",
    ),
    _refused("a right class below 0", output=np.array([1, 0, 1]), target=np.array([1, -1, 0]), classes=2),
    _refused(
        "tables of answers",
        "Classes are (N,).",
        output=np.array([[0, 1], [1, 0]]),
        target=np.array([[0, 1], [1, 1]]),
    ),
    Check(
        function="confusion_matrix",
        name="any answers, also none",
        inputs=_some_answers,
        drive=_confusion,
        judge=equals(_counted),
        kind="property",
        seeds=20,
    ),
    Check(
        function="confusion_matrix",
        name="every sample is counted once",
        inputs=lambda rng: {"output": rng.integers(3, size=40), "target": rng.integers(3, size=40)},
        drive=lambda tt, x: int(np.sum(_confusion(tt, x))),
        judge=holds(lambda x, result: bool(result == 40), "The cells add up to the number of samples, 40."),
        kind="invariance",
        seeds=5,
    ),
    _refused("lengths that differ", output=np.array([0, 1]), target=np.array([0])),
    _refused(
        "a class below 0",
        "There is no class -1; counted from the end it would be another class's cell.",
        output=np.array([-1, 0]),
        target=np.array([1, 0]),
    ),
    _refused("a class beyond the last", output=np.array([2, 0]), target=np.array([0, 0]), classes=2),
    _table(
        "classes kept in bytes",
        [[1, 0], [1, 1]],
        output=np.array([0, 1, 0], np.uint8),
        target=np.array([0, 1, 1], np.uint8),
    ),
)
