"""Module: what it finds, what it refuses to lose, what reaches every part of it."""

import copy
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest

from tinytorch.layers import Dropout, Linear, Module, Parameter, Sequential
from tinytorch.tensor import Tensor, float64, ones, zeros


class Tower(Module):
    def __init__(self) -> None:
        self.first = Linear(2, 3)
        self.scale = Parameter(ones(3))
        self.rest = [Linear(3, 3), {"a": Linear(3, 1), "b": (Parameter(zeros(1)), "text", 7)}]
        self.title = "a tower"

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) * self.scale


TOWER = ["first.weight", "first.bias", "scale", "rest.0.weight", "rest.0.bias", "rest.1.a.weight", "rest.1.a.bias"]


def names(module: Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


def test_parameters_are_found_in_attributes_children_lists_tuples_and_dicts() -> None:
    tower = Tower()
    assert sorted(names(tower)) == sorted([*TOWER, "rest.1.b.0"])
    assert len(list(tower.parameters())) == 8
    assert all(isinstance(parameter, Parameter) for parameter in tower.parameters())
    assert dict(tower.named_parameters())["rest.1.a.weight"] is tower.rest[1]["a"].weight  # type: ignore[index]


def test_own_parameters_come_before_those_of_children() -> None:
    assert names(Tower())[0] == "scale"


def test_modules_and_children_are_found_with_their_names() -> None:
    tower = Tower()
    assert [name for name, _ in tower.named_children()] == ["first", "rest.0", "rest.1.a"]
    assert [name for name, _ in tower.named_modules()] == ["", "first", "rest.0", "rest.1.a"]
    assert [type(module).__name__ for module in tower.modules()] == ["Tower", "Linear", "Linear", "Linear"]
    assert len(list(tower.children())) == 3
    nested = Sequential(Tower())
    assert [name for name, _ in nested.named_modules("net")] == [
        "net",
        "net.0",
        "net.0.first",
        "net.0.rest.0",
        "net.0.rest.1.a",
    ]


def test_recurse_false_leaves_children_out() -> None:
    assert [name for name, _ in Tower().named_parameters(recurse=False)] == ["scale", "rest.1.b.0"]


def test_a_parameter_assigned_later_is_found_and_a_replaced_or_deleted_one_is_not() -> None:
    tower = Tower()
    assert "late" not in names(tower)
    tower.late = Parameter(zeros(2))
    tower.later = Linear(1, 1)
    assert {"late", "later.weight", "later.bias"} < set(names(tower))
    replacement = Parameter(zeros(3))
    tower.scale = replacement
    assert dict(tower.named_parameters())["scale"] is replacement
    tower.first = Linear(2, 3, bias=False)
    assert "first.bias" not in names(tower)
    del tower.scale
    assert "scale" not in names(tower)
    tower.rest.append(Linear(1, 1))
    assert "rest.2.weight" in names(tower)


def test_a_parameter_set_to_none_is_gone() -> None:
    layer = Linear(2, 2)
    layer.bias = None
    assert names(layer) == ["weight"]
    assert layer(ones(1, 2)).shape == (1, 2)


def test_a_subclass_needs_no_call_of_super() -> None:
    class Plain(Module):
        def __init__(self) -> None:
            self.weight = Parameter(ones(2))

    assert names(Plain()) == ["weight"]


def test_two_models_of_one_class_share_nothing() -> None:
    one, two = Tower(), Tower()
    assert not {id(p) for p in one.parameters()} & {id(p) for p in two.parameters()}
    one.eval()
    one.register_buffer("mean", zeros(2))
    one.register_forward_hook(lambda module, inputs, output: output * 0)
    assert two.training
    two.mean = zeros(2)
    assert not list(two.buffers())
    assert np.any(two(ones(1, 2)).data != 0)
    assert not np.any(one(ones(1, 2)).data != 0)


def test_a_shared_parameter_comes_once_and_is_one_thing() -> None:
    class Tied(Module):
        def __init__(self) -> None:
            self.encode = Linear(3, 3, bias=False)
            self.decode = Linear(3, 3, bias=False)
            self.decode.weight = self.encode.weight
            self.again = self.encode

        def forward(self, x: Tensor) -> Tensor:
            return self.decode(self.encode(x))

    tied = Tied()
    assert names(tied) == ["encode.weight"]
    assert sum(parameter.size for parameter in tied.parameters()) == 9
    assert len(list(tied.modules())) == 3
    assert len(list(tied.children())) == 2
    assert [name for name, _ in tied.named_parameters(shared=True)] == [
        "encode.weight",
        "decode.weight",
        "again.weight",
    ]
    tied.encode.weight.copy_(2 * np.eye(3))
    assert tied(ones(1, 3)).tolist() == [[4.0] * 3]
    tied(ones(1, 3)).sum().backward()
    assert tied.encode.weight.grad is not None
    np.testing.assert_array_equal(tied.encode.weight.grad.data, np.full((3, 3), 4.0))  # 2 through each of its uses


def test_a_module_may_know_its_parent_and_a_list_itself() -> None:
    class Child(Module):
        parent: Module

    tower, child = Tower(), Child()
    child.parent = tower
    tower.child = child
    tower.rest.append(tower.rest)
    assert len(names(tower)) == 8
    assert "child.parent.scale" not in [name for name, _ in tower.named_parameters(shared=True)]
    assert "..." in repr(tower)
    assert tower.eval().training is False


def test_a_named_tuple_of_modules_is_looked_through() -> None:
    class Pair(NamedTuple):
        left: Module
        right: Module

    class Both(Module):
        def __init__(self) -> None:
            self.pair = Pair(Linear(1, 1, bias=False), Linear(1, 1, bias=False))

    assert names(Both()) == ["pair.0.weight", "pair.1.weight"]


def test_a_set_of_modules_is_refused_with_the_way_out() -> None:
    module = Module()
    module.layers = {Linear(1, 1)}
    with pytest.raises(TypeError, match=r"layers: a set of modules.*use a list or a dict"):
        list(module.parameters())
    module.layers = {1, 2}
    assert list(module.parameters()) == []


def test_a_plain_tensor_is_no_parameter_and_cannot_silently_take_the_place_of_one() -> None:
    layer = Linear(2, 2)
    layer.note = ones(2)
    assert names(layer) == ["weight", "bias"]
    with pytest.raises(TypeError, match=r"Linear\.weight is a Parameter.*copy_.*Parameter\(tensor\)"):
        layer.weight = layer.weight - 0.1  # type: ignore[assignment]
    assert names(layer) == ["weight", "bias"]


def test_train_and_eval_reach_every_depth_and_return_the_module() -> None:
    deep = Dropout()
    model = Sequential(Sequential([deep]), Tower())
    model[1].rest[1]["drop"] = Dropout()
    assert model.training
    assert deep.training
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert not model[1].rest[1]["drop"].training
    assert model.train() is model
    assert all(module.training for module in model.modules())
    assert model.train(False).training is False


def test_requires_grad_freezes_all_and_zero_grad_forgets_all() -> None:
    tower = Tower()
    tower(ones(1, 2)).sum().backward()
    assert tower.scale.grad is not None
    tower.zero_grad()
    assert [parameter.grad for parameter in tower.parameters()] == [None] * 8
    assert tower.requires_grad_(False) is tower
    assert not any(parameter.requires_grad for parameter in tower.parameters())
    assert not tower(ones(1, 2)).requires_grad
    tower.requires_grad_()
    assert all(parameter.requires_grad for parameter in tower.parameters())


def test_apply_visits_children_before_their_parent() -> None:
    visited: list[str] = []
    tower = Tower()
    assert tower.apply(lambda module: visited.append(type(module).__name__)) is tower
    assert visited == ["Linear", "Linear", "Linear", "Tower"]


def test_buffers_are_found_saved_moved_with_copies_and_not_learned() -> None:
    tower = Tower()
    tower.register_buffer("mean", zeros(3))
    tower.first.register_buffer("mask", ones(2), persistent=False)
    tower.register_buffer("empty", None)
    assert [name for name, _ in tower.named_buffers()] == ["mean", "first.mask"]
    assert len(names(tower)) == 8
    assert {"mean"} == set(tower.state_dict()) - set(names(tower))
    tower.mean = ones(3)
    assert tower.state_dict()["mean"].tolist() == [1.0] * 3
    tower.empty = ones(1)
    assert "empty" in tower.state_dict()
    del tower.mean  # type: ignore[attr-defined]
    assert "mean" not in tower.state_dict()


def test_a_buffer_that_would_get_lost_is_refused() -> None:
    tower = Tower()
    tower.register_buffer("mean", zeros(3))
    with pytest.raises(TypeError, match=r"Tower\.mean is a buffer: a Tensor or None, not ndarray"):
        tower.mean = np.zeros(3)
    for name in ("scale", "forward", "a.b"):
        with pytest.raises(ValueError, match=f"register_buffer: the name '{name}'"):
            tower.register_buffer(name, zeros(3))


def test_a_module_without_forward_says_so_and_keywords_reach_forward() -> None:
    with pytest.raises(NotImplementedError, match="Module: this module has no forward"):
        Module()(ones(1))

    class Scaled(Module):
        def forward(self, x: Tensor, *, by: float = 1.0) -> Tensor:
            return x * by

    assert Scaled()(ones(1), by=3.0).tolist() == [3.0]


def test_a_parameter_is_a_tensor_of_its_own_memory_that_asks_for_gradients() -> None:
    source = np.ones(2, np.float32)
    parameter = Parameter(source)
    source[0] = 9
    assert parameter.tolist() == [1.0, 1.0]
    assert isinstance(parameter, Tensor)
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert type(parameter * 2) is Tensor
    assert not Parameter(source, requires_grad=False).requires_grad
    with pytest.raises(TypeError, match="int64"):
        Parameter([1, 2])


def test_repr_shows_the_tree() -> None:
    model = Sequential(Linear(2, 3), Sequential(Dropout(0.1), Linear(3, 1, bias=False)))
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Linear(2, 3)\n"
        "  (1): Sequential(\n"
        "    (0): Dropout(0.1)\n"
        "    (1): Linear(3, 1, bias=False)\n"
        "  )\n"
        ")"
    )
    assert repr(Tower()).splitlines()[2] == "  (rest.0): Linear(3, 3)"
    assert repr(Module()) == "Module()"


