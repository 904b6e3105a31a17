"""The sums in the backward pass: every use of a tensor adds to its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, equals, given


def _squared(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, x["x"])
    y = tensor
    for _ in range(x["uses"] - 1):
        y = t.times(y, tensor)
    y.backward(np.ones(len(x["x"])))
    return shown(tensor.grad)


def _one_array_for_two(tt: Any, x: Any) -> Any:
    """Two steps that hand one array to both of their inputs; the same two inputs for both."""
    t = toys(tt)
    one, other = leaf(tt, [1.0]), leaf(tt, [1.0])
    a, b = t.scale(one, factor=10.0), t.scale(other, factor=100.0)
    t.plus(t.plus(a, b), t.plus(a, b)).backward()
    return shown(one.grad), shown(other.grad)


def _both_of_a_pair(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    first, second = t.pair(tensor)
    parts = {"first": first, "second": second}
    y = parts[x["used"][0]]
    for name in x["used"][1:]:
        y = t.plus(y, parts[name])
    y.backward()
    return shown(tensor.grad), [line for line in t.rules if line.startswith("pair")]


def _hooked_pair(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    parts = dict(zip(("first", "second"), t.pair(tensor), strict=True))
    seen: list[Any] = []
    for name, part in parts.items():
        part.register_hook(lambda gradient, name=name: seen.append((name, gradient.tolist())))
    t.plus(t.plus(parts["first"], parts["second"]), parts["second"]).backward()
    return sorted(seen), shown(tensor.grad)


SUMS: tuple[Check, ...] = (
    Check(
        function="add_gradient",
        name="x x at 3",
        inputs=given(x=[3.0], uses=2),
        drive=_squared,
        judge=equals(lambda x: np.array([6.0])),
        shown="the gradient of x after (x x).backward(), x = {x}",
    ),
    Check(
        function="add_gradient",
        name="many uses",
        inputs=lambda rng: {"x": rng.integers(-3, 4, 3).astype(np.float64), "uses": int(rng.integers(1, 7))},
        drive=_squared,
        judge=equals(lambda x: x["uses"] * x["x"] ** (x["uses"] - 1.0)),
        kind="property",
        seeds=20,
        shown="the gradient of x after backward() of x x ... x ({uses} factors), x = {x}",
    ),
    Check(
        function="add_gradient",
        name="one array for two inputs",
        inputs=given(),
        drive=_one_array_for_two,
        judge=equals(
            lambda x: (np.array([20.0]), np.array([200.0])),
            rule="A rule may give one array to several inputs: a sum needs an array of its own.",
        ),
        kind="aliasing",
        shown="a = 10 x, b = 100 y, (a + b) + (a + b): the gradients of x and y",
    ),
    Check(
        function="add_gradient",
        name="both outputs of a step",
        inputs=given(used=["first", "second", "second", "first", "second"]),
        drive=_both_of_a_pair,
        judge=equals(lambda x: (np.array([13.0]), ["pair True True"]), rule="2 · 2 + 3 · 3, by one run of the rule."),
        kind="contract",
        shown="(2 x, 3 x) from one step, {used} added up: the gradient of x, and which parts came to the rule",
    ),
    Check(
        function="add_gradient",
        name="the second output alone",
        inputs=given(used=["second", "second"]),
        drive=_both_of_a_pair,
        judge=equals(lambda x: (np.array([6.0]), ["pair False True"]), rule="None where no gradient has come."),
        kind="contract",
        shown="(2 x, 3 x) from one step, {used} added up: the gradient of x, and which parts came to the rule",
    ),
    Check(
        function="add_gradient",
        name="each output has a gradient of its own",
        inputs=given(),
        drive=_hooked_pair,
        judge=equals(
            lambda x: ([("first", [1.0]), ("second", [2.0])], np.array([8.0])),
            rule="A tuple with an entry for each output is read as that; anything else, as one gradient.",
        ),
        kind="contract",
        shown="(2 x, 3 x) from one step, first + second + second: what a hook of each sees, and the gradient of x",
    ),
)
