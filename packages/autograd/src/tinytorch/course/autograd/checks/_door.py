"""The run of an operation: what the kernel gets, what is noted down, and who is told."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, equals, given

RECORDS = "Recorded if one input requires gradients, the operation is differentiable, and recording is on."


def _kernel_sees(tt: Any, x: Any) -> Any:
    seen: list[str] = []

    def kernel(step: Any, first: Any, second: Any, third: Any, *, factor: int) -> Any:
        seen.extend(type(one).__name__ for one in (first, second, third))
        return first * second * factor

    run = tt.tensor.operation("check_kernel")(kernel)
    result = run(tt.tensor.Tensor(x["first"]), x["second"], None, factor=x["factor"])
    return type(result).__name__, result, seen


def _which_are_recorded(tt: Any, x: Any) -> Any:
    tt.tensor.Tensor([0.0], requires_grad=True)  # from here on there is an engine
    plus = tt.tensor.operation("check_plus")(lambda step, *arrays: sum(arrays))
    larger = tt.tensor.operation("check_larger", differentiable=False)(lambda step, one, other: one > other)
    yes, no = tt.tensor.Tensor([1.0], requires_grad=True), tt.tensor.Tensor([2.0])
    found = {
        "x + y": plus(no, no),
        "X + y": plus(yes, no),
        "x + Y": plus(no, yes),
        "x + 3 + Y": plus(no, 3, yes),
        "(X + y) + y": plus(plus(yes, no), no),
        "X > y": larger(yes, no),
    }
    with tt.tensor.recording(False):
        found["X + Y, recording off"] = plus(yes, yes)
    return {name: tensor.requires_grad for name, tensor in found.items()}


def _what_the_rule_gets(tt: Any, x: Any) -> Any:
    def kernel(step: Any, first: Any, second: Any, *, factor: float) -> Any:
        step.extra = ["from the kernel", bool(step.recorded), step.operation.name, dict(step.parameters)]
        return first * second * factor

    run = tt.tensor.operation("check_kept")(kernel)
    tt.tensor.rule(run, keeps=(1,), output=True)(
        lambda step, grad: (
            [step.inputs[0] is None, step.inputs[1].tolist(), step.output.tolist()],
            [list(step.shapes), [bool(need) for need in step.needs], dict(step.parameters), step.extra],
        )
    )
    first = tt.tensor.Tensor([2.0], requires_grad=True)
    result = run(first, tt.tensor.Tensor([3.0, 4.0]), factor=10.0)
    return tt.tensor.run_rule(result.grad_fn, np.ones(2, np.float32))


class _Diary:
    """A listener that notes what it is told."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name = name
        self.lines = lines

    def before(self, step: Any) -> None:
        arrays = [array.tolist() for array in step.arrays]
        self.lines.append(f"{self.name} before {step.operation.name} {arrays} {step.parameters}")

    def after(self, step: Any, outputs: Any) -> None:
        self.lines.append(f"{self.name} after {step.operation.name} {[output.tolist() for output in outputs]}")


def _told(tt: Any, x: Any) -> Any:
    lines: list[str] = []

    def kernel(step: Any, array: Any, *, factor: int) -> Any:
        lines.append("kernel")
        return array * factor

    scale = tt.tensor.operation("check_scale")(kernel)
    tensor = tt.tensor.Tensor([1, 2])
    if x["recorded"]:
        tensor = tt.tensor.Tensor([1.0, 2.0], requires_grad=True)
    with tt.tensor.listen(_Diary("outer", lines)), tt.tensor.listen(_Diary("inner", lines)):
        scale(tensor, factor=3)
    scale(tensor, factor=5)
    return lines


class _Recorded:
    """A listener that notes of each step whether it is recorded."""

    def __init__(self) -> None:
        self.found: list[bool] = []

    def before(self, step: Any) -> None:
        self.found.append(step.recorded)

    def after(self, step: Any, outputs: Any) -> None:
        self.found.append(step.recorded)


def _told_of_records(tt: Any, x: Any) -> Any:
    scale = tt.tensor.operation("check_heard")(lambda step, array: array * 3)
    plain, tracked = tt.tensor.Tensor([1.0]), tt.tensor.Tensor([1.0], requires_grad=True)
    listener = _Recorded()
    with tt.tensor.listen(listener):
        scale(plain)
        scale(tracked)
        with tt.tensor.recording(False):
            scale(tracked)
    return listener.found


def _expected_lines(x: Any) -> list[str]:
    one, three = ([1.0, 2.0], [3.0, 6.0]) if x["recorded"] else ([1, 2], [3, 6])
    before = [f"{name} before check_scale {[one]} {{'factor': 3}}" for name in ("outer", "inner")]
    after = [f"{name} after check_scale {[three]}" for name in ("inner", "outer")]
    return [*before, "kernel", *after, "kernel"]


def _several(tt: Any, x: Any) -> Any:
    both = tt.tensor.operation("check_both")(lambda step, array: (array + 1, array * 2))
    plain = both.many(tt.tensor.Tensor([1.0, 2.0]))
    recorded = both.many(tt.tensor.Tensor([1.0, 2.0], requires_grad=True))
    return [(tensor, tensor.requires_grad) for tensor in (*plain, *recorded)]


