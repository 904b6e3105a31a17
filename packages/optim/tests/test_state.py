"""State: what it weighs, saving and resuming bit by bit, and the state of something else."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinytorch.optim import SGD, Adam, AdamW, Muon, Optimizer, RMSprop, state_bytes
from tinytorch.tensor import Array, Tensor

SHAPES = [(4, 3), (3, 4), (4, 3), (190, 200)]
MAKERS: dict[str, Callable[[Any], Optimizer]] = {
    "sgd": lambda params: SGD(params, lr=0.1),
    "momentum": lambda params: SGD(params, lr=0.1, momentum=0.9, dampening=0.5),
    "adam": lambda params: Adam(params, lr=0.1, weight_decay=0.01),
    "adamw": lambda params: AdamW(params, lr=0.1),
    "rmsprop": lambda params: RMSprop(params, lr=0.1, momentum=0.5),
    "muon": lambda params: Muon(params, lr=0.1),
}
each_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def draw(seed: int, shape: tuple[int, ...]) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def fresh() -> list[Tensor]:
    return [Tensor(draw(i, shape)) for i, shape in enumerate(SHAPES)]


def train(params: list[Tensor], optimizer: Optimizer, steps: range) -> None:
    """Steps whose gradients depend on the parameters; parameter 1 misses every third."""
    for t in steps:
        for i, p in enumerate(params):
            if i != 1 or t % 3:
                p.grad = Tensor(p.data * np.float32(0.1) + draw(100 * t + i, p.shape))
        optimizer.step()


def groups_of(params: list[Tensor]) -> list[dict[str, Any]]:
    return [{"params": params[:2]}, {"params": params[2:], "lr": 0.03}]


def as_json_and_arrays(state: dict[str, Any]) -> dict[str, Any]:
    """Through JSON and back, arrays aside, as a checkpoint does it."""
    arrays = {
        f"{i}.{k}": v for i, entry in state["state"].items() for k, v in entry.items() if isinstance(v, np.ndarray)
    }
    rest = {i: {k: v for k, v in entry.items() if not isinstance(v, np.ndarray)} for i, entry in state["state"].items()}
    text = json.dumps({"state": rest, "param_groups": state["param_groups"]})
    loaded: dict[str, Any] = json.loads(text)
    for name, array in arrays.items():
        i, k = name.split(".")
        loaded["state"][i][k] = array
    return loaded


@each_optimizer
@pytest.mark.parametrize("written", [lambda state: state, as_json_and_arrays], ids=["dict", "json"])
def test_ten_steps_are_five_and_a_resume_and_five_bit_by_bit(
    make: Callable[[Any], Optimizer], written: Callable[[Any], Any]
) -> None:
    straight = fresh()
    optimizer = make(groups_of(straight))
    train(straight, optimizer, range(10))

    first = fresh()
    half = make(groups_of(first))
    train(first, half, range(5))
    half.param_groups[0]["lr"] = 0.1
    saved = written(half.state_dict())
    second = [Tensor(p.data) for p in first]
    resumed = make(groups_of(second))
    resumed.param_groups[0]["lr"] = 123.0  # what was saved counts
    resumed.load_state_dict(saved)
    train(first, half, range(5, 10))  # what goes on elsewhere does not reach what was saved
    train(second, resumed, range(5, 10))
    for p, q in zip(straight, second, strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_state_dict_is_a_copy() -> None:
    params = fresh()
    optimizer = Adam(params)
    train(params, optimizer, range(1, 3))  # all parameters in all steps, so that their state stays where it is
    state = optimizer.state_dict()
    before = state["state"][0]["gradient_sum"].copy()
    train(params, optimizer, range(4, 6))
    np.testing.assert_array_equal(state["state"][0]["gradient_sum"], before)
    assert state["state"][0]["step"] == 2


def test_state_dict_numbers_parameters_over_all_groups_in_the_order_given() -> None:
    params = fresh()
    optimizer = SGD(groups_of(params), lr=0.1, momentum=0.5)
    for i, p in enumerate(params):
        p.grad = Tensor(np.full(p.shape, i, np.float32))
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0, 1], [2, 3]]
    assert list(state["state"]) == [0, 1, 2, 3]
    for i, shape in enumerate(SHAPES):
        assert state["state"][i]["step"] == 1
        np.testing.assert_array_equal(state["state"][i]["momentum_buffer"], np.full(shape, i, np.float32))


def test_parameters_that_never_had_a_gradient_have_no_state() -> None:
    params = fresh()
    optimizer = Adam(params)
    params[2].grad = Tensor(np.ones((4, 3), np.float32))
    optimizer.step()
    assert list(optimizer.state_dict()["state"]) == [2]
    assert state_bytes(optimizer) == 2 * params[2].nbytes
    other = Adam(fresh())
    other.load_state_dict(optimizer.state_dict())
    assert list(other.state_dict()["state"]) == [2]


def trained(make: Callable[[list[Tensor]], Optimizer], *shapes: tuple[int, ...], dtype: Any = np.float32) -> Optimizer:
    params = [Tensor(np.ones(shape, dtype)) for shape in shapes]
    optimizer = make(params)
    for p in params:
        p.grad = Tensor(np.ones(p.shape, dtype))
    optimizer.step()
    return optimizer


def changed(state: dict[str, Any], path: list[Any], value: Any) -> dict[str, Any]:
    inner = state
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return state


@pytest.mark.parametrize(
    ("make_state", "text"),
    [
        (
            lambda: trained(Adam, (2, 3)).state_dict(),
            r"group 0 has 1 parameters in the state and 2 here; it is .* another model",
        ),
        (
            lambda: trained(Adam, (2, 3), (4,)).state_dict(),
            r"parameter 1 of group 0 is float32 of shape \(3,\).*float32 of shape \(4,\)",
        ),
        (lambda: trained(Adam, (3, 2), (3,)).state_dict(), r"parameter 0 of group 0 .*\(2, 3\).*\(3, 2\)"),
        (lambda: trained(Adam, (2, 3), (3,), dtype=np.float64).state_dict(), "is float32 .* in the state float64"),
        (lambda: trained(SGD, (2, 3), (3,)).state_dict(), "of another optimizer"),
        (
            lambda: trained(lambda p: Adam([{"params": p[:1]}, {"params": p[1:]}]), (2, 3), (3,)).state_dict(),
            "has 2 parameter groups",
        ),
        (dict, '"state" and "param_groups"'),
        (lambda: changed(trained(Adam, (2, 3), (3,)).state_dict(), ["param_groups", 0, "lr"], -1.0), "lr must be"),
        (lambda: changed(trained(Adam, (2, 3), (3,)).state_dict(), ["state", 0, "step"], 0), "step must be at least 1"),
        (lambda: changed(trained(Adam, (2, 3), (3,)).state_dict(), ["state", 0], {"step": 1}), "another optimizer's"),
        (lambda: changed(trained(Adam, (2, 3), (3,)).state_dict(), ["state", 7], {"step": 1}), r"in no group: \[7\]"),
    ],
)
def test_the_state_of_something_else_is_refused_and_nothing_changes(
    make_state: Callable[[], dict[str, Any]], text: str
) -> None:
    state = make_state()
    optimizer = trained(Adam, (2, 3), (3,))
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=text):
        optimizer.load_state_dict(state)
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    for i in (0, 1):
        np.testing.assert_array_equal(after["state"][i]["square_sum"], before["state"][i]["square_sum"])


@pytest.mark.parametrize(
    ("make", "times"),
    [
        (lambda p: SGD(p, lr=0.1), 0),
        (lambda p: SGD(p, lr=0.1, momentum=0.9), 1),
        (Adam, 2),
        (AdamW, 2),
        (RMSprop, 1),
        (lambda p: RMSprop(p, momentum=0.9), 2),
    ],
)
def test_state_bytes_are_a_whole_multiple_of_the_parameters(
    make: Callable[[list[Tensor]], Optimizer], times: int
) -> None:
    params = [Tensor(np.ones(shape, np.float32)) for shape in [(784, 128), (128,), (128, 64), (64,), (64, 10), (10,)]]
    total = sum(p.nbytes for p in params)
    assert total == 4 * 109_386
    optimizer = make(params)
    assert state_bytes(optimizer) == 0
    for _ in range(2):
        for p in params:
            p.grad = Tensor(np.ones(p.shape, np.float32))
        optimizer.step()
        assert state_bytes(optimizer) == times * total


def test_adams_whole_is_three_times_the_parameters_and_its_scratch_does_not_grow_with_them() -> None:
    """Measured by tracemalloc, which NumPy reports its arrays to."""
    params = [Tensor(np.ones((1000, 1000), np.float32)), Tensor(np.ones(1000, np.float32))]
    total = sum(p.nbytes for p in params)
    optimizer = Adam(params)

    def give() -> None:
        for p in params:
            p.grad = Tensor(np.ones(p.shape, np.float32))

    tracemalloc.start()
    try:
        give()
        with_gradients, _ = tracemalloc.get_traced_memory()
        assert total <= with_gradients <= 1.01 * total
        optimizer.step()
        state, _ = tracemalloc.get_traced_memory()  # parameters were there before: state alone, gradients are gone
        assert 2 * total <= state <= 2.01 * total
        give()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        optimizer.step()
        _, peak = tracemalloc.get_traced_memory()
        assert peak - before <= 700_000  # 17 % of these parameters, and no more for larger ones
        for _ in range(30):
            give()
            optimizer.step()
        after, _ = tracemalloc.get_traced_memory()
        assert after <= state + 5_000
    finally:
        tracemalloc.stop()
