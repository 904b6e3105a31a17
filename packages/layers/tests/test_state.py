"""State: saved as a snapshot, loaded whole or not at all, in place; and PyTorch's order of axes."""

import numpy as np
import pytest

from tinytorch.layers import (
    Linear,
    Module,
    Parameter,
    Sequential,
    from_pytorch_state,
    to_pytorch_state,
)
from tinytorch.tensor import Tensor, ones, zeros


def model() -> Sequential:
    return Sequential(Linear(4, 5), Sequential(Linear(5, 3)), Linear(3, 2, bias=False))


def test_a_state_has_every_entry_by_name_and_is_a_snapshot() -> None:
    net = model()
    state = net.state_dict()
    assert {name: value.shape for name, value in state.items()} == {
        "0.weight": (4, 5),
        "0.bias": (5,),
        "1.0.weight": (5, 3),
        "1.0.bias": (3,),
        "2.weight": (3, 2),
    }
    before = state["2.weight"].data.copy()
    net[2].weight.copy_(zeros(3, 2))
    np.testing.assert_array_equal(state["2.weight"].data, before)
    state["0.bias"].copy_(ones(5) * 7)
    assert not np.any(net[0].bias.data == 7)
    assert not any(value.requires_grad for value in state.values())


def test_loading_makes_two_models_one_function_in_place() -> None:
    source, target = model(), model()
    parameters = list(target.parameters())
    memory = [parameter.data for parameter in parameters]
    x = Tensor(np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32))
    assert not np.array_equal(source(x).data, target(x).data)
    target.load_state_dict(source.state_dict())
    np.testing.assert_array_equal(source(x).data, target(x).data)
    assert all(a is b for a, b in zip(parameters, target.parameters(), strict=True))
    for view, loaded in zip(memory, source.parameters(), strict=True):
        np.testing.assert_array_equal(view, loaded.data)
    source[0].weight.copy_(zeros(4, 5))
    assert np.any(target[0].weight.data != 0)


def test_arrays_are_loaded_as_well_and_converted() -> None:
    layer = Linear(2, 2)
    layer.load_state_dict({"weight": np.eye(2), "bias": np.array([1.0, 2.0])})
    assert layer.weight.dtype == np.float32
    assert layer(ones(1, 2)).tolist() == [[2.0, 3.0]]
    assert layer.weight.requires_grad


def test_all_that_does_not_fit_is_named_at_once_and_nothing_is_changed() -> None:
    net = model()
    before = {name: value.data for name, value in net.state_dict().items()}
    state: dict[str, Tensor] = {name: value * 0 for name, value in net.state_dict().items()}
    del state["0.bias"], state["1.0.bias"]
    state["3.weight"] = state["old"] = zeros(1)
    state["2.weight"] = zeros(7, 2)
    state["0.weight"] = zeros(4, 5, 1)
    with pytest.raises(ValueError, match="does not fit Sequential") as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert "missing: 0.bias, 1.0.bias;" in text
    assert "unexpected: 3.weight, old;" in text
    assert "0.weight is (4, 5) here and (4, 5, 1) there" in text
    assert "2.weight is (3, 2) here and (7, 2) there" in text
    assert "Nothing was loaded." in text
    assert "from_pytorch_state" not in text
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.data, before[name])


def test_a_shape_that_would_broadcast_is_refused() -> None:
    with pytest.raises(ValueError, match=r"bias is \(3,\) here and \(1,\) there"):
        Linear(2, 3).load_state_dict({"weight": zeros(2, 3), "bias": zeros(1)})


def test_a_number_of_another_kind_is_refused() -> None:
    layer = Linear(1, 1)
    layer.register_buffer("count", Tensor([0]))
    state = layer.state_dict()
    state["count"] = Tensor([0.5])
    with pytest.raises(ValueError, match="of another kind: count is int64 here and float32 there"):
        layer.load_state_dict(state)


def test_a_transposed_weight_gets_a_hint_at_pytorch() -> None:
    with pytest.raises(ValueError, match="from_pytorch_state"):
        Linear(2, 3).load_state_dict({"weight": zeros(3, 2), "bias": zeros(3)})


def test_a_shared_parameter_is_saved_under_both_names_and_must_agree_when_loaded() -> None:
    net = Sequential(Linear(2, 2, bias=False), Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    state = net.state_dict()
    assert list(state) == ["0.weight", "1.weight"]
    net.load_state_dict({name: value * 2 for name, value in state.items()})
    np.testing.assert_array_equal(net[1].weight.data, 2 * state["0.weight"].data)
    assert net[1].weight is net[0].weight
    with pytest.raises(ValueError, match=r"shared here and different there: 0\.weight and 1\.weight"):
        net.load_state_dict({**state, "1.weight": state["1.weight"] + 1})
    np.testing.assert_array_equal(net[0].weight.data, 2 * state["0.weight"].data)


def test_two_entries_of_one_name_are_refused() -> None:
    module = Module()
    module.layers = {1: Parameter(zeros(1)), "1": Parameter(zeros(1))}
    with pytest.raises(ValueError, match=r"two tensors of Module have the name layers\.1"):
        module.state_dict()


def test_weights_are_transposed_to_pytorch_and_back() -> None:
    net = model()
    theirs = to_pytorch_state(net)
    assert {name: array.shape for name, array in theirs.items()} == {
        "0.weight": (5, 4),
        "0.bias": (5,),
        "1.0.weight": (3, 5),
        "1.0.bias": (3,),
        "2.weight": (2, 3),
    }
    np.testing.assert_array_equal(theirs["1.0.weight"], net[1][0].weight.data.T)
    np.testing.assert_array_equal(theirs["0.bias"], net[0].bias.data)
    assert all(type(array) is np.ndarray and array.flags.writeable for array in theirs.values())
    back = model()
    back.load_state_dict(from_pytorch_state(back, theirs))
    for ours, loaded in zip(net.parameters(), back.parameters(), strict=True):
        np.testing.assert_array_equal(ours.data, loaded.data)


def test_a_square_weight_is_transposed_too() -> None:
    layer = Linear(2, 2)
    weight = np.array([[1.0, 2.0], [3.0, 4.0]])
    layer.load_state_dict(from_pytorch_state(layer, {"weight": weight, "bias": np.zeros(2)}))
    np.testing.assert_array_equal(layer(Tensor([[1.0, 0.0]])).data, [[1.0, 3.0]])  # PyTorch: x @ weight.T


def test_a_class_of_ones_own_says_which_axes_differ() -> None:
    class Cube(Module):
        pytorch_layout = {"weight": (2, 0, 1)}  # noqa: RUF012

        def __init__(self) -> None:
            self.weight = Parameter(np.arange(24.0).reshape(2, 3, 4))

    cube = Cube()
    theirs = to_pytorch_state(cube)
    assert theirs["weight"].shape == (4, 2, 3)
    np.testing.assert_array_equal(from_pytorch_state(cube, theirs)["weight"], cube.weight.data)


def test_what_pytorch_has_too_much_is_passed_on_to_be_named() -> None:
    layer = Linear(2, 3)
    theirs = {**to_pytorch_state(layer), "extra": np.zeros(1)}
    with pytest.raises(ValueError, match="unexpected: extra"):
        layer.load_state_dict(from_pytorch_state(layer, theirs))
