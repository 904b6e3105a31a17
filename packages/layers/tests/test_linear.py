"""Linear against NumPy in float64, against loops, against central differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.autograd import grad
from tinytorch.layers import Linear, Parameter, linear
from tinytorch.tensor import Step, Tensor, from_numpy, listen, operations, recording, run_rule

Array = npt.NDArray[Any]


def slopes(f: Callable[[], float], array: Array, h: float = 1e-6) -> Array:
    """Central differences of f by each element of `array`, which f reads."""
    found = np.empty_like(array)
    for index in np.ndindex(array.shape):
        middle = array[index]
        array[index] = middle + h
        above = f()
        array[index] = middle - h
        below = f()
        array[index] = middle
        found[index] = (above - below) / (2 * h)
    return found


def test_linear_is_the_sum_over_inputs_for_each_row_and_output() -> None:
    rng = np.random.default_rng(0)
    x, weight, bias = rng.normal(size=(3, 4)), rng.normal(size=(4, 5)), rng.normal(size=5)
    y = linear(Tensor(x), Tensor(weight), Tensor(bias))
    expected = [[sum(x[n, i] * weight[i, o] for i in range(4)) + bias[o] for o in range(5)] for n in range(3)]
    np.testing.assert_allclose(y.data, expected, rtol=1e-13)
    assert y.dtype == np.float64


@given(st.lists(st.integers(0, 4), max_size=3), st.integers(1, 5), st.integers(1, 5), st.booleans(), st.integers(0, 99))
def test_linear_agrees_with_numpy_for_any_axes_in_front(
    front: list[int], inputs: int, outputs: int, bias: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(*front, inputs)).astype(np.float32)
    weight = rng.normal(size=(inputs, outputs)).astype(np.float32)
    shift = rng.normal(size=outputs).astype(np.float32)
    y = linear(Tensor(x), Tensor(weight), Tensor(shift) if bias else None)
    expected = x.astype(np.float64) @ weight + (shift if bias else 0)
    assert y.shape == (*front, outputs)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, expected, atol=1e-5)


def test_the_bias_runs_along_outputs_not_rows_even_where_both_are_as_many() -> None:
    y = linear(Tensor(np.zeros((3, 2))), Tensor(np.zeros((2, 3))), Tensor([1.0, 2.0, 3.0], dtype=np.float64))
    np.testing.assert_array_equal(y.data, [[1, 2, 3]] * 3)


def test_the_bias_is_added_after_the_product() -> None:
    y = linear(Tensor([[1.0, 1.0]]), Tensor([[2.0, 0.0], [0.0, 3.0]]), Tensor([10.0, 20.0]))
    assert y.tolist() == [[12.0, 23.0]]


def test_linear_reads_operands_that_are_not_contiguous() -> None:
    rng = np.random.default_rng(1)
    x, weight, bias = rng.normal(size=(4, 2, 6)), rng.normal(size=(5, 4)), rng.normal(size=10)
    y = linear(Tensor(x).permute(2, 1, 0), Tensor(weight).T, Tensor(bias)[::2])
    np.testing.assert_allclose(y.data, x.transpose(2, 1, 0) @ weight.T + bias[::2], rtol=1e-12)


def test_linear_leaves_its_operands_as_they_were() -> None:
    x, weight, bias = Tensor([[1.0, 2.0]]), Tensor([[1.0], [1.0]]), Tensor([5.0])
    linear(x, weight, bias)
    assert (x.tolist(), weight.tolist(), bias.tolist()) == ([[1.0, 2.0]], [[1.0], [1.0]], [5.0])


@pytest.mark.parametrize("front", [(), (1,), (3,), (2, 3), (2, 1, 3), (0,), (2, 0)])
@pytest.mark.parametrize("has_bias", [True, False])
def test_gradients_agree_with_central_differences(front: tuple[int, ...], has_bias: bool) -> None:
    rng = np.random.default_rng(2)
    x, weight, bias = rng.normal(size=(*front, 4)), rng.normal(size=(4, 5)), rng.normal(size=5)
    upstream = rng.normal(size=(*front, 5))
    tensors = [Tensor(array, requires_grad=True) for array in (x, weight, bias)]
    linear(tensors[0], tensors[1], tensors[2] if has_bias else None).backward(Tensor(upstream))

    def loss() -> float:
        return float(np.sum((x @ weight + (bias if has_bias else 0)) * upstream))

    for tensor, array in list(zip(tensors, (x, weight, bias), strict=True))[: 2 + has_bias]:
        assert tensor.grad is not None
        np.testing.assert_allclose(tensor.grad.data, slopes(loss, array), rtol=1e-7, atol=1e-8)
        assert tensor.grad.dtype == np.float64


def test_gradients_of_a_repeated_upstream_and_turned_operands_agree_with_central_differences() -> None:
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=(4, 3)), rng.normal(size=(5, 4))
    a, b = Tensor(x, requires_grad=True), Tensor(weight, requires_grad=True)
    # sum() sends back one row seen at every position, T sends back a turned array
    upstream = np.arange(1.0, 6.0)
    linear(a.T, b.T).sum(axis=0).backward(Tensor(upstream))

    def loss() -> float:
        return float(np.sum(np.sum(x.T @ weight.T, axis=0) * upstream))

    assert a.grad is not None
    assert b.grad is not None
    np.testing.assert_allclose(a.grad.data, slopes(loss, x), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(b.grad.data, slopes(loss, weight), rtol=1e-7, atol=1e-8)


def test_a_weight_used_twice_gets_both_gradients() -> None:
    rng = np.random.default_rng(4)
    x, weight = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
    upstream = rng.normal(size=(3, 4))
    w = Tensor(weight, requires_grad=True)
    linear(linear(Tensor(x), w), w).backward(Tensor(upstream))
    assert w.grad is not None
    np.testing.assert_allclose(
        w.grad.data, slopes(lambda: float(np.sum(x @ weight @ weight * upstream)), weight), rtol=1e-7, atol=1e-8
    )


def test_float32_gradients_stay_float32() -> None:
    tensors = [Tensor(np.ones(shape, np.float32), requires_grad=True) for shape in ((3, 2), (2, 4), (4,))]
    linear(*tensors).sum().backward()
    assert [t.grad is not None and t.grad.dtype == np.float32 for t in tensors] == [True, True, True]


def test_second_derivatives_agree_with_central_differences_of_the_first() -> None:
    rng = np.random.default_rng(5)
    x, weight, bias = rng.normal(size=(2, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    direction = rng.normal(size=(3, 2))

    def first(values: Array) -> tuple[Tensor, Tensor]:
        w = Tensor(values, requires_grad=True)
        y = linear(Tensor(x), w, Tensor(bias, requires_grad=True))
        (slope,) = grad((y * y * y).sum(), w, create_graph=True)
        assert slope is not None
        return w, (slope * Tensor(direction)).sum()

    w, along = first(weight)
    (second,) = grad(along, w)
    assert second is not None
    values = weight.copy()
    np.testing.assert_allclose(second.data, slopes(lambda: float(first(values)[1].item()), values), rtol=1e-5)


def test_composition_and_kernel_are_one_function() -> None:
    rng = np.random.default_rng(6)
    operands = [Tensor(rng.normal(size=shape)) for shape in ((2, 3, 4), (4, 5), (5,))]
    composition = operations["linear"].composition
    assert composition is not None
    np.testing.assert_allclose(composition(*operands).data, linear(*operands).data, rtol=1e-13)
    np.testing.assert_allclose(composition(*operands[:2], None).data, linear(*operands[:2]).data, rtol=1e-13)


def test_a_gradient_that_nobody_wants_is_not_computed() -> None:
    x = Tensor(np.ones((3, 2), np.float32))
    layer = Linear(2, 4)
    step = layer(x).grad_fn
    assert step is not None
    d_x, d_weight, d_bias = run_rule(step, np.ones((3, 4), np.float32))
    assert d_x is None
    assert (d_weight.shape, d_bias.shape) == ((2, 4), (4,))

    layer.requires_grad_(False)
    step = layer(Tensor(np.ones((3, 2), np.float32), requires_grad=True)).grad_fn
    assert step is not None
    d_x, d_weight, d_bias = run_rule(step, np.ones((3, 4), np.float32))
    assert d_x.shape == (3, 2)
    assert d_weight is None
    assert d_bias is None


class Counter:
    """A listener that adds up FLOPs and keeps the names of what ran."""

    def __init__(self) -> None:
        self.flops = 0
        self.names: list[str] = []

    def before(self, step: Step) -> None:
        self.names.append(step.operation.name)

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        self.flops += operations[step.operation.name].count_flops(step, outputs)


@pytest.mark.parametrize(("bias", "flops"), [(True, 6 * (2 * 4 + 1) * 5), (False, 6 * 2 * 4 * 5)])
def test_flops_are_two_for_each_term_and_one_for_each_bias(bias: bool, flops: int) -> None:
    layer, counter = Linear(4, 5, bias=bias), Counter()
    with listen(counter), recording(False):
        layer(Tensor(np.ones((2, 3, 4), np.float32)))
    assert counter.names == ["linear"]
    assert counter.flops == flops


def test_a_layer_has_its_weight_as_in_by_out_and_computes_with_it() -> None:
    layer = Linear(3, 2)
    assert layer.weight.shape == (3, 2)
    assert layer.bias is not None
    assert layer.bias.shape == (2,)
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.testing.assert_allclose(layer(Tensor(x)).data, x @ layer.weight.data + layer.bias.data, rtol=1e-6)


def test_without_bias_there_is_none() -> None:
    layer = Linear(3, 2, bias=False)
    assert layer.bias is None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    np.testing.assert_array_equal(layer(Tensor(np.zeros((1, 3), np.float32))).data, [[0, 0]])
    assert repr(layer) == "Linear(3, 2, bias=False)"


def test_initial_weights_and_biases_fill_the_interval_of_one_over_root_in() -> None:
    rng = np.random.default_rng(0)
    layer = Linear(400, 250, generator=rng)  # 100,000 weights
    bound = 1 / 20
    weight = layer.weight.data.astype(np.float64)
    assert bound * 0.999 < np.abs(weight).max() <= bound
    # U(-b, b): variance b²/3; the variance of 1e5 draws has a relative standard deviation of sqrt(0.8 / 1e5) = 0.28 %
    assert abs(weight.var() / (bound**2 / 3) - 1) < 0.014
    assert abs(weight.mean()) < 5 * bound / np.sqrt(3 * weight.size)
    biases = np.concatenate([Linear(4, 100, generator=rng).bias.data for _ in range(100)])  # type: ignore[union-attr]
    assert 0.499 < np.abs(biases).max() <= 0.5
    assert abs(biases.astype(np.float64).var() / (0.25 / 3) - 1) < 5 * np.sqrt(0.8 / biases.size)


def test_initial_scale_follows_the_inputs_not_the_outputs() -> None:
    wide, tall = (
        Linear(10, 1000, generator=np.random.default_rng(0)),
        Linear(1000, 10, generator=np.random.default_rng(0)),
    )
    assert float(wide.weight.data.max()) > 0.31
    assert float(tall.weight.data.max()) < 0.0317


def test_two_layers_and_two_units_start_differently() -> None:
    first, second = Linear(5, 4), Linear(5, 4)
    assert not np.array_equal(first.weight.data, second.weight.data)
    assert len(np.unique(first.weight.data)) == 20
    generator = np.random.default_rng(0)
    first, second = Linear(5, 4, generator=generator), Linear(5, 4, generator=generator)
    assert not np.array_equal(first.weight.data, second.weight.data)


def test_the_same_seed_gives_the_same_layer_and_numpys_global_generator_is_not_touched() -> None:
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    first, second = (Linear(5, 4, generator=np.random.default_rng(3)) for _ in range(2))
    Linear(5, 4)
    np.testing.assert_array_equal(first.weight.data, second.weight.data)
    assert np.random.random() == expected  # noqa: NPY002


def test_a_wrong_number_of_features_names_layer_and_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"Linear\(784, 128\): .*\(64, 100\) @ \(784, 128\) \(100 != 784\)"):
        Linear(784, 128)(Tensor(np.zeros((64, 100), np.float32)))


def test_a_layer_refuses_a_number_without_axes() -> None:
    with pytest.raises(ValueError, match=r"Linear\(2, 1\): .*no axis of features"):
        Linear(2, 1)(Tensor(1.0))


def test_integers_and_mixed_types_are_refused_with_the_way_out() -> None:
    with pytest.raises(TypeError, match=r"Linear\(2, 1\): .* x is uint8.*x\.float\(\)"):
        Linear(2, 1)(Tensor(np.zeros((3, 2), np.uint8)))
    with pytest.raises(TypeError, match=r"x is float64, weight float32, bias float32.*astype"):
        Linear(2, 1)(Tensor(np.zeros((3, 2))))
    with pytest.raises(TypeError, match=r"Linear.*x is a Tensor of tinytorch, not list"):
        Linear(2, 1)([[1.0, 2.0]])


def test_a_bias_that_would_broadcast_wrongly_is_refused() -> None:
    x, weight = from_numpy(np.ones((3, 2))), from_numpy(np.ones((2, 4)))
    for shape in [(1,), (3,), (3, 4), ()]:
        with pytest.raises(ValueError, match=r"the bias must have shape \(4,\)"):
            linear(x, weight, Tensor(np.ones(shape)))
    with pytest.raises(TypeError, match="bias float32"):
        linear(x, weight, Tensor(np.ones(4, np.float32)))
    with pytest.raises(ValueError, match=r"weight is a matrix"):
        linear(x, from_numpy(np.ones(2)))


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 2)])
def test_sizes_below_one_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=rf"in={sizes[0]} and out={sizes[1]}"):
        Linear(*sizes)


def test_a_size_that_is_no_integer_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Linear: both sizes must be integers, not in=2\.0 and out=3"):
        Linear(2.0, 3)  # type: ignore[arg-type]


def test_an_edit_of_the_weight_before_backward_is_noticed() -> None:
    layer = Linear(2, 2)
    y = layer(Tensor([[1.0, 2.0]], requires_grad=True)).sum()
    layer.weight.copy_(np.zeros((2, 2)))
    with pytest.raises(RuntimeError, match="linear"):
        y.backward()


def test_training_a_layer_by_hand_finds_the_line() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    truth = np.array([[1.0], [-2.0], [0.5]], np.float32)
    layer = Linear(3, 1, generator=rng)
    for _ in range(100):
        error = layer(Tensor(x)) - Tensor(x @ truth + 3)
        (error * error).mean().backward()
        for parameter in layer.parameters():
            assert parameter.grad is not None
            parameter.copy_(parameter.data - 0.2 * parameter.grad.data)
        layer.zero_grad()
    np.testing.assert_allclose(layer.weight.data, truth, atol=1e-4)
    assert isinstance(layer.bias, Parameter)
    np.testing.assert_allclose(layer.bias.data, [3], atol=1e-4)
