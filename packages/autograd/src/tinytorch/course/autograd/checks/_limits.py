"""Where there is no way back: through values that were edited, a graph that is used up, tensors outside of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, equals, given, raises


def _edited(tt: Any, x: Any) -> Any:
    """x x + y, whose rule reads x: one of them is edited, wholly or through a slice, before the backward pass."""
    mixed = tt.tensor.operation("check_mixed")(lambda step, one, other: one * one + other)
    tt.tensor.rule(mixed, keeps=(0,))(lambda step, grad: (2 * grad * step.inputs[0], grad))
    one, other = leaf(tt, [2.0, 3.0]), leaf(tt, [5.0, 7.0])
    y = mixed(one, other)
    target = one if x["kept"] else other
    if x["slice"]:
        target = target.detach()[1:]
    target[...] = 9.0
    y.backward(np.ones(2))
    return shown(one.grad), shown(other.grad)


def _used_up(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [2.0])
    shared = t.times(tensor, tensor)
    t.scale(shared, factor=1.0).backward()
    t.scale(shared, factor=2.0).backward()
    return shown(tensor.grad)


def _detached(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [2.0])
    apart = tensor.detach()
    behind = t.scale(tensor, factor=5.0).detach()
    t.plus(t.times(tensor, apart), behind).backward()
    return shown(tensor.grad), shown(apart.grad), apart.requires_grad, behind.requires_grad


LIMITS: tuple[Check, ...] = (
    Check(
        function="raise_if_edited",
        name="an edit of what a rule needs",
        inputs=given(kept=True, slice=False),
        drive=_edited,
        judge=raises(RuntimeError, "(2,)", rule="The slope of x x is 2 x, with x as it was, not as it is."),
        kind="contract",
        shown="z = x x + y; x[...] = 9; z.backward()",
    ),
    Check(
        function="raise_if_edited",
        name="an edit through a slice",
        inputs=given(kept=True, slice=True),
        drive=_edited,
        judge=raises(RuntimeError, "(2,)"),
        kind="contract",
        shown="z = x x + y; x.detach()[1:][...] = 9; z.backward()",
    ),
    Check(
        function="raise_if_edited",
        name="an edit of what no rule needs",
        inputs=given(kept=False, slice=False),
        drive=_edited,
        judge=equals(lambda x: (np.array([4.0, 6.0]), np.array([1.0, 1.0]))),
        kind="contract",
        shown="z = x x + y; y[...] = 9; z.backward(): the gradients of x and y",
    ),
    Check(
        function="input_gradients",
        name="a step that is used up",
        inputs=given(),
        drive=_used_up,
        judge=raises(RuntimeError, "retain_graph"),
        kind="contract",
        shown="s = x x; (1 s).backward(); (2 s).backward()",
    ),
    Check(
        function="Tensor.detach",
        name="no gradient, and none passes",
        inputs=given(),
        drive=_detached,
        judge=equals(lambda x: (np.array([2.0]), None, False, False)),
        kind="contract",
        shown="x d + (5 x).detach() with d = x.detach() at 2: x.grad, d.grad, and who requires gradients",
    ),
    Check(
        function="Tensor.requires_grad_",
        name="integers have no slope",
        inputs=given(x=[1, 2]),
        drive=lambda tt, x: tt.tensor.Tensor(x["x"], requires_grad=True),
        judge=raises(TypeError, "int64"),
        kind="contract",
        shown="Tensor({x}, requires_grad=True)",
    ),
)
