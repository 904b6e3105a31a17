"""Metrics, against counting by hand and NumPy's sorting."""

import math

import numpy as np
import pytest

from tinytorch.tensor import Tensor
from tinytorch.training import RunningMean, TopKAccuracy, accuracy, confusion_matrix


def test_accuracy_takes_the_largest_score_over_the_classes_not_over_the_batch() -> None:
    # Three samples, three classes, so that the wrong axis has the right length: over the batch, every answer differs.
    scores = np.array([[9.0, 1.0, 2.0], [8.0, 7.0, 3.0], [7.0, 0.0, 1.0]])
    assert accuracy(scores, np.array([0, 0, 0])) == 1.0
    assert accuracy(scores, np.array([0, 1, 2])) == 1 / 3


def test_accuracy_reads_tensors_and_sequences_of_tokens(rng: np.random.Generator) -> None:
    scores = rng.normal(size=(4, 5, 7))
    target = rng.integers(7, size=(4, 5))
    by_hand = sum(int(scores[b, t].argmax() == target[b, t]) for b in range(4) for t in range(5)) / 20
    assert accuracy(Tensor(scores), Tensor(target)) == by_hand


@pytest.mark.parametrize(
    ("output", "target", "words"),
    [
        (np.zeros((3, 2)), np.zeros(2, int), r"\(3, 2\) and target \(2,\)"),
        (np.zeros((3, 2)), np.zeros((3, 1), int), r"target \(3, 1\)"),
        (np.zeros((3, 2)), np.zeros(3), "float64; classes are integers"),
        (np.zeros((0, 2)), np.zeros(0, int), "no samples"),
        (np.zeros((1, 2)), np.array([2]), "from 2 to 2; they go from 0 to 1"),
        (np.zeros((1, 2)), np.array([-1]), "from -1 to -1"),
    ],
)
def test_accuracy_refuses_what_does_not_fit(output: object, target: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        accuracy(output, target)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_k_agrees_with_a_stable_sort(k: int, rng: np.random.Generator) -> None:
    scores = rng.integers(4, size=(50, 5)).astype(np.float64)  # with many ties
    target = rng.integers(5, size=50)
    first = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    assert TopKAccuracy(k)(scores, target) == float(np.mean([t in row for t, row in zip(target, first, strict=True)]))


def test_top_1_is_accuracy_and_top_all_is_1(rng: np.random.Generator) -> None:
    scores, target = rng.normal(size=(30, 4)), rng.integers(4, size=30)
    assert TopKAccuracy(1)(scores, target) == accuracy(scores, target)
    assert TopKAccuracy(4)(scores, target) == 1.0


def test_top_k_refuses_a_k_that_says_nothing() -> None:
    with pytest.raises(ValueError, match="k is 0"):
        TopKAccuracy(0)
    with pytest.raises(ValueError, match="k is 3 and there are 2 classes"):
        TopKAccuracy(3)(np.zeros((1, 2)), np.array([0]))


def test_confusion_matrix_has_the_right_class_in_its_rows() -> None:
    predicted = np.array([0, 1, 1, 2, 2, 2])
    actual = np.array([0, 0, 1, 2, 2, 1])
    expected = [[1, 1, 0], [0, 1, 1], [0, 0, 2]]
    assert confusion_matrix(predicted, actual).tolist() == expected
    scores = np.eye(3)[predicted]
    assert confusion_matrix(scores, actual).tolist() == expected


def test_confusion_matrix_takes_classes_that_are_kept_in_bytes() -> None:
    predicted, actual = np.array([0, 1, 0], np.uint8), np.array([0, 1, 1], np.uint8)
    assert confusion_matrix(predicted, actual).tolist() == [[1, 0], [1, 1]]
    assert confusion_matrix(np.eye(2)[predicted], actual.astype(np.uint64)).tolist() == [[1, 0], [1, 1]]
    far = confusion_matrix(np.array([200, 3], np.uint8), np.array([3, 200], np.uint8))
    assert np.argwhere(far).tolist() == [[3, 200], [200, 3]]
    assert far.sum() == 2


def test_confusion_matrix_keeps_classes_that_nobody_saw() -> None:
    assert confusion_matrix(np.array([0]), np.array([0]), classes=3).shape == (3, 3)
    assert confusion_matrix(np.zeros((0, 4)), np.zeros(0, int)).tolist() == np.zeros((4, 4)).tolist()


@pytest.mark.parametrize(
    ("output", "target"),
    [
        (np.array([0, 1]), np.array([0])),
        (np.array([0.0]), np.array([0])),
        (np.array([-1]), np.array([0])),
        (np.array([5]), np.array([0])),
    ],
)
def test_confusion_matrix_refuses_what_does_not_fit(output: object, target: object) -> None:
    with pytest.raises(ValueError, match="confusion_matrix"):
        confusion_matrix(output, target, classes=3)


def test_running_mean_of_batches_is_the_mean_of_the_samples(rng: np.random.Generator) -> None:
    values = rng.normal(size=10)
    mean = RunningMean()
    assert math.isnan(mean.value)
    for part in (values[:4], values[4:8], values[8:]):
        mean.add(float(part.mean()), len(part))
    assert mean.value == pytest.approx(values.mean(), rel=1e-14)
    assert mean.count == 10