def test_a_copy_and_a_pickle_keep_values_sharing_and_mode_and_stand_alone() -> None:
    model = Sequential(Linear(2, 2), Linear(2, 2)).eval()
    model[1].weight = model[0].weight
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin[1].weight is twin[0].weight
        assert twin[0].weight is not model[0].weight
        assert not twin.training
        assert isinstance(twin[0].weight, Parameter)
        np.testing.assert_array_equal(twin(ones(1, 2)).data, model(ones(1, 2)).data)
        twin[0].weight.copy_(np.zeros((2, 2)))
        assert np.any(model[0].weight.data != 0)


def test_astype_gives_a_copy_in_another_type_and_leaves_the_module() -> None:
    model = Sequential(Linear(2, 2), Tower())
    model[0].weight.requires_grad_(False)
    model[1].tied = model[0].weight
    model.register_buffer("count", Tensor([3]))
    model.register_buffer("mean", ones(1))
    twin = model.astype(float64)
    assert {parameter.dtype for parameter in twin.parameters()} == {float64}
    assert {parameter.dtype.name for parameter in model.parameters()} == {"float32"}
    assert {name: buffer.dtype.name for name, buffer in twin.named_buffers()} == {"count": "int64", "mean": "float64"}
    assert twin[1].tied is twin[0].weight
    assert not twin[0].weight.requires_grad
    assert twin[1].scale.requires_grad
    assert names(twin) == names(model)
    x = np.random.default_rng(0).normal(size=(3, 2))
    np.testing.assert_allclose(twin(Tensor(x)).data, model(Tensor(x).float()).data, atol=1e-5)
    assert twin(Tensor(x)).dtype == float64


