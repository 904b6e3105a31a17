"""The ladder of matrix products: every rung is the same function."""

import numpy as np
import pytest

from tinytorch.tensor import matmul_blocks, matmul_loops

GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize(("m", "k", "n"), [(7, 11, 13), (1, 1, 1), (2, 0, 3), (0, 2, 3), (4, 4, 4)])
def test_every_rung_is_the_product(m: int, k: int, n: int) -> None:
    x, y = GENERATOR.standard_normal((m, k)), GENERATOR.standard_normal((n, k)).T
    expected = np.tensordot(x, y, 1)
    np.testing.assert_allclose(matmul_loops(x, y), expected, atol=1e-12)
    for size in (1, 2, 3, 4, 5, 13, 100):
        np.testing.assert_allclose(matmul_blocks(x, y, size), expected, atol=1e-12)


def test_every_rung_keeps_the_type_and_names_what_does_not_fit() -> None:
    x = np.ones((2, 3), np.float32)
    assert matmul_loops(x, x.T).dtype == matmul_blocks(x, x.T, 2).dtype == np.float32
    for work in (matmul_loops, lambda x, y: matmul_blocks(x, y, 2)):
        with pytest.raises(ValueError, match=r"inner dimensions differ: \(2, 3\) @ \(2, 3\) \(3 != 2\)"):
            work(x, x)
        with pytest.raises(ValueError, match="two matrices are needed"):
            work(x, x[0])
    with pytest.raises(ValueError, match="a block has a size of 1 or more, not 0"):
        matmul_blocks(x, x.T, 0)
