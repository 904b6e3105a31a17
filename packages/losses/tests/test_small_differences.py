"""The Huber losses near 0, where training ends up."""

import numpy as np
import pytest

from tinytorch.losses import huber_loss, smooth_l1_loss
from tinytorch.tensor import Tensor


@pytest.mark.parametrize("delta", [0.5, 1.0, 1000.0])
def test_the_derivative_of_a_small_difference_is_the_difference_to_the_last_digit(delta: float) -> None:
    d = np.array([1e-3, -1e-6, 1e-12, 0.25], np.float32)
    for loss, scale in ((huber_loss, 1.0), (smooth_l1_loss, delta)):
        x = Tensor(d, requires_grad=True)
        loss(x, Tensor(np.zeros_like(d)), "sum", delta).backward()
        assert x.grad is not None
        np.testing.assert_allclose(x.grad.data * np.float32(scale), d, rtol=3e-7)
