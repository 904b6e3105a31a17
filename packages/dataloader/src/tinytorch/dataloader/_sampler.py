"""Samplers: which samples an epoch visits, in which order, and how they are cut into batches."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._batch import Indices
from tinytorch.dataloader._state import State, as_generator, generator_state, set_generator_state, state_of


class Sampler(ABC):
    """An order of indices, drawn anew for every epoch.

    A loader takes any iterable of ints with a length; one that inherits from this class gives its epoch as one array.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return how many indices an epoch has."""

    @abstractmethod
    def order(self) -> Indices:
        """Draw the indices of one epoch, int64 (len(self),)."""

    def __iter__(self) -> Iterator[int]:
        return iter(self.order().tolist())

    def state_dict(self) -> State | None:
        """Return the generator's state as plain values; empty where there is no generator."""
        generator = getattr(self, "generator", None)
        return {} if generator is None else generator_state(generator)

    def load_state_dict(self, state: State) -> None:
        """Continue from a state that `state_dict` gave."""
        generator = getattr(self, "generator", None)
        if generator is not None:
            set_generator_state(generator, state)


class SequentialSampler(Sampler):
    """The indices 0 to `len(data) - 1`, in that order, every epoch."""

    def __init__(self, data: Sized) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def order(self) -> Indices:
        """Return 0 to `len(self) - 1`."""
        return np.arange(len(self.data), dtype=np.int64)


class RandomSampler(Sampler):
    """A new permutation every epoch: each index once.

    Parameters
    ----------
    data : sized
        What is sampled; only its length is used.
    replacement : bool
        Draw each index independently instead: some come twice, about 37 % not at all.
    num_samples : int, optional
        Indices an epoch has; default `len(data)`. Without replacement at most `len(data)`.
    generator : numpy.random.Generator, optional
        Every epoch draws from it once.
    """

    def __init__(
        self,
        data: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: np.random.Generator | None = None,
    ) -> None:
        if num_samples is not None and (num_samples < 0 or (num_samples > len(data) and not replacement)):
            raise ValueError(
                f"RandomSampler: num_samples is {num_samples}; it is never negative, and without replacement at most "
                f"{len(data)}"
            )
        self.data = data
        self.replacement = replacement
        self.num_samples = num_samples
        self.generator = as_generator(generator, "RandomSampler")

    def __len__(self) -> int:
        return len(self.data) if self.num_samples is None else self.num_samples

    def order(self) -> Indices:
        """Draw int64 (len(self),): part of a permutation of all indices, or with replacement independent ones."""
        if self.replacement:
            return self.generator.integers(len(self.data), size=len(self), dtype=np.int64)
        return self.generator.permutation(len(self.data))[: len(self)]


class WeightedRandomSampler(Sampler):
    """Indices drawn in proportion to weights, for instance to even out rare classes.

    Parameters
    ----------
    weights : sequence of float
        One a sample, not negative, not all zero; they need not add up to 1.
    num_samples : int
        Indices an epoch has.
    replacement : bool
        Whether an index can come twice in an epoch.
    generator : numpy.random.Generator, optional
    """

    def __init__(
        self,
        weights: Sequence[float] | NDArray[Any],
        num_samples: int,
        replacement: bool = True,
        generator: np.random.Generator | None = None,
    ) -> None:
        array = np.asarray(weights, dtype=np.float64)
        if array.ndim != 1 or not np.isfinite(array).all() or (array < 0).any() or not array.sum() > 0:
            raise ValueError(
                f"WeightedRandomSampler: weights of shape {array.shape} must be one row of finite numbers, "
                "none negative, not all zero"
            )
        drawable = int(np.count_nonzero(array))
        if num_samples < 0 or (not replacement and num_samples > drawable):
            raise ValueError(
                f"WeightedRandomSampler: num_samples is {num_samples}; without replacement it is at most the "
                f"{drawable} samples of weight above 0, never negative"
            )
        self.weights = array
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = as_generator(generator, "WeightedRandomSampler")

    def __len__(self) -> int:
        return self.num_samples

    def order(self) -> Indices:
        """Draw `num_samples` indices, index i with probability `weights[i] / sum(weights)`."""
        shares = self.weights / self.weights.sum()
        return self.generator.choice(len(shares), size=self.num_samples, replace=self.replacement, p=shares)


class BatchSampler:
    """Cut a sampler's indices into batches, in order.

    Parameters
    ----------
    sampler : Sampler, or sized iterable of int
    batch_size : int
    drop_last : bool
        Leave out a last batch that is short.
    """

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool = False) -> None:
        self.sampler = sampler
        self.batch_size = checked_batch_size(batch_size, "BatchSampler")
        self.drop_last = drop_last

    def __len__(self) -> int:
        return count_batches(len(self.sampler), self.batch_size, self.drop_last)

    def __iter__(self) -> Iterator[list[int]]:
        order = draw(self.sampler).tolist()
        for k in range(count_batches(len(order), self.batch_size, self.drop_last)):
            yield order[k * self.batch_size : (k + 1) * self.batch_size]

    def state_dict(self) -> State | None:
        """Return the sampler's state, or None where it has none."""
        return state_of(self.sampler)

    def load_state_dict(self, state: State) -> None:
        """Continue from a state that `state_dict` gave."""
        self.sampler.load_state_dict(state)


def draw(sampler: Any) -> Indices:
    """Draw one epoch's indices from a `Sampler` or from any iterable of ints."""
    if isinstance(sampler, Sampler):
        return sampler.order()
    return np.fromiter(sampler, dtype=np.int64)


def count_batches(samples: int, batch_size: int, drop_last: bool) -> int:
    """Return how many batches cover `samples`: rounded up, or down where a short last one is dropped."""
    return samples // batch_size if drop_last else -(-samples // batch_size)


def checked_batch_size(batch_size: object, owner: str) -> int:
    """Return a batch size that is an integer of at least 1, or raise."""
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise ValueError(f"{owner}: batch_size is {batch_size!r}; it must be an integer of at least 1")
    return int(batch_size)
