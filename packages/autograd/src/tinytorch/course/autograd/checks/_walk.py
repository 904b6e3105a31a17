"""The walk itself: which rules run, in which order, and what is in memory on the way."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._programs import (
    CARRIED,
    carried_forward,
    rules_of_a_program,
    slope_of_a_program,
    some_program,
    steps_of,
)
from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, close, equals, given, raises


def _walked(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [2.0])
    a = t.scale(tensor, factor=3.0, label="first")
    b = t.scale(a, factor=5.0, label="second")
    t.scale(b, factor=7.0, label="third").backward()
    return shown(tensor.grad), t.rules


def _twice(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [3.0])
    y = t.times(tensor, tensor)
    y.backward(retain_graph=x["retain"])
    y.backward(retain_graph=x["retain"])
    return shown(tensor.grad)


def _alive(tt: Any, x: Any) -> Any:
    """How many of the arrays that the rules need are in memory when each rule begins."""
    kept: list[Any] = []
    counts: list[int] = []

    def kernel(step: Any, array: Any) -> Any:
        result = array * 2
        kept.append(weakref.ref(result))
        step.extra = result
        return array + 1

    note = tt.tensor.operation("check_alive")(kernel)

    def note_rule(step: Any, grad: Any) -> Any:
        counts.append(sum(reference() is not None for reference in kept))
        return grad * 1

    tt.tensor.rule(note)(note_rule)
    y = leaf(tt, [1.0])
    for _ in range(x["steps"]):
        y = note(y)
    gc.disable()  # reference counts alone must do it
    try:
        y.backward()
    finally:
        gc.enable()
    return [*counts, sum(reference() is not None for reference in kept)]


def _silent(tt: Any, x: Any) -> Any:
    """A rule that gives nothing to one of its inputs: the steps behind that one have nothing to hand on."""
    t = toys(tt)
    one, other = leaf(tt, [1.0]), leaf(tt, [1.0])
    y = t.half(t.scale(one, factor=2.0, label="loud"), t.scale(other, factor=3.0, label="silent"))
    t.plus(y, t.scale(one, factor=5.0, label="beside")).backward()
    return shown(one.grad), shown(other.grad), sorted(t.rules)


def _passed_over(tt: Any, x: Any) -> Any:
    """A step that one pass had nothing for is walked by another."""
    t = toys(tt)
    one, other = leaf(tt, [1.0]), leaf(tt, [1.0])
    silent = t.scale(other, factor=3.0)
    t.half(one, silent).backward()
    silent.backward()
    return shown(one.grad), shown(other.grad)


def _half_silent(tt: Any, x: Any) -> Any:
    """A tensor that gets a gradient from one use, and then nothing from another."""
    t = toys(tt)
    one, other = leaf(tt, [1.0]), leaf(tt, [1.0])
    shared = t.scale(other, factor=3.0)
    t.plus(t.half(one, shared), shared).backward()
    return shown(one.grad), shown(other.grad)


def _seen_by_hooks(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [2.0])
    middle = t.scale(tensor, factor=10.0)
    seen: list[Any] = []
    middle.register_hook(lambda gradient: seen.append(gradient.tolist()))
    t.times(middle, middle).backward()
    return seen, shown(tensor.grad)


def _wanted_only(tt: Any, x: Any) -> Any:
    """Which rules run when only the gradient of one input is asked for."""
    t = toys(tt)
    one, other = leaf(tt, [1.0]), leaf(tt, [1.0])
    deep = t.scale(other, factor=3.0, label="not wanted")
    y = t.plus(t.scale(one, factor=2.0, label="wanted"), deep)
    (found,) = tt.autograd.grad(y, one)
    return shown(found), t.rules


WALK: tuple[Check, ...] = (
    Check(
        function="walk_back",
        name="the last step first",
        inputs=given(),
        drive=_walked,
        judge=equals(lambda x: (np.array([105.0]), ["third", "second", "first"])),
        shown="((3 x) · 5) · 7: the gradient of x, and the rules in the order in which they ran",
    ),
    Check(
        function="walk_back",
        name="any graph",
        inputs=some_program,
        drive=slope_of_a_program,
        judge=close(carried_forward, rtol=1e-9, atol=1e-12, because=CARRIED),
        kind="property",
        seeds=20,
        shown="a program of steps {program} at x = {x}: the gradient of x",
    ),
    Check(
        function="walk_back",
        name="each rule once",
        inputs=some_program,
        drive=rules_of_a_program,
        judge=equals(steps_of, rule="A step's rule runs once, on its whole gradient."),
        kind="cost",
        seeds=20,
        shown="how many rules the program {program} runs",
    ),
    Check(
        function="walk_back",
        name="a step without a gradient",
        inputs=given(),
        drive=_silent,
        judge=equals(
            lambda x: (np.array([7.0]), None, ["beside", "half", "loud", "plus"]),
            rule="A rule may give None: the steps behind it are passed over, all others are not.",
        ),
        kind="contract",
        shown="2 x beside 3 y, whose rule gives nothing for y, plus 5 x: gradients of x and y, rules that ran",
    ),
    Check(
        function="walk_back",
        name="what was passed over is not used up",
        inputs=given(),
        drive=_passed_over,
        judge=equals(lambda x: (np.array([1.0]), np.array([3.0])), rule="Release follows a visit, and there was none."),
        kind="contract",
        shown="s = 3 y, y2 = x beside s, whose rule gives nothing for s; y2.backward(); s.backward(): both gradients",
    ),
    Check(
        function="walk_back",
        name="nothing takes nothing away",
        inputs=given(),
        drive=_half_silent,
        judge=equals(lambda x: (np.array([1.0]), np.array([3.0]))),
        kind="contract",
        shown="s = 3 y, (x beside s, whose rule gives nothing for s) + s: the gradients of x and y",
    ),
    Check(
        function="walk_back",
        name="a graph serves once",
        inputs=given(retain=None),
        drive=_twice,
        judge=raises(
            RuntimeError, "backward", rule="A second pass through what is used up must not double in silence."
        ),
        kind="contract",
        shown="y = x x; y.backward(); y.backward()",
    ),
    Check(
        function="walk_back",
        name="unless it is retained",
        inputs=given(retain=True),
        drive=_twice,
        judge=equals(lambda x: np.array([12.0])),
        kind="contract",
        shown="y = x x at 3; y.backward(retain_graph=True), twice: the gradient of x",
    ),
    Check(
        function="walk_back",
        name="what is kept is freed on the way",
        inputs=given(steps=5),
        drive=_alive,
        judge=equals(lambda x: [5, 4, 3, 2, 1, 0], rule="A step lets go of what it kept once its rule has run."),
        kind="cost",
        shown="the arrays kept by {steps} steps that are alive as each rule begins, and after the pass",
    ),
    Check(
        function="walk_back",
        name="a hook sees the whole gradient, once",
        inputs=given(),
        drive=_seen_by_hooks,
        judge=equals(lambda x: ([[40.0]], np.array([400.0]))),
        kind="contract",
        shown="m = 10 x at 2, y = m m: what a hook of m sees, and the gradient of x",
    ),
    Check(
        function="steps_leading_to",
        name="what nobody asked for does not run",
        inputs=given(),
        drive=_wanted_only,
        judge=equals(lambda x: (np.array([2.0]), ["plus", "wanted"])),
        kind="cost",
        shown="grad(2 x + 3 y, x): the gradient, and the rules that ran",
    ),
)
