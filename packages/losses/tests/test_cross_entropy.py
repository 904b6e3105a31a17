"""Cross-entropy against its definition, written out in plain Python for one example at a time."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.activations import softmax
from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.losses import CrossEntropyLoss, MSELoss, cross_entropy
from tinytorch.tensor import Array, Tensor


def example_loss(scores: Sequence[float], q: Sequence[float]) -> float:
    """-Σ q log softmax(scores) for one example."""
    top = max(scores)
    log_sum = top + math.log(math.fsum(math.exp(x - top) for x in scores))
    return math.fsum(share * (log_sum - x) for x, share in zip(scores, q, strict=True))


def one_hot(label: int, classes: int) -> list[float]:
    return [1.0 if c == label else 0.0 for c in range(classes)]


def logits_and_labels(n: int = 5, classes: int = 3) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    return generator.uniform(-3, 3, (n, classes)), generator.integers(0, classes, n)


def test_known_numbers() -> None:
    # softmax(log 1, log 2, log 5) = (1/8, 2/8, 5/8)
    x = Tensor(np.log(np.array([[1.0, 2.0, 5.0], [5.0, 2.0, 1.0]])))
    np.testing.assert_allclose(
        cross_entropy(x, Tensor([0, 0]), reduction="none").data, [math.log(8), math.log(8 / 5)], rtol=1e-15
    )
    assert cross_entropy(x, Tensor([0, 0])).item() == pytest.approx((math.log(8) + math.log(8 / 5)) / 2, rel=1e-15)


def test_probabilities_in_the_place_of_logits_are_not_what_it_expects() -> None:
    x = Tensor([[2.0, 0.0, 0.0]])
    expected = example_loss([2.0, 0.0, 0.0], one_hot(0, 3))
    assert cross_entropy(x, Tensor([0])).item() == pytest.approx(expected, rel=1e-6)
    assert cross_entropy(softmax(x), Tensor([0])).item() != pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_each_example_is_read_at_its_own_label(classes: int) -> None:
    x, y = logits_and_labels(classes, classes)
    y = np.arange(classes)[::-1].copy()
    expected = [example_loss(list(row), one_hot(label, classes)) for row, label in zip(x, y, strict=True)]
    np.testing.assert_allclose(cross_entropy(Tensor(x), Tensor(y), reduction="none").data, expected, rtol=1e-13)


def test_the_three_reductions_are_each_example_their_sum_and_their_mean() -> None:
    x, y = logits_and_labels(7, 4)
    each = np.array([example_loss(list(row), one_hot(label, 4)) for row, label in zip(x, y, strict=True)])
    losses = {r: cross_entropy(Tensor(x), Tensor(y), reduction=r) for r in ("none", "sum", "mean")}
    assert losses["none"].shape == (7,)
    np.testing.assert_allclose(losses["none"].data, each, rtol=1e-13)
    assert losses["sum"].item() == pytest.approx(each.sum(), rel=1e-13)
    assert losses["mean"].item() == pytest.approx(each.sum() / 7, rel=1e-13)


def test_the_mean_of_a_batch_repeated_is_that_of_the_batch() -> None:
    x, y = logits_and_labels()
    once = cross_entropy(Tensor(x), Tensor(y)).item()
    assert cross_entropy(Tensor(np.tile(x, (4, 1))), Tensor(np.tile(y, 4))).item() == pytest.approx(once, rel=1e-14)
    assert cross_entropy(Tensor(np.zeros((8, 10))), Tensor(np.zeros(8, np.int64))).item() == pytest.approx(math.log(10))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_enormous_logits_give_the_exact_loss_in_their_own_type(dtype: type) -> None:
    x = Tensor(np.array([[1e4, 0, -1e4], [1e4, 0, -1e4], [-1e4, -1e4, -1e4]], dtype), requires_grad=True)
    loss = cross_entropy(x, Tensor([0, 2, 1]), reduction="none")
    assert loss.dtype == dtype
    np.testing.assert_allclose(loss.data, [0, 2e4, math.log(3)], rtol=1e-6)
    loss.backward(Tensor(np.array([2, 3, 6], dtype)))
    assert x.grad is not None
    assert x.grad.dtype == dtype
    np.testing.assert_allclose(x.grad.data, [[0, 0, 0], [3, 0, -3], [2, -4, 2]], rtol=1e-6)


def test_the_gradient_is_softmax_minus_one_hot_over_n() -> None:
    x, y = logits_and_labels(5, 3)
    logits = Tensor(x, requires_grad=True)
    cross_entropy(logits, Tensor(y)).backward(Tensor(3.0, dtype=np.float64))
    exponentials = np.exp(x)
    expected = (exponentials / exponentials.sum(axis=1, keepdims=True) - np.eye(3)[y]) * 3 / 5
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad.data, expected, rtol=1e-12)


WEIGHT = Tensor(np.array([0.5, 2.0, 1.25]))
OPTIONS: list[dict[str, Any]] = [
    {},
    {"reduction": "sum"},
    {"reduction": "none"},
    {"label_smoothing": 0.1},
    {"label_smoothing": 1.0, "reduction": "none"},
    {"weight": WEIGHT},
    {"weight": WEIGHT, "label_smoothing": 0.3},
    {"weight": WEIGHT, "label_smoothing": 0.3, "reduction": "none"},
    {"ignore_index": 1},
    {"ignore_index": 1, "weight": WEIGHT, "label_smoothing": 0.2},
    {"ignore_index": 1, "weight": WEIGHT, "label_smoothing": 0.2, "reduction": "none"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: ", ".join(options) or "none")
def test_derivatives_agree_with_central_differences_under_every_option(options: dict[str, Any]) -> None:
    x, _ = logits_and_labels(6, 3)
    labels = Tensor([0, 1, 2, 2, 1, 0])
    loss = CrossEntropyLoss(**options)

    def of_logits(logits: Tensor) -> Tensor:
        return loss(logits, labels)

    assert gradcheck(of_logits, Tensor(x))
    assert gradcheck(of_logits, Tensor(np.asfortranarray(x)[::-1]))
    assert gradgradcheck(of_logits, Tensor(x))


def test_an_ignored_label_is_left_out_of_the_mean_and_gets_no_gradient() -> None:
    x, y = logits_and_labels(6, 3)
    padded = y.copy()
    padded[3:] = -100
    for ignore_index, labels in ((-100, padded), (7, np.where(padded == -100, 7, padded))):
        logits = Tensor(x, requires_grad=True)
        loss = cross_entropy(logits, Tensor(labels), ignore_index=ignore_index)
        assert loss.item() == pytest.approx(cross_entropy(Tensor(x[:3]), Tensor(y[:3])).item(), rel=1e-14)
        loss.backward()
        assert logits.grad is not None
        assert (logits.grad.data[3:] == 0).all()
        first = Tensor(x[:3], requires_grad=True)
        cross_entropy(first, Tensor(y[:3])).backward()
        assert first.grad is not None
        np.testing.assert_allclose(logits.grad.data[:3], first.grad.data, rtol=1e-14)
    each = cross_entropy(Tensor(x), Tensor(padded), reduction="none")
    assert (each.data[3:] == 0).all()
    assert (each.data[:3] > 0).all()


def test_a_class_can_be_the_one_that_is_ignored() -> None:
    x, _ = logits_and_labels(4, 3)
    loss = cross_entropy(Tensor(x), Tensor([0, 2, 0, 1]), ignore_index=0)
    expected = (example_loss(list(x[1]), one_hot(2, 3)) + example_loss(list(x[3]), one_hot(1, 3))) / 2
    assert loss.item() == pytest.approx(expected, rel=1e-13)


def test_class_weights_multiply_and_the_mean_divides_by_their_sum() -> None:
    x, _ = logits_and_labels(4, 3)
    y, w = [0, 1, 1, 2], [0.5, 2.0, 1.25]
    weight = Tensor(np.array(w))
    each = [w[label] * example_loss(list(row), one_hot(label, 3)) for row, label in zip(x, y, strict=True)]
    total = math.fsum(w[label] for label in y)
    np.testing.assert_allclose(
        cross_entropy(Tensor(x), Tensor(y), weight, reduction="none").data, np.array(each), rtol=1e-13
    )
    assert cross_entropy(Tensor(x), Tensor(y), weight).item() == pytest.approx(math.fsum(each) / total, rel=1e-13)
    ignoring = cross_entropy(Tensor(x), Tensor(y), weight, ignore_index=1).item()
    assert ignoring == pytest.approx((each[0] + each[3]) / (w[0] + w[2]), rel=1e-13)


@pytest.mark.parametrize("weighted", [False, True])
def test_label_smoothing_mixes_in_the_uniform_distribution(weighted: bool) -> None:
    x, _ = logits_and_labels(4, 3)
    y, share = [0, 1, 1, 2], 0.2
    w = [0.5, 2.0, 1.25] if weighted else [1.0, 1.0, 1.0]
    each = []
    for row, label in zip(x, y, strict=True):
        mixed = [w[c] * ((1 - share) * q + share / 3) for c, q in enumerate(one_hot(label, 3))]
        each.append(example_loss(list(row), mixed))
    weight = Tensor(np.array(w)) if weighted else None
    loss = cross_entropy(Tensor(x), Tensor(y), weight, label_smoothing=share)
    assert loss.item() == pytest.approx(math.fsum(each) / math.fsum(w[label] for label in y), rel=1e-13)
    separate = cross_entropy(Tensor(x), Tensor(y), weight, label_smoothing=share, reduction="none")
    np.testing.assert_allclose(separate.data, np.array(each), rtol=1e-13)


def test_the_class_axis_is_axis_1_and_further_axes_are_examples() -> None:
    generator = np.random.default_rng(1)
    x, y = generator.uniform(-2, 2, (2, 3, 4, 5)), generator.integers(0, 3, (2, 4, 5))
    expected = np.empty((2, 4, 5))
    for n, i, j in np.ndindex(2, 4, 5):
        expected[n, i, j] = example_loss(list(x[n, :, i, j]), one_hot(int(y[n, i, j]), 3))
    np.testing.assert_allclose(cross_entropy(Tensor(x), Tensor(y), reduction="none").data, expected, rtol=1e-12)
    assert cross_entropy(Tensor(x), Tensor(y)).item() == pytest.approx(expected.mean(), rel=1e-13)
    y[0, 1] = -100
    for reduction in ("none", "mean"):
        assert gradcheck(lambda t, r=reduction: cross_entropy(t, Tensor(y), reduction=r), Tensor(x))
        assert gradgradcheck(
            lambda t, r=reduction: cross_entropy(t, Tensor(y[:1, :2, :2]), reduction=r), Tensor(x[:1, :, :2, :2])
        )


def test_one_example_needs_no_batch_axis() -> None:
    x = [0.5, -1.0, 2.0]
    loss = cross_entropy(Tensor(np.array(x)), Tensor(2))
    assert loss.shape == ()
    assert loss.item() == pytest.approx(example_loss(x, one_hot(2, 3)), rel=1e-14)
    assert gradcheck(lambda t: cross_entropy(t, Tensor(2)), Tensor(np.array(x)))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_targets_may_be_probabilities_and_get_gradients_too(reduction: str) -> None:
    generator = np.random.default_rng(2)
    x, p = generator.uniform(-2, 2, (4, 3)), generator.dirichlet([1, 1, 1], 4)
    w, share = np.array([0.5, 2.0, 1.25]), 0.1
    each = np.array(
        [example_loss(list(row), list(w * (q * (1 - share) + share / 3))) for row, q in zip(x, p, strict=True)]
    )
    expected = {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]

    def loss(logits: Tensor, target: Tensor) -> Tensor:
        return cross_entropy(logits, target, Tensor(w), reduction=reduction, label_smoothing=share)

    np.testing.assert_allclose(loss(Tensor(x), Tensor(p)).data, expected, rtol=1e-13)
    assert gradcheck(loss, [Tensor(x), Tensor(p)])
    assert gradgradcheck(loss, [Tensor(x), Tensor(p)])


def test_one_hot_probabilities_are_labels() -> None:
    x, y = logits_and_labels(5, 3)
    by_label = cross_entropy(Tensor(x), Tensor(y), label_smoothing=0.1).item()
    assert cross_entropy(Tensor(x), Tensor(np.eye(3)[y]), label_smoothing=0.1).item() == pytest.approx(by_label)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6), st.data())
def test_the_loss_is_never_negative_and_a_shift_of_all_logits_changes_nothing(
    row: list[float], data: st.DataObject
) -> None:
    label = data.draw(st.integers(0, len(row) - 1))
    loss = cross_entropy(Tensor(np.array([row])), Tensor([label])).item()
    assert loss >= 0
    assert loss == pytest.approx(example_loss(row, one_hot(label, len(row))), rel=1e-12, abs=1e-11)
    assert cross_entropy(Tensor(np.array([row]) + 64.0), Tensor([label])).item() == pytest.approx(loss, abs=1e-11)


def test_excluded_classes_cost_nothing_unless_they_are_the_label() -> None:
    x = Tensor(np.array([[0.0, -math.inf, 1.0], [0.0, -math.inf, 1.0]]), requires_grad=True)
    loss = cross_entropy(x, Tensor([0, 2]), reduction="none")
    expected = [example_loss([0, 1], one_hot(0, 2)), example_loss([0, 1], one_hot(1, 2))]
    np.testing.assert_allclose(loss.data, expected, rtol=1e-14)
    loss.backward(Tensor(np.array([2.0, 3.0])))
    assert x.grad is not None
    assert np.isfinite(x.grad.data).all()
    assert x.grad.data[:, 1].tolist() == [0, 0]
    assert cross_entropy(x, Tensor([1, 1])).item() == math.inf


def test_nan_is_not_hidden() -> None:
    x = Tensor([[math.nan, 0.0], [1.0, 2.0]])
    assert math.isnan(cross_entropy(x, Tensor([1, 1])).item())
    assert np.isnan(cross_entropy(x, Tensor([1, 1]), reduction="none").data).tolist() == [True, False]


def test_the_mean_of_nothing_is_nan_and_its_gradient_0() -> None:
    assert math.isnan(cross_entropy(Tensor(np.zeros((0, 3))), Tensor(np.zeros(0, np.int64))).item())
    assert cross_entropy(Tensor(np.zeros((0, 3))), Tensor(np.zeros(0, np.int64)), reduction="sum").item() == 0
    x = Tensor([[1.0, 2.0]], requires_grad=True)
    loss = cross_entropy(x, Tensor([-100]))
    assert math.isnan(loss.item())
    loss.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64])
def test_labels_may_be_of_any_integer_type(dtype: type) -> None:
    x, y = logits_and_labels(5, 3)
    loss = cross_entropy(Tensor(x), Tensor(y.astype(dtype)))
    assert loss.item() == cross_entropy(Tensor(x), Tensor(y)).item()
    with pytest.raises(ValueError, match="label 9 at position"):
        cross_entropy(Tensor(x), Tensor(np.array([0, 1, 9, 1, 2], dtype)))


def test_a_label_that_is_no_class_is_named_with_its_place_and_the_range() -> None:
    x = Tensor(np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"label 3 at position \(2,\) is not a class; .* between 0 and 2 .*-100"):
        cross_entropy(x, Tensor([0, 1, 3, 5]))
    with pytest.raises(ValueError, match=r"label -1 at position \(0,\)"):
        cross_entropy(x, Tensor([-1, 1, 2, 0]))
    with pytest.raises(ValueError, match=r"label 7 at position \(1, 0\)"):
        cross_entropy(Tensor(np.zeros((2, 3, 2))), Tensor([[0, 1], [7, 2]]), ignore_index=2)


def test_wrong_shapes_are_named() -> None:
    x = Tensor(np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"shape \(4, 3\) \(3 classes\) the labels must have shape \(4,\), not \(3,\)"):
        cross_entropy(x, Tensor([0, 1, 2]))
    with pytest.raises(ValueError, match=r"must have shape \(4,\), not \(4, 1\)"):
        cross_entropy(x, Tensor([[0], [1], [2], [0]]))
    with pytest.raises(ValueError, match=r"weight must hold one number for each of 3 classes, not \(4,\)"):
        cross_entropy(x, Tensor([0, 1, 2, 0]), Tensor([1.0, 1.0, 1.0, 1.0]))


def test_labels_that_are_floats_or_booleans_are_refused() -> None:
    x = Tensor(np.zeros((2, 3)))
    for labels in (Tensor([0.0, 1.0]), Tensor([True, False])):
        with pytest.raises(TypeError, match=r"labels must be integers, not (float32|bool).*target.long"):
            cross_entropy(x, labels)
    with pytest.raises(TypeError, match="input must be floats"):
        cross_entropy(Tensor([[1, 2]]), Tensor([0]))


def test_options_out_of_range_are_refused() -> None:
    x, y = Tensor([[1.0, 2.0]]), Tensor([0])
    for make in (lambda: cross_entropy(x, y, reduction="average"), lambda: CrossEntropyLoss(reduction="average")):
        with pytest.raises(ValueError, match="reduction must be 'none', 'sum' or 'mean', not 'average'"):
            make()
    for other in (lambda: cross_entropy(x, y, label_smoothing=1.5), lambda: CrossEntropyLoss(label_smoothing=1.5)):
        with pytest.raises(ValueError, match=r"label_smoothing must lie between 0 and 1, not 1\.5"):
            other()


def test_a_list_in_the_place_of_a_tensor_is_named_with_the_way_out() -> None:
    scores, labels = Tensor([[1.0, 2.0]]), [0]
    with pytest.raises(TypeError, match=r"target is a Tensor of tinytorch, not list; make one of it: Tensor\(target\)"):
        CrossEntropyLoss()(scores, labels)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="input is a Tensor of tinytorch, not list"):
        MSELoss()(labels, scores)  # type: ignore[arg-type]


def test_a_loss_is_used_twice_in_one_graph() -> None:
    x, y = logits_and_labels(4, 3)
    assert gradcheck(lambda t: cross_entropy(t, Tensor(y)) * cross_entropy(t * 2, Tensor(y)), Tensor(x))
