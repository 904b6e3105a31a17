"""Averages of parameters against the weighted sum they stand for."""

import numpy as np
import pytest

from tinytorch.optim import EMA
from tinytorch.tensor import Tensor


def test_the_average_is_the_weighted_sum_of_all_values_so_far() -> None:
    rng = np.random.default_rng(0)
    shapes = [(3, 2), (5,), (150, 160)]
    history = [[rng.standard_normal(shape) for shape in shapes] for _ in range(8)]
    params = [Tensor(value) for value in history[0]]
    ema = EMA((p for p in params), decay=0.8)
    for values in history[1:]:
        for p, value in zip(params, values, strict=True):
            p[...] = value
        ema.update()
    weights = [0.8**7, *(0.2 * 0.8 ** (7 - t) for t in range(1, 8))]
    assert sum(weights) == pytest.approx(1.0)
    for i, average in enumerate(ema.averages):
        wanted = sum(w * values[i] for w, values in zip(weights, history, strict=True))
        np.testing.assert_allclose(average.data, wanted, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(params[i].data, history[-1][i])


def test_applied_lends_the_averages_to_the_same_tensors_and_takes_them_back_after_an_exception() -> None:
    w = Tensor([1.0, 2.0])
    ema = EMA([w], decay=0.5)
    w[...] = 3.0
    ema.update()
    lent = []

    def fail_inside() -> None:
        with ema.applied():
            lent.append(w.tolist())
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    assert lent == [[2.0, 2.5]]
    assert w.tolist() == [3.0, 3.0]
    assert ema.averages[0].tolist() == [2.0, 2.5]


def test_an_average_resumes_bit_by_bit_and_refuses_another_model() -> None:
    w = Tensor(np.array([0.3, 0.7]))
    ema = EMA([w], decay=0.9)
    w[...] = 1.0
    ema.update()
    state = ema.state_dict()
    other = EMA([Tensor(w.data)], decay=0.1)
    other.load_state_dict(state)
    for each in (ema, other):
        each.update()
    np.testing.assert_array_equal(ema.averages[0].data, other.averages[0].data)
    assert not np.array_equal(state["averages"][0], ema.averages[0].data)
    with pytest.raises(ValueError, match=r"parameter 0 is float64 of shape \(3,\).*shape \(2,\)"):
        EMA([Tensor(np.zeros(3))]).load_state_dict(state)
    with pytest.raises(ValueError, match="the state has 1 averages, here are 2 parameters"):
        EMA([Tensor(np.zeros(2)), Tensor(np.zeros(2))]).load_state_dict(state)


def test_what_cannot_be_averaged_is_refused() -> None:
    with pytest.raises(ValueError, match="decay must lie"):
        EMA([Tensor([1.0])], decay=1.0)
    with pytest.raises(ValueError, match="nothing to average"):
        EMA([])
    with pytest.raises(TypeError, match="parameter 1 is float64, parameter 0 float32"):
        EMA([Tensor([1.0]), Tensor(np.ones(1))])
