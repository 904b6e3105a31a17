"""Data sets: anything with a length and samples by index; those that can give many samples at once say so."""

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._batch import Indices, as_batch, collate
from tinytorch.dataloader._state import State, as_generator, state_of
from tinytorch.tensor import Tensor, from_numpy

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Dataset(Protocol[T_co]):
    """What a loader needs: a length and a sample for each index from 0 to `len(dataset) - 1`.

    Inherit from it or only have the two methods; a list is a data set. A sample is most often a pair (x, y).
    See `BatchedDataset` for the faster protocol.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of samples."""

    @abstractmethod
    def __getitem__(self, index: int, /) -> T_co:
        """Return one sample."""


@runtime_checkable
class BatchedDataset(Protocol):
    """A data set that gives a whole batch at once: the loader asks it once a batch, not once a sample.

    The method is PyTorch's, which has it return a list of samples, still to be stacked; that works here too. Arrays
    are what pays: 64 MNIST images are one gather instead of 64 calls and a stack.
    """

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def __getitems__(self, indices: Indices, /) -> Any:
        """Return the samples at `indices`, int64 (B,), in that order, as one batch.

        Returns
        -------
        tuple, dict, array, Tensor or list
            Arrays or tensors with a first axis of length B, in a tuple or dict where there are several; a pair becomes
            a `Batch`. The arrays must be fresh: the batch shares their memory. Or a list of samples, to be collated.
        """


def gather(dataset: Any, indices: Indices) -> Any:
    """Return the batch at `indices`, by `__getitems__` where the data set has it, else sample by sample."""
    at_once = getattr(dataset, "__getitems__", None)  # isinstance of a protocol takes microseconds
    if at_once is not None:
        return as_batch(at_once(indices), len(indices), type(dataset).__name__)
    return collate(samples(dataset, indices))


def samples(dataset: Dataset[T], indices: Indices) -> list[T]:
    """Return the samples at `indices`; an error raised on the way is told the index."""
    found: list[T] = []
    index = -1
    try:
        for index in indices.tolist():
            found.append(dataset[index])
    except StopIteration as error:  # would end the epoch in silence
        raise RuntimeError(f"{type(dataset).__name__}[{index}] raised StopIteration") from error
    except Exception as error:
        error.add_note(f"raised by {type(dataset).__name__}[{index}], while a batch was fetched")
        raise
    return found


class TensorDataset:
    """Tensors or arrays of equal first axis; sample i is the tuple of their i-th rows.

    Parameters
    ----------
    *tensors : Tensor or numpy.ndarray
        Each (N, ...). They are kept, not copied, and never written to.

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.dataloader import TensorDataset
    >>> data = TensorDataset(np.arange(6, dtype=np.float32).reshape(3, 2), np.array([0, 1, 1]))
    >>> len(data), data[1][0].shape
    (3, (2,))
    """

    def __init__(self, *tensors: Tensor | NDArray[Any]) -> None:
        if not tensors:
            raise ValueError("TensorDataset: no tensors; pass at least one")
        for position, t in enumerate(tensors):
            if not isinstance(t, Tensor | np.ndarray):
                raise TypeError(
                    f"TensorDataset: argument {position} is of type {type(t).__name__}; pass a Tensor or an array "
                    "(np.array(...))"
                )
        self.tensors = tuple(t if isinstance(t, Tensor) else from_numpy(t.view()) for t in tensors)
        self._arrays = tuple(t.data for t in self.tensors)
        shapes = [array.shape for array in self._arrays]
        if any(not shape or shape[0] != shapes[0][0] for shape in shapes):
            raise ValueError(f"TensorDataset: first axes differ: {shapes}; sample i is row i of each")

    def __len__(self) -> int:
        return len(self._arrays[0])

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """Return row `index` of each tensor, without a copy."""
        return tuple(tensor[index] for tensor in self.tensors)

    def __getitems__(self, indices: Indices) -> tuple[NDArray[Any], ...]:
        """Return rows `indices` of each tensor, in that order: one fresh array for each tensor, (B, ...)."""
        return tuple(array.take(indices, axis=0) for array in self._arrays)


