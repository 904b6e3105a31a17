"""Named arrays and strings in one safetensors file, through the safetensors library. Nothing in it can be executed.

The library lays the bytes out and checks a file's structure when it reads it. Ours around it: the file is written
beside its target and renamed over it, and a checksum of all that it says goes with it, because the format has none and
a changed byte inside an array would be read as another number.
"""

import hashlib
import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.tensor import Array
from tinytorch.training._atomic import CheckpointError, write_atomically

CHECKSUM = "tinytorch.sha256"  # the key in the metadata
# What every version of the library that we allow stores under NumPy's name for it.
_DTYPES = (
    "float64", "int64", "uint64", "float32", "int32", "uint32", "float16", "int16", "uint16", "int8", "uint8", "bool",
)  # fmt: skip
_ADVICE = "delete it and use an older one, or save it again"


def safetensors() -> Any:
    """Return the safetensors library, or raise with the line that installs it."""
    try:
        importlib.import_module("safetensors.numpy")
        return importlib.import_module("safetensors")
    except ImportError as error:
        raise ImportError(
            "checkpoints and files of weights need safetensors: pip install 'tinytorch-training[checkpoints]'"
        ) from error


def write_safetensors(path: str | Path, arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> None:
    """Write named arrays and strings as one safetensors file, atomically, with a checksum.

    Parameters
    ----------
    path : path
    arrays : mapping of str to ndarray
        Under any name but "__metadata__", which the format keeps for itself.
    metadata : mapping of str to str, optional
        At most 100 MB with the arrays' names. The key "tinytorch.sha256" is ours.

    Raises
    ------
    CheckpointError
        If the system refuses to write, or the library to store; the file that was there before is untouched.
    TypeError
        For an array whose dtype the format lacks.
    ValueError
        For an array called "__metadata__".
    ImportError
        Without the safetensors library; the message has the line that installs it.

    Notes
    -----
    The library builds the file in memory first, so the arrays' bytes are there twice for the time of the call.
    """
    library = safetensors()
    for name, array in arrays.items():
        if name == "__metadata__":
            raise ValueError(f"{path}: no array can be called {name!r}, safetensors keeps that name for its metadata")
        if array.dtype.name not in _DTYPES:
            raise TypeError(f"{path}: {name!r} is {array.dtype}; safetensors holds {', '.join(_DTYPES)}")
    # The library takes an array's memory as it lies, strides or not.
    plain = {name: _in_order(array) for name, array in arrays.items()}
    strings = dict(metadata or {})
    try:
        content: bytes = library.numpy.save(plain, {**strings, CHECKSUM: _checksum(plain, strings)})
    except library.SafetensorError as error:
        raise CheckpointError(
            f"{path} could not be saved: safetensors refuses {len(plain)} arrays with "
            f"{sum(map(len, strings.values())):,} characters of metadata ({error})"
        ) from error
    write_atomically(path, [content])


def read_safetensors(path: str | Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Read a safetensors file, ours or another's; a checksum of ours that it carries is compared.

    Parameters
    ----------
    path : path

    Returns
    -------
    arrays : dict of str to ndarray
    metadata : dict of str to str
        Empty where there is none.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If it is cut off, altered, or no safetensors file, or holds numbers that NumPy lacks.
    ImportError
        Without the safetensors library; the message has the line that installs it.
    """
    path = Path(path)
    library = safetensors()
    size = path.stat().st_size
    try:
        with library.safe_open(path, framework="np") as file:
            metadata: dict[str, str] = file.metadata() or {}
            arrays = {name: _read(path, file, name) for name in file.keys()}  # noqa: SIM118  (no mapping)
    except library.SafetensorError as error:
        raise CheckpointError(
            f"{path} is cut off, altered, or no safetensors file: its {size:,} bytes do not fit together ({error}); "
            f"{_ADVICE}"
        ) from error
    noted = metadata.get(CHECKSUM)
    if noted is not None:
        found = _checksum(arrays, {key: text for key, text in metadata.items() if key != CHECKSUM})
        if found != noted:
            raise CheckpointError(
                f"{path} was altered after it was saved: the SHA-256 of its content is {found[:12]}…, the one noted "
                f"in it {noted[:12]}…; {_ADVICE}"
            )
    return arrays, metadata


def _in_order(array: Array) -> Array:
    """Return an array row by row and little-endian, itself where it is so already."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)


def _checksum(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    """Return the SHA-256 of every name, dtype, shape, byte and string, whatever the order in the file."""
    entries = [[name, array.dtype.name, array.shape] for name, array in sorted(arrays.items())]
    digest = hashlib.sha256(json.dumps([entries, sorted(metadata.items())]).encode())
    for _, array in sorted(arrays.items()):
        digest.update(_in_order(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _read(path: Path, file: Any, name: str) -> Array:
    try:
        array: Array = file.get_tensor(name)
    except TypeError as error:  # a dtype of other libraries, such as bfloat16
        raise CheckpointError(
            f"{path}: {name!r} is stored as {file.get_slice(name).get_dtype()}, which NumPy lacks ({error}); NumPy "
            f"knows {', '.join(_DTYPES)}"
        ) from error
    return array
