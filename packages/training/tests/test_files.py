"""Checkpoint files: the format, the state in it, and what happens when writing or reading goes wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch.layers import Linear, Sequential
from tinytorch.tensor import Tensor
from tinytorch.training import (
    Checkpoint,
    CheckpointError,
    SaveBest,
    load_state,
    load_weights,
    read_safetensors,
    save_state,
    save_weights,
    write_atomically,
    write_safetensors,
)

DTYPES = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "uint64", "bool"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4), (2, 0, 3)])
def test_the_safetensors_library_reads_what_we_write(
    dtype: str, shape: tuple[int, ...], folder: Path, rng: np.random.Generator
) -> None:
    array = (rng.normal(size=shape) * 3).astype(dtype) if dtype != "bool" else np.asarray(rng.random(shape) < 0.5)
    write_safetensors(folder / "a", {"x": array, "odd": np.arange(3, dtype=np.int8)}, {"note": 'é "quoted"'})
    theirs = safetensors.numpy.load_file(folder / "a")
    np.testing.assert_array_equal(theirs["x"], array)
    assert theirs["x"].dtype == array.dtype
    ours, metadata = read_safetensors(folder / "a")
    np.testing.assert_array_equal(ours["x"], array)
    assert ours["x"].shape == shape
    assert metadata["note"] == 'é "quoted"'


def test_we_read_what_the_safetensors_library_writes(folder: Path, rng: np.random.Generator) -> None:
    arrays = {name: (rng.normal(size=(3, 5)) * 9).astype(name) for name in DTYPES}
    safetensors.numpy.save_file(arrays, folder / "a", {"k": "v"})
    ours, metadata = read_safetensors(folder / "a")
    assert metadata == {"k": "v"}
    assert ours.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(ours[name], array)


def test_arrays_that_are_not_contiguous_are_written_in_their_order(folder: Path) -> None:
    array = np.arange(24.0).reshape(4, 6)
    write_safetensors(folder / "a", {"t": array.T, "back": array[::-1, ::2], "big": array.astype(">f8")})
    ours, _ = read_safetensors(folder / "a")
    np.testing.assert_array_equal(ours["t"], array.T)
    np.testing.assert_array_equal(ours["back"], array[::-1, ::2])
    np.testing.assert_array_equal(ours["big"], array)


def test_what_the_format_lacks_is_named(folder: Path) -> None:
    with pytest.raises(TypeError, match="'z' is complex128"):
        write_safetensors(folder / "a", {"z": np.zeros(2, complex)})
    with pytest.raises(ValueError, match="no array can be called '__metadata__'"):
        write_safetensors(folder / "a", {"__metadata__": np.zeros(2)})
    assert not (folder / "a").exists()


def test_what_numpy_lacks_is_named(folder: Path) -> None:
    header = b'{"half":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    (folder / "a").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(CheckpointError, match="a: 'half' is stored as BF16, which NumPy lacks"):
        read_safetensors(folder / "a")


def test_more_metadata_than_a_file_may_have_is_refused_and_the_old_file_kept(folder: Path) -> None:
    content = save_example(folder / "s")
    with pytest.raises(CheckpointError, match=r"s could not be saved: .*1 arrays with 100,000,000 characters"):
        write_safetensors(folder / "s", {"x": np.zeros(2)}, {"text": "v" * 100_000_000})
    assert (folder / "s").read_bytes() == content


def test_a_checksum_of_somebody_else_is_none_of_our_business(folder: Path) -> None:
    safetensors.numpy.save_file({"x": np.arange(3.0)}, folder / "a", {"sha256": "0" * 64})
    assert read_safetensors(folder / "a")[1] == {"sha256": "0" * 64}


@pytest.mark.parametrize(
    "use",
    [
        lambda path: Checkpoint(path),
        lambda path: SaveBest(path, "loss"),
        lambda path: save_state(path, {}),
        lambda path: read_safetensors(path),
    ],
    ids=["Checkpoint", "SaveBest", "save_state", "read_safetensors"],
)
def test_without_the_library_its_line_is_named_before_anything_is_trained(
    use: Callable[[Path], Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.delitem(sys.modules, "safetensors.numpy")
    with pytest.raises(ImportError, match=r"need safetensors: pip install 'tinytorch-training\[checkpoints\]'"):
        use(folder / "a")
    assert not (folder / "a").exists()


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**130), 2**130) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(state=st.dictionaries(st.text(max_size=6), plain, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_nested_state_comes_back_as_it_was(state: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "state"
    save_state(path, state)
    loaded = load_state(path)
    assert repr(loaded) == repr(state)  # repr tells -0.0 from 0.0, 1 from True, a tuple from a list


def test_arrays_and_generators_come_back_bit_for_bit(folder: Path, rng: np.random.Generator) -> None:
    rng.normal(size=7)
    odd = np.array([np.nan, -0.0, np.inf, np.finfo(float).tiny / 3])
    state = {"generator": rng.bit_generator.state, "a": {"b": [odd, Tensor([1.0, 2.0])]}, "a.b": {"0": np.arange(3)}}
    save_state(folder / "s", state)
    loaded = load_state(folder / "s")
    assert loaded["generator"] == rng.bit_generator.state
    assert loaded["a"]["b"][0].tobytes() == odd.tobytes()
    assert loaded["a"]["b"][1].tolist() == [1.0, 2.0]
    assert loaded["a.b"]["0"].tolist() == [0, 1, 2]  # the same path once joined, and still its own array
    save_state(folder / "s", {"__metadata__": np.arange(3)})  # a name that the format keeps for itself
    assert load_state(folder / "s")["__metadata__"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "Philox", "SFC64"])
def test_every_kind_of_generator_can_be_kept(kind: str, folder: Path) -> None:
    generator = np.random.Generator(getattr(np.random, kind)(5))
    generator.normal(size=3)
    save_state(folder / "g", {"state": generator.bit_generator.state})
    expected = generator.normal(size=4)
    generator.bit_generator.state = load_state(folder / "g")["state"]
    np.testing.assert_array_equal(generator.normal(size=4), expected)


def test_state_of_an_unknown_kind_is_refused_with_its_place(folder: Path) -> None:
    with pytest.raises(TypeError, match=r"a\.1\.b is a object"):
        save_state(folder / "s", {"a": [1, {"b": object()}]})
    assert not (folder / "s").exists()


def test_nothing_in_a_file_is_a_pickle_or_is_run(folder: Path) -> None:
    save_state(folder / "s", {"a": np.arange(3), "b": "text"})
    content = (folder / "s").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert header["a"] == {"dtype": "I64", "shape": [3], "data_offsets": [0, 24]}
    assert content[8 + length :] == np.arange(3).tobytes()


def save_example(path: Path) -> bytes:
    save_state(path, {"model": {"w": np.arange(12.0)}, "step": 7, "name": "run"})
    return path.read_bytes()


def test_every_truncation_is_found(folder: Path) -> None:
    path = folder / "s"
    content = save_example(path)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match=r"s (is cut off|is no safetensors)"):
            load_state(path)


def test_every_changed_bit_is_found(folder: Path) -> None:
    path = folder / "s"
    content = save_example(path)
    for position in range(len(content)):
        for bit in range(8):
            altered = bytearray(content)
            altered[position] ^= 1 << bit
            path.write_bytes(altered)
            with pytest.raises(CheckpointError, match=f"{path}.* altered"):
                load_state(path)


def test_a_changed_number_is_found_in_a_file_of_weights(folder: Path) -> None:
    path, model = folder / "w", Linear(2, 3)
    save_weights(model, path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # the format itself would read another number
    assert safetensors.numpy.load(bytes(content)).keys() == model.state_dict().keys()
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"w was altered .*SHA-256"):
        load_weights(model, path)


@pytest.mark.parametrize(("was", "is_now"), [(b'"F32"', b'"I32"'), (b"[2,3]", b"[3,2]"), (b"[3]", b"[1,3]")])
def test_the_same_bytes_read_as_something_else_are_found(was: bytes, is_now: bytes, folder: Path) -> None:
    path = folder / "w"
    save_weights(Linear(2, 3), path)
    content = path.read_bytes()
    header = content[8 : 8 + int.from_bytes(content[:8], "little")]
    altered = header.replace(was, is_now, 1)
    path.write_bytes(len(altered).to_bytes(8, "little") + altered + content[8 + len(header) :])
    safetensors.numpy.load_file(path)  # the format itself has no objection
    with pytest.raises(CheckpointError, match=r"w was altered .*SHA-256"):
        read_safetensors(path)


def test_bytes_behind_the_end_are_found(folder: Path) -> None:
    path = folder / "s"
    path.write_bytes(save_example(path) + b"\0")
    with pytest.raises(CheckpointError, match="altered"):
        load_state(path)


def test_a_file_of_weights_is_no_checkpoint_of_a_run(folder: Path) -> None:
    save_weights(Linear(2, 3), folder / "w")
    with pytest.raises(CheckpointError, match=r"holds 2 arrays and no state.*load_weights"):
        load_state(folder / "w")
    with pytest.raises(FileNotFoundError):
        load_state(folder / "missing")


def test_weights_of_another_model_are_refused_and_nothing_is_loaded(folder: Path) -> None:
    saved, other = Sequential(Linear(4, 3), Linear(3, 2)), Sequential(Linear(4, 5), Linear(5, 2), Linear(2, 2))
    save_weights(saved, folder / "w")
    before = {name: np.array(value) for name, value in other.state_dict().items()}
    with pytest.raises(
        CheckpointError, match=r"another model: 2\.weight is missing.*0\.weight is \(4, 3\), here \(4, 5\)"
    ):
        load_weights(other, folder / "w")
    for name, value in other.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    load_weights(saved, folder / "w")


def test_weights_of_another_dtype_are_not_rounded_silently(folder: Path) -> None:
    save_weights(Linear(2, 2).astype(np.float64), folder / "w")
    with pytest.raises(CheckpointError, match="weight is float64, here float32"):
        load_weights(Linear(2, 2), folder / "w")


def chunks_that_fail(error: BaseException) -> Any:
    yield b"half"
    raise error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_save_that_fails_leaves_the_old_file_and_no_litter(error: BaseException, folder: Path) -> None:
    path = folder / "s"
    content = save_example(path)
    expected = CheckpointError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as raised:
        write_atomically(path, chunks_that_fail(error))
    assert path.read_bytes() == content
    if isinstance(error, OSError):
        assert "No space left on device" in str(raised.value)
        assert "Make room" in str(raised.value)
        assert "bytes are free" in str(raised.value)
        assert "what was there before is untouched" in str(raised.value)


def test_a_folder_that_is_a_file_is_a_sentence(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(
        CheckpointError, match=r"file/s could not be saved: (File exists|Not a directory).*nothing is there"
    ) as raised:
        save_state(folder / "file" / "s", {})
    assert str(raised.value).endswith("Save to a folder that can be written to.")


def test_leftovers_of_killed_processes_are_removed_once_they_are_old(folder: Path) -> None:
    old, new, other = folder / ".s.1-1.tmp", folder / ".s.1-2.tmp", folder / ".t.1-1.tmp"
    for path in (old, new, other):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    save_example(folder / "s")
    assert not old.exists()
    assert new.exists()
    assert other.exists()
    new.unlink()
    other.unlink()


LIMITED = """
import resource, signal, sys
import numpy as np
from tinytorch.training import CheckpointError, load_state, save_state
path = sys.argv[1]
save_state(path, {"version": 1, "array": np.zeros(10)})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save_state(path, {"version": 2, "array": np.zeros(100_000)})
except CheckpointError as error:
    print(error)