def _left_behind(tt: Any, x: Any) -> Any:
    """Whether what a kernel hands to its rule outlives a run that nobody records, and one that somebody does."""
    alive: list[Any] = []

    def kernel(step: Any, array: Any) -> Any:
        note = np.array([7.0])
        alive.append(weakref.ref(note))
        step.extra = note
        return array + 1

    run = tt.tensor.operation("check_note")(kernel)
    results = [run(tt.tensor.Tensor([1.0])), run(tt.tensor.Tensor([1.0], requires_grad=True))]
    return [reference() is not None for reference in alive[: len(results)]]


def _one_step_each(tt: Any, x: Any) -> Any:
    """The factors that the rules of three runs find on their steps."""
    scale = tt.tensor.operation("check_factor")(lambda step, array, *, factor: array * factor)
    tt.tensor.rule(scale)(lambda step, grad: grad * step.parameters["factor"])
    tensor = tt.tensor.Tensor(np.array([1.0]), requires_grad=True)
    steps = [scale(tensor, factor=factor).grad_fn for factor in (2.0, 3.0, 5.0)]
    return [tt.tensor.run_rule(step, np.ones(1)) for step in steps]


def _steps_of_idle_runs(tt: Any, x: Any) -> Any:
    seen: list[Any] = []

    def kernel(step: Any, array: Any) -> Any:
        step.extra = "a note"
        seen.append(step)
        return array + 1

    run = tt.tensor.operation("check_idle")(kernel)
    for _ in range(2):
        run(tt.tensor.Tensor([1.0]))
    return seen[0] is seen[1], [step.extra for step in seen]


DOOR: tuple[Check, ...] = (
    Check(
        function="Operation.__call__",
        name="arrays for the kernel, a tensor for you",
        inputs=given(first=[1.0, 2.0], second=3, factor=10),
        drive=_kernel_sees,
        judge=equals(lambda x: ("Tensor", np.array([30.0, 60.0], np.float32), ["ndarray", "int", "NoneType"])),
        shown="operation(Tensor({first}), {second}, None, factor={factor}), and the types that its kernel gets",
    ),
    Check(
        function="Operation.__call__",
        name="what is recorded",
        inputs=given(),
        drive=_which_are_recorded,
        judge=equals(
            lambda x: {
                "x + y": False,
                "X + y": True,
                "x + Y": True,
                "x + 3 + Y": True,
                "(X + y) + y": True,
                "X > y": False,
                "X + Y, recording off": False,
            },
            rule=RECORDS,
        ),
        shown="which results require gradients, where a capital letter does",
    ),
    Check(
        function="Operation.__call__",
        name="what the rule finds on its step",
        inputs=given(),
        drive=_what_the_rule_gets,
        judge=equals(
            lambda x: (
                [True, [3.0, 4.0], [60.0, 80.0]],
                [
                    [(1,), (2,)],
                    [True, False],
                    {"factor": 10.0},
                    ["from the kernel", True, "check_kept", {"factor": 10.0}],
                ],
            ),
            rule="The step is ready before the kernel runs: the kernel and the rule read the same one.",
        ),
        kind="contract",
        shown="[2] · [3, 4] · 10 with keeps=(1,), output=True: inputs, output, shapes, needs, parameters, extra",
    ),
    Check(
        function="Operation.__call__",
        name="each run has a step of its own",
        inputs=given(),
        drive=_one_step_each,
        judge=equals(lambda x: [np.array([2.0]), np.array([3.0]), np.array([5.0])]),
        kind="contract",
        shown="the rules of x · 2, x · 3 and x · 5, 1 from above, once all three have run",
    ),
    Check(
        function="Operation.__call__",
        name="listeners are told, outermost first and last",
        inputs=given(recorded=False),
        drive=_told,
        judge=equals(_expected_lines, rule="Also of what is not recorded; and the kernel runs once."),
        kind="contract",
        shown="two listeners and a kernel, then the kernel without them",
    ),
    Check(
        function="Operation.__call__",
        name="listeners and a record at once",
        inputs=given(recorded=True),
        drive=_told,
        judge=equals(_expected_lines),
        kind="contract",
        shown="two listeners and a kernel on a tensor that requires gradients, then the kernel without them",
    ),
    Check(
        function="Operation.__call__",
        name="who listens can tell what is recorded",
        inputs=given(),
        drive=_told_of_records,
        judge=equals(lambda x: [False, False, True, True, False, False], rule=RECORDS),
        kind="contract",
        shown="step.recorded before and after x, X and X with recording off, X being the one that requires gradients",
    ),
    Check(
        function="Operation.__call__",
        name="several outputs",
        inputs=given(),
        drive=_several,
        judge=equals(
            lambda x: [
                (np.array([2.0, 3.0], np.float32), False),
                (np.array([2.0, 4.0], np.float32), False),
                (np.array([2.0, 3.0], np.float32), True),
                (np.array([2.0, 4.0], np.float32), True),
            ]
        ),
        kind="contract",
        shown="x + 1 and 2 x of [1, 2] by one kernel, without and with requires_grad: values and requires_grad",
    ),
    Check(
        function="Operation.__call__",
        name="nothing is kept when nobody records",
        inputs=given(),
        drive=_left_behind,
        judge=equals(lambda x: [False, True], rule="A forward pass without gradients holds on to nothing."),
        kind="cost",
        shown="whether the kernel's note to its rule is still in memory, not recorded and recorded",
    ),
    Check(
        function="Operation.__call__",
        name="one step for all runs that nobody needs",
        inputs=given(),
        drive=_steps_of_idle_runs,
        judge=equals(lambda x: (True, [None, None]), rule="Making an object for each run takes time, for nothing."),
        kind="cost",
        shown="two runs, not recorded and nobody listening: whether one step serves both, and what it keeps",
    ),
)
