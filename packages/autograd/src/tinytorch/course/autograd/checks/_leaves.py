"""Where a pass ends: the gradients of the leaves, passes that add up, and hooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import Generator, some_shape, whole
from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, equals, given


def _summed_passes(tt: Any, x: Any) -> Any:
    """Several passes; after each, the gradient as it was read then, all looked at in the end."""
    t = toys(tt)
    tensor = leaf(tt, x["x"])
    read = []
    for above in x["above"]:
        t.scale(tensor, factor=2.0).backward(tt.tensor.Tensor(above))
        read.append(tensor.grad)
    return [gradient.data.copy() for gradient in read]


def _memory(tt: Any, x: Any) -> Any:
    """Two leaves whose rule gave them one array; then one gradient is changed, and a second pass is made."""
    t = toys(tt)
    one, other = leaf(tt, [1.0, 2.0]), leaf(tt, [3.0, 4.0])
    above = tt.tensor.Tensor(np.array([1.0, 10.0]))
    for _ in range(x["passes"]):
        t.plus(one, other).backward(above)
    one.grad[...] = 7.0
    return shown(one.grad), shown(other.grad), shown(above)


def _pieces(tt: Any, x: Any) -> Any:
    """Leaves whose gradients are pieces of one array, or one element repeated; two of them are edited."""

    def joined(step: Any, *arrays: Any) -> Any:
        return np.concatenate(arrays)

    join = tt.tensor.operation("check_join")(joined)
    tt.tensor.rule(join)(lambda step, grad: (grad[:2], grad[2:]))
    repeat = tt.tensor.operation("check_repeat")(lambda step, array: array.sum())
    tt.tensor.rule(repeat)(lambda step, grad: np.broadcast_to(grad, step.shapes[0]))
    one, other, third = leaf(tt, [1.0, 2.0]), leaf(tt, [3.0, 4.0]), leaf(tt, [5.0, 6.0])
    join(one, other).backward(np.array([1.0, 2.0, 3.0, 4.0]))
    repeat(third).backward()
    one.grad[...] = 7.0
    third.grad[0] = 8.0
    return shown(one.grad), shown(other.grad), shown(third.grad)


def _hooks(tt: Any, x: Any) -> Any:
    """What three hooks see, and what becomes of the gradient."""
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    seen: list[Any] = []

    def plus_one(gradient: Any) -> Any:
        seen.append(gradient.tolist())
        return gradient + 1

    def times_ten(gradient: Any) -> Any:
        seen.append(gradient.tolist())
        return gradient * 10

    for hook in (plus_one, lambda gradient: seen.append(gradient.tolist()), times_ten):
        tensor.register_hook(hook)
    t.scale(tensor, factor=4.0).backward()
    return seen, shown(tensor.grad)


def _hooks_of_passes(tt: Any, x: Any) -> Any:
    """Two passes over a leaf with a hook: what it sees each time, and the sum."""
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    seen: list[Any] = []
    tensor.register_hook(lambda gradient: seen.append(gradient.tolist()))
    for factor in (4.0, 5.0):
        t.scale(tensor, factor=factor).backward()
    return seen, shown(tensor.grad)


def _hook_that_edits(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])

    def erase(gradient: Any) -> None:
        gradient[...] = 0.0

    tensor.register_hook(erase)
    t.scale(tensor, factor=4.0).backward()
    return shown(tensor.grad)


def _failing_hook(tt: Any, x: Any) -> Any:
    """Three leaves that already have a gradient; the hook of one of them raises."""
    t = toys(tt)
    leaves = [leaf(tt, [1.0]) for _ in range(3)]
    for tensor in leaves:
        t.scale(tensor, factor=5.0).backward()

    def fail(gradient: Any) -> None:
        raise ArithmeticError("planned")

    leaves[x["failing"]].register_hook(fail)
    y = t.plus(leaves[0], t.plus(leaves[1], leaves[2]))
    try:
        y.backward()
    except ArithmeticError:
        return [shown(tensor.grad) for tensor in leaves]
    return "the error was lost"


def _gone(tt: Any, x: Any) -> Any:
    t = toys(tt)
    one, other = leaf(tt, [2.0]), leaf(tt, [3.0])
    y = t.plus(one, other)
    del other
    y.backward()
    return shown(one.grad)


def _recorded(tt: Any, x: Any) -> Any:
    """Whether a gradient has a history: by itself, and when it was asked for; and that history's slope."""
    tensor = leaf(tt, [3.0])
    (tensor * tensor * tensor).backward()
    plain = tensor.grad.requires_grad
    tensor.grad = None
    (tensor * tensor * tensor).backward(create_graph=True)
    first = tensor.grad
    tensor.grad = None
    first.backward()
    return plain, first.requires_grad, shown(first), shown(tensor.grad)


def _recorded_sum(tt: Any, x: Any) -> Any:
    """Two recorded passes of x³, and the slope of the sum of both gradients."""
    tensor = leaf(tt, [3.0])
    for _ in range(2):
        (tensor * tensor * tensor).backward(create_graph=True)
    total = tensor.grad
    tensor.grad = None
    total.backward()
    return shown(total), shown(tensor.grad)


