"""Downloads from a server of the test's own: whole or not at all, and a sentence for whatever goes wrong."""

import errno
import gzip
import hashlib
import http.server
import importlib
import io
import pickle
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tinytorch.dataloader import CIFAR10, MNIST, DataNotFoundError, DownloadError, FormatError, RemoteFile, Source
from tinytorch.dataloader import _download as download
from tinytorch.dataloader._cifar10 import unpack
from tinytorch.dataloader._progress import Progress

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
SHA = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []
    stop = threading.Event()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        how, _, name = self.path[1:].partition("/")
        body = self.files[name]
        if how.isdigit():
            self.send_error(int(how))
            return
        self.send_response(200)
        if how == "altered":
            body = body[:1000] + bytes([body[1000] ^ 1]) + body[1001:]
        if how == "longer":
            body += b"tail"
        if how == "shorter":
            body = body[:-100]
        if how != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if how in ("truncated", "slow", "endless"):
            self.wfile.write(body[: len(body) // 3])
            self.wfile.flush()
            if how == "slow":
                self.stop.wait(120)
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def own_folder_and_no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[str]:
    Handler.files, Handler.asked = {"data.bin": CONTENT}, []
    Handler.stop.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        Handler.stop.set()
        running.shutdown()
        thread.join()


def remote(server: str, *ways: str, name: str = "data.bin", content: bytes = CONTENT) -> RemoteFile:
    checksum = "sha256:" + hashlib.sha256(content).hexdigest()
    return RemoteFile(f"set/{name}", len(content), checksum, tuple(f"{server}/{way}/{name}" for way in ways))


def nothing_left(folder: Path) -> bool:
    return not [path for path in folder.rglob("*") if path.is_file() or path.name.startswith(".")]


def test_a_file_is_fetched_once_and_found_afterwards(server: str, tmp_path: Path) -> None:
    file = remote(server, "good")
    path = download.require(file, None, download=True)
    assert path == tmp_path / "cache" / "set" / "data.bin"
    assert path.read_bytes() == CONTENT
    assert download.require(file, None, download=False) == path
    assert Handler.asked == ["/good/data.bin"]
    assert [p.name for p in path.parent.iterdir()] == ["data.bin"]


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("404", "HTTP 404 Not Found"),
        ("500", "HTTP 500 Internal Server Error"),
        (
            "truncated",
            r"the connection broke after .* of 300,000 bytes|100,000 bytes arrived, the original has 300,000",
        ),
        ("endless", "100,000 bytes arrived, the original has 300,000"),
        ("shorter", "299,900 bytes arrived, the original has 300,000"),
        ("longer", "300,004 bytes arrived, the original has 300,000"),
        ("altered", "altered, its sha256 is not the original's"),
        ("slow", r"the connection broke after .* of 300,000 bytes"),
    ],
)
def test_what_is_not_whole_is_never_kept_and_the_reason_is_told(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, reason: str
) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", 0.3)
    with pytest.raises(DownloadError, match=reason) as caught:
        download.require(remote(server, way), None, download=True)
    message = str(caught.value)
    assert "set/data.bin (300,000 bytes)" in message
    assert "127.0.0.1" in message
    assert "TINYTORCH_DATA" in message
    assert nothing_left(tmp_path)


def test_the_next_mirror_is_tried_after_each_failure(server: str) -> None:
    file = remote(server, "404", "altered", "truncated", "good", "500")
    assert download.require(file, None, download=True).read_bytes() == CONTENT
    assert [way.split("/")[1] for way in Handler.asked] == ["404", "altered", "truncated", "good"]


def test_no_network_is_told_as_such(server: str, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError, match=f"127.0.0.1:{port}: no connection.*put the file at {tmp_path}"):
        download.require(remote(f"http://127.0.0.1:{port}", "good"), None, download=True)
    assert nothing_left(tmp_path)


def test_no_answer_within_the_time_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = remote(f"http://127.0.0.1:{silent.getsockname()[1]}", "good")
        with pytest.raises(DownloadError, match=r"no answer within 0.2 s"):
            download.require(file, tmp_path, download=True)
    assert nothing_left(tmp_path)


def test_a_full_disk_is_seen_before_the_download(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1234})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match=r"takes 300,000 bytes, .* has 1,234 free") as caught:
        download.require(remote(server, "good"), tmp_path, download=True)
    assert caught.value.errno == errno.ENOSPC
    assert Handler.asked == []


