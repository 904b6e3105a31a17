"""Muon's orthogonalization, by the singular values of what it returns."""

import numpy as np
import pytest

from tinytorch.optim import Muon, orthogonalize
from tinytorch.tensor import Tensor


@pytest.mark.parametrize("shape", [(20, 30), (30, 20), (16, 16)])
def test_orthogonalize_keeps_the_directions_and_evens_out_the_singular_values(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    u, _, vt = np.linalg.svd(rng.standard_normal(shape), full_matrices=False)
    s = np.geomspace(1.0, 0.02, min(shape))
    result = orthogonalize((u * s) @ vt)
    inner = u.T @ result @ vt.T
    np.testing.assert_allclose(inner, np.diag(np.diag(inner)), atol=1e-10)
    assert np.diag(inner).min() > 0.65
    assert np.diag(inner).max() < 1.25


def test_orthogonalize_keeps_float32_and_does_not_write_into_its_argument() -> None:
    matrix = np.random.default_rng(1).standard_normal((8, 3)).astype(np.float32)
    before = matrix.copy()
    assert orthogonalize(matrix).dtype == np.float32
    np.testing.assert_array_equal(matrix, before)


def test_a_zero_gradient_gives_a_zero_step_and_no_division_by_zero() -> None:
    np.testing.assert_array_equal(orthogonalize(np.zeros((3, 4))), np.zeros((3, 4)))


def test_muon_refuses_what_is_not_a_matrix() -> None:
    with pytest.raises(ValueError, match=r"parameter 1 of group 0 has shape \(3,\)"):
        Muon([Tensor(np.ones((2, 3))), Tensor(np.ones(3))])


def test_a_group_that_muon_refuses_is_not_added() -> None:
    optimizer = Muon([w := Tensor(np.ones((2, 3)))])
    with pytest.raises(ValueError, match=r"parameter 0 of group 1 has shape \(3,\)"):
        optimizer.add_param_group({"params": [b := Tensor(np.ones(3))]})
    w.grad, b.grad = Tensor(np.ones((2, 3))), Tensor(np.ones(3))
    optimizer.step()
    assert len(optimizer.param_groups) == 1
    assert b.tolist() == [1, 1, 1]
