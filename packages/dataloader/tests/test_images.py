"""Images as bytes, their normalisation, and the digits in the package."""

import hashlib
import tracemalloc

import numpy as np
import pytest

from tinytorch.dataloader import (
    Compose,
    DataLoader,
    Digits,
    ImageDataset,
    Normalize,
    RandomErasing,
    RandomHorizontalFlip,
    Subset,
    TensorDataset,
    random_split,
)


def pixels(n: int = 300, channels: int = 3, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 256, (n, channels, 5, 4), dtype=np.uint8)
    return image // np.arange(1, channels + 1, dtype=np.uint8)[:, None, None]


def labelled(images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> ImageDataset:
    return ImageDataset(images, np.arange(len(images)))


def test_bytes_are_normalised_as_shares_of_255_without_wrapping_around() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    result = Normalize(0.9, 0.3)(images)
    oracle = (np.arange(256, dtype=np.float64) / 255 - 0.9) / 0.3
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.reshape(-1), oracle, atol=1e-6)
    np.testing.assert_array_equal(images.reshape(-1), np.arange(256))


def test_each_channel_has_its_own_mean_and_std() -> None:
    images = pixels()
    mean, std = [0.1, 0.2, 0.3], [0.5, 0.6, 0.7]
    oracle = (images / 255.0 - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    np.testing.assert_allclose(Normalize(mean, std)(images), oracle, atol=1e-6)
    one_std = (images / 255.0 - np.reshape(mean, (3, 1, 1))) / 0.5
    np.testing.assert_allclose(Normalize(mean, 0.5)(images), one_std, atol=1e-6)
    as_floats = Normalize(mean, std)(images / 255.0)
    assert as_floats.dtype == np.float64
    np.testing.assert_allclose(as_floats, oracle, rtol=1e-12, atol=1e-12)


def test_normalize_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"3 means and 1 stds do not fit images of shape \(2, 1, 4, 4\)"):
        Normalize([0.1, 0.2, 0.3], 0.5)(np.zeros((2, 1, 4, 4), dtype=np.uint8))
    with pytest.raises(ValueError, match="above 0"):
        Normalize(0.0, 0.0)
    with pytest.raises(ValueError, match="2 means and 3 stds"):
        Normalize([0.0, 1.0], [1.0, 1.0, 1.0])
    with pytest.raises(TypeError, match="images are int64"):
        Normalize(0.0, 1.0)(np.zeros((2, 1, 4, 4), dtype=np.int64))


