"""The safetensors format: a length, a header of JSON, and the arrays' bytes. Nothing in it can be executed.

Layout: 8 bytes N (little-endian), N bytes of JSON `{"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {…}}`,
then the arrays, row by row, without gaps. https://github.com/huggingface/safetensors describes it, and its library
reads what is written here, and the other way round. Ours adds a checksum over the whole file to the metadata.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.tensor import Array
from tinytorch.training._atomic import CheckpointError, write_atomically

_NAMES = {
    "float64": "F64", "int64": "I64", "uint64": "U64", "float32": "F32", "int32": "I32", "uint32": "U32",
    "float16": "F16", "int16": "I16", "uint16": "U16", "int8": "I8", "uint8": "U8", "bool": "BOOL",
}  # fmt: skip
_DTYPES = {name: np.dtype(dtype).newbyteorder("<") for dtype, name in _NAMES.items()}
_UNSEALED = "0" * 64  # stands where the checksum goes while the checksum is computed


def write_safetensors(path: str | Path, arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> None:
    """Write named arrays and strings as one safetensors file, atomically, with a checksum.

    Parameters
    ----------
    path : path
    arrays : mapping of str to ndarray
    metadata : mapping of str to str, optional
        The key "sha256" is ours.

    Raises
    ------
    CheckpointError
        If the system refuses to write; the file that was there before is untouched.
    TypeError
        For an array whose dtype the format lacks.
    """
    entries: dict[str, Any] = {"__metadata__": {**(metadata or {}), "sha256": _UNSEALED}}
    chunks: list[memoryview] = []
    offset = 0
    # Wide elements first, so that every array lies at a multiple of its element's size.
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        if array.dtype.name not in _NAMES:
            raise TypeError(f"{path}: {name!r} is {array.dtype}; safetensors holds {', '.join(_NAMES)}")
        kind = _NAMES[array.dtype.name]
        entries[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
        flat = np.ascontiguousarray(array, dtype=_DTYPES[kind]).reshape(-1)
        chunks.append(flat.view(np.uint8).data)
    header = json.dumps(entries, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    header += b" " * (-len(header) % 8)
    digest = hashlib.sha256(header)
    for chunk in chunks:
        digest.update(chunk)
    sealed = header.replace(_seal(_UNSEALED), _seal(digest.hexdigest()), 1)
    write_atomically(path, [len(header).to_bytes(8, "little"), sealed, *chunks])


def read_safetensors(path: str | Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Read a safetensors file, ours or another's; a checksum that it carries is compared.

    Parameters
    ----------
    path : path

    Returns
    -------
    arrays : dict of str to ndarray
        They share one buffer, the file's content.
    metadata : dict of str to str
        Empty where there is none.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If it is cut off, altered, or no safetensors file.
    """
    path = Path(path)
    content = np.fromfile(path, dtype=np.uint8)
    header, data = _split(path, content)
    try:
        entries = json.loads(header)
        metadata: dict[str, str] = entries.pop("__metadata__", {})
        sealed = metadata.get("sha256")
        end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise CheckpointError(f"{path}: its header is damaged or no safetensors ({error}); {_ADVICE}") from error
    if data.nbytes < end:
        raise CheckpointError(
            f"{path} is cut off: the arrays need {end:,} bytes after the header and {data.nbytes:,} are there; "
            f"{_ADVICE}"
        )
    if sealed is not None:
        digest = hashlib.sha256(header.replace(_seal(sealed), _seal(_UNSEALED), 1))
        digest.update(data.data)
        if digest.hexdigest() != sealed:
            raise CheckpointError(
                f"{path} was altered after it was saved: its SHA-256 is {digest.hexdigest()[:12]}…, the one noted in "
                f"it {sealed[:12]}…; {_ADVICE}"
            )
    return {name: _array(path, name, entry, data) for name, entry in entries.items()}, metadata


_ADVICE = "delete it and use an older one, or save it again"


def _seal(digest: str) -> bytes:
    return f'"sha256":"{digest}"'.encode()


def _split(path: Path, content: Array) -> tuple[bytes, Array]:
    """Return the header's bytes and the data behind it."""
    length = int.from_bytes(content[:8].tobytes(), "little")
    if content.nbytes < 8 or (content.nbytes > 8 and content[8:9].tobytes() != b"{"):
        raise CheckpointError(f"{path} is no safetensors file: {content.nbytes:,} bytes without its header; {_ADVICE}")
    if content.nbytes < 8 + length:
        raise CheckpointError(
            f"{path} is cut off: its header says {length:,} bytes and {content.nbytes - 8:,} follow; {_ADVICE}"
        )
    return content[8 : 8 + length].tobytes(), content[8 + length :]


def _array(path: Path, name: str, entry: Any, data: Array) -> Array:
    try:
        kind, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        if kind not in _DTYPES:
            raise CheckpointError(f"{path}: {name!r} is stored as {kind}; NumPy knows {', '.join(_DTYPES)}")
        dtype = _DTYPES[kind]
        if begin < 0 or end - begin != math.prod(shape) * dtype.itemsize:
            raise CheckpointError(
                f"{path}: {name!r} of shape {shape} and {dtype} takes {math.prod(shape) * dtype.itemsize:,} bytes; "
                f"its entry says {end - begin:,}; {_ADVICE}"
            )
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path}: the entry of {name!r} is damaged ({error}); {_ADVICE}") from error
    array: Array = data[begin:end].view(dtype).reshape(shape)
    return array
