"""Squared, absolute and Huber errors against their definitions."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.losses import (
    HuberLoss,
    L1Loss,
    MSELoss,
    SmoothL1Loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from tinytorch.tensor import Array, Tensor

LossFunction = Callable[..., Tensor]


def bowl(d: float, delta: float) -> float:
    return d * d / 2 if abs(d) <= delta else delta * (abs(d) - delta / 2)


FORMULAS: dict[str, tuple[LossFunction, dict[str, float], Callable[[float], float]]] = {
    "mse": (mse_loss, {}, lambda d: d * d),
    "l1": (l1_loss, {}, abs),
    "huber": (huber_loss, {}, lambda d: bowl(d, 1.0)),
    "huber 0.3": (huber_loss, {"delta": 0.3}, lambda d: bowl(d, 0.3)),
    "smooth l1": (smooth_l1_loss, {}, lambda d: bowl(d, 1.0)),
    "smooth l1 2.5": (smooth_l1_loss, {"beta": 2.5}, lambda d: bowl(d, 2.5) / 2.5),
    "smooth l1 0": (smooth_l1_loss, {"beta": 0.0}, abs),
}


def pair() -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    return generator.uniform(-2, 2, (3, 4)), generator.uniform(-2, 2, (3, 4))


@pytest.mark.parametrize("name", FORMULAS)
def test_the_three_reductions_are_each_element_their_sum_and_their_mean(name: str) -> None:
    function, options, formula = FORMULAS[name]
    x, t = pair()
    each = np.vectorize(formula)(x - t)
    none, total, mean = (function(Tensor(x), Tensor(t), r, **options) for r in ("none", "sum", "mean"))
    np.testing.assert_allclose(none.data, each, rtol=1e-13)
    assert total.item() == pytest.approx(math.fsum(each.flat), rel=1e-13)
    assert mean.item() == pytest.approx(math.fsum(each.flat) / 12, rel=1e-13)
    assert function(Tensor(x), Tensor(t), **options).item() == mean.item()


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_by_both_sides_agree_with_central_differences(name: str, reduction: str) -> None:
    function, options, _ = FORMULAS[name]
    x, t = pair()

    def loss(input: Tensor, target: Tensor) -> Tensor:
        return function(input, target, reduction, **options)

    assert gradcheck(loss, [Tensor(x), Tensor(t)])
    assert gradcheck(loss, [Tensor(x).T[::-1], Tensor(t.T[::-1].copy())])
    assert gradgradcheck(loss, [Tensor(x), Tensor(t)])
    assert gradcheck(lambda one: loss(one, one * one), Tensor(x))


@pytest.mark.parametrize("name", FORMULAS)
def test_shapes_that_would_broadcast_are_refused(name: str) -> None:
    function, options, _ = FORMULAS[name]
    with pytest.raises(ValueError, match=r"_loss: input and target must have the same shape, not \(4, 1\) and \(4,\)"):
        function(Tensor(np.zeros((4, 1))), Tensor(np.zeros(4)), **options)
    with pytest.raises(ValueError, match=r"not \(3, 4\) and \(\)"):
        function(Tensor(np.zeros((3, 4))), Tensor(0.0), **options)


def test_only_wanted_gradients_are_given() -> None:
    x, t = Tensor([1.0, 5.0], requires_grad=True), Tensor([0.0, 1.0])
    mse_loss(x, t).backward(Tensor(3.0))
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 12.0]
    assert t.grad is None
    target = Tensor([0.0, 1.0], requires_grad=True)
    mse_loss(Tensor([1.0, 5.0]), target, reduction="sum").backward()
    assert target.grad is not None
    assert target.grad.tolist() == [-2.0, -8.0]


def test_types_meet_as_in_arithmetic() -> None:
    single, double = Tensor([1.0, 2.0]), Tensor(np.array([1.0, 4.0]))
    assert mse_loss(single, single).dtype == np.float32
    assert mse_loss(single, double).dtype == np.float64
    assert mse_loss(single, Tensor([1, 4])).dtype == np.float32
    assert mse_loss(single, Tensor([1, 4])).item() == 2.0
    with pytest.raises(TypeError, match="mse_loss: input must hold floats, not int64"):
        mse_loss(Tensor([1, 2]), Tensor([1, 2]))


def test_the_mean_of_nothing_is_nan_and_its_sum_0() -> None:
    nothing = Tensor(np.zeros((0, 3)))
    assert math.isnan(mse_loss(nothing, nothing).item())
    assert mse_loss(nothing, nothing, reduction="sum").item() == 0
    assert mse_loss(nothing, nothing, reduction="none").shape == (0, 3)
    assert mse_loss(Tensor(3.0), Tensor(1.0)).item() == 4.0


def test_nan_is_not_hidden() -> None:
    for function, options, _ in FORMULAS.values():
        assert math.isnan(function(Tensor([math.nan, 1.0]), Tensor([0.0, 0.0]), **options).item())


def test_an_outlier_pulls_no_harder_than_delta() -> None:
    x = Tensor([1e4, -1e4, 0.1], requires_grad=True)
    huber_loss(x, Tensor([0.0, 0.0, 0.0]), reduction="sum", delta=0.5).backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, [0.5, -0.5, 0.1], rtol=1e-6)


def test_the_classes_carry_their_options() -> None:
    x, t = Tensor([0.0, 3.0]), Tensor([1.0, 0.0])
    assert MSELoss("sum")(x, t).item() == 10.0
    assert L1Loss()(x, t).item() == 2.0
    assert HuberLoss("none", delta=2.0)(x, t).tolist() == [0.5, 4.0]
    assert SmoothL1Loss("none", beta=2.0)(x, t).tolist() == [0.25, 2.0]
    assert repr(HuberLoss("sum", 2.0)) == "HuberLoss(reduction='sum', delta=2.0)"


def test_options_out_of_range_are_refused() -> None:
    x = Tensor([1.0])
    with pytest.raises(ValueError, match="delta must be above 0, not 0"):
        huber_loss(x, x, delta=0)
    with pytest.raises(ValueError, match="beta must be 0 or more, not -1"):
        smooth_l1_loss(x, x, beta=-1)
    with pytest.raises(ValueError, match="MSELoss: reduction must be 'none', 'sum' or 'mean', not 'batchmean'"):
        MSELoss("batchmean")
    for function, options, _ in FORMULAS.values():
        with pytest.raises(ValueError, match="reduction must be"):
            function(x, x, "average", **options)
