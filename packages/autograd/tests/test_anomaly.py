"""Where a NaN was born: forward, backward, in an update, out of an infinity, or from outside."""

import inspect

import numpy as np
import pytest

from tinytorch.autograd import AnomalyError, detect_anomaly
from tinytorch.tensor import Array, Step, Tensor, is_recording, update, where


def test_a_nan_born_forward_is_named_with_its_line() -> None:
    x = Tensor([[4.0, -1.0]], requires_grad=True)
    line = 0
    with pytest.raises(AnomalyError) as caught, detect_anomaly():  # noqa: PT012
        y = x * 2
        line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
        y.sqrt()
    words = str(caught.value)
    assert "sqrt, forward, inputs (1, 2)" in words
    assert "1 of 2 numbers are NaN" in words
    assert f"{__file__}:{line}" in words
    assert "What came in was finite: -2 to 8" in words


def test_a_nan_born_backward_is_named_with_the_line_that_ran_forward() -> None:
    x = Tensor([0.0, 1.0], requires_grad=True)
    with pytest.raises(AnomalyError) as caught, detect_anomaly():  # noqa: PT012
        line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
        y = x.sqrt()
        (y * Tensor([0.0, 1.0])).sum().backward()
    words = str(caught.value)
    assert "sqrt, backward, inputs (2,)" in words
    assert f"{__file__}:{line}" in words
    assert "ranged over 0 to 1" in words
    assert x.grad is None


def test_a_nan_that_came_of_an_infinity_names_both() -> None:
    x = Tensor([100.0, 1.0], requires_grad=True)
    first = r"subtract, forward.*The first infinity came out of exp \(forward"
    with pytest.raises(AnomalyError, match=first), detect_anomaly():
        (lambda y: y - y)(x.exp())


def test_infinities_are_allowed_unless_forbidden() -> None:
    x = Tensor([100.0], requires_grad=True)
    with detect_anomaly():
        where(x > 200, x, -np.inf).exp()
        x.exp()
    sentence = r"exp \(forward, inputs \(1,\).*gave 1 infinite numbers from finite ones"
    with pytest.raises(AnomalyError, match=sentence), detect_anomaly(infinite=True):
        x.exp()


def test_a_nan_in_the_data_is_said_to_come_from_outside() -> None:
    with pytest.raises(AnomalyError, match=r"multiply, forward.*came from outside"), detect_anomaly():
        Tensor([np.nan, 1.0]) * 2.0


def test_an_update_that_writes_nan_is_named() -> None:
    @update("test_faulty_step")
    def faulty(step: Step, targets: list[Array], gradient: Array) -> None:
        targets[0] -= np.inf * gradient

    with pytest.raises(AnomalyError, match=r"test_faulty_step, in an update"), detect_anomaly():
        faulty([Tensor([1.0, 2.0])], Tensor([1.0, 0.0]))


def test_nothing_is_left_behind() -> None:
    x = Tensor([-1.0], requires_grad=True)
    with pytest.raises(AnomalyError), detect_anomaly():
        x.sqrt()
    with np.errstate(invalid="ignore"):
        assert np.isnan(x.sqrt().item())
    assert is_recording()
    with detect_anomaly():
        (x * x).sum().backward()
    np.testing.assert_array_equal(np.asarray(x.grad), [-2])