class Subset(Generic[T_co]):
    """The samples of a data set at given indices, without a copy of the data.

    Parameters
    ----------
    dataset : Dataset
    indices : sequence of int
        Each from 0 to `len(dataset) - 1`; may repeat. Sample i of the subset is sample `indices[i]` of `dataset`.

    Raises
    ------
    IndexError
        If an index is outside the data set.
    """

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int] | NDArray[Any]) -> None:
        self.dataset = dataset
        self.indices: Indices = checked_indices(indices, len(dataset), "Subset")

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> T_co:
        """Return sample `indices[index]` of the data set."""
        return self.dataset[int(self.indices[index])]

    def __getitems__(self, indices: Indices) -> Any:
        """Fetch from the data set underneath, at once where it can do that, else sample by sample."""
        return gather(self.dataset, self.indices[indices])

    def with_transform(self, transform: Any) -> "Subset[T_co]":
        """Return the same samples under another transform, where the data set underneath has `with_transform`."""
        if not hasattr(self.dataset, "with_transform"):
            raise TypeError(f"Subset.with_transform: {type(self.dataset).__name__} has no transform to replace")
        return Subset(cast(Any, self.dataset).with_transform(transform), self.indices)

    def state_dict(self) -> State | None:
        """Return the state of the data set underneath (its transforms' generators), or None."""
        return state_of(self.dataset)

    def load_state_dict(self, state: State) -> None:
        """Continue from a state that `state_dict` gave."""
        cast(Any, self.dataset).load_state_dict(state)


def random_split(
    dataset: Dataset[T], lengths: Sequence[int] | Sequence[float], generator: np.random.Generator | None = None
) -> list[Subset[T]]:
    """Split a data set at random into parts that share no sample.

    Parameters
    ----------
    dataset : Dataset
    lengths : sequence of int or of float
        Lengths that add up to `len(dataset)`, or fractions that add up to 1; what rounding leaves over goes to the
        first parts, one sample each.
    generator : numpy.random.Generator, optional
        Draws the permutation.

    Returns
    -------
    list of Subset

    Raises
    ------
    ValueError
        If the lengths do not add up.
    """
    total = len(dataset)
    sizes = part_sizes(lengths, total)
    order = as_generator(generator, "random_split").permutation(total)
    ends = np.cumsum([0, *sizes])
    return [Subset(dataset, order[start:end]) for start, end in pairwise(ends)]


def part_sizes(lengths: Sequence[int] | Sequence[float], total: int) -> list[int]:
    """Return the lengths of the parts of a split, which add up to `total`; raise where they cannot."""
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: lengths {list(lengths)} has a negative one")
    if any(isinstance(length, float) for length in lengths):
        if abs(sum(lengths) - 1.0) > 1e-9:
            raise ValueError(f"random_split: fractions {list(lengths)} add up to {sum(lengths):g}, not to 1")
        sizes = [int(total * length) for length in lengths]
        for i in range(total - sum(sizes)):
            sizes[i % len(sizes)] += 1
        return sizes
    sizes = [int(length) for length in lengths]
    if sum(sizes) != total:
        raise ValueError(f"random_split: lengths {sizes} add up to {sum(sizes)}, the data set has {total} samples")
    return sizes


def checked_indices(indices: Sequence[int] | NDArray[Any], length: int, owner: str) -> Indices:
    """Return indices as a fresh, read-only int64 array; refuse other dtypes and indices outside the data set."""
    array = np.asarray(indices)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError(f"{owner}: indices are {array.dtype} of shape {array.shape}; they must be integers in one row")
    checked = array.astype(np.int64)
    if checked.size and (checked.min() < 0 or checked.max() >= length):
        wrong = checked[(checked < 0) | (checked >= length)][0]
        raise IndexError(f"{owner}: index {wrong} is outside the data set's 0 to {length - 1}")
    checked.flags.writeable = False
    return checked
