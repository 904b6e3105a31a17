"""Measurements of the lesson, where a closed form says what they must be."""

import numpy as np
import pytest

from tinytorch.course.training.measurements import digits, footprint, network, profile, random_batch, speeds

SIZES = (12, 6, 5, 3)
PARAMETERS = 12 * 6 + 6 + 6 * 5 + 5 + 5 * 3 + 3


def test_a_network_has_the_parameters_of_its_sizes() -> None:
    model = network(SIZES)
    assert sum(p.data.size for p in model.parameters()) == PARAMETERS
    assert model(random_batch(SIZES, 4)[0]).shape == (4, 3)


def test_the_digits_are_dealt_out_once() -> None:
    train, held_out, test = digits(batch=32)
    seen = {np.asarray(x).tobytes() for loader in (train, held_out) for batch in loader for x in batch.x}
    assert (len(train.dataset), len(held_out.dataset), len(test.dataset)) == (1133, 300, 364)
    assert len(seen) == 1133 + 300  # no image is in both


def test_what_stands_is_the_parameters_and_two_numbers_for_each() -> None:
    assert footprint(SIZES, 4).standing == 3 * 4 * PARAMETERS


def test_what_passes_grows_with_the_batch_by_what_is_kept_of_each_image() -> None:
    sizes = (784, 128, 64, 10)
    small, large = footprint(sizes, 600), footprint(sizes, 1000)  # the peak is in the backward pass
    each = (large.passing - small.passing) / 400
    kept = 4 * (784 + 2 * 128 + 2 * 64 + 10) + 8  # inputs, before and after each bend, scores, labels
    assert each == pytest.approx(kept, rel=0.05)


def test_the_parts_of_a_step_are_its_operations() -> None:
    whole, parts = profile(SIZES, 8, steps=5)
    runs = {part.name: part.runs for part in parts}
    assert runs["linear"] == runs["rule linear"] == 3
    assert runs["relu"] == runs["rule relu"] == 2
    assert runs["update adam"] == 1
    assert sum(part.seconds for part in parts) < whole


def test_images_per_second_are_the_batch_over_the_time() -> None:
    for speed in speeds(SIZES, (2, 8), repeats=1):
        assert speed.images == speed.batch / speed.seconds
