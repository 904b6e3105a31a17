"""The IDX format of MNIST: two zero bytes, a type, a number of axes, the axes, then the numbers, all big-endian."""

import gzip
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from tinytorch.dataloader._errors import FormatError

# The third byte of the file says the numbers' type.
_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_PER_BYTE = 1032  # DEFLATE cannot make more of one byte


def read_idx(path: str | Path) -> NDArray[Any]:
    """Read an IDX file, plain or gzip (told by its first bytes).

    Parameters
    ----------
    path : path

    Returns
    -------
    numpy.ndarray
        In the file's type and shape, native byte order.

    Raises
    ------
    FormatError
        If the file is no IDX file, is cut off, has bytes left over or does not decompress; the file, the rule and the
        numbers are named.

    Notes
    -----
    Reads straight into the result: no second copy of the numbers. Format: the page of Y. LeCun's MNIST database.
    """
    path = Path(path)
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not zipped:
            return _read(file, path, path.stat().st_size)
        try:
            with gzip.open(file) as unzipped:
                return _read(cast(BinaryIO, unzipped), path, path.stat().st_size * _MOST_PER_BYTE)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FormatError(f"{path}: not a whole gzip file ({error}); delete it and fetch it again") from error


def _read(file: BinaryIO, path: Path, most: int) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\x00\x00" or magic[2] not in _DTYPES:
        raise FormatError(
            f"{path}: starts with {magic.hex(' ') or 'nothing'}; an IDX file starts with 00 00, a type "
            f"({', '.join(f'{code:02x}' for code in _DTYPES)}) and the number of axes"
        )
    axes = magic[3]
    header = file.read(4 * axes)
    if len(header) < 4 * axes:
        raise FormatError(f"{path}: cut off in the header: {axes} axes take {4 * axes} bytes, {len(header)} are there")
    shape = tuple(int(n) for n in np.frombuffer(header, dtype=">u4"))
    dtype = np.dtype(_DTYPES[magic[2]])
    wanted = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if wanted > most:
        raise FormatError(f"{path}: its header announces {shape}, {wanted:,} bytes, more than the file can hold")
    array = np.empty(shape, dtype=dtype)
    rest = array.reshape(-1).view(np.uint8).data
    while len(rest) and (read := cast(Any, file).readinto(rest)):
        rest = rest[read:]
    if len(rest):
        raise FormatError(f"{path}: cut off: {shape} takes {wanted:,} bytes, {wanted - len(rest):,} are there")
    if file.read(1):
        raise FormatError(
            f"{path}: bytes are left over after {shape}, {wanted:,} bytes; the header does not fit the data"
        )
    return array.astype(dtype.newbyteorder("="), copy=False)
