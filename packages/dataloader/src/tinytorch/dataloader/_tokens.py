"""Windows over a long row of tokens, read from disk only where a batch needs them."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tinytorch.dataloader._batch import Indices
from tinytorch.tensor import Tensor, from_numpy


class TokenWindows:
    """Every window of a token row, with the token after each as its target: what a language model trains on.

    Sample i begins at token `i * step`: x is `tokens[begin : begin + length]` and y the same one token later.

    Parameters
    ----------
    tokens : numpy.ndarray
        Integers, one row of at least `length + 1`. A memory map (`numpy.load(path, mmap_mode="r")`) stays on disk.
    length : int
        Tokens in a window, T.
    step : int
        Tokens between the beginnings of two windows; `step=length` cuts the row into pieces that do not overlap.

    Raises
    ------
    ValueError
        If there are too few tokens for one window.

    Examples
    --------
    >>> import numpy as np
    >>> from tinytorch.dataloader import TokenWindows
    >>> x, y = TokenWindows(np.arange(10), length=4)[2]
    >>> x.tolist(), y.tolist()
    ([2, 3, 4, 5], [3, 4, 5, 6])

    Notes
    -----
    A batch reads B x (T + 1) tokens and makes x and y of them, int64 (B, T). Nothing else is held.
    """

    def __init__(self, tokens: NDArray[Any], length: int, step: int = 1) -> None:
        if tokens.ndim != 1 or tokens.dtype.kind not in "iu":
            raise ValueError(
                f"TokenWindows: tokens are {tokens.dtype} {tokens.shape}; they must be integers in one row"
            )
        if length < 1 or step < 1 or len(tokens) <= length:
            raise ValueError(
                f"TokenWindows: {len(tokens)} tokens, length {length}, step {step}; a window of length 1 or more "
                "takes length + 1 tokens, and step is at least 1"
            )
        self.tokens = tokens
        self.length = length
        self.step = step
        self._windows = sliding_window_view(tokens, length + 1)[::step]  # (windows, T + 1), no copy

    def __len__(self) -> int:
        return len(self._windows)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return window `index` and its targets, int64 (T,) each."""
        window = self._windows[index].astype(np.int64)
        return from_numpy(window[:-1]), from_numpy(window[1:])

    def __getitems__(self, indices: Indices) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the windows at `indices` and their targets, int64 (B, T) each."""
        windows = self._windows[indices]  # (B, T + 1)
        return windows[:, :-1].astype(np.int64), windows[:, 1:].astype(np.int64)
