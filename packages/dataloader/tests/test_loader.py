"""The loader: each index once, in a new order every epoch, from where it stopped."""

import doctest
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinytorch.dataloader import (
    Batch,
    BatchSampler,
    Compose,
    DataLoader,
    ImageDataset,
    Normalize,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    _dataset,
    _loader,
    random_split,
)


def coded(n: int) -> TensorDataset:
    """Inputs that carry their own index, so that a target torn from its input shows."""
    index = np.arange(n)
    return TensorDataset(np.stack([index, -index], axis=1).astype(np.float32), index)


def indices(loader: DataLoader[Batch]) -> list[int]:
    return [i for batch in loader for i in batch.y.tolist()]


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


class Samples:
    """A user's data set: only the two methods."""

    def __init__(self, n: int) -> None:
        self.x = np.arange(n * 6, dtype=np.float32).reshape(n, 2, 3)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], int]:
        return self.x[index], index


@given(n=st.integers(0, 40), size=st.integers(1, 12), shuffle=st.booleans(), drop=st.booleans())
def test_an_epoch_has_each_index_once_and_as_many_batches_as_len_says(
    n: int, size: int, shuffle: bool, drop: bool
) -> None:
    loader = DataLoader(coded(n), size, shuffle, drop_last=drop, generator=generator())
    batches = list(loader)
    sizes = [len(batch.y.tolist()) for batch in batches]
    full, rest = divmod(n, size)
    assert sizes == [size] * full + ([rest] if rest and not drop else [])
    assert len(loader) == len(batches)
    seen = [i for batch in batches for i in batch.y.tolist()]
    assert len(set(seen)) == len(seen)
    if not drop:
        assert sorted(seen) == list(range(n))
    if not shuffle:
        assert seen == list(range(len(seen)))


def test_inputs_and_targets_stay_together_under_shuffle() -> None:
    for data in (coded(103), Samples(103)):
        for batch in DataLoader(data, 10, shuffle=True, generator=generator()):
            first = batch.x.data.reshape(len(batch.y.data), -1)[:, 0]
            scale = 1 if isinstance(data, TensorDataset) else 6
            np.testing.assert_array_equal(first, batch.y.data * scale)


def test_every_epoch_has_another_order_and_the_generator_decides_them_all() -> None:
    loader = DataLoader(coded(100), 7, shuffle=True, generator=generator(3))
    epochs = [indices(loader) for _ in range(4)]
    assert len({tuple(epoch) for epoch in epochs}) == 4
    oracle = generator(3)
    for epoch in epochs:
        assert epoch == oracle.permutation(100).tolist()


def test_no_global_seed_is_read_or_set() -> None:
    np.random.seed(20)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    first = indices(DataLoader(coded(50), 5, shuffle=True))
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert indices(DataLoader(coded(50), 5, shuffle=True)) != first


def test_nested_loops_have_places_of_their_own() -> None:
    loader = DataLoader(coded(6), 2)
    pairs = [(a.y.tolist()[0], b.y.tolist()[0]) for a in loader for b in loader]
    assert pairs == [(a, b) for a in (0, 2, 4) for b in (0, 2, 4)]


def test_a_batch_has_x_and_y_and_unpacks() -> None:
    batch = next(iter(DataLoader(coded(4), 3)))
    x, y = batch
    assert batch.x is x
    assert batch.y is y
    assert x.shape == (3, 2)
    assert x.dtype == np.float32
    assert y.dtype == np.int64


def test_batches_kept_from_an_epoch_do_not_change_later() -> None:
    data = ImageDataset(np.arange(12, dtype=np.uint8).reshape(12, 1, 1, 1), np.arange(12))
    batches = list(DataLoader(data, 4))
    values = np.concatenate([batch.x.data.reshape(-1) for batch in batches])
    np.testing.assert_allclose(values, np.arange(12) / 255, rtol=1e-6)