print(load_state(path)["version"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of files are POSIX's")
def test_a_system_that_stops_writing_half_way_costs_nothing(folder: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", LIMITED, str(folder / "s")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert "what was there before is untouched" in done.stdout
    assert done.stdout.endswith("\n1\n")


# A parent that has imported everything forks children that save without end and are killed at a random moment. After
# each, the file must hold a whole state that is no older than the last one whose saving was finished.
KILLED = """
import mmap, os, random, signal, sys, time
import numpy as np
import tinytorch.training._atomic as atomic
from tinytorch.training import load_state, save_state
path, kills, careless = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "careless"
if careless:  # what the test must notice: a file written where it stands
    def write(path, chunks):
        with open(path, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                file.flush()
    import tinytorch.training._safetensors as module
    module.write_atomically = write
done = mmap.mmap(-1, 8)
array = np.arange(200_000.0)
def save(version):
    save_state(path, {"version": version, "array": array + version})
    done[:] = version.to_bytes(8, "little")
began = time.perf_counter()
save(0)
once = time.perf_counter() - began
random.seed(7)
for kill in range(kills):
    start = int.from_bytes(done[:], "little")
    child = os.fork()
    if child == 0:
        for version in range(start + 1, start + 1000):
            save(version)
        os._exit(0)
    wanted = start + kill % 3  # some are killed in their first save, some later
    while int.from_bytes(done[:], "little") < wanted:
        time.sleep(0.0005)
    time.sleep(random.uniform(0, once))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    state = load_state(path)
    assert state["version"] in (int.from_bytes(done[:], "little"), int.from_bytes(done[:], "little") + 1)
    assert (state["array"] == array + state["version"]).all()
    done[:] = state["version"].to_bytes(8, "little")
print("versions", state["version"])
"""


@pytest.fixture
def kill(tmp_path: Path) -> Callable[[int, str], subprocess.CompletedProcess[str]]:
    def run(kills: int, how: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, str(tmp_path / "s"), str(kills), how]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    return run


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_at_any_moment_of_saving_leaves_a_whole_file(
    kill: Callable[[int, str], subprocess.CompletedProcess[str]],
) -> None:
    done = kill(60, "careful")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[1]) >= 60  # saves were finished in between


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_kills_would_have_found_a_file_written_where_it_stands(
    kill: Callable[[int, str], subprocess.CompletedProcess[str]],
) -> None:
    done = kill(60, "careless")
    assert done.returncode != 0
    assert "CheckpointError" in done.stderr