def test_a_disk_that_fills_up_on_the_way_stops_without_trying_other_mirrors(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pooch: Any = importlib.import_module("pooch")

    def full(self: Any, url: str, output: str, caller: Any) -> None:
        Path(output).write_bytes(b"part")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(DownloadError, match=r"set/data.bin \(300,000 bytes\) does not fit into .*make room"):
        download.require(remote(server, "good", "good"), tmp_path, download=True)
    assert nothing_left(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match=r"set/data.bin cannot be written into .*file"):
        download.require(remote(server, "good"), tmp_path / "file", download=True)


def test_without_pooch_the_line_to_install_it_is_told(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'tinytorch-dataloader\[download\]'"):
        download.require(remote(server, "good"), tmp_path, download=True)


def test_without_download_every_folder_that_was_looked_in_is_told(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataNotFoundError, match=r"pass download=True") as caught:
        MNIST(tmp_path / "root")
    message = str(caught.value)
    for folder in (tmp_path / "root", tmp_path / "cache"):
        assert str(folder) in message
    assert "mnist/train-images-idx3-ubyte.gz" in message
    assert "TINYTORCH_DATA" in message
    assert isinstance(caught.value, FileNotFoundError)
    monkeypatch.delenv("TINYTORCH_DATA")
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    with pytest.raises(DataNotFoundError, match="TINYTORCH_DATA is not set"):
        MNIST()
    assert Handler.asked == []


def test_folders_are_looked_at_in_the_order_argument_environment_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platformdirs: Any = importlib.import_module("platformdirs")
    monkeypatch.setenv("TINYTORCH_DATA", "~/of-the-environment")
    cache = platformdirs.user_cache_path("tinytorch", appauthor=False)
    assert download.data_folders(tmp_path) == [tmp_path, Path.home() / "of-the-environment", cache]
    file = RemoteFile("set/a", 1, "sha256:" + hashlib.sha256(b"a").hexdigest())
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path / "second"))
    (tmp_path / "second" / "set").mkdir(parents=True)
    (tmp_path / "second" / "set" / "a").write_bytes(b"a")
    assert download.find(file, tmp_path / "first") == tmp_path / "second" / "set" / "a"


def test_a_file_in_a_folder_that_is_not_the_original_is_refused(server: str, tmp_path: Path) -> None:
    file = remote(server, "good")
    path = tmp_path / file.path
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(FormatError, match="299,999 bytes, the original has 300,000"):
        download.require(file, tmp_path, download=True)
    path.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(FormatError, match="it was altered; delete it"):
        download.require(file, tmp_path, download=True)