class Asked(Samples):
    """A data set that can fetch, and tells how it was asked."""

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self.fetched: list[list[int]] = []
        self.single = 0

    def __getitem__(self, index: int) -> tuple[NDArray[Any], int]:
        self.single += 1
        return super().__getitem__(index)

    def __getitems__(self, indices: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        self.fetched.append(indices.tolist())
        return self.x[indices], indices.copy()


def test_a_data_set_with_getitems_is_asked_once_a_batch_and_gives_the_same_batches() -> None:
    asked = Asked(11)
    batches = list(DataLoader(asked, 4, shuffle=True, generator=generator()))
    plain = list(DataLoader(Samples(11), 4, shuffle=True, generator=generator()))
    assert [len(part) for part in asked.fetched] == [4, 4, 3]
    assert asked.single == 0
    for ours, oracle in zip(batches, plain, strict=True):
        np.testing.assert_array_equal(ours.x.data, oracle.x.data)
        np.testing.assert_array_equal(ours.y.data, oracle.y.data)


def test_a_collate_fn_gets_samples_even_of_a_data_set_that_can_fetch() -> None:
    asked = Asked(5)
    loader = DataLoader(asked, 2, collate_fn=lambda samples: [y for _, y in samples])
    assert list(loader) == [[0, 1], [2, 3], [4]]
    assert asked.fetched == []


def test_a_batch_of_the_wrong_length_is_refused_with_both_numbers() -> None:
    class Short(Samples):
        def __getitems__(self, indices: NDArray[np.int64]) -> NDArray[Any]:
            return self.x[indices[:-1]]

    with pytest.raises(ValueError, match=r"Short.__getitems__ was asked for 3 samples .* \(2, 2, 3\)"):
        next(iter(DataLoader(Short(5), 3)))


def test_a_batch_fetched_at_once_may_be_a_dict_an_array_or_a_list_of_samples() -> None:
    class Named(Samples):
        def __getitems__(self, indices: NDArray[np.int64]) -> Any:
            return {"x": self.x[indices], "name": [str(i) for i in indices]}

    class Alone(Samples):
        def __getitems__(self, indices: NDArray[np.int64]) -> Any:
            return self.x[indices]

    class Listed(Samples):
        def __getitems__(self, indices: NDArray[np.int64]) -> Any:  # as PyTorch has it
            return [self[i] for i in indices.tolist()]

    listed = next(iter(DataLoader(Listed(3), 2)))
    assert listed.x.shape == (2, 2, 3)
    assert listed.y.tolist() == [0, 1]
    named: DataLoader[Any] = DataLoader(Named(3), 2)
    batch = next(iter(named))
    assert batch["x"].shape == (2, 2, 3)
    assert batch["name"] == ["0", "1"]
    alone: DataLoader[Any] = DataLoader(Alone(3), 2)
    assert next(iter(alone)).shape == (2, 2, 3)


def test_an_error_in_a_sample_says_which_one_and_is_not_swallowed() -> None:
    class Broken(Samples):
        def __getitem__(self, index: int) -> tuple[NDArray[Any], int]:
            if index == 3:
                raise KeyError("gone")
            if index == 5:
                raise StopIteration
            return super().__getitem__(index)

    with pytest.raises(KeyError) as caught:
        list(DataLoader(Broken(5), 2))
    assert "Broken[3]" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match=r"Broken\[5\] raised StopIteration"):
        list(DataLoader(Broken(8), 1, sampler=[4, 5, 6]))


# What decides the order


def test_a_sampler_decides_the_order_and_the_length() -> None:
    loader = DataLoader(coded(5), 2, sampler=[4, 0, 4])
    assert indices(loader) == [4, 0, 4]
    assert len(loader) == 2


def test_a_batch_sampler_decides_the_batches() -> None:
    loader = DataLoader(coded(5), batch_sampler=[[4], [0, 1, 2]])
    assert [batch.y.tolist() for batch in loader] == [[4], [0, 1, 2]]
    assert len(loader) == 2
    cut = BatchSampler(SequentialSampler(range(5)), 2, drop_last=True)
    assert list(cut) == [[0, 1], [2, 3]]
    assert [batch.y.tolist() for batch in DataLoader(coded(5), batch_sampler=cut)] == [[0, 1], [2, 3]]


def test_an_index_outside_the_data_set_is_named() -> None:
    with pytest.raises(IndexError, match=r"index 5 is outside the data set's 0 to 4"):
        iter(DataLoader(coded(5), sampler=[0, 5]))
    with pytest.raises(IndexError, match=r"index -1 is outside"):
        iter(DataLoader(coded(5), batch_sampler=[[0, -1]]))


@pytest.mark.parametrize("size", [0, -1, 2.0, True, None])
def test_a_batch_size_that_is_no_positive_integer_is_refused(size: Any) -> None:
    with pytest.raises(ValueError, match=r"batch_size is .* at least 1"):
        DataLoader(coded(3), size)


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="shuffle must stay False"):
        DataLoader(coded(3), shuffle=True, sampler=[0])
    for settings in ({"batch_size": 2}, {"shuffle": True}, {"sampler": [0]}, {"drop_last": True}):
        with pytest.raises(ValueError, match="batch_sampler decides"):
            DataLoader(coded(3), batch_sampler=[[0]], **settings)
    with pytest.raises(TypeError, match="needs __len__ and __getitem__"):
        DataLoader(iter([1, 2]))  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"pass numpy.random.default_rng\(seed\)"):
        DataLoader(coded(3), shuffle=True, generator=3)  # type: ignore[call-overload]


