"""Batches as the loop sees them: inputs, targets, and how many samples they are."""

from collections.abc import Iterable, Iterator, Sequence, Sized
from functools import partial
from typing import Any

from tinytorch.tensor import Tensor


def batches_of(loader: Iterable[Any], owner: str) -> Iterator[tuple[Any, Any, int]]:
    """Give (x, y, samples) for each batch of a loader, holding none itself."""
    return map(partial(_unpacked, owner), loader)


def _unpacked(owner: str, batch: Any) -> tuple[Any, Any, int]:
    try:
        x, y = batch
    except (TypeError, ValueError) as error:
        items = f" of {len(batch)}" if isinstance(batch, Sequence) else ""
        got = f"{type(batch).__name__}{items}"
        raise TypeError(f"{owner}: a batch is a pair (x, y); the loader gave a {got}") from error
    return x, y, x.shape[0] if isinstance(x, Tensor) and x.ndim else len(x)


def length(loader: object) -> int | None:
    """Return how many batches a loader gives, where it says so."""
    return len(loader) if isinstance(loader, Sized) else None
