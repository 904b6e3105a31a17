"""The loop's supply of batches: an order drawn for each epoch, one fetch for each batch."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

import numpy as np

from tinytorch.dataloader._batch import Batch, Indices
from tinytorch.dataloader._dataset import Dataset, checked_indices, gather, samples
from tinytorch.dataloader._sampler import (
    RandomSampler,
    SequentialSampler,
    checked_batch_size,
    count_batches,
    draw,
)
from tinytorch.dataloader._state import State, state_of

S = TypeVar("S")
B = TypeVar("B")


class DataLoader(Generic[B]):
    """Iterate over a data set in batches.

    Every `iter(loader)` is an epoch of its own: it draws its order from the loader's generator and keeps its own place,
    so loops can be nested. Each index comes once an epoch; a short last batch is kept unless `drop_last`.
    A data set with `__getitems__` (see `BatchedDataset`) is asked once a batch, any other once a sample.

    Parameters
    ----------
    dataset : Dataset
    batch_size : int
    shuffle : bool
        A new permutation every epoch, else the data set's order.
    sampler : iterable of int with a length, optional
        The order instead, one pass an epoch. Excludes `shuffle`.
    batch_sampler : iterable of sequences of int with a length, optional
        The batches instead. Excludes `batch_size`, `shuffle`, `sampler` and `drop_last`.
    collate_fn : callable, optional
        Makes the batch of a list of samples; the data set is then asked sample by sample. Default: `collate`.
    drop_last : bool
    generator : numpy.random.Generator, optional
        What `shuffle` draws from; default: one of its own, seeded by the operating system.

    Yields
    ------
    Batch
        `batch.x`, `batch.y` for samples that are pairs; otherwise what `collate` (or `__getitems__`) makes of them.

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.dataloader import DataLoader, TensorDataset
    >>> data = TensorDataset(np.arange(10, dtype=np.float32), np.arange(10))
    >>> loader = DataLoader(data, batch_size=4)
    >>> [batch.y.tolist() for batch in loader]
    [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]

    Notes
    -----
    The parameters and their names are PyTorch's (`torch.utils.data.DataLoader`). An epoch holds its order, 8 bytes a
    sample, and no batch but the one being made.
    """

    @overload
    def __init__(
        self: "DataLoader[Batch]",
        dataset: Dataset[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        collate_fn: None = None,
        drop_last: bool = False,
        generator: np.random.Generator | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        dataset: Dataset[S],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        collate_fn: Callable[[list[S]], B],
        drop_last: bool = False,
        generator: np.random.Generator | None = None,
    ) -> None: ...

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        generator: np.random.Generator | None = None,
    ) -> None:
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise TypeError(f"DataLoader: {type(dataset).__name__} is no data set; it needs __len__ and __getitem__")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: sampler decides the order, so shuffle must stay False")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "DataLoader: batch_sampler decides the batches, so batch_size, shuffle, sampler and drop_last "
                "must be left as they are"
            )
        self.dataset = dataset
        self.batch_size = checked_batch_size(batch_size, "DataLoader")
        self.drop_last = drop_last
        self.collate_fn = collate_fn
        self.batch_sampler = batch_sampler
        self.sampler: Iterable[int] = sampler if sampler is not None else SequentialSampler(dataset)
        if shuffle:
            self.sampler = RandomSampler(dataset, generator=generator)
        self._order: Any = self.sampler if batch_sampler is None else batch_sampler  # what draws, and has a state
        self._epoch: Epoch | None = None
        self._resumes = False

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        if self.batch_sampler is not None:
            return len(self._order)
        return count_batches(len(self._order), self.batch_size, self.drop_last)

    def __iter__(self) -> Iterator[B]:
        """Begin an epoch, or go on with the one that `load_state_dict` brought back."""
        if self._epoch is None or not self._resumes:
            before = state_of(self._order)
            self._epoch = Epoch(self, self._draw(), before)
        self._resumes = False
        return self._epoch

    def state_dict(self) -> State:
        """Give the loader's place, so that training can go on in the middle of an epoch as if never stopped.

        Returns
        -------
        dict
            Plain values that JSON can hold: `position` (batches handed out in the epoch begun last, None between
            epochs), the order's generator as it was before it drew that epoch and as it is now, and the state
            of the data set (its transforms' generators) where it has one. A sampler without `state_dict` has its
            order of the epoch saved instead; its later epochs are its own affair.

        Notes
        -----
        The place is that of the newest iterator. Take it between batches: after the step, before the next batch.
        """
        epoch = self._epoch
        running = epoch is not None and not epoch.finished
        state: State = {
            "samples": len(self.dataset),
            "batch_size": self.batch_size,
            "drop_last": self.drop_last,
            "position": None,
            "drawn_from": None,
            "order": None,
            "sampler": state_of(self._order),
            "dataset": state_of(self.dataset),
        }
        if epoch is not None and running:
            state["position"] = epoch.position
            state["drawn_from"] = epoch.before
            if epoch.before is None:
                state["order"] = [epoch.indices(k).tolist() for k in range(epoch.count)]
        return state

    def load_state_dict(self, state: State) -> None:
        """Take up the place that `state_dict` gave: the next `iter(loader)` continues that epoch at its next batch.

        Raises
        ------
        ValueError
            If the data set's length, `batch_size` or `drop_last` differ from those of the state.
        """
        here = {"samples": len(self.dataset), "batch_size": self.batch_size, "drop_last": self.drop_last}
        for key, value in here.items():
            if state[key] != value:
                raise ValueError(f"DataLoader: the state was saved with {key} {state[key]}, this loader has {value}")
        dataset: Any = self.dataset
        if state["dataset"] is not None:
            dataset.load_state_dict(state["dataset"])
        self._epoch, self._resumes = None, False
        if state["position"] is not None:
            drawn: Indices | list[Indices]
            if state["order"] is not None:
                drawn = [np.asarray(batch, dtype=np.int64) for batch in state["order"]]
            else:
                self._order.load_state_dict(state["drawn_from"])
                drawn = self._draw()
            self._epoch, self._resumes = Epoch(self, drawn, state["drawn_from"], state["position"]), True
        if state["sampler"] is not None:
            self._order.load_state_dict(state["sampler"])

    def _draw(self) -> Indices | list[Indices]:
        """Draw the order of one epoch: one array, or one array a batch when a batch sampler cuts it."""
        length = len(self.dataset)
        if self.batch_sampler is not None:
            return [checked_indices(batch, length, "DataLoader: batch_sampler") for batch in self.batch_sampler]
        return checked_indices(draw(self.sampler), length, "DataLoader: sampler")


class Epoch(Iterator[Any]):
    """One pass: the order, and how many of its batches have been handed out."""

    def __init__(
        self, loader: DataLoader[Any], order: Indices | list[Indices], before: State | None, position: int = 0
    ) -> None:
        self._loader = loader
        self._order = order
        self._size = loader.batch_size
        self.before = before
        self.position = position
        self.finished = False
        self.count = len(order) if isinstance(order, list) else count_batches(len(order), self._size, loader.drop_last)

    def indices(self, k: int) -> Indices:
        """Return the indices of batch k."""
        if isinstance(self._order, list):
            return self._order[k]
        return self._order[k * self._size : (k + 1) * self._size]

    def __next__(self) -> Any:
        """Return the next batch, then move on by one; asked again after the last, note that it is finished and stop.

        The batch comes from `gather`, or from the loader's `collate_fn` and the list of its samples. One that cannot be
        fetched has not been handed out, and is still the next.
        """
        if self.position >= self.count:
            self.finished = True
            raise StopIteration
        loader = self._loader
        indices = self.indices(self.position)
        if loader.collate_fn is None:
            batch = gather(loader.dataset, indices)
        else:
            batch = loader.collate_fn(samples(loader.dataset, indices))
        self.position += 1
        return batch
