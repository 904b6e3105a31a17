"""The backward pass itself: order, sums, sharing, memory, errors, edits."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.autograd import backward, grad
from tinytorch.tensor import Array, Step, Tensor, from_numpy, listen, operation, randn, rule, update


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


def test_forty_doublings_take_milliseconds() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(40):
        y = y + y
    start = time.perf_counter()
    y.backward()
    assert time.perf_counter() - start < 0.2
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


def test_gradients_of_grad_share_memory_with_nothing() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    dx, dy = grad(x + y, [x, y], Tensor([1.0, 1.0]))
    assert dx is not None
    dx[...] = 9.0
    np.testing.assert_array_equal(np.asarray(dy), [1, 1])


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


def test_only_leaves_keep_gradients_unless_asked() -> None:
    x = leaf(2.0)
    y = x * x
    z = y * 3
    z.retain_grad()
    z.retain_grad()
    (z * 1).backward()
    assert y.grad is None
    assert slope(z)[0] in (1, 2)
    assert slope(x) == [12]


def test_hooks_see_the_whole_gradient_once_and_may_replace_it() -> None:
    x = leaf(2.0)
    y = x * x
    seen: list[float] = []
    y.register_hook(lambda g: seen.append(g.item()))
    undo = y.register_hook(lambda g: g * 10)
    (y * 2 + y * 3).backward(retain_graph=True)
    assert seen == [5.0]
    assert slope(x) == [5 * 10 * 4]
    undo()
    x.grad = None
    (y * 1).backward()
    assert slope(x) == [4]


def test_hooks_of_leaves_act_on_what_arrives() -> None:
    x = leaf(2.0)
    x.register_hook(lambda g: g * 2)
    (x * x).backward()
    (x * x).backward()
    assert slope(x) == [16]
    (found,) = grad(x * x, x)
    assert found is not None
    assert found.item() == 8


def test_a_hook_cannot_spoil_the_gradient_it_is_shown() -> None:
    x, y = leaf(1.0), leaf(1.0)

    def spoil(g: Tensor) -> None:
        g[...] = 99.0

    z = x * 1
    z.register_hook(spoil)
    (z + y).backward()
    assert slope(x) == [1]
    assert slope(y) == [1]


def test_a_hook_that_returns_another_shape_is_told_so() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    y.register_hook(lambda g: g.sum())
    with pytest.raises(RuntimeError, match=r"shape \(\) and dtype float32 for one of shape \(2,\)"):
        y.sum().backward()
    assert x.grad is None


def test_several_outputs_each_have_a_place() -> None:
    x = leaf(1.0)
    first, second = pair_op.many(x)
    (first * 5 + second * 7).backward(retain_graph=True)
    assert slope(x) == [31]
    x.grad = None
    (second * second).backward(retain_graph=True)
    assert slope(x) == [18]
    middle = grad(first * second, [first, second], retain_graph=True)
    assert [g.item() for g in middle if g is not None] == [3, 2]
    x.grad = None
    backward([first, second], [Tensor([10.0]), Tensor([100.0])])
    assert slope(x) == [320]


def test_several_outputs_with_second_derivatives() -> None:
    x = leaf(1.5)
    first, second = pair_op.many(x * x)
    (once,) = grad(first * second, x, create_graph=True)  # 6 x⁴
    assert once is not None
    (twice,) = grad(once, x)
    assert twice is not None
    np.testing.assert_allclose([once.item(), twice.item()], [24 * 1.5**3, 72 * 1.5**2], rtol=1e-6)


def test_backward_of_several_tensors_is_one_pass() -> None:
    x = leaf(2.0)
    shared = x * x
    backward([shared * 3, shared * 4])
    assert slope(x) == [28]
    with pytest.raises(ValueError, match="1 gradients were given for 2 tensors"):
        backward([x * 1, x * 2], [Tensor([1.0])])


def test_grad_leaves_every_grad_alone_and_names_what_is_not_used() -> None:
    x, y, unused = leaf(2.0), leaf(3.0), leaf(1.0)
    middle = x * y
    dx, dm = grad(middle * middle, [x, middle], retain_graph=True)
    assert dx is not None
    assert dm is not None
    assert (dx.item(), dm.item()) == (36, 12)
    assert x.grad is None
    assert y.grad is None
    with pytest.raises(RuntimeError, match=r"do not depend on input 1 of shape \(1,\)"):
        grad(middle * 1, [x, unused], retain_graph=True)
    assert grad(middle * 1, [unused], allow_unused=True) == (None,)


def test_grad_runs_only_rules_that_lead_to_its_inputs() -> None:
    ran: list[str] = []

    class Rules:
        def before(self, step: Step) -> None:
            if step.phase == "rule":
                ran.append(step.operation.name)

        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            pass

    x, y = leaf(2.0), leaf(3.0)
    z = (x * x).exp() + y.sin()
    with listen(Rules()):
        grad(z, y)
    assert ran == ["add", "sin"]


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


def test_a_hook_that_raises_leaves_no_gradient() -> None:
    x, y = leaf(1.0), leaf(1.0)

    def fail(g: Tensor) -> None:
        raise ZeroDivisionError

    y.register_hook(fail)
    with pytest.raises(ZeroDivisionError):
        (x * y).backward()
    assert x.grad is None
    assert y.grad is None


def test_an_operation_without_a_rule_is_named() -> None:
    @operation("test_without_rule")
    def without_rule(step: Step, x: Array) -> Array:
        return x + 1

    with pytest.raises(NotImplementedError, match="test_without_rule: this operation has no derivative rule"):
        without_rule(leaf(1.0)).backward()


# Memory


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Reference counts alone must free everything: a cycle would wait for the collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_saved_arrays_are_freed_as_the_pass_goes() -> None:
    x = leaf(0.5)
    kept: list[weakref.ref[Array]] = []
    alive: list[int] = []
    y = x * 1
    for _ in range(10):
        y = y.exp() * 0.1
        step = y.grad_fn
        assert step is not None
        kept.append(weakref.ref(step.inputs[0]))
    y = y * 1

    class Count:
        def before(self, step: Step) -> None:
            if step.phase == "rule" and step.operation.name == "exp":
                alive.append(sum(reference() is not None for reference in kept))

        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            pass

    del step
    assert sum(reference() is not None for reference in kept) == 10
    with listen(Count()):
        y.backward()
    assert alive == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert sum(reference() is not None for reference in kept) == 0


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("passes", ["none", "one", "second order"])
def test_a_hundred_graphs_leave_nothing_behind(passes: str) -> None:
    x = leaf(0.5, 0.25)
    steps: list[weakref.ref[Step]] = []
    for _ in range(100):
        y = (x.exp() * x).sum()
        assert y.grad_fn is not None
        steps.append(weakref.ref(y.grad_fn))
        if passes == "one":
            y.backward()
        elif passes == "second order":
            (once,) = grad(y, x, create_graph=True)
            assert once is not None
            grad(once.sum(), x)
            del once
        x.grad = None
    del y
    assert [reference for reference in steps if reference() is not None] == []
    assert gc.collect() < 50


@pytest.mark.usefixtures("no_collector")
def test_a_leaf_is_not_kept_alive_by_its_graph() -> None:
    x, w = leaf(1.0), leaf(2.0)
    y = x * w
    reference = weakref.ref(w)
    del w
    assert reference() is None
    y.backward()
    assert slope(x) == [2]


# Edits


@update("test_descent")
def descent(step: Step, targets: list[Array], *gradients: Array) -> None:
    for target, gradient in zip(targets, gradients, strict=True):
        target -= 0.1 * gradient


def plain_edit(x: Tensor) -> None:
    x[...] = 9.0


def edit_through_a_slice(x: Tensor) -> None:
    x.detach()[1:][...] = 9.0


def edit_through_another_shape(x: Tensor) -> None:
    x.detach().reshape(2, 1).T[0, 0][...] = 9.0


def edit_as_an_optimizer(x: Tensor) -> None:
    descent([x], Tensor([1.0, 1.0]))


def edit_with_block(x: Tensor) -> None:
    with x.edit() as array:
        array += 1


def edit_by_copy(x: Tensor) -> None:
    x.copy_([9.0, 9.0])


EDITS = [
    plain_edit, edit_through_a_slice, edit_through_another_shape, edit_as_an_optimizer, edit_with_block, edit_by_copy,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_what_a_rule_needs_is_found(edit: Callable[[Tensor], None]) -> None:
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    first = slope(x)
    edit(x)
    with pytest.raises(RuntimeError, match=r"multiply kept input 0 of shape \(2,\).*edited since.*version"):
        y.backward()
    np.testing.assert_array_equal(first, [2, 4])
    np.testing.assert_array_equal(slope(x), [2, 4])


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_what_no_rule_needs_is_allowed(edit: Callable[[Tensor], None]) -> None:
    x = leaf(1.0, 2.0)
    y = (x + x.reshape(2, 1).reshape(2)).sum()
    edit(x)
    y.backward()
    np.testing.assert_array_equal(slope(x), [2, 2])


def test_an_edit_of_a_view_that_was_taken_first_is_found() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    view = x[:2]
    w = leaf(1.0, 1.0)
    y = (view * w).sum()
    x[0] = 5.0
    with pytest.raises(RuntimeError, match="edited since"):
        y.backward()
    assert w.grad is None


def test_results_cannot_be_edited() -> None:
    x = leaf(1.0)
    y = x.exp()
    with pytest.raises(RuntimeError, match="recorded result of exp"):
        y[0] = 3.0
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 3.0
    with pytest.raises(ValueError, match="read-only"):
        x.data[0] = 3.0


# Threads


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


def test_shared_memory_of_an_array_is_never_written() -> None:
    array = np.ones(3)
    x = from_numpy(array).requires_grad_()
    (x * 2).sum().backward()
    array[...] = 5
    np.testing.assert_array_equal(slope(x), [2, 2, 2])
