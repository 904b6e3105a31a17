"""The order of the backward pass: each step once, after every step that uses what it made."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._programs import (
    CARRIED,
    carried_forward,
    graph_of_a_program,
    slope_of_a_program,
    some_program,
    steps_of,
)
from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, Raised, Wrong, close, compare, equals, given, holds

DOUBLINGS = 14
DEEP = 3000
READINGS = 20  # one pass over them takes one reading or, by number, two; a backward pass makes a handful


def _diamond(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [x["x"]])
    a = t.times(tensor, tensor)
    b = t.scale(a, factor=3.0)
    c = t.times(a, b)
    (t.plus(c, a) if x["and_a"] else c).backward()
    return shown(tensor.grad)


def _doubled(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    y = tensor
    for _ in range(x["times"]):
        y = t.plus(y, y)
    steps = sum(node.kind == "step" for node in tt.autograd.graph_of(y).nodes)
    y.backward()
    return {"steps in the graph": steps, "rules that ran": len(t.rules), "gradient": shown(tensor.grad)}


class _Counted(list[Any]):
    """The needs of a step, which count how often they are read."""

    def __init__(self, needs: Any) -> None:
        super().__init__(needs)
        self.read = 0

    def __iter__(self) -> Any:
        self.read += 1
        return super().__iter__()

    def __getitem__(self, place: Any) -> Any:
        self.read += 1
        return super().__getitem__(place)


def _readings(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    y, counted = tensor, []
    for _ in range(x["times"]):
        y = t.plus(y, y)
        y.grad_fn.needs = _Counted(y.grad_fn.needs)
        counted.append(y.grad_fn.needs)
    y.backward()
    return max(needs.read for needs in counted)


def _deep(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    y = tensor
    for _ in range(x["steps"]):
        y = t.scale(y, factor=1.0)
    y.backward()
    return shown(tensor.grad)


def _two_ends(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [3.0])
    shared = t.times(tensor, tensor)
    one, other = t.scale(shared, factor=10.0), t.scale(shared, factor=100.0)
    tt.autograd.backward([one, other])
    return shown(tensor.grad), t.rules.count("times")


def _through_a_checkpoint(tt: Any, x: Any) -> Any:
    """A piece that is run again in the backward pass, and uses a step made outside of it."""
    t = toys(tt)
    tensor, weight = leaf(tt, [x["x"]]), leaf(tt, [x["w"]])
    outside = t.scale(weight, factor=3.0)
    y = tt.autograd.checkpoint(lambda one: t.plus(t.times(one, outside), weight), tensor)
    y.backward()
    return shown(tensor.grad), shown(weight.grad)


def _in_order(x: Any, result: Any) -> None:
    rule = "Each step once, and after every step that it was computed from."
    if isinstance(result, Raised):
        raise Wrong("the steps in order", result, rule)
    compare([True] * steps_of(x), result, 0.0, 0.0, False, rule)


ORDER: tuple[Check, ...] = (
    Check(
        function="topological_order",
        name="a diamond",
        inputs=given(x=2.0, and_a=False),
        drive=_diamond,
        judge=equals(lambda x: np.array([96.0]), rule="3 x⁴ has the slope 12 x³: a must wait for b as well as for c."),
        shown="a = x x, b = 3 a, c = a b at x = {x}: the gradient of x after c.backward()",
    ),
    Check(
        function="topological_order",
        name="a diamond and a way beside it",
        inputs=given(x=2.0, and_a=True),
        drive=_diamond,
        judge=equals(lambda x: np.array([100.0]), rule="3 x⁴ + x² has the slope 12 x³ + 2 x."),
        shown="a = x x, b = 3 a, y = a b + a at x = {x}: the gradient of x after y.backward()",
    ),
    Check(
        function="topological_order",
        name="any graph",
        inputs=some_program,
        drive=slope_of_a_program,
        judge=close(carried_forward, rtol=1e-9, atol=1e-12, because=CARRIED),
        kind="property",
        seeds=25,
        shown="a program of steps {program} at x = {x}: the gradient of x",
    ),
    Check(
        function="topological_order",
        name="each step once, after its parents",
        inputs=some_program,
        drive=graph_of_a_program,
        judge=_in_order,
        kind="property",
        seeds=25,
        shown="graph_of the program {program}: for each step, whether its parents come before it",
    ),
    Check(
        function="topological_order",
        name="many ways, few steps",
        inputs=given(times=DOUBLINGS),
        drive=_doubled,
        judge=equals(
            lambda x: {
                "steps in the graph": DOUBLINGS,
                "rules that ran": DOUBLINGS,
                "gradient": np.array([2.0**DOUBLINGS]),
            },
            dtype=False,
            rule="There are 2ⁿ ways through n doublings; a pass that goes each of them never ends.",
        ),
        kind="cost",
        shown="y = y + y, {times} times",
    ),
    Check(
        function="topological_order",
        name="each step is looked at a few times",
        inputs=given(times=DOUBLINGS),
        drive=_readings,
        judge=holds(
            lambda x, result: result <= READINGS, f"at most {READINGS} times, however many ways lead to a step"
        ),
        kind="cost",
        shown="y = y + y, {times} times, and backward: how often the needs of one step were read",
    ),
    Check(
        function="topological_order",
        name="deeper than Python's stack",
        inputs=given(steps=DEEP),
        drive=_deep,
        judge=equals(lambda x: np.array([1.0])),
        kind="contract",
        shown="the gradient through a chain of {steps} steps",
    ),
    Check(
        function="topological_order",
        name="several ends at once",
        inputs=given(),
        drive=_two_ends,
        judge=equals(lambda x: (np.array([660.0]), 1), dtype=False, rule="What they share is passed once."),
        kind="contract",
        shown="backward([10 x², 100 x²]) at x = 3: the gradient, and how often the rule of x² ran",
    ),
    Check(
        function="topological_order",
        name="not beyond where it is told to stop",
        inputs=given(x=5.0, w=2.0),
        drive=_through_a_checkpoint,
        judge=equals(lambda x: (np.array([6.0]), np.array([16.0])), rule="x · 3 w + w by w: 3 x + 1, each way once."),
        kind="contract",
        shown="h = 3 w outside, checkpoint(x -> x h + w) at x = {x}, w = {w}: the gradients of x and w",
    ),
)