def _passes(rng: Generator) -> dict[str, Any]:
    shape = some_shape(rng)
    dtype = np.float32 if rng.random() < 0.5 else np.float64
    above = [whole(rng, shape, dtype) for _ in range(int(rng.integers(1, 5)))]
    return {"x": whole(rng, shape, dtype), "above": above}


def _running_sums(x: Any) -> list[Any]:
    return [2 * np.sum(x["above"][: count + 1], axis=0, dtype=x["x"].dtype) for count in range(len(x["above"]))]


LEAVES: tuple[Check, ...] = (
    Check(
        function="accumulate",
        name="two passes add up",
        inputs=given(x=np.array([0.0, 0.0]), above=[np.array([1.0, 10.0]), np.array([2.0, 20.0])]),
        drive=_summed_passes,
        judge=equals(lambda x: [np.array([2.0, 20.0]), np.array([6.0, 60.0])]),
        shown="x.grad as it was read after each of two passes of 2 x, {above} from above",
    ),
    Check(
        function="accumulate",
        name="what was read does not change",
        inputs=_passes,
        drive=_summed_passes,
        judge=equals(_running_sums, rule="A sum is a new tensor: what somebody read before stays as it was."),
        kind="property",
        seeds=20,
        shown="x.grad as it was read after each pass of 2 x, {above} from above",
    ),
    Check(
        function="accumulate",
        name="one leaf's gradient is not another's",
        inputs=given(passes=1),
        drive=_memory,
        judge=equals(
            lambda x: (np.array([7.0, 7.0]), np.array([1.0, 10.0]), np.array([1.0, 10.0])),
            rule="The rule gave both leaves the array that came from above; an edit of one is an edit of one.",
        ),
        kind="aliasing",
        shown="(x + y).backward([1, 10]); x.grad[...] = 7: x.grad, y.grad, and what was given",
    ),
    Check(
        function="accumulate",
        name="after a second pass as well",
        inputs=given(passes=2),
        drive=_memory,
        judge=equals(lambda x: (np.array([7.0, 7.0]), np.array([2.0, 20.0]), np.array([1.0, 10.0]))),
        kind="aliasing",
        shown="(x + y).backward([1, 10]), twice; x.grad[...] = 7: x.grad, y.grad, and what was given",
    ),
    Check(
        function="accumulate",
        name="hooks, one after another",
        inputs=given(),
        drive=_hooks,
        judge=equals(
            lambda x: ([[4.0], [5.0], [5.0]], np.array([50.0])),
            rule="Each sees what the one before has made of it; one that returns nothing leaves it as it is.",
        ),
        kind="contract",
        shown="hooks + 1, one that returns None, and · 10, at the leaf of 4 x: what they see, and the gradient",
    ),
    Check(
        function="accumulate",
        name="a hook sees what has come, not the sum",
        inputs=given(),
        drive=_hooks_of_passes,
        judge=equals(lambda x: ([[4.0], [5.0]], np.array([9.0]))),
        kind="contract",
        shown="4 x, then 5 x, with a hook at x: what it sees in each pass, and the gradient after both",
    ),
    Check(
        function="accumulate",
        name="what a hook sees is a copy",
        inputs=given(),
        drive=_hook_that_edits,
        judge=equals(lambda x: np.array([4.0]), rule="A hook changes a gradient by what it returns."),
        kind="aliasing",
        shown="4 x, with a hook at x that writes 0 into what it sees and returns nothing: the gradient",
    ),
    Check(
        function="accumulate",
        name="all or none",
        inputs=lambda rng: {"failing": int(rng.integers(0, 3))},
        drive=_failing_hook,
        judge=equals(lambda x: [np.array([5.0])] * 3, rule="The hook of one leaf raised: no leaf has changed."),
        kind="contract",
        seeds=6,
        shown="three leaves with gradient 5, a pass in which the hook of leaf {failing} raises: their gradients",
    ),
    Check(
        function="accumulate",
        name="a leaf that is gone",
        inputs=given(),
        drive=_gone,
        judge=equals(lambda x: np.array([1.0])),
        kind="contract",
        shown="y = x + w; del w; y.backward(): the gradient of x",
    ),
    Check(
        function="accumulate",
        name="a history only on demand",
        inputs=given(),
        drive=_recorded,
        judge=equals(lambda x: (False, True, np.array([27.0]), np.array([18.0]))),
        kind="contract",
        shown="x³ at 3: grad.requires_grad, with create_graph=True, the gradient, and its own",
    ),
    Check(
        function="accumulate",
        name="a sum has a history as well",
        inputs=given(),
        drive=_recorded_sum,
        judge=equals(lambda x: (np.array([54.0]), np.array([36.0]))),
        kind="contract",
        shown="x³ at 3, backward(create_graph=True) twice: the gradient, and its own",
    ),
    Check(
        function="as_own_tensor",
        name="pieces of one array",
        inputs=given(),
        drive=_pieces,
        judge=equals(lambda x: (np.array([7.0, 7.0]), np.array([3.0, 4.0]), np.array([8.0, 1.0]))),
        kind="aliasing",
        shown="gradients cut from one array, and one element repeated; the first and the third edited",
    ),
)