def test_a_random_sampler_without_replacement_repeats_nothing_and_with_it_does() -> None:
    assert sorted(RandomSampler(range(50), generator=generator())) == list(range(50))
    part = list(RandomSampler(range(50), num_samples=20, generator=generator()))
    assert len(set(part)) == 20
    drawn = list(RandomSampler(range(50), replacement=True, num_samples=5000, generator=generator()))
    counts = np.bincount(drawn, minlength=50)
    assert len(drawn) == 5000
    assert 50 < counts.min() < counts.max() < 160  # mean 100, standard deviation 9.9
    with pytest.raises(ValueError, match=r"num_samples is 51; .*at most 50"):
        RandomSampler(range(50), num_samples=51)


def test_a_weighted_sampler_draws_in_proportion() -> None:
    weights = np.array([0.0, 1.0, 2.0, 5.0])
    counts = np.bincount(list(WeightedRandomSampler(weights, 8000, generator=generator())), minlength=4)
    expected = weights / weights.sum() * 8000
    assert counts[0] == 0
    assert np.all(np.abs(counts - expected) <= 5 * np.sqrt(expected))
    assert sorted(WeightedRandomSampler(weights, 3, replacement=False, generator=generator())) == [1, 2, 3]
    with pytest.raises(ValueError, match="at most the 3 samples of weight above 0"):
        WeightedRandomSampler(weights, 4, replacement=False)
    for wrong in ([], [0.0], [-1.0, 2.0], [np.nan], [[1.0]]):
        with pytest.raises(ValueError, match="must be one row of finite numbers"):
            WeightedRandomSampler(np.array(wrong), 1)


# Saved and resumed


def augmented(seed: int) -> ImageDataset:
    pixels = generator(99).integers(0, 256, (23, 3, 8, 8), dtype=np.uint8)
    own = generator(seed)
    transform = Compose(
        [
            RandomCrop(8, padding=2, generator=own),
            RandomHorizontalFlip(generator=own),
            RandomErasing(generator=generator(seed + 1)),
            Normalize(0.5, 0.25),
        ]
    )
    return ImageDataset(pixels, np.arange(23), transform=transform)


def loader_of(kind: str, seed: int) -> DataLoader[Batch]:
    data, g = augmented(seed), generator(seed + 2)
    if kind == "shuffle":
        return DataLoader(data, 4, shuffle=True, generator=g)
    if kind == "in order":
        return DataLoader(data, 4)
    if kind == "weighted":
        return DataLoader(data, 4, sampler=WeightedRandomSampler(np.arange(1, 24), 15, generator=g))
    if kind == "batch sampler":
        return DataLoader(data, batch_sampler=BatchSampler(RandomSampler(data, generator=g), 4, drop_last=True))
    return DataLoader(Subset(data, np.arange(3, 20)), 4, shuffle=True, drop_last=True, generator=g)


