"""The order of the backward pass, the sums in it, and the walk itself, on graphs of operations of the checks' own."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import Generator
from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, Raised, Wrong, close, compare, equals, given, raises

DOUBLINGS = 14
DEEP = 3000
CARRIED = "float64, some twenty sums and products"


def _diamond(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [x["x"]])
    a = t.times(tensor, tensor)
    b = t.scale(a, factor=3.0)
    c = t.times(a, b)
    (t.plus(c, a) if x["and_a"] else c).backward()
    return shown(tensor.grad)


def _program(rng: Generator) -> dict[str, Any]:
    """A graph of up to 16 steps, in which any step may use any two that came before it."""
    lines = [
        (str(rng.choice(["times", "plus", "pair"])), *(int(one) for one in rng.integers(0, number, 2)))
        for number in range(1, int(rng.integers(2, 17)))
    ]
    return {"x": 0.75, "program": lines}


def _computed(tt: Any, x: Any) -> Any:
    """Run a program; return its last value and the toys."""
    t = toys(tt)
    values = [leaf(tt, [x["x"]])]
    for kind, one, other in x["program"]:
        if kind == "pair":
            first, second = t.pair(values[one])
            values.append(t.scale(t.plus(first if other % 2 else second, values[other]), factor=0.25))
        else:
            made = t.times if kind == "times" else t.plus
            values.append(t.scale(made(values[one], values[other]), factor=0.5))
    return t, values


def _slope_of_a_program(tt: Any, x: Any) -> Any:
    """The derivative of the last value by the first."""
    _, values = _computed(tt, x)
    values[-1].backward()
    return shown(values[0].grad)


def _carried_forward(x: Any) -> Any:
    """The oracle carries a value and its derivative from the start to the end: no graph, no order, no sums to miss."""
    duals = [(x["x"], 1.0)]
    for kind, one, other in x["program"]:
        (u, du), (v, dv) = duals[one], duals[other]
        if kind == "times":
            duals.append((u * v * 0.5, (du * v + u * dv) * 0.5))
        elif kind == "plus":
            duals.append(((u + v) * 0.5, (du + dv) * 0.5))
        else:
            factor = 2 if other % 2 else 3
            duals.append(((factor * u + v) * 0.25, (factor * du + dv) * 0.25))
    return np.array([duals[-1][1]])


def _rules_of_a_program(tt: Any, x: Any) -> Any:
    t, values = _computed(tt, x)
    values[-1].backward()
    return len(t.rules)


def _steps_of(x: Any) -> int:
    """How many steps the last value depends on: two for each line that is needed, three where a pair comes first."""
    needed, count = {len(x["program"])}, 0
    for number in range(len(x["program"]), 0, -1):
        if number in needed:
            kind, one, other = x["program"][number - 1]
            needed |= {one, other}
            count += 3 if kind == "pair" else 2
    return count


def _graph_of_a_program(tt: Any, x: Any) -> Any:
    """For each step of the graph, in order, whether its parents come before it."""
    _, values = _computed(tt, x)
    nodes = tt.autograd.graph_of(values[-1]).nodes
    return [all(parent < number for parent in node.parents) for number, node in enumerate(nodes) if node.kind == "step"]


def _doubled(tt: Any, x: Any) -> Any:
    t = toys(tt)
    tensor = leaf(tt, [1.0])
    y = tensor
    for _ in range(x["times"]):
        y = t.plus(y, y)
    steps = sum(node.kind == "step" for node in tt.autograd.graph_of(y).nodes)
    y.backward()
    return {"steps in the graph": steps, "rules that ran": len(t.rules), "gradient": shown(tensor.grad)}


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


def _in_order(x: Any, result: Any) -> None:
    rule = "Each step once, and after every step that it was computed from."
    if isinstance(result, Raised):
        raise Wrong("the steps in order", result, rule)
    compare([True] * _steps_of(x), result, 0.0, 0.0, False, rule)


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
        inputs=_program,
        drive=_slope_of_a_program,
        judge=close(_carried_forward, rtol=1e-9, atol=1e-12, because=CARRIED),
        kind="property",
        seeds=25,
        shown="a program of steps {program} at x = {x}: the gradient of x",
    ),
    Check(
        function="topological_order",
        name="each step once, after its parents",
        inputs=_program,
        drive=_graph_of_a_program,
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
        inputs=_program,
        drive=_slope_of_a_program,
        judge=close(_carried_forward, rtol=1e-9, atol=1e-12, because=CARRIED),
        kind="property",
        seeds=20,
        shown="a program of steps {program} at x = {x}: the gradient of x",
    ),
    Check(
        function="walk_back",
        name="each rule once",
        inputs=_program,
        drive=_rules_of_a_program,
        judge=equals(_steps_of, rule="A step's rule runs once, on its whole gradient."),
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