def test_fit_measures_all_pixels_of_the_training_images_and_no_others() -> None:
    images = pixels(600)
    images[500:] = 255
    part = Subset(Subset(labelled(images), np.arange(550)), np.arange(500))
    fitted = Normalize.fit(part)
    training = images[:500].astype(np.float64) / 255
    np.testing.assert_allclose(fitted.mean, training.mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(fitted.std, training.std(axis=(0, 2, 3)), rtol=1e-12)
    whole = np.concatenate([batch.x.data for batch in DataLoader(part.with_transform(fitted), 64)])
    np.testing.assert_allclose(whole.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(whole.std(axis=(0, 2, 3)), 1, atol=1e-5)


def test_batches_are_normalised_by_the_sets_statistics_not_by_their_own() -> None:
    images = np.sort(pixels(64, 1).reshape(-1)).reshape(64, 1, 5, 4)
    data = labelled(images)
    data = data.with_transform(Normalize.fit(data))
    means = [float(batch.x.data.mean()) for batch in DataLoader(data, 16)]
    assert means[0] < -1 < 1 < means[-1]


def test_fit_refuses_test_images_constant_channels_and_other_data() -> None:
    with pytest.raises(ValueError, match="test split of Digits"):
        Normalize.fit(Digits(train=False))
    for value in range(256):  # of some the computed deviation is not 0 but 1e-17
        with pytest.raises(ValueError, match="channel 0 is constant"):
            Normalize.fit(labelled(np.full((3, 1, 1, 1), value, np.uint8)))
    with pytest.raises(ValueError, match="channel 1 is constant"):
        Normalize.fit(labelled(pixels(9) * np.array([1, 0, 1], dtype=np.uint8)[:, None, None]))
    with pytest.raises(ValueError, match="no images"):
        Normalize.fit(labelled(pixels(0)))
    with pytest.raises(TypeError, match="TensorDataset has no stored images"):
        Normalize.fit(Subset(TensorDataset(np.zeros(3)), [0]))


def test_without_a_transform_pixels_run_from_0_to_1() -> None:
    data = labelled(pixels())
    np.testing.assert_allclose(data[7][0].data, data.images[7] / 255.0, atol=1e-7)
    assert data[7][0].dtype == np.float32
    assert data[-1][1] == 299
    raw = data.with_transform(Compose([]))
    assert raw[3][0].dtype == np.uint8
    with pytest.raises(IndexError, match=r"ImageDataset: index -?\d+ is outside the data set's 0 to \d"):
        data[300]


def test_a_sample_and_its_row_of_a_batch_are_equal() -> None:
    data = labelled(pixels()).with_transform(Normalize(0.4, 0.2))
    batch = next(iter(DataLoader(data, 8, sampler=[5, 1, 250])))
    for row, index in enumerate((5, 1, 250)):
        x, y = data[index]
        np.testing.assert_array_equal(batch.x.data[row], x.data)
        assert batch.y.tolist()[row] == y


def test_augmentation_leaves_the_data_set_as_it_was() -> None:
    images = pixels()
    before = hashlib.sha256(images.tobytes()).hexdigest()
    transform = Compose([RandomHorizontalFlip(1.0), RandomErasing(1.0), Normalize(0.5, 0.5)])
    data = labelled(images).with_transform(transform)
    for _ in range(2):
        for _ in DataLoader(data, 64, shuffle=True):
            pass
    data[0]
    assert hashlib.sha256(images.tobytes()).hexdigest() == before
    assert images.flags.writeable
    assert not data.images.flags.writeable


def test_a_transform_that_writes_in_place_cannot_reach_the_stored_images() -> None:
    def black(
        batch: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        batch[:] = 0
        return batch

    data = labelled(pixels()).with_transform(black)
    before = data.images.copy()
    list(DataLoader(data, 64))
    with pytest.raises(ValueError, match="read-only"):
        data[0]
    np.testing.assert_array_equal(data.images, before)


def test_a_held_out_part_is_not_augmented_when_the_training_part_is() -> None:
    data = labelled(pixels())
    training, held_out = random_split(data, [250, 50], np.random.default_rng(0))
    training = training.with_transform(RandomErasing(1.0))
    held = np.concatenate([batch.x.data for batch in DataLoader(held_out, 16)])
    np.testing.assert_allclose(held, data.images[held_out.indices] / 255.0, atol=1e-7)
    seen = np.concatenate([batch.x.data for batch in DataLoader(training, 16)])
    assert not np.array_equal(seen, data.images[training.indices])


def test_an_epoch_needs_one_batch_and_its_order_not_a_copy_of_the_set() -> None:
    images = np.zeros((20_000, 1, 28, 28), dtype=np.uint8)  # 15.7 MB
    tracemalloc.start()
    try:
        data = ImageDataset(images, np.zeros(20_000, dtype=np.int64), transform=Normalize(0.1, 0.3))
        for _ in DataLoader(data, 64, shuffle=True):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.1 * images.nbytes


def test_images_and_labels_that_do_not_fit_are_refused() -> None:
    images = pixels(4)
    with pytest.raises(ValueError, match=r"images are uint8 \(4, 5, 4\); they must be uint8 \(N, C, H, W\)"):
        labelled(images[:, 0])
    with pytest.raises(ValueError, match="images are float32"):
        ImageDataset(images.astype(np.float32), np.arange(4))
    with pytest.raises(ValueError, match=r"labels are int64 \(3,\); 4 images need integers of shape \(4,\)"):
        ImageDataset(images, np.arange(3))
    with pytest.raises(ValueError, match="labels run from 0 to 3; 3 classes need 0 to 2"):
        ImageDataset(images, np.arange(4), classes=("a", "b", "c"))


# The embedded digits


def test_the_digits_are_the_uci_test_set() -> None:
    train, test = Digits(), Digits(train=False)
    assert (len(train), len(test)) == (1433, 364)
    # Class counts from the repository's own description of optdigits.tes.
    counts = np.bincount(np.concatenate([train.labels, test.labels]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert train.images.shape == (1433, 1, 8, 8)
    # The first line of optdigits.tes: a 0.
    first = "0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0"
    first += ",0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0"
    np.testing.assert_array_equal(np.rint(test.images[0].reshape(-1) / 255 * 16), [int(n) for n in first.split(",")])
    assert test.labels[0] == 0


def test_the_digits_splits_share_no_image_and_have_every_digit_alike() -> None:
    train, test = Digits(), Digits(train=False)
    rows = {image.tobytes() for image in train.images}
    assert not any(image.tobytes() in rows for image in test.images)
    assert np.bincount(test.labels).tolist() == [36, 37, 36, 37, 37, 37, 37, 36, 35, 36]
    assert train.classes == tuple("0123456789")


def test_digits_can_be_learned_and_labels_belong_to_their_images() -> None:
    train, test = Digits(), Digits(train=False)
    centres = np.stack([train.images[train.labels == k].reshape(-1, 64).mean(axis=0) for k in range(10)])
    distance = ((test.images.reshape(-1, 1, 64) - centres) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) == test.labels).mean() > 0.85  # nearest centre, nothing trained


def test_labels_stored_as_bytes_become_int64_targets() -> None:
    data = ImageDataset(pixels(4), np.array([3, 1, 2, 250], dtype=np.uint8))
    batch = next(iter(DataLoader(data, 4)))
    assert data.labels.dtype == batch.y.dtype == np.int64
    assert batch.y.tolist() == [3, 1, 2, 250]
    assert data[3][1] == 250
