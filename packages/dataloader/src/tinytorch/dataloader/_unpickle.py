"""Read CIFAR's batches, which are pickles, without running anything that is in them.

A pickle is a program: it names any importable function and calls it. Here three names are known, those that a stored
NumPy array needs, and each stands for a few lines below that only keep what they are told. NumPy's own unpickling
never sees the file.
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._errors import FormatError

_SIDE, _CHANNELS = 32, 3
_PIXELS = _CHANNELS * _SIDE * _SIDE


class _DType:
    """Stands for numpy.dtype."""

    def __init__(self, code: object = None, *flags: object) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Keep nothing: bytes have no byte order."""


class _ArrayType:
    """Stands for numpy.ndarray where it is only named."""


class _Array:
    """Stands for an array: keeps the state that the file gives it."""

    def __init__(self) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


def _reconstruct(*arguments: object) -> _Array:
    return _Array()


_KNOWN = {
    ("numpy", "dtype"): _DType,
    ("numpy", "ndarray"): _ArrayType,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known = _KNOWN.get((module, name))
        if known is None:
            raise FormatError(f"asks for {module}.{name}; a batch of CIFAR-10 needs NumPy arrays and nothing else")
        return known


def read_cifar_batch(path: str | Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read one of CIFAR-10's batches in its "python version"; nothing in the file is run.

    Parameters
    ----------
    path : path

    Returns
    -------
    images : numpy.ndarray
        uint8 (N, 3, 32, 32): a row of the file is the red plane, then the green, then the blue, each row by row.
    labels : numpy.ndarray
        int64 (N,), 0 to 9.

    Raises
    ------
    FormatError
        If the file is cut off, asks for anything but arrays, or holds something else.
    """
    path = Path(path)
    with path.open("rb") as file:
        try:
            content = _Unpickler(file, encoding="bytes").load()
        except FormatError as error:
            raise FormatError(f"{path}: {error}; it was refused and nothing in it was run") from error
        except Exception as error:  # a broken pickle raises almost anything
            raise FormatError(f"{path}: not a whole pickle ({error}); delete it and fetch it again") from error
    try:
        pixels, labels = content[b"data"], content[b"labels"]
    except (TypeError, KeyError) as error:
        raise FormatError(f"{path}: has no data and labels; a batch is a dict with both") from error
    images = _bytes_of(pixels, path).reshape(-1, _CHANNELS, _SIDE, _SIDE)
    if not isinstance(labels, list) or len(labels) != len(images) or not all(_is_label(label) for label in labels):
        raise FormatError(f"{path}: {len(images)} images need as many labels, integers from 0 to 9")
    return images, np.array(labels, dtype=np.int64)


def _is_label(label: object) -> bool:
    return type(label) is int and 0 <= label <= 9


def _bytes_of(array: object, path: Path) -> NDArray[np.uint8]:
    # The state of a pickled array: version, shape, dtype, whether columns come first, the bytes.
    state = array.state if isinstance(array, _Array) else None
    if not (isinstance(state, tuple) and len(state) == 5):
        raise FormatError(f"{path}: its data is no array")
    _, shape, dtype, by_columns, content = state
    if not (
        isinstance(dtype, _DType) and dtype.code in ("u1", b"u1") and not by_columns and isinstance(content, bytes)
    ):
        raise FormatError(f"{path}: its data must be bytes (uint8), stored row by row")
    if not (
        isinstance(shape, tuple) and len(shape) == 2 and shape[1] == _PIXELS and len(content) == shape[0] * _PIXELS
    ):
        raise FormatError(f"{path}: its data has shape {shape} and {len(content):,} bytes; a row is {_PIXELS:,} bytes")
    return np.frombuffer(content, dtype=np.uint8)
