"""Checkpoints: the same numbers bit for bit, from less memory."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinytorch.autograd import checkpoint, grad, no_grad
from tinytorch.tensor import Array, Tensor, rand, randn


def numbers(x: Tensor | None) -> Array:
    assert x is not None
    return x.data


def draws(seed: int, *shape: int) -> Tensor:
    return randn(*shape, generator=np.random.default_rng(seed)).requires_grad_()


def run(cut: bool) -> list[Array]:
    """A small network: its result and all its gradients."""
    generator = np.random.default_rng(5)
    x, v, w = draws(1, 4, 3), draws(2, 3, 3), draws(3, 3, 3)
    outer = (w * 0.5).exp()  # used inside without being handed over

    def piece(h: Tensor, factor: float, flag: Tensor) -> Tensor:
        mask = rand(4, 3, generator=generator) > 0.3
        return (h @ v * factor).tanh() * mask @ outer * flag

    h = x * 1
    flags = Tensor([1, 1, 0])
    for factor in (0.5, 1.5, 2.5):
        h = checkpoint(piece, h, factor, flags, generators=[generator]) if cut else piece(h, factor, flags)
    loss = (h * h).mean() + generator.random()
    loss.backward()
    return [loss.data, *(numbers(leaf.grad) for leaf in (x, v, w))]


def test_results_and_gradients_are_bit_for_bit_those_of_the_plain_run() -> None:
    for plain, cut in zip(run(cut=False), run(cut=True), strict=True):
        assert plain.dtype == cut.dtype
        assert plain.tobytes() == cut.tobytes()


def test_the_generator_goes_on_from_where_it_was() -> None:
    generator = np.random.default_rng(0)
    x = draws(1, 5)
    y = checkpoint(lambda x: x * rand(5, generator=generator), x, generators=[generator])
    expected = np.random.default_rng(0)
    first = expected.random(5, np.float32)
    assert generator.random() == expected.random()
    y.sum().backward()
    np.testing.assert_array_equal(numbers(x.grad), first)
    assert generator.random() == expected.random()


def test_a_generator_that_was_not_handed_over_is_found() -> None:
    generator = np.random.default_rng(0)
    x = draws(1, 5)
    y = checkpoint(lambda x: x * rand(5, generator=generator), x)
    with pytest.raises(RuntimeError, match=r"gave other numbers than the first time.*generators=\[...\]"):
        y.sum().backward()
    assert x.grad is None


def test_parameters_edited_in_between_are_found() -> None:
    x, w = draws(1, 3), draws(2, 3)
    y = checkpoint(lambda x: (x * w).exp(), x).sum()
    w[0] = 5.0
    with pytest.raises(RuntimeError, match=r"checkpoint kept input 1 .*edited since"):
        y.backward()


def test_memory_is_that_of_one_piece() -> None:
    x = draws(1, 50_000)

    def piece(h: Tensor) -> Tensor:
        for _ in range(8):
            h = (h * 0.9).tanh()
        return h

    def peak(step: Callable[[Tensor], Tensor]) -> int:
        tracemalloc.start()
        h = x
        for _ in range(8):
            h = step(h)
        h.sum().backward()
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    array = 50_000 * 4
    plain, cut = peak(piece), peak(lambda h: checkpoint(piece, h))
    assert plain > 64 * array  # every tanh keeps its result
    assert cut < 32 * array  # 8 ends of pieces, and one piece


def test_several_outputs_and_inputs_that_want_nothing() -> None:
    x, constant = draws(1, 3), Tensor([1.0, 2.0, 3.0])
    f: Callable[..., Any] = lambda a, b, c: (a * b, (a + c).exp(), b)  # noqa: E731
    first, second, third = checkpoint(f, x, constant, 2.0)
    assert not third.requires_grad or third.grad is None
    (first.sum() + second.sum()).backward()
    expected = Tensor(x.data, requires_grad=True)
    one, two, _ = f(expected, constant, 2.0)
    (one.sum() + two.sum()).backward()
    np.testing.assert_array_equal(numbers(x.grad), numbers(expected.grad))
    assert constant.grad is None


def test_only_one_of_several_outputs_used() -> None:
    x = draws(1, 3)
    _, second = checkpoint(lambda a: (a.exp(), a * 3), x)
    second.sum().backward()
    np.testing.assert_array_equal(numbers(x.grad), [3, 3, 3])


def test_checkpoints_nest() -> None:
    x = draws(1, 3)
    y = checkpoint(lambda a: checkpoint(lambda b: (b * b).exp(), a).tanh(), x)
    y.sum().backward()
    plain = Tensor(x.data, requires_grad=True)
    (plain * plain).exp().tanh().sum().backward()
    np.testing.assert_array_equal(numbers(x.grad), numbers(plain.grad))


def test_only_captured_tensors_want_gradients() -> None:
    w = draws(1, 3)
    outer = w * 2
    checkpoint(lambda x: x * outer, Tensor([1.0, 2.0, 3.0])).sum().backward()
    np.testing.assert_array_equal(numbers(w.grad), [2, 4, 6])
    v = draws(2, 3)
    checkpoint(lambda: v * 3).sum().backward()
    np.testing.assert_array_equal(numbers(v.grad), [3, 3, 3])


def test_grad_by_a_tensor_inside_the_network_goes_through_checkpoints() -> None:
    x = draws(1, 3)
    middle = x * 2
    (slope,) = grad(checkpoint(lambda a: a * a, middle).sum(), middle)
    np.testing.assert_array_equal(numbers(slope), 4 * x.data)


def test_without_recording_it_is_the_function() -> None:
    x = draws(1, 3)
    with no_grad():
        assert not checkpoint(lambda a: a.exp(), x).requires_grad
    assert not checkpoint(lambda a: a.exp(), x.detach()).requires_grad


def test_second_derivatives_are_refused() -> None:
    x = draws(1, 3)
    with pytest.raises(NotImplementedError, match="checkpoint: no second derivatives"):
        grad(checkpoint(lambda a: a.exp(), x).sum(), x, create_graph=True)


def test_what_returns_no_tensor_is_named() -> None:
    with pytest.raises(TypeError, match="output 0 of the function is a float"):
        checkpoint(lambda a: 1.0, draws(1, 3))
