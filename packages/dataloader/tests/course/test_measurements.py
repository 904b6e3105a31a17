"""The lesson's measurements against what can be counted by hand; times are only times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from tinytorch.course.dataloader.measurements import (
    Balance,
    OneByOne,
    Slow,
    balance,
    fetching,
    held,
    loading,
    stages,
    step_flops,
    time_lines,
)
from tinytorch.dataloader import Batch, Compose, DataLoader, ImageDataset, Normalize, RandomHorizontalFlip


def photographs(n: int = 400) -> ImageDataset:
    pixels = np.random.default_rng(0).integers(0, 256, (n, 3, 8, 8), dtype=np.uint8)
    return ImageDataset(pixels, np.arange(n) % 10)


def test_a_step_has_five_products() -> None:
    # (4, 5) @ (5, 6), (4, 6) @ (6, 7); (5, 4) @ (4, 6), (6, 4) @ (4, 7), (4, 7) @ (7, 6)
    assert step_flops(4, 5, 6, 7) == 240 + 336 + 240 + 336 + 336


@pytest.mark.parametrize(("load", "step", "won"), [(6.0, 4.0, 10 / 6), (4.0, 4.0, 2.0), (9.0, 1.0, 10 / 9)])
def test_prefetching_wins_the_shorter_of_both_at_most(load: float, step: float, won: float) -> None:
    found = Balance(8, 0, load, step)
    assert found.most_won == pytest.approx(won)
    assert found.in_turn - found.side_by_side == min(load, step)
    assert found.waiting == pytest.approx(load / (load + step))


def test_each_stage_reads_what_the_one_before_it_wrote() -> None:
    gather, normalize, flip = stages(photographs(), [Normalize(0.5, 0.5), RandomHorizontalFlip()], batch_size=32)
    assert [stage.name for stage in (gather, normalize, flip)] == ["gather", "Normalize", "RandomHorizontalFlip"]
    assert gather.bytes_in == gather.bytes_out == normalize.bytes_in == 32 * 3 * 8 * 8
    assert normalize.bytes_out == flip.bytes_in == flip.bytes_out == 4 * gather.bytes_out
    assert min(gather.seconds, normalize.seconds, flip.seconds) > 0


def test_samples_asked_for_one_by_one_make_the_same_batches_and_cost_more() -> None:
    data = photographs()
    for at_once, one_by_one in zip(DataLoader(data, 64), DataLoader(OneByOne(data), 64), strict=True):
        np.testing.assert_array_equal(at_once.x.numpy(), one_by_one.x.numpy())
        np.testing.assert_array_equal(at_once.y.numpy(), one_by_one.y.numpy())
    assert fetching(data, 64, batches=3).call > 0


def test_a_slow_data_set_makes_loading_as_slow() -> None:
    assert loading(DataLoader(Slow(photographs(), 0.01), 64), batches=3) >= 0.01


def test_an_epoch_holds_its_order_two_batches_and_little_more() -> None:
    data = photographs(4000).with_transform(Compose([RandomHorizontalFlip(), Normalize(0.5, 0.5)]))
    found = held(DataLoader(data, 256, shuffle=True), batches=5)
    assert found.order == 32_000
    assert found.batch_bytes == 256 * (3 * 8 * 8 * 4 + 8)
    assert found.order + 2 * found.batch_bytes < found.peak < 2 * found.order + 3 * found.batch_bytes


def test_in_turn_nobody_works_while_another_does() -> None:
    spans = time_lines(DataLoader(photographs(), 64), lambda batch: batch.x.sum(), batches=4, runs=2)
    assert [(span.who, span.batch) for span in spans] == [(who, n) for n in range(4) for who in ("loader", "model")]
    assert all(one.end <= other.begin for one, other in pairwise(spans))


def test_loading_ahead_is_seen_in_the_time_lines() -> None:
    def whole(batches: Iterator[Batch]) -> Iterable[Batch]:
        return list(batches)

    spans = time_lines(DataLoader(photographs(), 64), lambda batch: batch.x.sum(), batches=3, through=whole, runs=1)
    assert [span.who for span in spans] == ["loader"] * 3 + ["model"] * 3


def test_a_wider_layer_has_more_to_compute_and_the_same_to_load() -> None:
    loader = DataLoader(photographs(), 64)
    narrow, wide = balance(loader, 8, batches=3), balance(loader, 512, batches=3)
    assert wide.flops == 64 * narrow.flops
    assert wide.step > narrow.step > 0
