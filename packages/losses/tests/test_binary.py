"""Binary cross-entropy and focal loss, from probabilities and from logits, at the edges."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    FocalLoss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    focal_loss,
)
from tinytorch.tensor import Array, Tensor


def entropy(p: float, t: float) -> float:
    return -(t * math.log(p) + (1 - t) * math.log(1 - p))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def drawn() -> tuple[Array, Array, Array]:
    """Logits, targets and weights."""
    generator = np.random.default_rng(0)
    return generator.uniform(-3, 3, (3, 4)), generator.uniform(0, 1, (3, 4)), generator.uniform(0.5, 2, 4)


def test_probabilities_cost_what_the_formula_says() -> None:
    x, t, w = drawn()
    p = np.vectorize(sigmoid)(x)
    each = np.vectorize(entropy)(p, t)
    for weight, weighted in ((None, each), (Tensor(w), each * w)):
        none, total, mean = (
            binary_cross_entropy(Tensor(p), Tensor(t), weight, r).data for r in ("none", "sum", "mean")
        )
        np.testing.assert_allclose(none, weighted, rtol=1e-13)
        np.testing.assert_allclose(total, weighted.sum(), rtol=1e-13)
        np.testing.assert_allclose(mean, weighted.sum() / 12, rtol=1e-13)


def test_logits_cost_what_their_probabilities_do() -> None:
    x, t, w = drawn()
    pos = np.array([0.5, 3.0, 1.0, 2.0])
    p = np.vectorize(sigmoid)(x)
    each = -(pos * t * np.log(p) + (1 - t) * np.log(1 - p)) * w
    for reduction, expected in (("none", each), ("sum", each.sum()), ("mean", each.sum() / 12)):
        loss = binary_cross_entropy_with_logits(Tensor(x), Tensor(t), Tensor(w), reduction, Tensor(pos))
        np.testing.assert_allclose(loss.data, expected, rtol=1e-12)
    plain = binary_cross_entropy_with_logits(Tensor(x), Tensor(t))
    assert plain.item() == pytest.approx(np.vectorize(entropy)(p, t).mean(), rel=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_exactly_0_and_1_are_finite(dtype: type) -> None:
    p = Tensor(np.array([0, 1, 0, 1], dtype), requires_grad=True)
    loss = binary_cross_entropy(p, Tensor(np.array([0, 1, 1, 0], dtype)), reduction="none")
    assert loss.dtype == dtype
    assert loss.tolist() == [0, 0, 100, 100]
    loss.backward(Tensor(np.array([2, 2, 2, 3], dtype)))
    assert p.grad is not None
    assert p.grad.dtype == dtype
    np.testing.assert_allclose(p.grad.data, [0, 0, -2e12, 3e12], rtol=1e-6)


def test_a_small_probability_is_not_clipped() -> None:
    p = np.array([1e-30, 1e-12])
    loss = binary_cross_entropy(Tensor(p), Tensor(np.ones(2)), reduction="none")
    np.testing.assert_allclose(loss.data, -np.log(p), rtol=1e-14)
    near = binary_cross_entropy(Tensor(p), Tensor(np.zeros(2)), reduction="none")
    np.testing.assert_allclose(near.data, p, rtol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_confident_error_keeps_its_whole_gradient(dtype: type) -> None:
    x = Tensor(np.array([20, -20, 1e4, -1e4], dtype), requires_grad=True)
    loss = binary_cross_entropy_with_logits(x, Tensor(np.array([0, 1, 0, 1], dtype)), reduction="none")
    np.testing.assert_allclose(loss.data, [20, 20, 1e4, 1e4], rtol=1e-7)
    loss.backward(Tensor(np.array([2, 3, 5, 7], dtype)))
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, [2, -3, 5, -7], rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_confident_right_answer_keeps_a_small_gradient(dtype: type) -> None:
    x = Tensor(np.array([20, -20, 60, -60], dtype), requires_grad=True)
    loss = binary_cross_entropy_with_logits(x, Tensor(np.array([1, 0, 1, 0], dtype)), reduction="none")
    small = np.exp([-20.0, -20.0, -60.0, -60.0])
    np.testing.assert_allclose(loss.data, small, rtol=1e-6)
    loss.backward(Tensor(np.ones(4, dtype)))
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, small * [-1, 1, -1, 1], rtol=1e-6)


def test_the_gradient_is_probability_minus_target_over_the_number_of_elements() -> None:
    x, t, _ = drawn()
    logits = Tensor(x, requires_grad=True)
    binary_cross_entropy_with_logits(logits, Tensor(t)).backward(Tensor(6.0, dtype=np.float64))
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad.data, (np.vectorize(sigmoid)(x) - t) / 2, rtol=1e-12)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("weighted", [False, True])
def test_derivatives_agree_with_central_differences(reduction: str, weighted: bool) -> None:
    x, t, w = drawn()
    weight, pos = (Tensor(w), Tensor(w[::-1].copy())) if weighted else (None, None)

    def by_probability(p: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy(p, target, weight, reduction)

    def by_logit(logits: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(logits, target, weight, reduction, pos)

    for function, input in ((by_probability, np.vectorize(sigmoid)(x)), (by_logit, x)):
        assert gradcheck(function, [Tensor(input), Tensor(t)])
        assert gradcheck(function, [Tensor(input.copy("F")), Tensor(t.copy("F"))])
        assert gradgradcheck(function, [Tensor(input), Tensor(t)])


def focal(x: float, t: float, alpha: float, gamma: float) -> float:
    p = sigmoid(x) if t == 1 else sigmoid(-x)
    return -(alpha if t == 1 else 1 - alpha) * math.pow(1 - p, gamma) * math.log(p)


def test_focal_loss_is_equation_5_of_its_paper() -> None:
    x = np.array([-3.0, -0.5, 0.0, 2.0, -3.0, -0.5, 0.0, 2.0])
    t = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    for alpha, gamma in ((0.25, 2.0), (0.6, 0.5), (0.5, 0.0)):
        expected = [focal(a, b, alpha, gamma) for a, b in zip(x, t, strict=True)]
        loss = focal_loss(Tensor(x), Tensor(t), alpha, gamma, "none")
        np.testing.assert_allclose(loss.data, expected, rtol=1e-12)
        assert FocalLoss(alpha, gamma, "sum")(Tensor(x), Tensor(t)).item() == pytest.approx(sum(expected))
    plain = focal_loss(Tensor(x), Tensor(t), alpha=None, gamma=0.0)
    assert plain.item() == pytest.approx(binary_cross_entropy_with_logits(Tensor(x), Tensor(t)).item())


def test_focal_loss_has_the_derivatives_of_its_formula_and_survives_confidence() -> None:
    x, t = Tensor(np.array([-3.0, -0.5, 0.7, 2.0])), Tensor(np.array([0.0, 1.0, 1.0, 0.0]))
    for alpha in (None, 0.25):
        assert gradcheck(lambda logits, a=alpha: focal_loss(logits, t, a, 2.0), x)
        assert gradgradcheck(lambda logits, a=alpha: focal_loss(logits, t, a, 1.5), x)
    large = Tensor([1e4, -1e4, 1e4], requires_grad=True)
    focal_loss(large, Tensor([0.0, 1.0, 1.0]), alpha=None, reduction="sum").backward()
    assert large.grad is not None
    assert large.grad.tolist() == [1.0, -1.0, 0.0]


@pytest.mark.parametrize("function", [binary_cross_entropy, binary_cross_entropy_with_logits, focal_loss])
def test_shapes_that_would_broadcast_are_refused(function: Callable[..., Tensor]) -> None:
    with pytest.raises(ValueError, match=r"must have the same shape, not \(4, 1\) and \(4,\)"):
        function(Tensor(np.full((4, 1), 0.5)), Tensor(np.zeros(4)))


@pytest.mark.parametrize("function", [binary_cross_entropy, binary_cross_entropy_with_logits])
def test_a_weight_that_does_not_fit_is_refused(function: Callable[..., Tensor]) -> None:
    half = Tensor(np.full((2, 3), 0.5))
    for shape in ((2,), (4, 2, 3)):
        with pytest.raises(ValueError, match=r"weight must broadcast to the input's shape \(2, 3\)"):
            function(half, half, Tensor(np.ones(shape)))


def test_what_is_no_probability_is_refused_with_the_range_found() -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1, these between -0\.5 and 2\. For logits use"):
        binary_cross_entropy(Tensor([2.0, -0.5]), Tensor([1.0, 0.0]))


def test_nan_is_not_hidden() -> None:
    nan, zero = Tensor([math.nan, 0.5]), Tensor([0.0, 1.0])
    for function in (binary_cross_entropy, binary_cross_entropy_with_logits, focal_loss):
        assert math.isnan(function(nan, zero).item())


def test_integers_are_labels_and_nothing_has_a_mean_of_nan() -> None:
    x = Tensor([0.5, 0.25])
    for function in (binary_cross_entropy, binary_cross_entropy_with_logits):
        assert function(x, Tensor([1, 0])).item() == function(x, Tensor([1.0, 0.0])).item()
        assert function(x, Tensor([1, 0])).dtype == np.float32
        nothing = Tensor(np.zeros((0, 2)))
        assert math.isnan(function(nothing, nothing).item())
        assert function(nothing, nothing, reduction="sum").item() == 0


def test_the_classes_carry_their_options() -> None:
    x, t, w = drawn()
    p = np.vectorize(sigmoid)(x)
    assert BCELoss(Tensor(w), "sum")(Tensor(p), Tensor(t)).item() == pytest.approx(
        (np.vectorize(entropy)(p, t) * w).sum()
    )
    pos = BCEWithLogitsLoss(pos_weight=Tensor(w))(Tensor(x), Tensor(t)).item()
    assert pos == pytest.approx(-(w * t * np.log(p) + (1 - t) * np.log(1 - p)).mean())
    with pytest.raises(ValueError, match="gamma must be 0 or more, not -1"):
        focal_loss(Tensor(x), Tensor(t), gamma=-1)
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1, or be None, not 2"):
        focal_loss(Tensor(x), Tensor(t), alpha=2)
