"""Clipping against NumPy's norm of the concatenated gradients."""

import math
from typing import Any

import numpy as np
import pytest

from tinytorch.optim import SGD, clip_grad_norm_, clip_grad_value_
from tinytorch.tensor import Array, Step, Tensor, listen

SHAPES = [(4, 3), (7,), (), (0, 2), (2, 1, 5)]


def with_gradients(scale: float = 1.0, dtype: Any = np.float64) -> tuple[list[Tensor], Array]:
    """Parameters with gradients of quite different sizes, and the gradients as one vector."""
    rng = np.random.default_rng(5)
    params, flat = [], []
    for i, shape in enumerate(SHAPES):
        p = Tensor(np.zeros(shape, dtype))
        g = np.asarray(rng.standard_normal(shape) * scale * 3.0**i).astype(dtype)
        p.grad = Tensor(g)
        params.append(p)
        flat.append(g.ravel())
    return params, np.concatenate(flat)


def flat(params: list[Tensor]) -> Array:
    return np.concatenate([p.grad.data.ravel() for p in params if p.grad is not None])


@pytest.mark.parametrize("order", [1.0, 2.0, 3.0, math.inf])
def test_all_gradients_together_get_the_norm_and_keep_their_direction(order: float) -> None:
    params, before = with_gradients()
    norm = clip_grad_norm_(params, 0.5, order)
    wanted = float(np.linalg.norm(before, order))
    assert norm.shape == ()
    assert float(norm) == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(flat(params), before * (0.5 / (wanted + 1e-6)), rtol=1e-12)
    assert float(np.linalg.norm(flat(params), order)) == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 0.05])
def test_gradients_below_the_bound_are_left_as_they_are(scale: float) -> None:
    params, before = with_gradients(scale)
    grads = [p.grad for p in params]
    bound = 1.001 * float(np.linalg.norm(before)) + 1e-6  # as much as is added to the norm
    assert float(clip_grad_norm_(params, bound)) == pytest.approx(float(np.linalg.norm(before)))
    assert all(p.grad is grad for p, grad in zip(params, grads, strict=True))


def test_clipping_replaces_gradients_and_never_writes_into_one() -> None:
    for clip in (lambda p: clip_grad_norm_(p, 0.1), lambda p: clip_grad_value_(p, 0.1)):
        params, before = with_gradients()
        held = [p.grad.data for p in params if p.grad is not None]
        clip(params)
        np.testing.assert_array_equal(np.concatenate([g.ravel() for g in held]), before)
        assert np.abs(flat(params)).max() <= 0.1


def test_float32_gradients_stay_float32_and_large_ones_do_not_overflow() -> None:
    params, _ = with_gradients(dtype=np.float32)
    clip_grad_norm_(params, 0.1)
    assert {p.grad.dtype.name for p in params if p.grad is not None} == {"float32"}
    p = Tensor(np.zeros(4, np.float32))
    p.grad = Tensor(np.full(4, 1e30, np.float32))
    assert float(clip_grad_norm_([p], 1.0)) == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(p.grad.data, 0.5, rtol=1e-6)


def test_a_parameter_without_a_gradient_is_passed_over_and_one_given_twice_counts_once() -> None:
    a, b = Tensor(np.zeros(2)), Tensor(np.zeros(2))
    assert float(clip_grad_norm_([a, b], 1.0)) == 0.0
    a.grad = Tensor(np.array([3.0, 4.0]))
    assert float(clip_grad_norm_((p for p in (a, b, a)), 10.0)) == 5.0
    assert b.grad is None
    assert float(clip_grad_norm_(a, 1.0)) == 5.0
    np.testing.assert_allclose(a.grad.data, [0.6, 0.8], rtol=1e-6)


def test_a_norm_that_is_not_finite_is_shown_or_refused() -> None:
    for bad in (np.nan, np.inf):
        p, q = Tensor(np.zeros(2)), Tensor(np.zeros(1))
        p.grad, q.grad = Tensor(np.array([1.0, bad])), Tensor(np.array([1.0]))
        with pytest.raises(ValueError, match="the norm of 2 gradients is"):
            clip_grad_norm_([p, q], 1.0, error_if_nonfinite=True)
        assert q.grad.data[0] == 1.0
        with np.errstate(invalid="ignore"):
            norm = clip_grad_norm_([p, q], 1.0)
        assert not math.isfinite(float(norm))
        assert np.isnan(p.grad.data[1])


def test_values_are_moved_into_the_interval_one_by_one() -> None:
    params, before = with_gradients()
    clip_grad_value_(params, 0.7)
    np.testing.assert_array_equal(flat(params), np.minimum(np.maximum(before, -0.7), 0.7))


def test_a_clipped_step_is_no_longer_than_lr_times_the_bound() -> None:
    params, _ = with_gradients(100.0)
    optimizer = SGD(params, lr=0.5)
    clip_grad_norm_(params, 2.0)
    optimizer.step()
    assert float(np.linalg.norm(np.concatenate([p.data.ravel() for p in params]))) == pytest.approx(1.0, rel=1e-5)


def test_clipping_is_heard_at_the_door() -> None:
    class Ear:
        def __init__(self) -> None:
            self.names: list[str] = []

        def before(self, step: Step) -> None:
            self.names.append(step.operation.name)

        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            pass

    params, _ = with_gradients()
    ear = Ear()
    with listen(ear):
        clip_grad_norm_(params, 0.1)
    assert ear.names[0] == "gradient_norm"
    assert len(ear.names) == 1 + len(params)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda p: clip_grad_norm_(p, -1.0), r"max_norm must be at least 0, got -1\.0"),
        (lambda p: clip_grad_norm_(p, math.nan), "max_norm"),
        (lambda p: clip_grad_norm_(p, 1.0, 0.0), "norm_type"),
        (lambda p: clip_grad_value_(p, -0.1), "clip_value"),
    ],
)
def test_bounds_that_cannot_be_meant_are_refused(call: Any, text: str) -> None:
    params, _ = with_gradients()
    with pytest.raises(ValueError, match=text):
        call(params)
    named: Any = [("weight", params[0])]
    with pytest.raises(TypeError, match=r"model\.parameters\(\)"):
        clip_grad_norm_(named, 1.0)
