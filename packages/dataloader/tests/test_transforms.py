"""Augmentation: a draw for each image, nothing outside what was asked, nothing written into the input."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tinytorch.dataloader import Compose, Normalize, RandomCrop, RandomErasing, RandomHorizontalFlip


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def coded(n: int = 200, channels: int = 3, height: int = 6, width: int = 8) -> NDArray[np.uint8]:
    """Pixels that are all different within an image and never 0."""
    count = channels * height * width
    return np.broadcast_to(
        np.arange(1, count + 1, dtype=np.uint8).reshape(channels, height, width), (n, channels, height, width)
    ).copy()


ALL: list[Any] = [
    RandomCrop((4, 5), padding=2),
    RandomHorizontalFlip(),
    RandomErasing(),
    Compose([RandomHorizontalFlip()]),
]


@pytest.mark.parametrize("transform", ALL, ids=lambda t: type(t).__name__)
def test_the_input_is_not_written_to_and_the_result_is_fresh(transform: Any) -> None:
    images = coded()
    images.flags.writeable = False
    before = images.copy()
    result = transform(images)
    np.testing.assert_array_equal(images, before)
    assert not np.shares_memory(result, images)
    assert result.dtype == np.uint8


@pytest.mark.parametrize("kind", [RandomCrop, RandomHorizontalFlip, RandomErasing])
def test_the_generator_decides_and_images_differ_within_a_batch_and_between_epochs(kind: Any) -> None:
    def make(seed: int) -> Any:
        return kind(6, padding=2, generator=generator(seed)) if kind is RandomCrop else kind(generator=generator(seed))

    images = coded(channels=1, width=6)
    one, same = make(0), make(0)
    first = one(images)
    np.testing.assert_array_equal(first, same(images))
    assert len({image.tobytes() for image in first}) > 1
    assert not np.array_equal(one(images), first)
    assert not np.array_equal(make(1)(images), first)


@pytest.mark.parametrize("kind", [RandomCrop, RandomHorizontalFlip, RandomErasing])
def test_a_transforms_draws_go_on_from_a_saved_state(kind: Any) -> None:
    transform, other = (kind(6) if kind is RandomCrop else kind() for _ in range(2))
    images = coded()
    transform(images)
    other.load_state_dict(transform.state_dict())
    np.testing.assert_array_equal(transform(images), other(images))


def test_each_crop_is_a_window_of_its_padded_image_and_all_places_come() -> None:
    images = coded(2000)
    size, padding = (5, 6), 1
    cropped = RandomCrop(size, padding, generator())(images)
    assert cropped.shape == (2000, 3, 5, 6)
    padded = np.pad(images[0], ((0, 0), (1, 1), (1, 1)))
    windows = {
        padded[:, top : top + 5, left : left + 6].tobytes(): (top, left) for top in range(4) for left in range(5)
    }
    places = [windows[image.tobytes()] for image in cropped]
    counts = np.array([places.count(place) for place in windows.values()])
    assert len(counts) == 20
    assert np.all(np.abs(counts - 100) < 5 * 10)  # 2000 / 20 each, standard deviation about 10


def test_a_window_may_be_larger_than_the_image_or_lie_wholly_in_the_border() -> None:
    images = np.ones((300, 1, 2, 2), dtype=np.uint8)
    assert RandomCrop(4, padding=1, generator=generator())(images).sum(axis=(1, 2, 3)).tolist() == [4] * 300
    sums = RandomCrop(2, padding=3, generator=generator())(images).sum(axis=(1, 2, 3))
    assert set(sums.tolist()) == {0, 1, 2, 4}


def test_each_crop_is_of_its_own_image() -> None:
    images = np.repeat(np.arange(1, 51, dtype=np.uint8), 16).reshape(50, 1, 4, 4)
    cropped = RandomCrop(3, generator=generator())(images)
    assert cropped[:, 0, 0, 0].tolist() == list(range(1, 51))
    assert (cropped == cropped[:, :, :1, :1]).all()


def test_a_crop_that_does_not_fit_is_refused_with_both_sizes() -> None:
    with pytest.raises(ValueError, match=r"window of \(9, 9\) does not fit into images of \(6, 8\) with a border of 1"):
        RandomCrop(9, padding=1)(coded())
    with pytest.raises(ValueError, match="must be at least 1"):
        RandomCrop(0)
    with pytest.raises(ValueError, match=r"images have shape \(6, 8\); a batch is \(B, C, H, W\)"):
        RandomCrop(2)(coded()[0, 0])
    size: Any = 2.0
    with pytest.raises(TypeError, match=r"size is 2\.0; it is an integer or a pair of integers"):
        RandomCrop(size)


def test_flips_mirror_left_to_right_about_half_of_the_images() -> None:
    images = coded(1000)
    flipped = RandomHorizontalFlip(generator=generator())(images)
    mirrored = (flipped == images[..., ::-1]).all(axis=(1, 2, 3))
    same = (flipped == images).all(axis=(1, 2, 3))
    assert (mirrored ^ same).all()
    assert abs(int(mirrored.sum()) - 500) < 5 * 16
    np.testing.assert_array_equal(RandomHorizontalFlip(1.0)(images), images[..., ::-1])
    np.testing.assert_array_equal(RandomHorizontalFlip(0.0)(images), images)


def test_erasing_blacks_out_one_rectangle_of_the_asked_area_and_shape_in_all_channels() -> None:
    images = np.full((400, 3, 40, 60), 9, dtype=np.uint8)
    erased = RandomErasing(1.0, scale=(0.1, 0.2), ratio=(0.5, 2.0), generator=generator())(images) == 0
    assert (erased == erased[:, :1]).all()
    for mask in erased[:, 0]:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        height, width = len(rows), len(columns)
        assert mask.sum() == height * width == (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
        assert 0.09 <= height * width / 2400 <= 0.21
        assert 0.45 <= height / width <= 2.2
    share = (RandomErasing(0.3, generator=generator())(images) == 0).any(axis=(1, 2, 3)).mean()
    assert abs(share - 0.3) < 0.12


def test_erased_places_reach_every_border_and_long_sides_are_cut() -> None:
    images = np.ones((3000, 1, 7, 7), dtype=np.uint8)
    erased = RandomErasing(1.0, generator=generator())(images)[:, 0] == 0
    often = erased.mean(axis=0)
    np.testing.assert_allclose(often, often[::-1, ::-1], atol=0.04)
    assert often.min() > 0.02
    wide = RandomErasing(1.0, scale=(1.0, 1.0), ratio=(4.0, 4.0), generator=generator())(images)
    assert (wide == 0).all(axis=2).any(axis=2).all()


def test_settings_out_of_range_are_refused() -> None:
    for kind in (RandomHorizontalFlip, RandomErasing):
        with pytest.raises(ValueError, match=r"p is 1\.5; a probability is from 0 to 1"):
            kind(1.5)
    with pytest.raises(ValueError, match="must rise within 0 to 1"):
        RandomErasing(scale=(0.5, 0.1))
    with pytest.raises(TypeError, match=r"generator is of type int"):
        RandomErasing(generator=3)  # type: ignore[arg-type]


def test_compose_applies_in_order_and_refuses_the_state_of_another() -> None:
    images = coded()
    both = Compose([RandomCrop((2, 3), generator=generator()), Normalize(0.5, 0.5)])
    oracle = Normalize(0.5, 0.5)(RandomCrop((2, 3), generator=generator())(images))
    np.testing.assert_array_equal(both(images), oracle)
    with pytest.raises(ValueError, match="of 1 transforms, this one has 2"):
        both.load_state_dict(Compose([RandomCrop(2)]).state_dict())


def test_an_empty_batch_stays_empty() -> None:
    for transform in ALL:
        assert len(transform(coded(0))) == 0
