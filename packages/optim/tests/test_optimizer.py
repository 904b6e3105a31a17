"""What all optimizers share: groups, gradients, identity, and what is refused."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinytorch.optim import SGD, Adam, AdamW, Muon, Optimizer, RMSprop, adam_update, blocks, sgd_update
from tinytorch.tensor import Array, Step, Tensor, listen, update, use_kernel

MAKERS: dict[str, Callable[[Any], Optimizer]] = {
    "sgd": lambda params: SGD(params, lr=0.1),
    "momentum": lambda params: SGD(params, lr=0.1, momentum=0.9),
    "nesterov": lambda params: SGD(params, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": lambda params: Adam(params, lr=0.1),
    "adam with decay": lambda params: Adam(params, lr=0.1, weight_decay=0.1),
    "adamw": lambda params: AdamW(params, lr=0.1, weight_decay=0.1),
    "rmsprop": lambda params: RMSprop(params, lr=0.1, momentum=0.5, weight_decay=0.1),
    "muon": lambda params: Muon(params, lr=0.1),
}
each_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def matrices(*seeds: int, dtype: Any = np.float64) -> list[Tensor]:
    return [Tensor(np.random.default_rng(seed).standard_normal((4, 3)).astype(dtype)) for seed in seeds]


def untyped(value: Any) -> Any:
    return value


def give(params: list[Tensor], *seeds: int) -> None:
    for p, seed in zip(params, seeds, strict=True):
        p.grad = Tensor(np.random.default_rng(100 + seed).standard_normal(p.shape).astype(p.dtype))


@each_optimizer
def test_step_changes_the_same_tensor_on_the_same_memory(make: Callable[[Any], Optimizer]) -> None:
    params = matrices(1, 2)
    before = [p.data.copy() for p in params]
    views = [p.data for p in params]
    rows = [p[1] for p in params]
    optimizer = make(params)
    give(params, 1, 2)
    optimizer.step()
    for p, held, old, view, row in zip(params, optimizer.param_groups[0]["params"], before, views, rows, strict=True):
        assert held is p
        assert not np.array_equal(p.data, old)
        np.testing.assert_array_equal(view, p.data)
        np.testing.assert_array_equal(row.data, p.data[1])
        assert not p.data.flags.writeable


@each_optimizer
def test_step_raises_the_version_of_what_it_changed_and_of_nothing_else(make: Callable[[Any], Optimizer]) -> None:
    params = matrices(1, 2)
    optimizer = make(params)
    versions = [p.version for p in params]
    give(params[:1], 1)
    optimizer.step()
    assert params[0].version > versions[0]
    assert params[1].version == versions[1]


@each_optimizer
def test_gradients_are_released_and_never_written_to(make: Callable[[Any], Optimizer]) -> None:
    params = matrices(1, 2)
    optimizer = make(params)
    held: list[tuple[Array, Array]] = []
    for step in range(4):
        give(params, step, step + 50)
        held += [(p.grad.data, p.grad.data.copy()) for p in params if p.grad is not None]
        optimizer.step()
        assert all(p.grad is None for p in params)
    assert len(held) == 8
    for array, as_it_was in held:
        np.testing.assert_array_equal(array, as_it_was)


@each_optimizer
def test_keep_gradients_leaves_them_and_their_numbers(make: Callable[[Any], Optimizer]) -> None:
    params = matrices(1, 2)
    optimizer = make(params)
    give(params, 1, 2)
    grads = [p.grad for p in params]
    copies = [g.data.copy() for g in grads if g is not None]
    optimizer.step(keep_gradients=True)
    for p, grad, numbers in zip(params, grads, copies, strict=True):
        assert p.grad is grad
        assert grad is not None
        np.testing.assert_array_equal(grad.data, numbers)


def test_zero_grad_forgets_the_gradients_of_the_models_own_tensors() -> None:
    params = matrices(1, 2)
    optimizer = Adam(p for p in params)
    give(params, 1, 2)
    optimizer.zero_grad()
    assert [p.grad for p in params] == [None, None]
    before = params[0].data.copy()
    optimizer.step()
    np.testing.assert_array_equal(params[0].data, before)


@each_optimizer
def test_a_parameter_without_a_gradient_stays_and_does_not_decay(make: Callable[[Any], Optimizer]) -> None:
    params = matrices(1, 2)
    before = params[1].data.copy()
    optimizer = make(params)
    for seed in range(3):
        give(params[:1], seed)
        optimizer.step()
    np.testing.assert_array_equal(params[1].data, before)


@each_optimizer
def test_a_parameter_that_misses_steps_goes_on_as_if_alone(make: Callable[[Any], Optimizer]) -> None:
    """Its count and its state wait for it: together and apart give the same numbers, bit by bit."""
    when = [(0, 1, 2), (0, 2), (1,), (0, 1, 2), (), (2,), (0, 1), (0, 1, 2)]
    together = matrices(1, 2, 3)
    optimizer = make(together)
    for seed, present in enumerate(when):
        give([together[i] for i in present], *(10 * seed + i for i in present))
        optimizer.step()
    for i in range(3):
        alone = matrices(i + 1)
        optimizer = make(alone)
        for seed, present in enumerate(when):
            if i in present:
                give(alone, 10 * seed + i)
                optimizer.step()
        np.testing.assert_array_equal(together[i].data, alone[0].data)


@each_optimizer
def test_two_parameters_of_one_shape_have_each_their_own_state(make: Callable[[Any], Optimizer]) -> None:
    params = matrices(5, 5)
    optimizer = make(params)
    for step in range(3):
        give(params, step, step + 70)
        optimizer.step()
    for i, offset in enumerate((0, 70)):
        alone = matrices(5)
        optimizer = make(alone)
        for step in range(3):
            give(alone, step + offset)
            optimizer.step()
        np.testing.assert_array_equal(params[i].data, alone[0].data)


def test_a_generator_of_parameters_serves_every_step() -> None:
    params = matrices(1, 2)
    optimizer = SGD((p for p in params), lr=1.0)
    for _ in range(2):
        for p in params:
            p.grad = Tensor(np.ones((4, 3)))
        optimizer.step()
    for p, start in zip(params, matrices(1, 2), strict=True):
        np.testing.assert_allclose(p.data, start.data - 2)


@each_optimizer
def test_steps_are_not_recorded(make: Callable[[Any], Optimizer]) -> None:
    w = Tensor(np.ones((3, 2)), requires_grad=True)
    x = Tensor(np.arange(12.0).reshape(4, 3))
    optimizer = make([w])
    for _ in range(3):
        (x @ w).sum().backward()
        assert w.grad is not None
        optimizer.step()
        assert w.is_leaf
        assert w.grad_fn is None
        assert w.requires_grad
    for array in optimizer.state_arrays():
        assert type(array) is np.ndarray


def test_five_lines_without_zero_grad_give_the_numbers_of_the_loop_with_it() -> None:
    results = []
    for zero in (False, True):
        w = Tensor(np.ones((3, 1)), requires_grad=True)
        optimizer = SGD([w], lr=0.01, momentum=0.9)
        for seed in range(5):
            x = Tensor(np.random.default_rng(seed).standard_normal((8, 3)))
            if zero:
                optimizer.zero_grad()
            ((x @ w) * (x @ w)).mean().backward()
            optimizer.step()
        results.append(w.data)
    np.testing.assert_array_equal(results[0], results[1])


def test_groups_have_settings_of_their_own_and_share_the_rest() -> None:
    a, b, c = Tensor(np.zeros(2)), Tensor(np.zeros(2)), Tensor(np.zeros(2))
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": iter([c]), "lr": 2.0, "weight_decay": 1.0})
    for p in (a, b, c):
        p.grad = Tensor(np.ones(2))
    optimizer.step()
    assert [float(p.data[0]) for p in (a, b, c)] == [-0.1, -0.5, -2.0]
    for p in (a, b, c):
        p.grad = Tensor(np.ones(2))
    optimizer.step()
    np.testing.assert_allclose([float(p.data[0]) for p in (a, b, c)], [-0.2, -1.0, -2.0 - 2.0 * (1.0 - 2.0)])


def test_parameters_added_later_begin_at_their_own_first_step() -> None:
    first, later = matrices(1, 2)
    optimizer = Adam([first], lr=0.1)
    for seed in range(5):
        give([first], seed)
        optimizer.step()
    optimizer.add_param_group({"params": [later]})
    start = later.data.copy()
    later.grad = Tensor(np.full((4, 3), 7.0))
    give([first], 5)
    optimizer.step()
    np.testing.assert_allclose(later.data, start - 0.1, rtol=1e-7)


def test_float32_and_float64_parameters_may_be_in_one_group() -> None:
    single, double = Tensor(np.ones(3, np.float32)), Tensor(np.ones(3))
    optimizer = Adam([single, double], lr=0.5)
    single.grad, double.grad = Tensor(np.ones(3, np.float32)), Tensor(np.ones(3))
    optimizer.step()
    assert single.dtype == np.float32
    assert double.dtype == np.float64
    np.testing.assert_allclose(single.data, 0.5, rtol=1e-6)
    np.testing.assert_allclose(double.data, 0.5, rtol=1e-7)


def test_a_nan_in_a_gradient_is_seen_in_the_parameter() -> None:
    for bad in (np.nan, np.inf):
        p = Tensor(np.zeros(3))
        optimizer = Adam([p])
        p.grad = Tensor(np.array([1.0, bad, 1.0]))
        with np.errstate(invalid="ignore"):
            optimizer.step()
        assert np.isnan(p.data).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: SGD([]), ValueError, "the list of parameters is empty"),
        (lambda: SGD(iter(())), ValueError, "generator"),
        (lambda: SGD(Tensor([1.0])), TypeError, r"give \[tensor\]"),
        (lambda: SGD(untyped(7)), TypeError, r"model\.parameters\(\)"),
        (lambda: SGD(untyped([1.0])), TypeError, "parameter 0 of group 0 is not a tensor but a float"),
        (lambda: SGD(untyped([("weight", Tensor([1.0]))])), TypeError, "named_parameters"),
        (lambda: SGD([Tensor([1])]), TypeError, "int64"),
        (lambda: SGD([Tensor([1.0], requires_grad=True) * 2]), ValueError, "only leaves"),
        (lambda: SGD([Tensor([1.0])], lr=-0.1), ValueError, r"SGD: lr must be .* at least 0, got -0\.1"),
        (lambda: SGD([Tensor([1.0])], lr=float("nan")), ValueError, "lr must be a finite number"),
        (lambda: SGD([Tensor([1.0])], lr=untyped("fast")), TypeError, "lr must be a number, got str 'fast'"),
        (lambda: SGD([Tensor([1.0])], momentum=-1), ValueError, "momentum"),
        (lambda: SGD([Tensor([1.0])], nesterov=True), ValueError, "nesterov needs a momentum above 0"),
        (lambda: SGD([Tensor([1.0])], 0.1, 0.9, nesterov=True, dampening=0.5), ValueError, "dampening=0.5"),
        (lambda: Adam([Tensor([1.0])], betas=(1.0, 0.9)), ValueError, r"betas\[0\] must lie in \[0, 1\), got 1\.0"),
        (lambda: Adam([Tensor([1.0])], betas=(0.9, -0.1)), ValueError, r"betas\[1\]"),
        (lambda: Adam([Tensor([1.0])], betas=untyped(0.9)), ValueError, "betas must be two numbers"),
        (lambda: Adam([Tensor([1.0])], eps=-1e-8), ValueError, "eps"),
        (lambda: AdamW([Tensor([1.0])], weight_decay=-0.1), ValueError, "AdamW: weight_decay"),
        (lambda: RMSprop([Tensor([1.0])], alpha=1.0), ValueError, "alpha"),
        (lambda: SGD([{"params": [Tensor([1.0])], "learning_rate": 1}]), ValueError, "unknown setting.*learning_rate"),
        (lambda: SGD([{"weights": [Tensor([1.0])]}]), TypeError, '"params"'),
        (lambda: SGD([{"params": [Tensor([1.0])], "lr": -1.0}]), ValueError, "lr"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_a_parameter_given_twice_is_refused() -> None:
    a, b = Tensor([1.0, 2.0]), Tensor([3.0])
    with pytest.raises(ValueError, match=r"parameter 2 of group 0, of shape \(2,\), is parameter 0 of group 0"):
        SGD([a, b, a])
    with pytest.raises(ValueError, match=r"parameter 0 of group 1.* is parameter 1 of group 0"):
        SGD([{"params": [a, b]}, {"params": [b]}])


@pytest.mark.parametrize("grad", [Tensor(np.ones((3, 1))), Tensor(np.ones(3, np.float32)), Tensor(np.ones(()))])
def test_a_gradient_of_another_shape_or_dtype_is_refused_before_anything_changes(grad: Tensor) -> None:
    a, b = Tensor(np.ones(3)), Tensor(np.ones(3))
    optimizer = Adam([a, b])
    a.grad, b.grad = Tensor(np.ones(3)), grad
    with pytest.raises(ValueError, match=r"parameter 1 of group 0 is float64 of shape \(3,\), its gradient float"):
        optimizer.step()
    np.testing.assert_array_equal(a.data, np.ones(3))
    assert a.grad is not None


def test_steps_go_through_the_door_where_they_are_heard_and_can_be_exchanged() -> None:
    class Ear:
        def __init__(self) -> None:
            self.heard: list[tuple[str, str, int]] = []

        def before(self, step: Step) -> None:
            flops: Any = step.operation.flops
            self.heard.append((step.operation.name, step.phase, flops(step, ())))

        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            pass

    params = matrices(1, 2)
    optimizer = Adam(params)
    give(params, 1, 2)
    ear = Ear()
    with listen(ear):
        optimizer.step()
    assert ear.heard == [("adam", "update", 11 * 24)]

    def nothing(step: Step, targets: list[Array], *grads: Array, **settings: Any) -> None:
        pass

    before = params[0].data.copy()
    give(params, 1, 2)
    with use_kernel(adam_update, nothing):
        optimizer.step()
    np.testing.assert_array_equal(params[0].data, before)
    assert adam_update.name == "adam"
    assert sgd_update.name == "sgd"


def test_an_optimizer_of_ones_own_has_groups_state_and_resume_for_nothing() -> None:
    @update("lion")
    def lion_update(step: Step, targets: list[Array], *grads: Array, lr: float, beta: float) -> None:
        *params, state, count = targets
        count += 1
        for p, g, m in blocks(params, grads, *state):
            p -= lr * np.sign(beta * m + (1 - beta) * g)
            m[...] = beta * m + (1 - beta) * g

    class Lion(Optimizer):
        update = lion_update

        def state_names(self, group: Any) -> tuple[str, ...]:
            return ("mean",)

    p = Tensor(np.zeros(3))
    optimizer = Lion([p], lr=0.5, beta=0.9)
    for g in ([1.0, -1.0, 0.0], [-0.05, 0.5, 1.0]):
        p.grad = Tensor(np.array(g))
        optimizer.step()
    np.testing.assert_array_equal(p.data, [-1.0, 1.0, -0.5])
    np.testing.assert_allclose(optimizer.state_dict()["state"][0]["mean"], [0.085, -0.04, 0.1])


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_a_copy_of_model_and_optimizer_trains_on_like_the_original(duplicate: Callable[[Any], Any]) -> None:
    params = matrices(1, 2)
    optimizer = Adam(params, lr=0.1)
    give(params, 1, 2)
    optimizer.step()
    others, other = duplicate((params, optimizer))
    for p, o in ((params, optimizer), (others, other)):
        give(p, 3, 4)
        o.step()
    for p, q in zip(params, others, strict=True):
        assert p is not q
        np.testing.assert_array_equal(p.data, q.data)


def test_repr_names_the_settings_of_each_group() -> None:
    assert repr(SGD([Tensor([1.0])], lr=0.5)) == (
        "SGD(1 parameters, lr=0.5, momentum=0.0, weight_decay=0.0, nesterov=False, dampening=0.0)"
    )
