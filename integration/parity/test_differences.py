"""Where we differ from PyTorch on purpose: that we do, and that the docstring says so."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from tinytorch import activations, losses
from tinytorch import tensor as tt
from tinytorch.layers import Dropout
from tinytorch.optim import SGD, Optimizer
from tinytorch.tensor import Tensor

inf, nan = np.inf, np.nan


@dataclass(frozen=True)
class Difference:
    """What we give, what PyTorch gives, and whose docstring says so in which words."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    here: Any
    there: Any
    documented: Any
    words: str


def slope(function: Any, *inputs: Any, by: int = 0) -> Any:
    """The gradient of the sum of a function by one of its inputs, on either side."""
    here = isinstance(inputs[0], Tensor)
    xs: list[Any] = [x.detach().clone().requires_grad_(i == by) for i, x in enumerate(inputs)]
    with np.errstate(all="ignore"), warnings.catch_warnings():  # PyTorch warns of its own default in kl_div
        warnings.simplefilter("ignore")
        function(*xs).sum().backward()
    return xs[by].grad.data if here else xs[by].grad.numpy()


def ours(*values: float) -> Tensor:
    return Tensor(np.array(values))


def theirs(*values: float) -> Any:
    return torch.tensor(values, dtype=torch.float64)


def stepped(module: Any, x: Any) -> bool:
    """Whether the gradient is still there after a step."""
    x.grad = x * 1.0
    module([x], lr=0.1).step()
    return x.grad is not None


bce, their_bce = losses.binary_cross_entropy, torch.nn.functional.binary_cross_entropy
kl, their_kl = losses.kl_div, torch.nn.functional.kl_div
gelu, their_gelu = activations.gelu, torch.nn.functional.gelu

DIFFERENCES = [
    Difference(
        "int8 with uint8",
        lambda: (Tensor([1], tt.int8) + Tensor([1], tt.uint8)).dtype.name,
        lambda: str((torch.tensor([1], dtype=torch.int8) + torch.tensor([1], dtype=torch.uint8)).dtype),
        "int32",
        "torch.int16",
        tt.promote_types,
        "PyTorch gives int16",
    ),
    Difference(
        "the sign of NaN",
        lambda: tt.sign(ours(nan)).data,
        lambda: torch.sign(theirs(nan)).numpy(),
        [nan],
        [0.0],
        tt.sign,
        "NaN stays NaN",
    ),
    Difference(
        "softmax where everything is excluded",
        lambda: activations.softmax(ours(-inf, -inf)).data,
        lambda: torch.softmax(theirs(-inf, -inf), 0).numpy(),
        [0.0, 0.0],
        [nan, nan],
        activations.softmax,
        "PyTorch's softmax gives NaN",
    ),
    Difference(
        "softplus far out",
        lambda: activations.softplus(ours(21.0)).data,
        lambda: torch.nn.functional.softplus(theirs(21.0)).numpy(),
        [21 + np.log1p(np.exp(-21.0))],
        [21.0],
        activations.softplus,
        "no threshold from which it turns linear",
    ),
    Difference(
        "the derivative of gelu at infinity",
        lambda: slope(gelu, ours(inf)),
        lambda: slope(their_gelu, theirs(inf)),
        [1.0],
        [nan],
        gelu,
        "The derivative tends to its limits at ±inf",
    ),
    Difference(
        "the gradient by a certain target",
        lambda: slope(bce, ours(0.0), ours(0.0), by=1),
        lambda: slope(their_bce, theirs(0.0), theirs(0.0), by=1),
        [100.0],
        [inf],
        bce,
        "The gradient by a target is bounded likewise",
    ),
    Difference(
        "the gradient by a probability of 0",
        lambda: slope(kl, ours(-1.0), ours(0.0), by=1),
        lambda: slope(their_kl, theirs(-1.0), theirs(0.0), by=1),
        [0.0],
        [nan],
        kl,
        "a term with t = 0 is 0",
    ),
    Difference(
        "gradients after a step",
        lambda: stepped(SGD, ours(1.0)),
        lambda: stepped(torch.optim.SGD, theirs(1.0)),
        False,
        True,
        Optimizer.step,
        "release",
    ),
]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_we_differ_from_pytorch_and_say_so(difference: Difference) -> None:
    for found, expected in ((difference.ours(), difference.here), (difference.theirs(), difference.there)):
        if isinstance(expected, list):
            np.testing.assert_allclose(found, expected, rtol=1e-12)
        else:
            assert found == expected
    assert difference.words in " ".join((inspect.getdoc(difference.documented) or "").split())


def test_dropping_everything_is_refused() -> None:
    assert float(torch.nn.Dropout(1.0)(torch.ones(1))) == 0
    with pytest.raises(ValueError, match="0 <= p < 1"):
        Dropout(1.0)
