"""Means over samples, and the share of right answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import SUM
from tinytorch.tito.checks import Check, close, equals, given, raises

WEIGHTED = "The mean is over samples: a batch counts by how many it has."
LAST = "The classes are the last axis: each sample's largest score is looked for along it."


def _mean(tt: Any, x: Any) -> Any:
    mean = tt.training.RunningMean()
    for value, count in x["batches"]:
        mean.add(value, count)
    return mean.value


def _one_by_one(tt: Any, x: Any) -> Any:
    mean = tt.training.RunningMean()
    for value in x["values"]:
        mean.add(value)
    mean.add(x["pair"], 2)
    return mean.value


def _some_means(rng: np.random.Generator) -> dict[str, Any]:
    parts = [rng.normal(size=rng.integers(1, 9)) for _ in range(rng.integers(1, 7))]
    return {
        "batches": [(float(part.mean()), len(part)) for part in parts],
        "mean": float(np.concatenate(parts).mean()),
    }


def _accuracy(tt: Any, x: Any) -> Any:
    return tt.training.accuracy(x["scores"], x["classes"])


def _some_scores(rng: np.random.Generator) -> dict[str, Any]:
    shape = tuple(int(size) for size in rng.integers(1, 5, size=rng.integers(1, 4)))
    count = int(rng.integers(1, 5))
    return {
        "scores": rng.integers(3, size=(*shape, count)).astype(np.float64),  # ties are frequent
        "classes": rng.integers(count, size=shape),
    }


def _share(x: Any) -> float:
    rows = x["scores"].reshape(-1, x["scores"].shape[-1]).tolist()
    right = [row.index(max(row)) == actual for row, actual in zip(rows, x["classes"].ravel().tolist(), strict=True)]
    return float(np.mean(right))


METRICS: tuple[Check, ...] = (
    Check(
        function="RunningMean.add",
        name="ten samples in batches of 4, 4 and 2",
        inputs=given(batches=[(1.0, 4), (2.0, 4), (6.0, 2)]),
        drive=_mean,
        judge=close(lambda x: 2.4, rtol=1e-12, because=SUM, rule=WEIGHTED),
        shown="the mean of (mean, samples) {batches}",
    ),
    Check(
        function="RunningMean.add",
        name="values without a count are of one sample",
        inputs=given(values=[3.0, 5.0], pair=11.0),
        drive=_one_by_one,
        judge=close(lambda x: 7.5, rtol=1e-12, because=SUM),
        shown="the mean of {values}, added without a count, and of two samples whose mean is {pair}",
    ),
    Check(
        function="RunningMean.add",
        name="the mean of all samples, however they are cut",
        inputs=_some_means,
        drive=_mean,
        judge=close(lambda x: x["mean"], rtol=1e-10, atol=1e-12, because=SUM, rule=WEIGHTED),
        kind="property",
        seeds=20,
    ),
    Check(
        function="accuracy",
        name="one of two",
        inputs=given(scores=[[0.1, 0.9], [0.8, 0.2]], classes=[1, 1]),
        drive=_accuracy,
        judge=equals(lambda x: 0.5),
        shown="accuracy({scores}, {classes})",
    ),
    Check(
        function="accuracy",
        name="as many samples as classes",
        inputs=given(
            scores=[[0.9, 0.1, 0.0], [0.8, 0.2, 0.1], [0.7, 0.0, 0.3]],
            classes=[0, 0, 0],
        ),
        drive=_accuracy,
        judge=equals(lambda x: 1.0, rule=LAST),
        shown="accuracy({scores}, {classes})",
    ),
    Check(
        function="accuracy",
        name="of several largest scores the first is the answer",
        inputs=given(scores=[[1.0, 1.0, 0.0], [0.0, 2.0, 2.0], [1.0, 1.0, 1.0]], classes=[1, 1, 0]),
        drive=_accuracy,
        judge=close(lambda x: 2 / 3, rtol=1e-12, because="one division"),
        kind="contract",
        shown="accuracy({scores}, {classes})",
    ),
    Check(
        function="accuracy",
        name="samples, tokens of sentences, any shape",
        inputs=_some_scores,
        drive=_accuracy,
        judge=close(_share, rtol=1e-12, because="one division", rule=LAST),
        kind="property",
        seeds=20,
    ),
    Check(
        function="accuracy",
        name="tensors in, a Python float out",
        inputs=given(scores=[[0.1, 0.9], [0.8, 0.2]], classes=[1, 0]),
        drive=lambda tt, x: (
            type(tt.training.accuracy(tt.tensor.Tensor(x["scores"]), tt.tensor.Tensor(x["classes"]))).__name__
        ),
        judge=equals(lambda x: "float"),
        kind="contract",
        shown="type(accuracy(Tensor({scores}), Tensor({classes})))",
    ),
    Check(
        function="accuracy",
        name="a column of classes does not fit a row of answers",
        inputs=given(scores=np.eye(3), classes=np.array([[0], [1], [2]])),
        drive=_accuracy,
        judge=raises(
            ValueError, rule="Compared as they are, (3,) and (3, 1) would give nine answers for three samples."
        ),
        kind="contract",
        shown="accuracy(scores (3, 3), classes (3, 1))",
    ),
    Check(
        function="accuracy",
        name="the mean of nothing",
        inputs=given(scores=np.zeros((0, 2)), classes=np.zeros(0, np.int64)),
        drive=_accuracy,
        judge=raises(ValueError),
        kind="contract",
        shown="accuracy(scores (0, 2), classes (0,))",
    ),
)
