"""Sequential, ModuleList, ModuleDict, Flatten."""

import numpy as np
import pytest

from tinytorch.activations import ReLU, relu
from tinytorch.layers import Dropout, Flatten, Layer, Linear, Module, ModuleDict, ModuleList, Parameter, Sequential
from tinytorch.tensor import Tensor, ones, tanh, zeros


def test_a_chain_is_the_composition_of_its_layers_in_order() -> None:
    first, second = Linear(3, 5), Linear(5, 2)
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32))
    hidden = np.maximum(x.data @ first.weight.data + first.bias.data, 0)  # type: ignore[union-attr]
    expected = hidden @ second.weight.data + second.bias.data  # type: ignore[union-attr]
    for model in (
        Sequential(first, ReLU(), second),
        Sequential([first, relu, second]),
        Sequential((first, lambda h: relu(h), second)),
        Sequential(layer for layer in (first, relu, second)),
    ):
        np.testing.assert_allclose(model(x).data, expected, rtol=1e-5, atol=1e-6)
        assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_an_empty_chain_changes_nothing() -> None:
    x = ones(2)
    assert Sequential()(x) is x
    assert Sequential([])(x) is x


def test_a_chain_is_indexed_sliced_counted_and_walked_like_a_list() -> None:
    layers: list[Layer] = [Linear(1, 2), tanh, Linear(2, 3)]
    model = Sequential(layers)
    assert len(model) == 3
    assert model[0] is layers[0]
    assert model[-1] is layers[2]
    assert list(model) == layers
    part = model[1:]
    assert type(part) is Sequential
    assert list(part) == layers[1:]
    assert [name for name, _ in part.named_parameters()] == ["1.weight", "1.bias"]
    assert part[1].weight is model[2].weight
    part[0] = tanh
    assert len(model) == 3
    model.register_forward_hook(lambda module, inputs, output: output * 0)
    assert np.any(model[:1](ones(1, 1)).data != 0)
    with pytest.raises(IndexError, match="Sequential: no position 3 among 3 layers"):
        model[3]
    with pytest.raises(IndexError, match="no position -4"):
        model[-4] = tanh


def test_a_chain_does_not_share_the_list_it_was_given() -> None:
    layers: list[Layer] = [Linear(1, 1)]
    one, two = Sequential(layers), Sequential(layers)
    one.append(Linear(1, 1))
    layers.append(Linear(1, 1))
    assert (len(one), len(two)) == (2, 1)
    assert len(Sequential()) == 0


def test_layers_are_replaced_inserted_and_deleted() -> None:
    model = Sequential(Linear(2, 2), Linear(2, 2))
    model[0] = Linear(2, 2, bias=False)
    model.insert(1, Dropout())
    model.extend([Linear(2, 1), tanh])
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "2.weight", "2.bias", "3.weight", "3.bias"]
    del model[0]
    del model[-1]
    assert [type(layer).__name__ for layer in model] == ["Dropout", "Linear", "Linear"]


def test_a_layer_that_stands_twice_has_one_weight() -> None:
    layer = Linear(2, 2, bias=False)
    model = Sequential(layer, layer)
    assert len(list(model.parameters())) == 1
    layer.weight.copy_(3 * np.eye(2))
    assert model(ones(1, 2)).tolist() == [[9.0, 9.0]]


def test_repr_shows_functions_and_objects_among_the_modules() -> None:
    lines = repr(Sequential(Linear(1, 2), ReLU(), tanh)).splitlines()
    assert lines[0] == "Sequential("
    assert lines[1] == "  (0): Linear(1, 2)"
    assert "ReLU" in lines[2]
    assert lines[3] == "  (2): tanh"


def test_an_error_in_a_chain_says_in_which_layer() -> None:
    model = Sequential(Linear(4, 4), Sequential(tanh, Linear(5, 4)))
    with pytest.raises(ValueError, match=r"Linear\(5, 4\)") as caught:
        model(zeros(2, 4))
    notes = caught.value.__notes__
    assert notes[0] == "in layer 1 of 2 (from 0) of a Sequential: Linear(5, 4)"
    assert notes[1].startswith("in layer 1 of 2 (from 0) of a Sequential: Sequential(")


def test_what_cannot_be_called_is_refused_and_a_class_is_not_its_instance() -> None:
    with pytest.raises(TypeError, match="Sequential: a layer is a module or a function of a tensor, not int 3"):
        Sequential(Linear(1, 1), 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"ReLU is a class; a layer is an instance of it: ReLU\(\.\.\.\)"):
        Sequential(ReLU)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="ModuleDict: a layer is"):
        ModuleDict({"a": None})  # type: ignore[dict-item]


def test_a_subclass_of_a_chain_may_have_attributes_of_its_own() -> None:
    class Scaled(Sequential):
        def __init__(self) -> None:
            super().__init__(Linear(2, 2))
            self.scale = Parameter(ones(1))
            self.head = Linear(2, 1, bias=False)

    model = Scaled()
    assert [name for name, _ in model.named_parameters()] == ["scale", "head.weight", "0.weight", "0.bias"]
    assert model[:0].scale is model.scale
    assert repr(model).splitlines()[1:3] == ["  (head): Linear(2, 1, bias=False)", "  (0): Linear(2, 2)"]


def test_a_module_list_is_found_by_position_and_cannot_be_called() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.layers = ModuleList(Linear(1, 1, bias=False) for _ in range(2))

    net = Net()
    net.layers.append(Linear(1, 1, bias=False))
    assert [name for name, _ in net.named_parameters()] == ["layers.0.weight", "layers.1.weight", "layers.2.weight"]
    assert len(net.layers) == 3
    assert type(net.layers[:1]) is ModuleList
    net.eval()
    assert not net.layers[2].training
    with pytest.raises(NotImplementedError, match="ModuleList"):
        net.layers(ones(1, 1))


def test_a_module_dict_is_found_by_name() -> None:
    heads = ModuleDict({"digit": Linear(2, 10), "parity": Linear(2, 2, bias=False)})
    heads["extra"] = tanh
    assert [name for name, _ in heads.named_parameters()] == ["digit.weight", "digit.bias", "parity.weight"]
    assert heads["digit"](ones(1, 2)).shape == (1, 10)
    assert list(heads) == list(heads.keys()) == ["digit", "parity", "extra"]
    assert [name for name, _ in heads.items()] == list(heads)
    assert list(heads.values())[2] is tanh
    assert "parity" in heads
    del heads["parity"]
    assert len(heads) == 2
    assert "(digit): Linear(2, 10)" in repr(heads)
    with pytest.raises(KeyError, match="no layer 'parity'; there are digit, extra"):
        heads["parity"]
    with pytest.raises(ValueError, match=r"text without a dot, not 'a\.b'"):
        heads["a.b"] = tanh


def test_flatten_joins_all_axes_but_the_batchs() -> None:
    x = Tensor(np.arange(24.0).reshape(2, 3, 4))
    assert Flatten()(x).tolist() == np.arange(24.0).reshape(2, 12).tolist()
    assert Flatten(0)(x).shape == (24,)
    assert Flatten(2)(x).shape == (2, 3, 4)
    assert Flatten(-2)(x).shape == (2, 12)
    assert Flatten()(ones(5)[:0].reshape(0, 1)).shape == (0, 1)
    assert Flatten()(zeros(0, 3, 2)).shape == (0, 6)
    assert repr(Flatten()) == "Flatten()"
    assert repr(Flatten(2)) == "Flatten(2)"
    with pytest.raises(ValueError, match=r"Flatten\(1\): a tensor of shape \(5,\) has no axis 1"):
        Flatten()(ones(5))
