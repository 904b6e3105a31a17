"""Negative log-likelihood, Kullback-Leibler divergence, and what a language model's loss means."""

import math

import numpy as np
import pytest

from tinytorch.activations import log_softmax
from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.losses import (
    KLDivLoss,
    Loss,
    NLLLoss,
    bits_per_byte,
    cross_entropy,
    kl_div,
    nll_loss,
    perplexity,
)
from tinytorch.tensor import Tensor


def test_nll_picks_the_label_of_each_row() -> None:
    x = np.arange(9.0).reshape(3, 3)
    assert nll_loss(Tensor(x), Tensor([2, 0, 1]), reduction="none").tolist() == [-2.0, -3.0, -7.0]
    assert nll_loss(Tensor(x), Tensor([2, 0, 1])).item() == -4.0
    assert nll_loss(Tensor(x), Tensor([2, 0, 1]), reduction="sum").item() == -12.0
    weight = Tensor(np.array([1.0, 2.0, 5.0]))
    assert nll_loss(Tensor(x), Tensor([2, 0, 1]), weight).item() == -(5 * 2 + 3 + 2 * 7) / 8
    assert nll_loss(Tensor(x), Tensor([2, -100, 1]), weight).item() == -(5 * 2 + 2 * 7) / 7
    assert nll_loss(Tensor(x), Tensor([2, 0, 1]), ignore_index=0).item() == -(2 + 7) / 2


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_nll_of_log_softmax_is_cross_entropy(reduction: str) -> None:
    generator = np.random.default_rng(0)
    x, y = Tensor(generator.uniform(-3, 3, (2, 3, 4))), generator.integers(0, 3, (2, 4))
    y[0, 1] = -100
    weight = Tensor(generator.uniform(0.5, 2, 3))
    composed = nll_loss(log_softmax(x, 1), Tensor(y), weight, reduction=reduction)
    np.testing.assert_allclose(composed.data, cross_entropy(x, Tensor(y), weight, reduction=reduction).data, rtol=1e-13)
    assert gradcheck(lambda t: nll_loss(t, Tensor(y), weight, reduction=reduction), x)
    assert gradgradcheck(lambda t: nll_loss(t * t, Tensor(y), weight, reduction=reduction), x)


def test_nll_refuses_what_is_no_class() -> None:
    x = Tensor(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"nll_loss: label 3 at position \(1,\).* between 0 and 2"):
        nll_loss(x, Tensor([0, 3]))
    with pytest.raises(TypeError, match="labels must be integers, not float32"):
        nll_loss(x, Tensor([0.0, 1.0]))


def test_an_ignored_row_of_minus_infinity_does_not_spoil_the_sum() -> None:
    x = Tensor([[-math.inf, -math.inf], [-0.5, -1.0]], requires_grad=True)
    loss = nll_loss(x, Tensor([-100, 0]))
    assert loss.item() == 0.5
    loss.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[0.0, 0.0], [-1.0, 0.0]]
    assert math.isnan(nll_loss(x, Tensor([-100, -100])).item())


def test_kl_is_the_divergence_of_two_distributions() -> None:
    p, q = np.array([[0.2, 0.3, 0.5], [0.1, 0.9, 0.0]]), np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    each = np.array(
        [[t * math.log(t / m) if t else 0.0 for t, m in zip(*rows, strict=True)] for rows in zip(p, q, strict=True)]
    )
    x, target = Tensor(np.log(q)), Tensor(p)
    np.testing.assert_allclose(kl_div(x, target, "none").data, each, rtol=1e-13, atol=1e-16)
    assert kl_div(x, target, "sum").item() == pytest.approx(each.sum(), rel=1e-13)
    assert kl_div(x, target).item() == pytest.approx(each.sum() / 6, rel=1e-13)
    assert kl_div(x, target, "batchmean").item() == pytest.approx(each.sum() / 2, rel=1e-13)
    assert KLDivLoss("batchmean")(x, target).item() == pytest.approx(each.sum() / 2, rel=1e-13)
    assert kl_div(Tensor(np.log(p[:1])), Tensor(p[:1]), "sum").item() == pytest.approx(0, abs=1e-15)


def test_kl_takes_the_target_as_logarithms_too() -> None:
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.25, 0.25])
    given = kl_div(Tensor(np.log(q)), Tensor(np.log(p)), "sum", log_target=True).item()
    assert given == pytest.approx((p * np.log(p / q)).sum(), rel=1e-13)


def test_kl_has_the_derivatives_of_its_formula_on_both_sides() -> None:
    generator = np.random.default_rng(0)
    x, t = Tensor(generator.uniform(-3, -0.1, (2, 3))), Tensor(generator.uniform(0.1, 0.9, (2, 3)))
    for reduction in ("none", "sum", "mean", "batchmean"):
        for log_target in (False, True):
            assert gradcheck(lambda a, b, r=reduction, g=log_target: kl_div(a, b, r, g), [x, t])
            assert gradgradcheck(lambda a, b, r=reduction, g=log_target: kl_div(a, b, r, g), [x, t])


def test_a_class_that_neither_side_allows_costs_nothing() -> None:
    x = Tensor([-math.inf, 0.0], requires_grad=True)
    loss = kl_div(x, Tensor([0.0, 1.0]), "sum")
    assert loss.item() == 0
    loss.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, -1.0]


def test_kl_refuses_what_is_no_probability_and_shapes_that_differ() -> None:
    with pytest.raises(ValueError, match=r"probabilities must be 0 or more, the least is -0\.5"):
        kl_div(Tensor([0.0]), Tensor([-0.5]))
    with pytest.raises(ValueError, match=r"same shape, not \(2, 3\) and \(3,\)"):
        kl_div(Tensor(np.zeros((2, 3))), Tensor(np.zeros(3)))
    with pytest.raises(ValueError, match="kl_div: reduction must be"):
        kl_div(Tensor([0.0]), Tensor([0.5]), "average")


def test_perplexity_is_the_number_of_equally_likely_choices() -> None:
    uniform = cross_entropy(Tensor(np.zeros((5, 65))), Tensor([0, 1, 2, 3, 4]))
    assert perplexity(uniform) == pytest.approx(65, rel=1e-12)
    assert perplexity(0.0) == 1.0
    assert perplexity(1e4) == math.inf
    assert math.isnan(perplexity(math.nan))


def test_bits_per_byte_do_not_depend_on_how_text_is_cut_into_tokens() -> None:
    # A uniform model of bytes, and one of pairs of bytes: both know nothing.
    assert bits_per_byte(math.log(256), tokens=1000, bytes=1000) == pytest.approx(8)
    assert bits_per_byte(Tensor(math.log(65536)), tokens=500, bytes=1000) == pytest.approx(8, rel=1e-6)
    with pytest.raises(ValueError, match="bytes must be above 0 and tokens 0 or more, not 0 and 3"):
        bits_per_byte(1.0, tokens=3, bytes=0)


def test_a_loss_of_ones_own_needs_only_forward() -> None:
    class Worst(Loss):
        def forward(self, input: Tensor, target: Tensor) -> Tensor:
            return (input - target).abs().max()

    assert Worst()(Tensor([1.0, 5.0]), Tensor([0.0, 1.0])).item() == 4.0
    with pytest.raises(NotImplementedError, match=r"Loss\.forward"):
        Loss()(Tensor([1.0]), Tensor([1.0]))
    assert NLLLoss()(Tensor([[-1.0, -2.0]]), Tensor([1])).item() == 2.0
    assert repr(NLLLoss(ignore_index=0)) == "NLLLoss(reduction='mean', ignore_index=0)"
