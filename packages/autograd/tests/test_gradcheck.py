"""gradcheck must pass what is right, fail what is wrong, and say where."""

from typing import Any

import numpy as np
import pytest

from tinytorch.autograd import GradientMismatch, _engine, grad, gradcheck, gradgradcheck
from tinytorch.tensor import Array, Step, Tensor, composition, operation, operations, rule, use_kernel


@operation("test_wrong_square")
def wrong_square_op(step: Step, x: Array) -> Array:
    return x * x


@rule(wrong_square_op, keeps=(0,))
def wrong_square_rule(step: Step, grad: Any) -> Any:
    x = step.inputs[0]
    return grad * np.where(np.arange(x.size).reshape(x.shape) == 2, 2.5 * x, 2 * x)


def test_a_wrong_slope_is_named_by_input_index_and_both_numbers() -> None:
    with pytest.raises(GradientMismatch) as caught:
        gradcheck(lambda a, x: (a + wrong_square_op(x)).sum(), [Tensor([1.0, 1.0]), Tensor([[1.0, 2.0], [4.0, 3.0]])])
    words = str(caught.value)
    assert "input 1[1, 0]: the rule gives" in words
    found, numeric = (float(part.split()[0].strip(",")) for part in (words.split("gives ")[1], words.split("give ")[1]))
    assert found / numeric == pytest.approx(2.5 / 2, rel=1e-6)


def test_the_gradient_from_above_is_not_uniform() -> None:
    """A rule that spreads its gradient evenly is right for a gradient of ones only."""

    @operation("test_even")
    def even_op(step: Step, x: Array) -> Array:
        return x + 0.0

    @rule(even_op)
    def even_rule(step: Step, grad: Any) -> Any:
        return np.full_like(grad, grad.mean())

    with pytest.raises(GradientMismatch, match=r"input 0\[0\]"):
        gradcheck(even_op, Tensor([1.0, 2.0, 3.0]))


def test_a_rule_that_forgets_an_input_is_found() -> None:
    @operation("test_forgetful")
    def forgetful_op(step: Step, x: Array, y: Array) -> Array:
        return x * y

    @rule(forgetful_op, keeps=(0, 1))
    def forgetful_rule(step: Step, grad: Any) -> Any:
        return grad * step.inputs[1], None

    gradcheck(lambda x: forgetful_op(x, Tensor([3.0], dtype=np.float64)), Tensor([2.0]))
    with pytest.raises(GradientMismatch, match=r"input 1\[0\]: the rule gives 0"):
        gradcheck(forgetful_op, [Tensor([2.0]), Tensor([3.0])])


def test_a_function_that_draws_anew_is_refused() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(GradientMismatch, match="two different results for the same inputs"):
        gradcheck(lambda x: x * generator.random(), Tensor([1.0]))


def test_only_inputs_that_ask_are_checked_and_no_input_changes() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=True)
    moved: list[Array] = []

    def f(a: Tensor, b: Tensor) -> Tensor:
        moved.append(a.data.copy())
        return a * b

    assert gradcheck(f, [x, y])
    assert all(np.array_equal(a, [1, 2]) for a in moved)
    np.testing.assert_array_equal(x, [1, 2])
    np.testing.assert_array_equal(y, [3, 4])
    assert y.grad is None


def test_large_numbers_are_moved_in_proportion() -> None:
    assert gradcheck(lambda x: x * x, Tensor([1e6, -3e5]), atol=1e-3)


def test_differences_are_taken_to_both_sides() -> None:
    """At the bottom of a narrow valley a difference to one side would be off by its curvature times the step."""
    assert gradcheck(lambda x: x * x * 1000.0, Tensor([0.0]))


def test_inputs_that_cannot_be_checked_are_named() -> None:
    with pytest.raises(ValueError, match="none of the inputs is a tensor of floats"):
        gradcheck(lambda n: n, Tensor([1, 2]))
    with pytest.raises(TypeError, match="output 0 of the function is a float"):
        gradcheck(lambda x: 1.0, Tensor([1.0]))


def test_integer_inputs_and_several_outputs() -> None:
    assert gradcheck(lambda x, i: (x[i], x * 2, x.argmax()), [Tensor([1.0, 2.0]), Tensor([1, 1])])


