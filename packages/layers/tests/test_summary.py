"""Summary against closed forms: parameters, FLOPs and bytes of layers that can be counted by hand."""

import numpy as np
import pytest

from tinytorch.activations import ReLU, relu
from tinytorch.layers import Dropout, Flatten, Linear, Module, Parameter, Sequential, summary
from tinytorch.tensor import Tensor, ones, zeros


def test_the_rows_of_a_perceptron_are_the_closed_forms() -> None:
    model = Sequential(Flatten(), Linear(784, 128), ReLU(), Dropout(0.5), Linear(128, 10, bias=False))
    report = summary(model, zeros(64, 28, 28))
    assert [row.name for row in report.rows] == ["0", "1", "", "3", "4"]
    assert [row.layer for row in report.rows] == [
        "Flatten()",
        "Linear(784, 128)",
        "relu",
        "Dropout(0.5)",
        "Linear(128, 10, bias=False)",
    ]
    assert [row.shape for row in report.rows] == [(64, 784), (64, 128), (64, 128), (64, 128), (64, 10)]
    assert [row.parameters for row in report.rows] == [0, 784 * 128 + 128, 0, 0, 1280]
    flops = [row.flops for row in report.rows]
    assert flops[0] == 0
    assert flops[1] == 64 * 128 * (2 * 784 + 1)
    assert flops[3] == 0  # nothing happens in evaluation
    assert flops[4] == 64 * 10 * 2 * 128
    assert [row.result_bytes for row in report.rows] == [0, 4 * 64 * 128, 4 * 64 * 128, 0, 4 * 64 * 10]
    moved = [row.moved_bytes for row in report.rows]
    assert moved[1] == 4 * (64 * 784 + 784 * 128 + 128 + 64 * 128)
    assert moved[4] == 4 * (64 * 128 + 128 * 10 + 64 * 10)
    assert report.parameters == sum(parameter.size for parameter in model.parameters())
    assert report.parameter_bytes == 4 * report.parameters
    assert report.flops == sum(flops)
    assert report.result_bytes == 4 * 64 * (128 + 128 + 10)
    assert report.moved_bytes == sum(moved)


def test_functions_called_between_layers_have_rows_and_shared_weights_count_once() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.first = Linear(4, 4)
            self.second = Linear(4, 4)
            self.second.weight = self.first.weight
            self.unused = Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = relu(self.first(x).reshape(-1, 4))
            return self.second(self.first(x))

    report = summary(Net(), ones(3, 4))
    rows = {row.name or row.layer: row for row in report.rows}
    assert list(rows) == ["first", "relu", "second", "unused"]
    assert rows["first"].calls == 2
    assert rows["first"].flops == 2 * 3 * 4 * 9
    assert rows["first"].parameters == 20
    assert rows["second"].parameters == 4
    assert rows["unused"].parameters == 6
    assert rows["unused"].calls == 0
    assert report.parameters == 30
    assert "never ran" in str(report)


def test_a_module_with_parameters_of_its_own_has_a_row_beside_its_children() -> None:
    class Scaled(Module):
        def __init__(self) -> None:
            self.inner = Linear(2, 2)
            self.scale = Parameter(ones(2))

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x) * self.scale

    for model, outer, inner in ((Scaled(), "", "inner"), (Sequential(Scaled()), "0", "0.inner")):
        report = summary(model, ones(3, 2))
        assert [(row.name, row.parameters, row.shape) for row in report.rows] == [
            (outer, 2, (3, 2)),
            (inner, 6, (3, 2)),
        ]
        assert report.rows[0].flops == 6
        assert report.rows[1].flops == 3 * 2 * 5


def test_a_summary_leaves_the_model_as_it_was() -> None:
    model = Sequential(Linear(2, 2), Dropout(0.5), Sequential(Dropout(0.5).eval()))
    state = model[1].generator.bit_generator.state
    modes = [module.training for module in model.modules()]
    summary(model, ones(1, 2))
    assert [module.training for module in model.modules()] == modes
    assert model[1].generator.bit_generator.state == state
    assert not any("_hooks" in vars(module) and vars(module)["_hooks"] for module in model.modules())
    with pytest.raises(ValueError, match="3 != 2"):
        summary(model, ones(1, 3))
    assert [module.training for module in model.modules()] == modes
    assert not any("_hooks" in vars(module) and vars(module)["_hooks"] for module in model.modules())


def test_a_summary_prints_as_a_table_with_totals() -> None:
    lines = str(summary(Sequential(Linear(784, 128), Linear(128, 10)), zeros(64, 784))).splitlines()
    assert lines[0].split() == ["name", "layer", "output", "parameters", "FLOPs", "result", "bytes", "moved", "bytes"]
    assert "(64, 128)" in lines[1]
    assert "100,480" in lines[1]
    assert lines[-1].split()[:2] == ["total", "101,770"]
    assert len(lines) == 4


def test_results_are_the_same_with_and_without_someone_watching() -> None:
    model = Sequential(Linear(3, 2), ReLU())
    x = Tensor(np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32))
    before = model(x).data
    summary(model, x)
    np.testing.assert_array_equal(model(x).data, before)
