"""The formats of MNIST and CIFAR-10, read from files written here byte by byte."""

import gzip
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tinytorch.dataloader import CIFAR10, MNIST, FashionMNIST, FormatError, Normalize, read_cifar_batch, read_idx


def idx(shape: tuple[int, ...], payload: bytes, code: int = 0x08) -> bytes:
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + payload


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx_is_read_row_by_row_in_native_byte_order(tmp_path: Path, pack: Any) -> None:
    array = read_idx(write(tmp_path / "a", pack(idx((2, 3, 1), bytes([1, 2, 3, 4, 5, 255])))))
    assert array.dtype == np.uint8
    assert array.tolist() == [[[1], [2], [3]], [[4], [5], [255]]]
    shorts = read_idx(write(tmp_path / "b", pack(idx((2,), struct.pack(">2h", -2, 300), code=0x0B))))
    assert shorts.dtype == np.dtype("=i2")
    assert shorts.tolist() == [-2, 300]
    doubles = read_idx(write(tmp_path / "c", pack(idx((1, 1), struct.pack(">d", 0.5), code=0x0E))))
    assert doubles.tolist() == [[0.5]]
    assert read_idx(write(tmp_path / "d", pack(idx((0, 28, 28), b"")))).shape == (0, 28, 28)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "starts with nothing"),
        (b"\x00\x00\x08", "starts with 00 00 08"),
        (b"<html>not found</html>", "starts with 3c 68 74 6d; an IDX file starts with 00 00"),
        (idx((2,), b"ab", code=0x07), "starts with 00 00 07 01"),
        (idx((2, 3), b"")[:9], "cut off in the header: 2 axes take 8 bytes, 5 are there"),
        (idx((2, 3), b"12345"), r"cut off: \(2, 3\) takes 6 bytes, 5 are there"),
        (idx((2, 3), b"1234567"), "bytes are left over after"),
        (idx((2**32 - 1, 2**32 - 1), b"12"), "more than the file can hold"),
    ],
)
def test_an_idx_file_that_is_wrong_is_refused_with_file_rule_and_numbers(
    tmp_path: Path, pack: Any, content: bytes, words: str
) -> None:
    path = write(tmp_path / "wrong-idx", pack(content))
    with pytest.raises(FormatError, match=words) as caught:
        read_idx(path)
    assert "wrong-idx" in str(caught.value)


@pytest.mark.parametrize("keep", [1.0 / 3, 0.9, 0.999])
def test_a_gzip_file_cut_off_anywhere_is_refused(tmp_path: Path, keep: float) -> None:
    payload = np.random.default_rng(0).integers(0, 256, 3000, dtype=np.uint8).tobytes()
    whole = gzip.compress(idx((3000,), payload))
    with pytest.raises(FormatError, match="not a whole gzip file"):
        read_idx(write(tmp_path / "a.gz", whole[: int(len(whole) * keep)]))


def test_a_gzip_file_with_an_altered_byte_is_refused(tmp_path: Path) -> None:
    payload = np.random.default_rng(0).integers(0, 256, 3000, dtype=np.uint8).tobytes()
    whole = bytearray(gzip.compress(idx((3000,), payload)))
    whole[1500] ^= 4
    with pytest.raises(FormatError, match="not a whole gzip file"):
        read_idx(write(tmp_path / "a.gz", bytes(whole)))


# CIFAR-10's pickles


def cifar_like(n: int = 4) -> tuple[dict[bytes, Any], NDArray[np.uint8]]:
    planes = np.random.default_rng(0).integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
    return {b"data": planes.reshape(n, 3072), b"labels": list(range(n)), b"filenames": [b"a.png"] * n}, planes


def as_python_2_wrote_it(content: dict[bytes, Any]) -> bytes:
    """Write the opcodes of the original batches: protocol 2, byte strings, numpy.core.multiarray."""

    def text(value: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(value)) + value

    data = content[b"data"]
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
    dtype = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNNJ" + struct.pack("<i", -1)
    dtype += b"J" + struct.pack("<i", -1) + b"K\x00tb"
    shape = b"(M" + struct.pack("<H", data.shape[0]) + b"M" + struct.pack("<H", data.shape[1]) + b"t"
    state = b"(K\x01" + shape + dtype + b"\x89" + text(data.tobytes()) + b"tb"
    labels = b"](" + b"".join(b"K" + bytes([label]) for label in content[b"labels"]) + b"e"
    return b"\x80\x02}(" + text(b"data") + array + state + text(b"labels") + labels + b"u."


def test_a_cifar_row_is_a_red_a_green_and_a_blue_plane_row_by_row(tmp_path: Path) -> None:
    content, planes = cifar_like()
    images, labels = read_cifar_batch(write(tmp_path / "a", as_python_2_wrote_it(content)))
    np.testing.assert_array_equal(images, planes)
    for channel, y, x in ((0, 0, 1), (1, 0, 0), (2, 31, 30), (1, 7, 19)):  # the page's formula: 1024 c + 32 y + x
        np.testing.assert_array_equal(images[:, channel, y, x], content[b"data"][:, 1024 * channel + 32 * y + x])
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 2, 3]


