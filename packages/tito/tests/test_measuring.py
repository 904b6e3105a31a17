"""The stopwatch and the counter of allocations that the lessons share."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from tinytorch.tito.measuring import best, tracing


def test_best_warms_up_once_and_returns_the_shortest_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    lengths = iter([0.0, 0.75, 0.25, 0.5])

    def run() -> None:
        nonlocal now
        now += next(lengths)

    monkeypatch.setattr(time, "perf_counter", lambda: now)
    assert best(run, 3) == 0.25
    assert next(lengths, None) is None


def test_tracing_counts_inside_and_ends_with_an_error() -> None:
    def fail() -> None:
        with tracing():
            kept = bytearray(100_000)
            assert 100_000 <= tracemalloc.get_traced_memory()[0] < 110_000
            del kept
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        fail()
    assert not tracemalloc.is_tracing()


def test_tracing_leaves_a_count_of_somebody_else_on() -> None:
    tracemalloc.start()
    try:
        with tracing():
            pass
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
