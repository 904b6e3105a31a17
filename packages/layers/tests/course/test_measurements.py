"""What the lesson measures, against closed forms."""

import numpy as np

from tinytorch.course.layers.measurements import digits, forward, holding, spread
from tinytorch.dataloader import Digits
from tinytorch.layers import Linear, Sequential, kaiming_normal_, normal_
from tinytorch.tensor import tanh


def test_the_tensors_of_a_model_take_four_bytes_for_each_parameter_and_python_takes_more() -> None:
    held = holding(lambda: Sequential(Linear(30, 20), tanh, Linear(20, 5, bias=False)))
    assert held.tensor_bytes == 4 * (30 * 20 + 20 + 20 * 5)
    assert held.tensor_bytes < held.python_bytes < held.tensor_bytes + 20_000


def test_a_forward_pass_is_counted_as_the_formula_says() -> None:
    measured = forward(Sequential(Linear(6, 4), tanh), 10, 6, repeats=1)
    assert measured.flops == 10 * (2 * 6 * 4 + 4) + 10 * 4
    assert measured.result_bytes == 2 * 4 * 10 * 4
    assert measured.seconds > 0


def test_a_signal_shrinks_by_the_factor_of_its_variance() -> None:
    small = spread(lambda weight, generator: normal_(weight, 0.0, 0.01, generator=generator), depth=10)
    assert len(small) == 11
    # A factor of root(256 * 1e-4 / 2) a layer; each layer misses by about root(5/256)/2 = 7 %.
    assert 0.3 < small[-1] / np.sqrt(256e-4 / 2) ** 10 < 3
    steady = spread(lambda weight, generator: kaiming_normal_(weight, generator=generator), depth=10)
    assert 0.3 < steady[-1] / steady[0] < 3


def test_the_digits_are_rows_of_64_numbers_between_paper_and_ink() -> None:
    images, labels = digits(train=False)
    assert images.shape == (len(Digits(train=False)), 64)
    assert images.numpy().min() == 0
    assert images.numpy().max() == 1
    assert labels.shape == (len(images),)