def test_the_hand_written_pickle_is_what_numpy_itself_reads() -> None:
    content, _ = cifar_like()
    oracle = pickle.loads(as_python_2_wrote_it(content), encoding="bytes")
    np.testing.assert_array_equal(oracle[b"data"], content[b"data"])


class Evil:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_calls_anything_is_refused_and_nothing_is_run(tmp_path: Path, protocol: int) -> None:
    witness = tmp_path / "ran"
    for function, arguments in (
        (os.system, (f"touch {witness}",)),
        (eval, (f"open({str(witness)!r}, 'w')",)),
        (np.save, (str(witness), 1)),
        (Path.touch, (witness,)),
    ):
        path = write(tmp_path / "evil", pickle.dumps({b"data": Evil(function, *arguments)}, protocol=protocol))
        with pytest.raises(FormatError, match=r"evil: asks for .*nothing in it was run"):
            read_cifar_batch(path)
        assert not list(tmp_path.glob("ran*"))


@pytest.mark.parametrize(
    "program",
    [
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
        b"\x80\x04\x8c\x05numpy\x8c\x0dndarray.dumps\x93.",
        b"(S'true'\nios\nsystem\n.",
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\ngetattr\n.",
        b"c_codecs\nencode\n.",
        b"cnumpy\nfromfile\n.",
        b"P1\n.",
    ],
)
def test_names_that_no_array_needs_are_refused(tmp_path: Path, program: bytes) -> None:
    with pytest.raises(FormatError, match=r"asks for|not a whole pickle"):
        read_cifar_batch(write(tmp_path / "a", program))


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.999])
def test_a_pickle_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    whole = as_python_2_wrote_it(cifar_like()[0])
    cut = whole[: int(keep if keep >= 1 else keep * len(whole))]
    with pytest.raises(FormatError, match="not a whole pickle"):
        read_cifar_batch(write(tmp_path / "a", cut))


def test_a_pickle_of_something_else_is_refused(tmp_path: Path) -> None:
    content, planes = cifar_like()

    def refuse(words: str, **changes: Any) -> None:
        changed = {**content, **{name.encode(): value for name, value in changes.items()}}
        with pytest.raises(FormatError, match=words):
            read_cifar_batch(write(tmp_path / "a", as_python_2_wrote_it(changed)))

    refuse("4 images need as many labels", labels=[0, 1, 2])
    refuse("integers from 0 to 9", labels=[0, 1, 2, 10])
    refuse(r"shape \(4, 3071\)", data=planes.reshape(4, 3072)[:, :3071])
    for value in (b"\x80\x02N.", b"\x80\x02}.", b"\x80\x02]."):
        with pytest.raises(FormatError, match="has no data and labels"):
            read_cifar_batch(write(tmp_path / "a", value))
    with pytest.raises(FormatError, match="its data is no array"):
        read_cifar_batch(write(tmp_path / "a", b"\x80\x02}(U\x04dataK\x03U\x06labels]u."))
    good = as_python_2_wrote_it(content)
    with pytest.raises(FormatError, match="must be bytes"):
        read_cifar_batch(write(tmp_path / "a", good.replace(b"u1", b"i1")))


# The real files, where they are

needs_data = pytest.mark.skipif("TINYTORCH_DATA" not in os.environ, reason="TINYTORCH_DATA names no data sets")


@needs_data
@pytest.mark.parametrize(("kind", "mean", "std"), [(MNIST, 0.1307, 0.3081), (FashionMNIST, 0.2860, 0.3530)])
def test_mnist_and_fashion_mnist_are_the_published_ones(kind: type[MNIST], mean: float, std: float) -> None:
    train, test = kind(), kind(train=False)
    assert train.images.shape == (60_000, 1, 28, 28)
    assert test.images.shape == (10_000, 1, 28, 28)
    if kind is MNIST:  # counts of the classes, and the first labels, from the literature
        assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
        assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    else:
        assert np.bincount(train.labels).tolist() == [6000] * 10
    fitted = Normalize.fit(train)
    np.testing.assert_allclose([fitted.mean[0], fitted.std[0]], [mean, std], atol=5e-5)


@needs_data
def test_cifar_10_is_the_published_one() -> None:
    test = CIFAR10(train=False)
    assert test.images.shape == (10_000, 3, 32, 32)
    assert np.bincount(test.labels).tolist() == [1000] * 10
    train = CIFAR10()
    assert np.bincount(train.labels).tolist() == [5000] * 10
    assert [train.classes[k] for k in train.labels[:5]] == ["frog", "truck", "truck", "deer", "automobile"]
    fitted = Normalize.fit(train)
    np.testing.assert_allclose(fitted.mean, [0.4914, 0.4822, 0.4465], atol=5e-5)
    np.testing.assert_allclose(fitted.std, [0.2470, 0.2435, 0.2616], atol=5e-5)
    # Neighbouring pixels are alike only when the planes are read as planes.
    sample = train.images[:500].astype(np.int64)
    assert np.abs(np.diff(sample, axis=3)).mean() < 15 < np.abs(np.diff(sample.reshape(500, 32, 32, 3), axis=2)).mean()