class Recorder:
    def __init__(self) -> None:
        self.calls: list[Any] = []


def test_hooks_see_inputs_and_output_in_order_and_go_when_removed() -> None:
    layer, calls = Linear(2, 3), Recorder().calls
    x = ones(1, 2)
    before = layer.register_forward_pre_hook(lambda module, inputs: calls.append(("before", module, inputs)))
    after = layer.register_forward_hook(lambda module, inputs, output: calls.append(("after", inputs, output)))
    second = layer.register_forward_hook(lambda module, inputs, output: calls.append(("second", output)))
    y = layer(x)
    assert [call[0] for call in calls] == ["before", "after", "second"]
    assert calls[0][1] is layer
    assert calls[0][2] == (x,)
    assert calls[1][1] == (x,)
    assert calls[1][2] is y
    before.remove()
    after.remove()
    after.remove()
    calls.clear()
    layer(x)
    assert [call[0] for call in calls] == ["second"]
    second.remove()
    layer(x)
    assert len(calls) == 1


def test_hooks_may_replace_input_and_output_for_the_block_they_stand_in() -> None:
    layer = Linear(2, 2, bias=False)
    layer.weight.copy_(np.eye(2))
    x = Tensor([[1.0, 2.0]])
    with (
        layer.register_forward_pre_hook(lambda module, inputs: inputs[0] * 10),
        layer.register_forward_hook(lambda module, inputs, output: output + 1),
        layer.register_forward_hook(lambda module, inputs, output: output * 2),
    ):
        assert layer(x).tolist() == [[22.0, 42.0]]
    assert layer(x).tolist() == [[1.0, 2.0]]
    with layer.register_forward_pre_hook(lambda module, inputs: (inputs[0] * 3,)):
        assert layer(x).tolist() == [[3.0, 6.0]]


def test_one_function_registered_twice_goes_one_registration_at_a_time() -> None:
    layer, count = Linear(1, 1), Recorder().calls

    def hook(module: Module, inputs: tuple[Any, ...], *output: Any) -> None:
        count.append(len(output))

    layer.register_forward_pre_hook(hook)
    after = layer.register_forward_hook(hook)
    after.remove()
    layer(ones(1, 1))
    assert count == [0]


def test_a_hook_that_removes_itself_disturbs_no_other() -> None:
    layer, calls = Linear(1, 1), Recorder().calls

    def once(module: Module, inputs: tuple[Any, ...], output: Any) -> None:
        calls.append("once")
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer.register_forward_hook(lambda module, inputs, output: calls.append("always"))
    layer(ones(1, 1))
    layer(ones(1, 1))
    assert calls == ["once", "always", "always"]
