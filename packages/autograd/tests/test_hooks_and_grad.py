"""Hooks, several outputs, and `grad` by leaves and by results."""

from typing import Any

import numpy as np
import pytest

from tinytorch.autograd import backward, grad
from tinytorch.tensor import Array, Step, Tensor, listen, operation, rule


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


def test_a_hook_that_raises_leaves_no_gradient() -> None:
    x, y = leaf(1.0), leaf(1.0)

    def fail(g: Tensor) -> None:
        raise ZeroDivisionError

    y.register_hook(fail)
    with pytest.raises(ZeroDivisionError):
        (x * y).backward()
    assert x.grad is None
    assert y.grad is None


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


def test_gradients_of_grad_share_memory_with_nothing() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    dx, dy = grad(x + y, [x, y], Tensor([1.0, 1.0]))
    assert dx is not None
    dx[...] = 9.0
    np.testing.assert_array_equal(np.asarray(dy), [1, 1])
