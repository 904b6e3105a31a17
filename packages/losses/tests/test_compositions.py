"""Each fused loss against the same function written in primitives: value and derivative."""

from typing import Any

import numpy as np
import pytest

from tinytorch.autograd import grad
from tinytorch.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
)
from tinytorch.tensor import Tensor, operations

GENERATOR = np.random.default_rng(0)
LABELS = Tensor(np.array([0, 2, -100, 1]))
MAP_LABELS = Tensor(GENERATOR.integers(0, 3, (4, 2)))
X = GENERATOR.uniform(-3, 3, (4, 3))
MAPS = GENERATOR.uniform(-3, 3, (4, 3, 2))
T = GENERATOR.uniform(0.1, 0.9, (4, 3))
W = Tensor(np.array([0.5, 2.0, 1.25]))
CASES: list[tuple[str, Any, Any]] = [
    ("mse_loss", X, lambda x, r: mse_loss(x, Tensor(T), r)),
    ("cross_entropy", X, lambda x, r: cross_entropy(x, LABELS, reduction=r)),
    ("cross_entropy", X, lambda x, r: cross_entropy(x, LABELS, W, reduction=r)),
    ("cross_entropy", X, lambda x, r: cross_entropy(x, LABELS, W, reduction=r, label_smoothing=0.2)),
    ("cross_entropy", MAPS, lambda x, r: cross_entropy(x, MAP_LABELS, W, 1, r, 0.2)),
    ("binary_cross_entropy", T, lambda x, r: binary_cross_entropy(x, Tensor(T[::-1].copy()), W, r)),
    ("binary_cross_entropy_with_logits", X, lambda x, r: binary_cross_entropy_with_logits(x, Tensor(T), None, r, W)),
    ("binary_cross_entropy_with_logits", X, lambda x, r: binary_cross_entropy_with_logits(x, Tensor(T), W, r)),
]


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_a_composition_is_the_same_function_with_the_same_derivative(case: int, reduction: str) -> None:
    name, values, loss = CASES[case]
    x = Tensor(values, requires_grad=True)
    fused = loss(x, reduction)
    step = fused.grad_fn
    assert step is not None
    composed = operations[name].composition
    assert composed is not None
    inputs = [None if array is None else Tensor(array) for array in step.inputs]
    np.testing.assert_allclose(composed(*inputs, **step.parameters).data, fused.data, rtol=1e-12, atol=1e-15)

    upstream = Tensor(GENERATOR.uniform(0.5, 1.5, fused.shape))
    (by_rule,) = grad(loss(x, reduction), x, upstream)
    (by_composition,) = grad(loss(x, reduction), x, upstream, create_graph=True)
    assert by_rule is not None
    assert by_composition is not None
    np.testing.assert_allclose(by_composition.data, by_rule.data, rtol=1e-11, atol=1e-14)