def test_a_download_that_is_killed_leaves_no_file_under_the_name(server: str, tmp_path: Path) -> None:
    program = (
        "import sys; from tinytorch.dataloader import RemoteFile, _download as d\n"
        f"file = RemoteFile('set/data.bin', {len(CONTENT)}, {SHA!r}, ('{server}/slow/data.bin',))\n"
        "d.require(file, sys.argv[1], True)"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    deadline = time.monotonic() + 60
    while not [p for p in tmp_path.rglob("*") if p.is_file() and p.stat().st_size] and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert Handler.asked == ["/slow/data.bin"]
    assert not (tmp_path / "set" / "data.bin").exists()
    assert download.require(remote(server, "good"), tmp_path, download=True).read_bytes() == CONTENT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_silence_elsewhere(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    download.require(remote(server, "good"), tmp_path / "a", download=True)
    assert capfd.readouterr() == ("", "")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    download.require(remote(server, "good"), tmp_path / "b", download=True)
    assert terminal.getvalue().count("\n") == 1
    assert "set/data.bin" in terminal.getvalue()
    assert "100% of 0.3 MB" in terminal.getvalue()
    unknown = Progress("name", 0)
    unknown.update(5_000_000)
    unknown.finish()
    assert "name" in terminal.getvalue()


# The classes, with small files of their own


def test_mnist_is_downloaded_and_read(server: str, tmp_path: Path) -> None:
    pixels = np.arange(2 * 6, dtype=np.uint8).reshape(2, 2, 3)
    parts = {
        "images.gz": gzip.compress(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 2, 3) + pixels.tobytes()),
        "labels.gz": gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", 2) + bytes([7, 3])),
    }
    Handler.files = parts

    class Small(MNIST):
        source = Source("small", "", "", tuple(remote(server, "good", name=n, content=c) for n, c in parts.items()))

    data = Small(tmp_path, download=True)
    np.testing.assert_array_equal(data.images[:, 0], pixels)
    assert data.labels.tolist() == [7, 3]
    again = Small(tmp_path)
    assert len(again) == 2
    assert len(Handler.asked) == 2


def archive_of(members: dict[str, bytes | tarfile.TarInfo]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members.items():
            if isinstance(content, bytes):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                tar.addfile(content)
    return out.getvalue()


def cifar_batch(seed: int) -> bytes:
    data = np.random.default_rng(seed).integers(0, 256, (3, 3072), dtype=np.uint8)
    # Protocol 2 of Python 3 writes bytes by way of a function; Python 2 wrote them as they are, and so does this.
    blob = b"T" + struct.pack("<i", data.nbytes) + data.tobytes()
    head = b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    state = b"(K\x01K\x03M\x00\x0c\x86" + dtype + b"\x89"
    return head + state + blob + b"tbU\x06labels](K\x01K\x02K\x03eu."


def small_cifar(server: str, members: dict[str, Any] | None = None) -> type[CIFAR10]:
    batches = {name: cifar_batch(k) for k, name in enumerate(("data_batch_1", "data_batch_2", "test_batch"))}
    folder = "cifar-10-batches-py"
    content = archive_of(
        members if members is not None else {f"{folder}/{name}": batch for name, batch in batches.items()}
    )
    Handler.files = {"c.tar.gz": content}
    files = tuple(
        RemoteFile(f"cifar-10/{folder}/{name}", len(batch), "sha256:" + hashlib.sha256(batch).hexdigest())
        for name, batch in batches.items()
    )

    class Small(CIFAR10):
        source = Source("small", "", "", files)
        archive = remote(server, "good", name="c.tar.gz", content=content)

    return Small


def test_cifar_10_is_downloaded_unpacked_and_read_and_the_archive_deleted(server: str, tmp_path: Path) -> None:
    kind = small_cifar(server)
    with pytest.raises(DataNotFoundError, match="data_batch_1"):
        kind(tmp_path)
    data = kind(tmp_path, download=True)
    oracle = [pickle.loads(cifar_batch(k), encoding="bytes")[b"data"] for k in (0, 1)]
    np.testing.assert_array_equal(data.images.reshape(6, 3072), np.concatenate(oracle))
    assert data.labels.tolist() == [1, 2, 3, 1, 2, 3]
    assert len(kind(tmp_path, train=False)) == 3
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["data_batch_1", "data_batch_2", "test_batch"]


def test_an_archive_never_writes_outside_its_list(server: str, tmp_path: Path) -> None:
    link = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    outside = tmp_path / "outside"
    members: dict[str, Any] = {
        "../../evil": b"x",
        "../cifar-10-batches-py/data_batch_1": b"x",
        str(outside): b"x",
        "cifar-10-batches-py/extra": b"x",
        "cifar-10-batches-py/data_batch_1": link,
    }
    kind = small_cifar(server, members)
    with pytest.raises(FormatError, match="has no data_batch_1, data_batch_2, test_batch"):
        kind(tmp_path / "in" / "root", download=True)
    assert [p.name for p in tmp_path.rglob("*") if not p.is_dir()] == ["c.tar.gz"]


def test_an_archives_member_that_is_longer_or_altered_is_refused(server: str, tmp_path: Path) -> None:
    name = "cifar-10-batches-py/data_batch_1"
    batch = cifar_batch(0)
    for content, words in ((batch + b"more", "the original has"), (batch[:-1] + b"?", "it was altered")):
        kind = small_cifar(server, {name: content})
        with pytest.raises(FormatError, match=words):
            kind(tmp_path / words.replace(" ", "-"), download=True)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "c.tar.gz"]


def test_an_archive_cut_off_or_no_archive_is_refused(server: str, tmp_path: Path) -> None:
    kind = small_cifar(server)
    whole = Handler.files["c.tar.gz"]
    for content in (whole[: len(whole) // 2], b"<html>", b""):
        archive = tmp_path / "a.tar.gz"
        archive.write_bytes(content)
        with pytest.raises(FormatError, match="not a whole archive"):
            unpack(archive, kind.source.files, tmp_path)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
