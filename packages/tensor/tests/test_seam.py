"""The door, proved by three clients that are not autograd, and by what it promises to each of them."""

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import (
    Array,
    Step,
    Tensor,
    composition,
    is_recording,
    listen,
    operation,
    operations,
    recording,
    rule,
    run_rule,
    update,
    use_kernel,
)


class Notes:
    """Writes down what it is told."""

    def __init__(self, name: str = "", log: list[Any] | None = None) -> None:
        self.name = name
        self.log: list[Any] = [] if log is None else log

    def before(self, step: Step) -> None:
        self.log.append((self.name, "before", step.phase, step.operation.name, len(step.arrays)))

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        self.log.append((self.name, "after", step.phase, step.operation.name, len(outputs)))


# The first client: a timer.


class SelfTimes:
    """Sums the time of each operation, less that of what ran inside it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._stack: list[list[float]] = []

    def before(self, step: Step) -> None:
        self._stack.append([time.perf_counter(), 0.0])

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        start, inside = self._stack.pop()
        whole = time.perf_counter() - start
        self.seconds[step.operation.name, step.phase] += whole - inside
        if self._stack:
            self._stack[-1][1] += whole


def test_a_timer_finds_nearly_all_of_the_time_and_in_which_phase() -> None:
    generator = np.random.default_rng(0)
    x = tt.randn(256, 512, generator=generator)
    w = Tensor(tt.randn(512, 512, generator=generator), requires_grad=True)
    found = []
    for _ in range(5):
        timer = SelfTimes()
        start = time.perf_counter()
        with listen(timer):
            loss = ((x @ w).tanh() * 2).sum()
            loss.backward()
            halve([w])
        whole = time.perf_counter() - start
        found.append(sum(timer.seconds.values()) / whole)
    assert {("matmul", "forward"), ("matmul", "rule"), ("tanh", "rule"), ("test.halve", "update")} <= set(timer.seconds)
    assert 0.9 <= max(found) <= 1.0


# The second client: another kernel.


def test_a_kernel_can_be_swapped_and_its_rule_stays() -> None:
    shapes = []

    def by_einsum(step: Step, x: Array, y: Array) -> Array:
        shapes.append((x.shape, y.shape))
        product: Array = np.einsum("ij,jk->ik", x, y)
        return product

    x, y = Tensor([[1.0, 2.0]], requires_grad=True), Tensor([[3.0], [4.0]])
    with use_kernel(operations["matmul"], by_einsum):
        product = x @ y
        with pytest.raises(ValueError, match="einstein"):
            x @ Tensor([1.0])
    assert product.tolist() == [[11.0]]
    product.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[3.0, 4.0]]
    assert shapes[0] == ((1, 2), (2, 1))
    calls = len(shapes)
    x @ y
    assert len(shapes) == calls


# The third client: an operation on int8, with integers inside and two results.


@operation("test.quantize", flops=2, differentiable=False)
def quantize_op(step: Step, x: Array) -> tuple[Array, Array]:
    scale = np.max(np.abs(x), keepdims=True) / 127
    return np.rint(x / scale).astype(np.int8), scale.astype(np.float32)


@operation("test.int8_matmul", flops=lambda step, outputs: 2 * outputs[0].size * step.arrays[0].shape[1])
def int8_matmul_op(step: Step, x: Array, y: Array, *, scale: float) -> Array:
    sums = x.astype(np.int32) @ y.astype(np.int32)
    return (sums * scale).astype(np.float32)


def test_an_operation_on_int8_goes_through_the_same_door() -> None:
    x = tt.randn(4, 8, generator=np.random.default_rng(0))
    whole, scale = quantize_op.many(x)
    assert [whole.dtype.name, scale.dtype.name] == ["int8", "float32"]
    flops = []

    class Flops(Notes):
        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            assert isinstance(step.operation, tt.Operation)
            flops.append((step.operation.name, step.operation.count_flops(step, outputs)))

    with listen(Flops()):
        product = int8_matmul_op(whole, whole.T, scale=scale.item() ** 2)
    np.testing.assert_allclose(product.data, x.data @ x.data.T, atol=0.2)
    assert flops[-1] == ("test.int8_matmul", 2 * 4 * 4 * 8)
    assert operations["test.int8_matmul"] is int8_matmul_op


# What the door promises.


@operation("test.scale")
def scale_op(step: Step, x: Array, y: Array | None, *, by: float) -> Array:
    step.extra = "only for the rule"
    return x * by if y is None else x * by + y


@rule(scale_op, keeps=(1,), output=True)
def scale_rule(step: Step, grad: Array) -> tuple[Any, Any]:
    assert step.extra == "only for the rule"
    return grad * step.parameters["by"] if step.needs[0] else None, grad if step.needs[1] else None


@composition(scale_op)
def scale_composition(x: Tensor, y: Tensor | None, *, by: float) -> Tensor:
    return x * by if y is None else x * by + y


@update("test.halve", flops=1)
def halve(step: Step, targets: list[Array], *arrays: Array) -> None:
    for target in targets:
        target *= 0.5


def test_a_recorded_step_keeps_what_its_rule_asked_for_and_no_more() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0])
    z = scale_op(x, y, by=2.0)
    step = z.grad_fn
    assert step is not None
    assert step.recorded
    assert step.phase == "forward"
    assert step.operation is scale_op
    assert step.parameters == {"by": 2.0}
    assert [bool(need) for need in step.needs] == [True, False]
    assert list(step.shapes) == [(2,), (2,)]
    assert step.dtype == np.float32
    assert step.inputs[0] is None
    np.testing.assert_array_equal(step.inputs[1], [3, 4])
    np.testing.assert_array_equal(step.output, [5, 8])
    grads = run_rule(step, np.ones(2, np.float32))
    assert grads[0].tolist() == [2, 2]
    assert grads[1] is None
    assert list(scale_op(x, None, by=3.0).grad_fn.shapes) == [(2,), None]  # type: ignore[union-attr]
    step.release()
    assert step.released
    assert step.output is None
    assert not step.inputs
    assert step.extra is None


@pytest.mark.parametrize("recorded", [False, True])
def test_a_kernel_that_returns_nothing_is_asked_for_its_return(recorded: bool) -> None:
    @operation("test.forgetful")
    def forgetful_op(step: Step, x: Array) -> None:
        x + 1

    with pytest.raises(TypeError, match="kernel returned None instead of an array: is a return missing"):
        forgetful_op(Tensor([1.0], requires_grad=recorded))


@pytest.mark.parametrize("listened", [False, True])
def test_nothing_is_kept_when_nobody_records(listened: bool) -> None:
    seen: list[Step] = []

    @operation("test.curious")
    def curious_op(step: Step, x: Array) -> Array:
        step.extra = np.zeros(1000)
        seen.append(step)
        return x + 1

    x = Tensor([1.0], requires_grad=True)
    notes = Notes()
    with recording(False):
        if listened:
            with listen(notes):
                y = curious_op(x)
        else:
            y = curious_op(x)
    assert not y.requires_grad
    assert y.grad_fn is None
    assert not seen[0].recorded
    assert not seen[0].inputs
    assert not seen[0].arrays
    assert curious_op(Tensor([1.0])).grad_fn is None
    before = tt.live_bytes()
    curious_op(Tensor([1.0]))
    assert tt.live_bytes() == before


def test_results_are_read_only_and_know_whose_memory_they_stand_on() -> None:
    @operation("test.view", differentiable=False)
    def view_op(step: Step, x: Array, y: Array) -> tuple[Array, Array, Array]:
        return x[1:], y.T, x + 1

    x, y = Tensor([1.0, 2.0]), Tensor([[1.0], [2.0]])
    first, second, third = view_op.many(x, y)
    for result in (first, second, third):
        assert not result.data.flags.writeable
    x[0] = 5.0
    assert first.version == x.version != second.version == y.version
    assert third.version == 0


def test_listeners_are_told_of_all_three_phases_outermost_first_then_innermost_first() -> None:
    log: list[Any] = []
    x = Tensor([1.0, 2.0], requires_grad=True)
    with listen(Notes("outer", log)), listen(Notes("inner", log)):
        y = scale_op(x, None, by=2.0)
        y.backward(Tensor([1.0, 1.0]))
        halve([x], Tensor([1.0]))
    told = [entry[1:4] for entry in log if entry[0] == "outer" and entry[3].startswith("test.")]
    assert told == [
        ("before", "forward", "test.scale"),
        ("after", "forward", "test.scale"),
        ("before", "rule", "test.scale"),
        ("after", "rule", "test.scale"),
        ("before", "update", "test.halve"),
        ("after", "update", "test.halve"),
    ]
    assert [entry[0] for entry in log[:4]] == ["outer", "inner", "inner", "outer"]
    assert log[0][4] == 2  # both arguments, None included
    assert y.grad_fn is not None
    assert y.grad_fn.phase == "forward"
    assert not y.grad_fn.arrays


def test_an_exception_in_a_kernel_ends_the_block_and_nothing_else() -> None:
    @operation("test.failing")
    def failing_op(step: Step, *arrays: Array) -> Array:
        raise ArithmeticError("a kernel's own")

    notes = Notes()
    with pytest.raises(ArithmeticError, match="a kernel's own"), listen(notes):
        failing_op(Tensor([1.0]))
    assert [entry[1] for entry in notes.log] == ["before"]
    Tensor([1.0]) + 1
    assert len(notes.log) == 1
    with pytest.raises(ArithmeticError), use_kernel(operations["add"], failing_op.kernel):
        Tensor([1.0]) + 1
    assert (Tensor([1.0]) + 1).tolist() == [2]


def test_an_exception_in_an_update_leaves_its_targets_locked_and_counted() -> None:
    @update("test.failing_update")
    def failing_update(step: Step, targets: list[Array]) -> None:
        targets[0][0] = 5.0
        raise ArithmeticError("half done")

    x, y = Tensor([1.0]), Tensor([1.0])
    with pytest.raises(ArithmeticError, match="half done"):
        failing_update([x, y])
    assert x.version > 0
    assert y.version > 0
    for t in (x, y):
        with pytest.raises(ValueError, match="read-only"):
            t.data[0] = 1.0
    with pytest.raises(RuntimeError, match="expand"):
        failing_update([x, y.expand(3)])
    with pytest.raises(ValueError, match="read-only"):
        x.data[0] = 1.0
    x[0] = 3.0
    assert x.tolist() == [3]


def test_updates_write_in_place_raise_versions_and_are_never_recorded() -> None:
    x = Tensor([2.0, 4.0], requires_grad=True)
    view, array = x.detach()[1:], x.data
    halve([x], np.ones(2))
    assert x.tolist() == [1, 2]
    assert view.tolist() == [2]
    assert array.tolist() == [1, 2]
    assert view.version == x.version > 0
    assert x.is_leaf
    assert x.grad_fn is None


def test_random_draws_are_updates_that_a_replay_can_repeat() -> None:
    seen: list[Any] = []

    class Replay(Notes):
        def before(self, step: Step) -> None:
            seen.append((step.phase, step.operation, step.parameters))

    generator = np.random.default_rng(3)
    with listen(Replay()):
        t = tt.randn(4, generator=generator)
        tt.rand(2, generator=generator)
        tt.randint(0, 5, 3, generator=generator)
    assert [(phase, work.name) for phase, work, _ in seen] == [
        ("update", "normal"),
        ("update", "uniform"),
        ("update", "integers"),
    ]
    first, version = t.tolist(), t.version
    _, draw, parameters = seen[0]
    assert parameters["generator"] is generator
    parameters["generator"].bit_generator.state = np.random.default_rng(3).bit_generator.state
    draw([t], **parameters)
    assert t.tolist() == first
    assert t.version > version


def test_listeners_and_the_switch_of_recording_belong_to_one_thread() -> None:
    notes = Notes()
    Tensor([1.0], requires_grad=True)  # loads the engine
    barrier = threading.Barrier(2, timeout=60)
    x = Tensor([1.0], requires_grad=True)

    def listening() -> bool:
        with listen(notes), recording(False):
            barrier.wait()
            y = x + 1
            barrier.wait()
            return y.requires_grad

    def other() -> bool:
        barrier.wait()
        y = x * 2
        barrier.wait()
        return y.requires_grad

    with ThreadPoolExecutor(2) as pool:
        quiet, loud = pool.submit(listening), pool.submit(other)
        assert (quiet.result(), loud.result()) == (False, True)
    assert {entry[3] for entry in notes.log} == {"add"}


def test_recording_is_restored_after_exceptions_generators_and_nesting() -> None:
    x = Tensor([1.0], requires_grad=True)
    assert is_recording()
    switch = recording(False)
    with switch:
        with switch, recording(True):
            assert (x + 1).requires_grad
        assert not is_recording()
    with pytest.raises(ZeroDivisionError), switch:
        raise ZeroDivisionError
    assert is_recording()

    @recording(False)
    def depth(n: int) -> list[bool]:
        return [is_recording(), *(depth(n - 1) if n else [])]

    assert depth(3) == [False] * 4
    assert is_recording()


def test_an_operation_without_a_rule_says_its_name_when_a_gradient_is_wanted() -> None:
    @operation("test.without_rule")
    def without_rule_op(step: Step, x: Array) -> Array:
        return x * 1.0

    y = without_rule_op(Tensor([1.0], requires_grad=True))
    with pytest.raises(NotImplementedError, match=r"test\.without_rule: this operation has no derivative rule"):
        y.backward()


def test_a_rule_that_raises_leaves_its_step_as_it_was() -> None:
    @operation("test.failing_rule")
    def failing_op(step: Step, x: Array) -> Array:
        return x * 1.0

    @rule(failing_op)
    def failing_rule(step: Step, grad: Array) -> Array:
        raise ArithmeticError("in the rule")

    y = failing_op(Tensor([1.0], requires_grad=True))
    step = y.grad_fn
    assert step is not None
    with pytest.raises(ArithmeticError, match="in the rule"), listen(Notes()):
        y.backward()
    assert step.phase == "forward"
    assert not step.arrays


def test_operations_are_listed_by_name_and_a_second_definition_replaces_the_first() -> None:
    for n in (1, 2):

        @operation("test.twice")
        def twice_op(step: Step, x: Array, n: int = n) -> Array:
            return x * n

    assert operations["test.twice"] is twice_op
    assert operations["test.twice"](Tensor([1])).tolist() == [2]
    assert repr(twice_op) == "<operation test.twice>"
    assert repr(halve) == "<update test.halve>"
    with pytest.raises(TypeError):
        operations["test.other"] = twice_op  # type: ignore[index]


def test_flops_are_counted_by_formula() -> None:
    found = {}

    class Flops(Notes):
        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            if isinstance(step.operation, tt.Operation):
                found[step.operation.name] = step.operation.count_flops(step, outputs)

    with listen(Flops()):
        (tt.zeros(5, 2, 3) @ tt.zeros(3, 4)).sum()
        tt.einsum("bi,bij->bj", tt.zeros(2, 3), tt.zeros(2, 3, 4))
        tt.zeros(2, 3) + tt.zeros(3)
        tt.zeros(2, 3).reshape(6)
    assert found == {"matmul": 2 * 5 * 2 * 3 * 4, "sum": 40, "einsum": 2 * 2 * 3 * 4, "add": 6, "reshape": 0}


def test_an_engine_that_cannot_be_imported_says_so_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from tinytorch.tensor import _engine  # the place where the engine is remembered

    broken = EntryPoint("broken", "no_such_module_anywhere:engine", _engine.GROUP)
    monkeypatch.setattr(_engine, "_found", [])
    monkeypatch.setattr(_engine, "entry_points", lambda group: [broken])
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
            Tensor([1.0], requires_grad=True)


def test_without_an_engine_everything_computes_and_backward_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tinytorch.tensor import _engine  # the place where the engine is remembered

    monkeypatch.setattr(_engine, "_found", [None])
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="pip install tinytorch-autograd"):
        x.backward()
    assert (x * 2).tolist() == [2, 4]


def test_one_switch_object_serves_two_threads_at_once() -> None:
    switch = recording(False)
    entered, leave = threading.Event(), threading.Event()
    seen: list[bool] = []

    def other() -> None:
        with recording(True):
            with switch:
                entered.set()
                leave.wait(60)
            seen.append(is_recording())

    worker = threading.Thread(target=other)
    before = is_recording()
    with recording(False):
        with switch:
            worker.start()
            entered.wait(60)
        seen.append(is_recording())  # this thread leaves first, though it entered first
        leave.set()
        worker.join()
    assert seen == [False, True]
    assert is_recording() == before