KINDS = ["shuffle", "in order", "weighted", "batch sampler", "subset"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stop", [0, 1, 3])
@pytest.mark.parametrize("make", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_a_loader_resumed_in_the_middle_of_an_epoch_goes_on_bit_for_bit(kind: str, stop: int, make: Any) -> None:
    def run(loader: DataLoader[Batch], it: Iterator[Batch]) -> list[bytes]:
        rest = [batch.x.data.tobytes() + batch.y.data.tobytes() for batch in it]
        return rest + [batch.x.data.tobytes() + batch.y.data.tobytes() for _ in range(2) for batch in loader]

    def with_bits(seed: int) -> DataLoader[Batch]:
        loader = loader_of(kind, seed)
        holders: list[Any] = [loader.sampler, getattr(loader.batch_sampler, "sampler", None)]
        for holder in holders:
            if hasattr(holder, "generator"):
                holder.generator = np.random.Generator(make(seed))
        return loader

    loader = with_bits(0)
    list(loader)
    it = iter(loader)
    for _ in range(stop):
        next(it)
    state = json.loads(json.dumps(loader.state_dict()))
    oracle = run(loader, it)

    other = with_bits(1000)
    next(iter(other))
    other.load_state_dict(state)
    assert json.loads(json.dumps(other.state_dict())) == state
    assert run(other, iter(other)) == oracle


def test_a_loader_saved_between_epochs_begins_the_next_one() -> None:
    loader = loader_of("shuffle", 0)
    list(loader)
    state = loader.state_dict()
    assert state["position"] is None
    other = loader_of("shuffle", 5)
    other.load_state_dict(state)
    assert indices(other) == indices(loader)


def test_a_loader_saved_after_the_last_batch_has_none_left_of_that_epoch() -> None:
    loader = loader_of("shuffle", 0)
    it = iter(loader)
    for _ in range(len(loader)):
        next(it)
    other = loader_of("shuffle", 5)
    other.load_state_dict(loader.state_dict())
    assert indices(other) == []
    assert len(indices(other)) == 23


def test_a_generator_shared_by_order_and_transform_resumes_too() -> None:
    def make(seed: int) -> DataLoader[Batch]:
        shared = generator(seed)
        pixels = np.arange(60, dtype=np.uint8).reshape(10, 1, 2, 3)
        data = ImageDataset(pixels, np.arange(10), transform=RandomHorizontalFlip(generator=shared))
        return DataLoader(data, 3, shuffle=True, generator=shared)

    loader, other = make(0), make(1)
    it = iter(loader)
    next(it)
    other.load_state_dict(loader.state_dict())
    ours = [batch.x.tolist() for batch in it] + [batch.x.tolist() for batch in loader]
    assert [batch.x.tolist() for batch in other] + [batch.x.tolist() for batch in other] == ours


def test_a_sampler_without_a_state_has_its_order_saved() -> None:
    class Drifting:
        def __init__(self, start: int) -> None:
            self.start = start

        def __len__(self) -> int:
            return 5

        def __iter__(self) -> Iterator[int]:
            self.start += 1
            return iter([(self.start + i) % 5 for i in range(5)])

    loader = DataLoader(coded(5), 2, sampler=Drifting(0))
    it = iter(loader)
    next(it)
    other = DataLoader(coded(5), 2, sampler=Drifting(3))
    other.load_state_dict(json.loads(json.dumps(loader.state_dict())))
    assert [batch.y.tolist() for batch in other] == [batch.y.tolist() for batch in it]


def test_a_state_of_another_loader_is_refused_with_both_numbers() -> None:
    state = DataLoader(coded(10), 2, shuffle=True).state_dict()
    with pytest.raises(ValueError, match="samples 10, this loader has 11"):
        DataLoader(coded(11), 2, shuffle=True).load_state_dict(state)
    with pytest.raises(ValueError, match="batch_size 2, this loader has 5"):
        DataLoader(coded(10), 5, shuffle=True).load_state_dict(state)
    other = DataLoader(coded(10), 2, shuffle=True, generator=np.random.Generator(np.random.MT19937(0)))
    with pytest.raises(ValueError, match="saved generator is a PCG64, this one a MT19937"):
        other.load_state_dict(state)


# Subsets and splits


@given(sizes=st.lists(st.integers(0, 20), min_size=1, max_size=4))
def test_the_parts_of_a_split_share_nothing_and_miss_nothing(sizes: list[int]) -> None:
    data = coded(sum(sizes))
    parts = random_split(data, sizes, generator())
    assert [len(part) for part in parts] == sizes
    found = [int(part[i][1].item()) for part in parts for i in range(len(part))]
    assert sorted(found) == list(range(sum(sizes)))


def test_a_split_by_fractions_covers_everything_and_wrong_sums_are_refused() -> None:
    assert [len(part) for part in random_split(coded(11), [0.5, 0.3, 0.2], generator())] == [6, 3, 2]
    assert random_split(coded(10), [9, 1], generator(1))[1].indices.tolist() == [int(generator(1).permutation(10)[9])]
    with pytest.raises(ValueError, match="add up to 9, the data set has 10"):
        random_split(coded(10), [5, 4])
    with pytest.raises(ValueError, match=r"add up to 0\.9, not to 1"):
        random_split(coded(10), [0.5, 0.4])
    with pytest.raises(ValueError, match="negative"):
        random_split(coded(10), [11, -1])


def test_a_subset_fetches_at_once_or_sample_by_sample() -> None:
    asked = Asked(10)
    assert indices(DataLoader(Subset(Subset(asked, [9, 3, 5]), [2, 0]), 2)) == [5, 9]
    assert asked.fetched == [[5, 9]]
    assert indices(DataLoader(Subset(Samples(10), [9, 3, 5]), 2)) == [9, 3, 5]
    with pytest.raises(IndexError, match="index 10 is outside the data set's 0 to 9"):
        Subset(asked, [10])
    with pytest.raises(TypeError, match="must be integers"):
        Subset(asked, np.array([1.0]))


def test_tensors_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"first axes differ: \[\(3,\), \(4,\)\]"):
        TensorDataset(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="at least one"):
        TensorDataset()
    rows: Any = [1, 2, 3]
    with pytest.raises(TypeError, match="argument 1 is of type list; pass a Tensor or an array"):
        TensorDataset(np.zeros(3), rows)


def test_a_tensor_data_set_keeps_arrays_without_a_copy_and_leaves_them_writeable() -> None:
    array = np.zeros((4, 2), dtype=np.float32)
    data = TensorDataset(array)
    array[1] = 7.0
    assert data[1][0].tolist() == [7.0, 7.0]
    loader: DataLoader[Any] = DataLoader(data, 2)
    (first,) = next(iter(loader))
    array[0] = 9.0
    assert first.tolist() == [[0.0, 0.0], [7.0, 7.0]]


def test_the_examples_in_the_docstrings_are_true() -> None:
    for module in (_dataset, _loader):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0
