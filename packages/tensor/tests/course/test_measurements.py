"""The lesson's measurements against what can be counted by hand; times are only times."""

from __future__ import annotations

import pytest

from tinytorch.course.tensor.measurements import addition, ladder, lines_touched, walks


@pytest.mark.parametrize(
    ("n", "stride", "lines"),
    [(16, 1, 1), (17, 1, 2), (1024, 1, 64), (1024, 1024, 1024), (4, 16, 4), (4, 8, 2), (5, 0, 1)],
)
def test_a_line_of_memory_holds_sixteen_cells(n: int, stride: int, lines: int) -> None:
    assert lines_touched(n, stride) == lines


def test_columns_move_sixteen_times_the_bytes_of_rows() -> None:
    rows, columns = walks(64)
    assert rows.flops == columns.flops == 2 * 64 * 64
    assert rows.bytes_used == columns.bytes_used == rows.bytes_moved == 4 * 64 * 64
    assert columns.bytes_moved == 16 * rows.bytes_moved
    assert min(rows.seconds, columns.seconds) > 0


def test_an_addition_reads_two_arrays_and_writes_one() -> None:
    race = addition(1000)
    assert race.bytes_moved == 12_000
    assert min(race.loop, race.line) > 0


def test_each_rung_of_the_ladder_counts_a_multiplication_and_an_addition_for_each_term() -> None:
    rungs = ladder(16, (4, 5), loops=3)
    assert [(rung.name, rung.flops) for rung in rungs] == [
        ("loops", 2 * 27),
        ("blocks of 4", 2 * 16**3),
        ("blocks of 5", 2 * 16**3),
        ("x @ y", 2 * 16**3),
    ]
    assert all(rung.rate == rung.flops / rung.seconds for rung in rungs)
