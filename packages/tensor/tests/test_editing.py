"""What may be written to, what may not, and that every edit of a memory is seen by all who stand on it."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, operation


def write(t: Tensor, value: Any = 9.0) -> None:
    t[...] = value


def test_the_array_of_a_tensor_cannot_be_written_to() -> None:
    t = Tensor([1.0, 2.0])
    for array in (t.data, t.numpy(), np.asarray(t), t.data[:1], (t * 2).data, t[1:].data, np.from_dlpack(t)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        t.data.setflags(write=True)
    assert t.tolist() == [1, 2]


@tt.update("test.double")
def double(step: tt.Step, targets: list[tt.Array]) -> None:
    for target in targets:
        target *= 2


WAYS: dict[str, Callable[[Tensor], Any]] = {
    "index": lambda t: t.__setitem__(0, 9.0),
    "copy_": lambda t: t.copy_(9.0),
    "slice": lambda t: write(t[1:]),
    "column": lambda t: write(t[:, 0]),
    "element": lambda t: write(t[0, 0]),
    "reshaped": lambda t: write(t.reshape(6)),
    "transposed": lambda t: write(t.T),
    "flipped": lambda t: write(tt.flip(t)),
    "view of a view": lambda t: write(t.reshape(6)[2:].reshape(2, 2)[0]),
    "detached": lambda t: write(t.detach()),
    "expanded to its own shape": lambda t: write(t.unsqueeze(0).squeeze(0)),
    "update": lambda t: double([t]),
}


def edit_block(t: Tensor) -> None:
    with t.edit() as array:
        array[0] = 9.0


WAYS["edit"] = edit_block


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_edit_raises_the_version_of_all_who_share_the_memory(way: str) -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3))
    view, other = t[:, 1:], Tensor(np.ones(2))
    before = t.data.copy()
    versions = (t.version, view.version, t.detach().version)
    WAYS[way](t)
    assert not np.array_equal(t.data, before)
    assert all(now > then for now, then in zip((t.version, view.version, t.detach().version), versions, strict=True))
    assert t.version == view.version
    assert other.version == 0
    np.testing.assert_array_equal(view.data, t.data[:, 1:])
    with pytest.raises(ValueError, match="read-only"):
        t.data[0] = 1.0


def test_a_copy_does_not_share_memory_or_version() -> None:
    t = Tensor([1.0, 2.0])
    copies = [t.clone(), Tensor(t), copy.deepcopy(t), t[[0, 1]], t + 0, t.double().float()]
    write(t)
    for one in copies:
        assert one.tolist() == [1, 2]
        assert one.version == 0


def test_memory_that_expand_repeats_cannot_be_edited_and_stays_locked() -> None:
    t = Tensor([[1.0], [2.0]])
    for attempt in range(2):
        with pytest.raises(RuntimeError, match=r"shape \(2, 3\) .* expand\(\) has repeated.*Edit a copy"):
            write(t.expand(2, 3), attempt)
        with pytest.raises(ValueError, match="read-only"):
            t.data[0] = 1.0
    assert t.tolist() == [[1.0], [2.0]]
    write(t.expand(2, 1), 5.0)  # nothing is repeated
    assert t.tolist() == [[5.0], [5.0]]


def test_memory_that_somebody_lends_cannot_be_edited() -> None:
    t = Tensor([1.0, 2.0])
    for lent in (tt.from_numpy(t.data), tt.from_numpy(np.frombuffer(b"\1\2", np.uint8)), tt.from_numpy(t.data)[1:]):
        with pytest.raises(RuntimeError, match="does not belong to it and is read-only"):
            write(lent)
    assert t.tolist() == [1, 2]


def test_the_result_of_a_recorded_step_cannot_be_edited() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for result in (x * 2, x[1:], x.reshape(2, 1)):
        with pytest.raises(RuntimeError, match=r"is the recorded result of .*only leaves change in place"):
            write(result)
    write(x)
    assert x.tolist() == [9, 9]
    write((x * 2).detach())


def test_a_recorded_value_is_not_assigned_silently() -> None:
    x = Tensor([1.0], requires_grad=True)
    t = Tensor([0.0, 0.0])
    with pytest.raises(RuntimeError, match="the gradient of the value would be lost"):
        t[0] = x[0]
    with tt.recording(False):
        t[0] = x[0]
    t[1] = x.detach()[0]
    assert t.tolist() == [1, 1]


def test_an_assignment_broadcasts_converts_and_overlaps_as_numpys() -> None:
    t = Tensor([[1, 2, 3], [4, 5, 6]])
    t[:, 1] = 0
    t[0] = Tensor([7.9, 8.9, 9.9])
    assert t.tolist() == [[7, 8, 9], [4, 0, 6]]
    t[t > 7] = Tensor(1)
    t[[0, 1], [0, 2]] = [5, 5]
    assert t.tolist() == [[5, 1, 1], [4, 0, 5]]
    s = tt.arange(5)
    s[1:] = s[:-1]
    assert s.tolist() == [0, 0, 1, 2, 3]


def test_an_assignment_that_does_not_fit_says_so_and_leaves_the_memory_locked() -> None:
    t = tt.zeros(2, 3)
    with pytest.raises(ValueError, match=r"t\[\.\.\.\] = value: could not broadcast.*the tensor has shape \(2, 3\)"):
        t[0] = [1.0, 2.0]
    with pytest.raises(IndexError, match=r"index 5 is out of bounds.*shape \(2, 3\)"):
        t[5] = 0.0
    with pytest.raises(ZeroDivisionError), t.edit():
        raise ZeroDivisionError
    with pytest.raises(ValueError, match="read-only"):
        t.data[0] = 1.0


def test_edits_may_nest() -> None:
    t = Tensor([1.0, 2.0])
    with t.edit() as outer:
        with t[1:].edit() as inner:
            inner[0] = 5.0
        outer[0] = 4.0
    assert t.tolist() == [4, 5]
    with pytest.raises(ValueError, match="read-only"):
        outer[0] = 1.0


@operation("test.impolite", differentiable=False)
def impolite_op(step: tt.Step, x: tt.Array) -> tt.Array:
    x += 1
    return x


def test_a_kernel_cannot_write_into_its_inputs() -> None:
    x = Tensor([1.0])
    with pytest.raises(ValueError, match="read-only"):
        impolite_op(x)
    assert x.tolist() == [1]


class Named(Tensor):
    """A kind of tensor with an attribute of its own."""

    name = "unnamed"


def test_copies_and_pickles_keep_kind_type_gradient_flag_and_attributes() -> None:
    t = Named([1.0, 2.0], requires_grad=True)
    t.name = "weights"
    for twin in (copy.deepcopy(t), pickle.loads(pickle.dumps(t))):
        assert type(twin) is Named
        assert (twin.tolist(), twin.requires_grad, twin.name) == ([1, 2], True, "weights")
        with tt.recording(False):
            write(twin)
        assert t.tolist() == [1, 2]
    pair = copy.deepcopy([t, t])
    assert pair[0] is pair[1]
    for spoil in (copy.deepcopy, pickle.dumps):
        with pytest.raises(RuntimeError, match=r"result of a recorded step; .*t\.detach\(\) instead"):
            spoil(t * 2)
