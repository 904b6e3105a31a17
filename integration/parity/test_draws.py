"""What is random has PyTorch's spread, and what PyTorch saved can be loaded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tinytorch import layers
from tinytorch.layers import Linear, Parameter, Sequential
from tinytorch.tensor import Tensor, rand, randint, randn, zeros

INS, OUTS = 500, 300  # 150,000 draws: a spread is known to 0.2 % (one standard deviation)
FILLS: dict[str, dict[str, Any]] = {
    "uniform_": {},
    "normal_": {},
    "xavier_uniform_": {},
    "xavier_normal_": {},
    "kaiming_uniform_": {},
    "kaiming_normal_": {},
}


@pytest.mark.parametrize("name", FILLS)
def test_initial_weights_are_spread_as_pytorchs(name: str) -> None:
    generator = np.random.default_rng(0)
    ours = getattr(layers, name)(Parameter(zeros(INS, OUTS)), generator=generator, **FILLS[name]).data
    torch.manual_seed(0)
    theirs = getattr(torch.nn.init, name)(torch.empty(OUTS, INS)).numpy()  # (out, in) there
    assert ours.dtype == theirs.dtype
    assert ours.std() == pytest.approx(theirs.std(), rel=0.01)
    assert abs(ours.mean() - theirs.mean()) < 0.01 * theirs.std()  # 2.6 standard errors of the difference
    if "uniform" in name:
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=1e-3)


def test_a_fan_taken_from_the_wrong_side_would_be_noticed() -> None:
    ours = layers.kaiming_uniform_(Parameter(zeros(OUTS, INS)), generator=np.random.default_rng(0)).data
    theirs = torch.nn.init.kaiming_uniform_(torch.empty(OUTS, INS)).numpy()
    assert ours.std() != pytest.approx(theirs.std(), rel=0.01)


@pytest.mark.parametrize("part", ["weight", "bias"])
def test_a_linear_layer_starts_like_pytorchs(part: str) -> None:
    ours = getattr(Linear(INS, 3000, generator=np.random.default_rng(0)), part).data
    torch.manual_seed(0)
    theirs = getattr(torch.nn.Linear(INS, 3000), part).detach().numpy()
    assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=2e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_draws_have_pytorchs_types_and_spreads(dtype: str) -> None:
    generator = np.random.default_rng(0)
    kind = getattr(torch, dtype)
    torch.manual_seed(0)
    for ours, theirs in (
        (rand(INS, OUTS, generator=generator, dtype=dtype), torch.rand(INS, OUTS, dtype=kind)),
        (randn(INS, OUTS, generator=generator, dtype=dtype), torch.randn(INS, OUTS, dtype=kind)),
    ):
        assert ours.dtype.name == dtype
        assert ours.data.std() == pytest.approx(theirs.numpy().std(), rel=0.01)
        assert abs(ours.data.mean() - theirs.numpy().mean()) < 0.01
    whole, other = randint(-3, 4, (INS, OUTS), generator=generator), torch.randint(-3, 4, (INS, OUTS))
    assert whole.dtype.name == str(other.dtype).removeprefix("torch.")
    assert set(np.unique(whole.data)) == set(np.unique(other.numpy()))


def test_a_model_that_pytorch_saved_gives_its_results_and_back() -> None:
    theirs = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3, bias=False))
    ours = Sequential(Linear(7, 5), Tensor.tanh, Linear(5, 3, bias=False))
    state = {name: value.numpy() for name, value in theirs.state_dict().items()}
    ours.load_state_dict(layers.from_pytorch_state(ours, state))
    x = np.random.default_rng(0).standard_normal((4, 7)).astype(np.float32)
    np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-6)
    back = layers.to_pytorch_state(ours)
    assert set(back) == set(state)
    assert all(np.array_equal(back[name], state[name]) for name in state)
