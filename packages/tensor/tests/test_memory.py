"""Bytes of live tensors: each storage once, gone when the last view is gone."""

import gc

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, live_bytes, track_memory

KB = 1000


def test_views_count_once_and_what_is_freed_no_longer() -> None:
    gc.collect()
    before = live_bytes()
    t = Tensor(np.zeros(KB))
    assert live_bytes() - before == 8 * KB
    views = [t[1:], t.reshape(10, 100).T, t.detach(), t.expand(5, KB)]
    assert live_bytes() - before == 8 * KB
    other = t * 2
    assert live_bytes() - before == 16 * KB
    del t
    assert live_bytes() - before == 16 * KB  # the views hold it
    del views, other
    assert live_bytes() == before


def test_what_a_recorded_step_keeps_counts_though_no_tensor_is_left() -> None:
    gc.collect()
    before = live_bytes()
    x = Tensor(np.ones(KB), requires_grad=True)
    y = (x * 2).exp().sum()  # exp keeps its result, which no name refers to
    assert live_bytes() - before == 2 * 8 * KB + 8
    y.backward()
    x.grad = None
    del y
    assert live_bytes() - before == 8 * KB


def test_tracking_finds_the_peak_of_a_computation() -> None:
    gc.collect()
    start_bytes = live_bytes()
    with track_memory() as use:
        assert use.current == start_bytes
        x = tt.zeros(KB, dtype="float64")
        y = x + 1  # x and y
        z = y * 2  # x, y and z
        del y
        w = z.sum()  # x, z and one number
        assert use.current - start_bytes == 2 * 8 * KB + 8
        assert use.peak - start_bytes == 3 * 8 * KB
        assert use.allocated == 3 * 8 * KB + 8
        assert [name for name, _ in use.timeline] == ["add", "multiply", "sum"]
        assert [size - start_bytes for _, size in use.timeline] == [16 * KB, 24 * KB, 16 * KB + 8]
        view = x[1:]
        assert use.allocated == 3 * 8 * KB + 8
        del x, z, w
        assert use.current - start_bytes == 8 * KB
        del view
        assert use.current == start_bytes


def test_tracking_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(ValueError, match="matmul"), track_memory() as use:
        tt.zeros(2, 3) @ tt.zeros(2, 3)
    steps = len(use.timeline)
    tt.zeros(3) + 1
    assert len(use.timeline) == steps
