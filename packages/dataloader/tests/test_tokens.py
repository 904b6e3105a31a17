"""Windows over tokens: the right ones, the targets one later, and the row left on disk."""

import doctest
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tinytorch.dataloader import DataLoader, TokenWindows, _tokens


@pytest.mark.parametrize(("count", "length", "step"), [(2, 1, 1), (50, 7, 1), (50, 7, 7), (50, 49, 3), (51, 10, 4)])
def test_windows_and_targets_are_those_of_a_loop(count: int, length: int, step: int) -> None:
    tokens = np.random.default_rng(0).integers(0, 60_000, count, dtype=np.uint16)
    row = tokens.tolist()
    oracle = [
        (row[begin : begin + length], row[begin + 1 : begin + length + 1]) for begin in range(0, count - length, step)
    ]
    data = TokenWindows(tokens, length, step)
    assert len(data) == len(oracle)
    assert [(data[i][0].tolist(), data[i][1].tolist()) for i in range(len(data))] == oracle
    batches = list(DataLoader(data, 4))
    assert [x for batch in batches for x in batch.x.tolist()] == [x for x, _ in oracle]
    assert [y for batch in batches for y in batch.y.tolist()] == [y for _, y in oracle]
    assert batches[0].x.dtype == np.int64


def test_a_memory_map_is_not_loaded_and_batches_keep_their_values(tmp_path: Path) -> None:
    np.save(tmp_path / "tokens.npy", np.arange(4_000_000, dtype=np.uint32))
    tokens = np.load(tmp_path / "tokens.npy", mmap_mode="r")
    tracemalloc.start()
    try:
        loader = DataLoader(TokenWindows(tokens, 64, step=64), 32, shuffle=True, generator=np.random.default_rng(0))
        for batch in loader:
            x = batch.x.data
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < tokens.nbytes / 8
    assert (np.diff(x, axis=1) == 1).all()
    assert (x[:, 0] % 64 == 0).all()


def test_windows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"7 tokens, length 7, step 1; .*takes length \+ 1 tokens"):
        TokenWindows(np.arange(7), 7)
    with pytest.raises(ValueError, match=r"float64 \(3,\); they must be integers"):
        TokenWindows(np.zeros(3), 1)
    with pytest.raises(ValueError, match="step 0"):
        TokenWindows(np.arange(7), 2, 0)
    with pytest.raises(IndexError):
        TokenWindows(np.arange(7), 2)[5]


def test_the_example_in_the_docstring_is_true() -> None:
    found = doctest.testmod(_tokens)
    assert (found.attempted > 0, found.failed) == (True, 0)