def test_wrong_second_derivatives_are_found_where_the_first_are_right() -> None:
    @operation("test_cube")
    def cube_op(step: Step, x: Array) -> Array:
        return x**3

    @rule(cube_op, keeps=(0,))
    def cube_rule(step: Step, grad: Any) -> Any:
        x = step.inputs[0]
        return grad * 3.0 * x * (x.detach() if isinstance(x, Tensor) else x)  # a constant to the second pass

    assert gradcheck(cube_op, Tensor([1.0, 2.0]))
    with pytest.raises(GradientMismatch):
        gradgradcheck(cube_op, Tensor([1.0, 2.0]))


# What create_graph asks of an operation


@operation("test_fused")
def fused_op(step: Step, x: Array, w: Array, scale: Array | None, *, power: int) -> Array:
    return np.asarray(np.sum(x * w, axis=-1) ** power * (1.0 if scale is None else scale))


@rule(fused_op, keeps=(0, 1, 2))
def fused_rule(step: Step, grad: Array) -> tuple[Array | None, ...]:
    x, w, scale = step.inputs
    n, factor = step.parameters["power"], 1.0 if scale is None else scale
    total = np.empty(grad.shape)
    np.sum(x * w, axis=-1, out=total)  # arrays only
    outer = (grad * factor * n * total ** (n - 1))[..., None]
    return outer * w, outer * x, None if scale is None else np.asarray((grad * total**n).sum())


@composition(fused_op)
def fused_composition(x: Tensor, w: Tensor, scale: Tensor | None, *, power: int) -> Tensor:
    y = (x * w).sum(axis=-1) ** power
    return y if scale is None else y * scale


def test_a_fused_operation_is_differentiated_twice_through_its_composition() -> None:
    inputs = [Tensor([[1.0, 2.0], [0.5, -1.0]]), Tensor([[0.3, 0.1], [-0.2, 0.7]]), Tensor(1.5)]
    f = lambda x, w, s: fused_op(x, w, s, power=3)  # noqa: E731
    gradcheck(f, inputs)
    gradgradcheck(f, inputs)
    gradgradcheck(lambda x: fused_op(x, x, None, power=2), inputs[0])
    gradgradcheck(lambda x: fused_op(x.exp(), inputs[1].double(), None, power=2).tanh(), inputs[0])


def test_second_derivatives_of_many_fused_steps_take_time_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each composition is walked by itself, not with everything before it."""
    visited: list[int] = []
    original = _engine.topological_order

    def counted(*arguments: Any) -> list[Step]:
        order = original(*arguments)
        visited.append(len(order))
        return order

    monkeypatch.setattr(_engine, "topological_order", counted)
    totals = []
    for n in (20, 40):
        x = Tensor([0.5, 0.25], requires_grad=True)
        y = x
        for _ in range(n):
            y = fused_op(y.reshape(2, 1), Tensor([[0.5]]), None, power=2)
        visited.clear()
        grad(y.sum(), x, create_graph=True)
        totals.append(sum(visited))
    assert totals[1] <= 2.2 * totals[0]


def test_what_has_no_second_derivative_says_why() -> None:
    @operation("test_extra")
    def extra_op(step: Step, x: Array) -> Array:
        step.extra = x * 2
        return x * x

    @rule(extra_op)
    def extra_rule(step: Step, grad: Any) -> Any:
        return grad * step.extra

    @operation("test_arrays_only")
    def arrays_only_op(step: Step, x: Array) -> Array:
        return x * x

    @rule(arrays_only_op, keeps=(0,))
    def arrays_only_rule(step: Step, grad: Any) -> Any:
        return np.asarray(grad) * np.asarray(step.inputs[0]) * 2

    @operation("test_not_kept")
    def not_kept_op(step: Step, x: Array) -> Array:
        return np.exp(x)

    @rule(not_kept_op, output=True)
    def not_kept_rule(step: Step, grad: Any) -> Any:
        return grad * step.output

    composition(not_kept_op)(lambda x: x.exp())
    x = Tensor([1.0, 2.0], requires_grad=True)
    for op, reason in (
        (extra_op, r"test_extra: no second derivative: .*step.extra"),
        (arrays_only_op, r"test_arrays_only: no second derivative: .*returned a ndarray"),
        (not_kept_op, r"test_not_kept: no second derivative: .*input 0, which was not kept"),
    ):
        with pytest.raises(NotImplementedError, match=reason):
            grad(op(x).sum(), x, create_graph=True)
        np.testing.assert_array_equal(np.isfinite(np.asarray(grad(op(x).sum(), x)[0])), True)


def test_gradcheck_holds_whatever_kernel_is_in_use() -> None:
    with use_kernel(operations["tanh"], lambda step, x: np.tanh(x) * 1.01), pytest.raises(GradientMismatch):
        gradcheck(lambda x: x.tanh(), Tensor([0.5]))
