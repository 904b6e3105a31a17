"""The backward pass: order, sums, sharing, errors."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.autograd import grad
from tinytorch.tensor import Array, Step, Tensor, operation, randn, rule


def leaf(*numbers: float) -> Tensor:
    return Tensor(list(numbers), requires_grad=True)


def slope(x: Tensor) -> Array:
    """The gradient that a tensor must have got."""
    assert x.grad is not None
    assert x.grad.shape == x.shape
    assert x.grad.dtype == x.dtype
    return x.grad.data


@operation("test_pair")
def pair_op(step: Step, x: Array) -> tuple[Array, Array]:
    return x * 2, x * 3


@rule(pair_op)
def pair_rule(step: Step, grad: Any) -> Any:
    first, second = grad
    total = None
    for factor, part in ((2, first), (3, second)):
        if part is not None:
            total = factor * part if total is None else total + factor * part
    return total


@operation("test_broken")
def broken_op(step: Step, x: Array, y: Array, *, fault: str) -> Array:
    return x + y


@rule(broken_op)
def broken_rule(step: Step, grad: Any) -> Any:
    if step.parameters.get("fault") == "raise":
        raise ZeroDivisionError("rule")
    return {
        "shape": (grad[:1], grad),
        "dtype": (grad, grad.astype(np.float64)),
        "count": (grad,),
        "nothing": None,
        "number": (1.0, grad),
        "one tuple": (grad, grad, grad),
    }[step.parameters["fault"]]


def test_gradients_of_several_uses_add_up() -> None:
    x = leaf(3.0)
    y = x * x + x
    (y * x + y).backward()
    assert slope(x) == [3 * 9 + 2 * 3 + 2 * 3 + 1]


def test_a_diamond_waits_for_all_its_consumers() -> None:
    x = leaf(2.0)
    a = x * x
    b = a * 3
    c = a * b
    (c + a).backward()  # 3x⁴ + x²
    assert slope(x) == [12 * 8 + 2 * 2]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.sampled_from("+-*")), min_size=1, max_size=25))
def test_any_graph_agrees_with_derivatives_carried_forward(program: list[tuple[int, int, str]]) -> None:
    """The oracle carries (value, derivative) pairs from the start to the end: no graph, no order, no sums to miss."""
    x = Tensor([0.75], dtype=np.float64, requires_grad=True)
    values: list[Tensor] = [x]
    duals = [(0.75, 1.0)]
    for i, j, symbol in program:
        a, b = values[i % len(values)], values[j % len(values)]
        (u, du), (v, dv) = duals[i % len(duals)], duals[j % len(duals)]
        if symbol == "*":
            values.append((a * b) * 0.5)
            duals.append((u * v * 0.5, (du * v + u * dv) * 0.5))
        else:
            values.append(a + b if symbol == "+" else a - b)
            duals.append((u + v, du + dv) if symbol == "+" else (u - v, du - dv))
    values[-1].backward()
    np.testing.assert_allclose(slope(x), [duals[-1][1]], rtol=1e-9, atol=1e-9)


def test_forty_doublings_take_forty_steps() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(40):
        y = y + y
    start = time.perf_counter()
    y.backward()
    assert time.perf_counter() - start < 5.0  # milliseconds; one pass for each of 2**40 paths would take hours
    assert slope(x) == [2.0**40]


@pytest.mark.parametrize("length", [5_000, 100_000])
def test_long_chains_are_built_passed_and_thrown_away(length: int) -> None:
    x, one = leaf(1.0), Tensor([1.0])
    y = x
    for _ in range(length):
        y = y + one
    y.backward(retain_graph=True)
    assert slope(x) == [1.0]
    del y  # 100,000 steps, one inside the other


def test_a_deep_graph_can_be_differentiated_twice() -> None:
    x = Tensor([0.5], dtype=np.float64, requires_grad=True)
    y = x * x
    for _ in range(3_000):
        y = y + x * x
    (first,) = grad(y, x, create_graph=True)
    assert first is not None
    (second,) = grad(first, x)
    assert second is not None
    assert second.item() == 2 * 3_001


def test_gradients_accumulate_over_passes() -> None:
    x = leaf(1.0, 2.0)
    for _ in range(3):
        (x * x).sum().backward()
    np.testing.assert_array_equal(slope(x), [6, 12])


def test_a_gradient_once_read_never_changes() -> None:
    x = leaf(1.0, 2.0)
    (x * 3).sum().backward()
    first, array = x.grad, slope(x)
    (x * 5).sum().backward()
    np.testing.assert_array_equal(array, [3, 3])
    assert first is not x.grad
    np.testing.assert_array_equal(slope(x), [8, 8])


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x + y,
        lambda x, y: x - (-y),
        lambda x, y: x.reshape(2, 1).reshape(2) + y.reshape(1, 2).reshape(2),
        lambda x, y: np.concatenate([x, y]),
        lambda x, y: x.sum() + y.sum(),
        lambda x, y: pair_op.many(x)[0] / 2 + y,
    ],
)
def test_gradients_share_memory_with_nothing(f: Callable[[Tensor, Tensor], Tensor]) -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    z = f(x, y)
    upstream = Tensor(np.ones(z.shape, np.float32))
    z.backward(upstream, retain_graph=True)
    assert x.grad is not None
    x.grad[...] = 7.0
    np.testing.assert_array_equal(slope(y), [1, 1])
    upstream[...] = 5.0
    np.testing.assert_array_equal(slope(y), [1, 1])
    z.backward(Tensor(np.ones(z.shape, np.float32)))
    np.testing.assert_array_equal(slope(y), [2, 2])
    np.testing.assert_array_equal(slope(x), [8, 8])


def test_a_gradient_of_several_elements_must_be_given_and_must_fit() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"shape \(2,\) has 2 elements, so there is no single slope"):
        (x * x).backward()
    with pytest.raises(ValueError, match=r"shape \(3,\) and dtype float32, the tensor shape \(2,\) and dtype float32"):
        (x * x).backward(Tensor([1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="dtype float64, the tensor shape"):
        (x * x).backward(Tensor(np.ones(2)))
    assert x.grad is None


def test_what_requires_no_gradient_has_no_backward() -> None:
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        Tensor([1.0]).backward()
    with pytest.raises(RuntimeError, match="output 0 does not require"):
        grad(Tensor([1.0]), leaf(1.0))
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="input 1 does not require"):
        grad(x * 1, [x, Tensor([1.0])])


def test_integers_are_refused_as_leaves_and_get_no_gradient() -> None:
    with pytest.raises(TypeError, match="only floats have gradients, this tensor is int64"):
        Tensor([1, 2], requires_grad=True)
    x, n = leaf(1.0, 2.0), Tensor([3, 4])
    (x * n).sum().backward()
    assert n.grad is None
    np.testing.assert_array_equal(slope(x), [3, 4])
    assert not x.argmax().requires_grad
    assert not (x > 1).requires_grad
    assert not x.long().requires_grad


def test_a_detached_tensor_gets_no_gradient_and_passes_none() -> None:
    x = leaf(2.0)
    d = x.detach()
    (x * d).backward()
    assert d.grad is None
    assert slope(x) == [2]


def test_a_second_pass_says_what_to_do() -> None:
    x = leaf(2.0)
    y = (x * x) * x
    y.backward()
    with pytest.raises(RuntimeError, match=r"multiply has been through a backward pass already.*retain_graph=True"):
        y.backward()
    assert slope(x) == [12]
    shared = x * x
    (shared * 1).backward()
    with pytest.raises(RuntimeError, match="already"):
        (shared * 2).backward()


def test_a_retained_graph_serves_again() -> None:
    x = leaf(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert slope(x) == [8]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("shape", r"test_broken: its rule gave input 0 of shape \(2,\) a gradient of shape \(1,\)"),
        ("dtype", "test_broken: its rule gave a gradient of dtype float64 for an input of dtype float32"),
        ("count", "test_broken: its rule returned 1 gradients for 2 inputs"),
        ("nothing", "test_broken: broken_rule returned None: is a return missing"),
        ("one tuple", "test_broken: its rule returned 3 gradients for 2 inputs"),
        ("number", r"test_broken: its rule gave input 0 of shape \(2,\) a float"),
        ("raise", "rule"),
    ],
)
def test_a_faulty_rule_is_named_and_leaves_no_gradient(fault: str, message: str) -> None:
    x, y, z = leaf(1.0, 2.0), leaf(1.0, 2.0), leaf(1.0, 2.0)
    z.grad = Tensor([5.0, 5.0])
    with pytest.raises((RuntimeError, ZeroDivisionError), match=message):
        (broken_op(x, y * 1, fault=fault) + z).sum().backward()
    assert x.grad is None
    assert y.grad is None
    np.testing.assert_array_equal(slope(z), [5, 5])


def test_a_rule_of_one_input_that_returns_nothing_is_named() -> None:
    @operation("test_forgetful")
    def forgetful(step: Step, x: Array) -> Array:
        return x + 1

    @rule(forgetful)
    def forgetful_rule(step: Step, grad: Array) -> None:
        grad + 1

    with pytest.raises(RuntimeError, match="test_forgetful: forgetful_rule returned None: is a return missing"):
        (forgetful(leaf(1.0)) * 1).backward()


def test_an_operation_without_a_rule_is_named() -> None:
    @operation("test_without_rule")
    def without_rule(step: Step, x: Array) -> Array:
        return x + 1

    with pytest.raises(NotImplementedError, match="test_without_rule: this operation has no derivative rule"):
        without_rule(leaf(1.0)).backward()


def test_two_threads_have_graphs_of_their_own() -> None:
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            x = randn(20, generator=np.random.default_rng(seed)).requires_grad_()
            for _ in range(50):
                x.grad = None
                (x * x).sum().backward()
                np.testing.assert_array_equal(slope(x), 2 * x.data)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_infinite_slopes_are_numbers_and_no_warnings() -> None:
    x = leaf(0.0)
    x.sqrt().backward()
    assert slope(x) == [np.inf]
    (found,) = grad(x.sqrt(), x, create_graph=True)
    assert found is not None
    assert found.item() == np.inf
