"""What a graph keeps: freed as the pass goes, nothing left behind, and edits of it found."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tinytorch.autograd import grad
from tinytorch.tensor import Array, Step, Tensor, from_numpy, listen, operations, take_along_axis, update


def leaf(*numbers: float) -> Tensor:
    return Tensor(list(numbers), requires_grad=True)


def slope(x: Tensor) -> Array:
    """The gradient that a tensor must have got."""
    assert x.grad is not None
    assert x.grad.shape == x.shape
    assert x.grad.dtype == x.dtype
    return x.grad.data


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


INDICES: list[Callable[[Any], Any]] = [
    lambda i: i,
    lambda i: (i, ...),
    lambda i: (None, i),
]


@pytest.mark.parametrize("kind", [np.array, Tensor])
@pytest.mark.parametrize("index", INDICES)
def test_positions_that_change_afterwards_do_not_change_where_gradients_go(kind: Any, index: Any) -> None:
    x = leaf(1.0, 2.0, 3.0)
    positions = kind([0, 2])
    y = x[index(positions)]
    positions[...] = 1
    y.sum().backward()
    np.testing.assert_array_equal(slope(x), [1, 0, 1])


@pytest.mark.parametrize("kind", [np.array, Tensor])
def test_positions_along_an_axis_that_change_afterwards_do_not_change_where_gradients_go(kind: Any) -> None:
    x = leaf(1.0, 2.0, 3.0)
    positions = kind([0, 2])
    y = take_along_axis(x, positions, 0)
    positions[...] = 1
    y.sum().backward()
    np.testing.assert_array_equal(slope(x), [1, 0, 1])


def test_an_array_that_is_no_tensor_and_changes_afterwards_does_not_change_gradients() -> None:
    x = leaf(1.0, 2.0)
    factor = np.array([3.0, 4.0], np.float32)
    y = operations["multiply"](x, factor)
    factor[...] = 9.0
    y.sum().backward()
    np.testing.assert_array_equal(slope(x), [3, 4])


def test_results_cannot_be_edited() -> None:
    x = leaf(1.0)
    y = x.exp()
    with pytest.raises(RuntimeError, match="recorded result of exp"):
        y[0] = 3.0
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 3.0
    with pytest.raises(ValueError, match="read-only"):
        x.data[0] = 3.0


def test_shared_memory_of_an_array_is_never_written() -> None:
    array = np.ones(3)
    x = from_numpy(array).requires_grad_()
    (x * 2).sum().backward()
    array[...] = 5
    np.testing.assert_array_equal(slope(x), [2, 2, 2])
