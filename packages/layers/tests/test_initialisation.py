"""Initial weights: variances and bounds over 1e5 draws, against the papers' formulas.

The variance of n draws has a relative standard deviation of sqrt((kurtosis - 1) / n): sqrt(0.8 / n) for the uniform
distribution, sqrt(2 / n) for the normal one. All bounds are five of these.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest

from tinytorch.layers import (
    Parameter,
    kaiming_normal_,
    kaiming_uniform_,
    normal_,
    ones_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
    zeros_,
)
from tinytorch.tensor import Tensor, zeros

FAN_IN, FAN_OUT = 500, 200
N = FAN_IN * FAN_OUT
Fill = Callable[[Tensor, np.random.Generator], Tensor]

VARIANCES: list[tuple[str, Fill, float, bool]] = [
    ("xavier_uniform", lambda t, g: xavier_uniform_(t, generator=g), 2 / 700, True),
    ("xavier_uniform_gain", lambda t, g: xavier_uniform_(t, 5 / 3, generator=g), 25 / 9 * 2 / 700, True),
    ("xavier_normal", lambda t, g: xavier_normal_(t, generator=g), 2 / 700, False),
    ("xavier_normal_gain", lambda t, g: xavier_normal_(t, 5 / 3, generator=g), 25 / 9 * 2 / 700, False),
    ("kaiming_uniform", lambda t, g: kaiming_uniform_(t, generator=g), 2 / 500, True),
    ("kaiming_uniform_slope", lambda t, g: kaiming_uniform_(t, math.sqrt(5), generator=g), 1 / 3 / 500, True),
    ("kaiming_uniform_out", lambda t, g: kaiming_uniform_(t, mode="fan_out", generator=g), 2 / 200, True),
    ("kaiming_normal", lambda t, g: kaiming_normal_(t, generator=g), 2 / 500, False),
    ("kaiming_normal_slope", lambda t, g: kaiming_normal_(t, 2.0, generator=g), 2 / 5 / 500, False),
    ("kaiming_normal_out", lambda t, g: kaiming_normal_(t, mode="fan_out", generator=g), 2 / 200, False),
    ("kaiming_normal_fans", lambda t, g: kaiming_normal_(t, fans=(18, 9), generator=g), 2 / 18, False),
    ("xavier_uniform_fans", lambda t, g: xavier_uniform_(t, fans=(18, 9), generator=g), 2 / 27, True),
    ("uniform", lambda t, g: uniform_(t, -3.0, 1.0, generator=g), 16 / 12, True),
    ("normal", lambda t, g: normal_(t, 2.0, 0.5, generator=g), 0.25, False),
]


@pytest.mark.parametrize(("fill", "variance", "uniform"), [row[1:] for row in VARIANCES], ids=[r[0] for r in VARIANCES])
def test_the_variance_is_the_papers(fill: Fill, variance: float, uniform: bool) -> None:
    tensor = zeros(FAN_IN, FAN_OUT)
    assert fill(tensor, np.random.default_rng(0)) is tensor
    draws = tensor.data.astype(np.float64)
    assert abs(draws.var() / variance - 1) < 5 * math.sqrt((0.8 if uniform else 2) / N)
    reach = np.abs(draws - draws.mean()).max() / math.sqrt(variance)
    # A uniform distribution ends at sqrt(3) standard deviations; of 1e5 normal draws some pass 4, none 6.
    assert abs(reach - math.sqrt(3)) < 0.02 if uniform else 3.8 < reach < 6


def test_uniform_and_normal_have_the_mean_that_was_asked_for() -> None:
    generator = np.random.default_rng(1)
    assert abs(uniform_(zeros(N), -3.0, 1.0, generator=generator).data.mean(dtype=np.float64) + 1) < 5 * math.sqrt(
        16 / 12 / N
    )
    assert abs(normal_(zeros(N), 2.0, 0.5, generator=generator).data.mean(dtype=np.float64) - 2) < 5 * 0.5 / math.sqrt(
        N
    )


def test_xavier_keeps_the_variance_through_many_square_layers() -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(200, 256))
    for _ in range(10):
        signal = signal @ xavier_uniform_(zeros(256, 256), generator=rng).data.astype(np.float64)
    assert 0.5 < signal.var() < 2


def test_kaiming_keeps_the_second_moment_through_many_rectified_layers() -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(200, 256))
    for _ in range(10):
        signal = np.maximum(signal, 0) @ kaiming_normal_(zeros(256, 256), generator=rng).data.astype(np.float64)
    assert 0.5 < np.mean(signal**2) < 2


def test_draws_are_written_into_the_parameter_itself() -> None:
    parameter = Parameter(zeros(3, 2))
    view = parameter.data
    version = parameter.version
    xavier_normal_(parameter)
    assert np.all(view != 0)
    assert parameter.version > version
    assert isinstance(parameter, Parameter)
    assert parameter.is_leaf
    assert parameter.requires_grad


def test_a_float64_tensor_gets_draws_of_float64() -> None:
    draws = normal_(zeros(100, dtype=np.float64), generator=np.random.default_rng(0)).data
    assert draws.dtype == np.float64
    assert np.any(draws.astype(np.float32) != draws)


def test_the_generator_decides_and_without_one_draws_differ() -> None:
    one, two = (kaiming_uniform_(zeros(4, 4), generator=np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(one.data, two.data)
    assert not np.array_equal(kaiming_uniform_(zeros(4, 4)).data, kaiming_uniform_(zeros(4, 4)).data)


def test_zeros_and_ones_fill() -> None:
    tensor = normal_(zeros(2, 3))
    assert ones_(tensor).tolist() == [[1.0] * 3] * 2
    assert zeros_(tensor).tolist() == [[0.0] * 3] * 2


def test_a_shape_that_does_not_tell_its_fans_is_refused_with_the_way_out() -> None:
    for fill in (xavier_uniform_, xavier_normal_, kaiming_uniform_, kaiming_normal_):
        for shape in ((3,), (8, 3, 5, 5)):
            with pytest.raises(ValueError, match=r"no matrix.*fans=\(fan_in, fan_out\)"):
                fill(zeros(shape))
        with pytest.raises(ValueError, match=r"at least 1, not \(0, 3\)"):
            fill(zeros(0, 3))


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="draws are floats, this tensor is int64"):
        normal_(Tensor([1, 2]))
    with pytest.raises(TypeError, match="draws are floats, this tensor is int64"):
        xavier_uniform_(Tensor([[1, 2]]))
    with pytest.raises(ValueError, match=r"not -1\.0"):
        normal_(zeros(2), 0.0, -1.0)
    with pytest.raises(ValueError, match=r"2\.0 > 1\.0"):
        uniform_(zeros(2), 2.0, 1.0)
    with pytest.raises(ValueError, match="'fan_in' or 'fan_out', not 'fan'"):
        kaiming_normal_(zeros(2, 2), mode="fan")  # type: ignore[arg-type]
