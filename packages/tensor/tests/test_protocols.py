"""NumPy on either side of a tensor, and memory shared over DLPack."""

from typing import Any

import numpy as np
import pytest

from tinytorch.tensor import Tensor, from_dlpack

X = np.arange(6.0).reshape(2, 3) + 1


def test_an_array_on_the_left_gives_a_tensor() -> None:
    t = Tensor([1.0, 2.0])
    for result in (
        np.ones(2) * t,
        np.ones(2) + t,
        np.float64(2) - t,
        np.ones((2, 2)) @ t,
        np.ones(2) / t,
        np.ones(2) < t,
    ):
        assert isinstance(result, Tensor)
    assert (np.array([3.0, 4.0]) - t).tolist() == [2, 2]
    assert (np.float32(2) * t).dtype == (np.float64(2) * t).dtype == "float32"
    assert (np.ones(2) * t).dtype == "float64"


UFUNCS = [np.exp, np.log, np.sqrt, np.tanh, np.negative, np.absolute, np.floor, np.sign, np.isnan, np.expm1]


@pytest.mark.parametrize("f", UFUNCS)
def test_numpys_functions_of_each_element_give_tensors(f: Any) -> None:
    result = f(Tensor(X))
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(result.data, f(X))


FUNCTIONS: dict[str, Any] = {
    "sum": np.sum,
    "sum axis": lambda x: np.sum(x, axis=1, keepdims=True),
    "mean": lambda x: np.mean(x, axis=0),
    "max": lambda x: np.max(x, axis=-1),
    "min": np.min,
    "prod": np.prod,
    "var": np.var,
    "std": lambda x: np.std(x, axis=0, ddof=1),
    "argmax": np.argmax,
    "cumsum": np.cumsum,
    "cumsum axis": lambda x: np.cumsum(x, axis=1),
    "add.reduce": np.add.reduce,
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1),
    "concatenate": lambda x: np.concatenate([x, x], axis=1),
    "stack": lambda x: np.stack([x, x]),
    "split": lambda x: np.split(x, 3, axis=1)[1],
    "split at": lambda x: np.split(x, [1], axis=1)[1],
    "where": lambda x: np.where(x > 2, x, 0.0),
    "clip": lambda x: np.clip(x, 2, 4),
    "clip named": lambda x: np.clip(x, a_min=2, a_max=None),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "ravel": np.ravel,
    "transpose": np.transpose,
    "transpose axes": lambda x: np.transpose(x, (1, 0)),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "squeeze": lambda x: np.squeeze(x[:1]),
    "flip": lambda x: np.flip(x, 1),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "matmul": lambda x: np.matmul(x, x.T),
    "dot": lambda x: np.dot(x, x.T),
    "maximum": lambda x: np.maximum(x, 2.5),
    "tril": np.tril,
    "round": np.round,
    "zeros_like": np.zeros_like,
    "copy": np.copy,
    "power": lambda x: np.power(x, 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpys_functions_of_arrays_give_tensors(name: str) -> None:
    result = FUNCTIONS[name](Tensor(X))
    assert isinstance(result, Tensor)
    expected = FUNCTIONS[name](X)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result.data, expected, rtol=1e-15)


def test_numpys_functions_record_as_methods_do() -> None:
    x = Tensor(X, requires_grad=True)
    np.sum(np.exp(np.concatenate([x, x * 0]))).backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, np.exp(X))


def test_a_function_that_would_lose_the_gradient_is_refused_and_others_are_not() -> None:
    x = Tensor(X, requires_grad=True)
    with pytest.raises(TypeError, match=r"np\.median: this NumPy function has no form for tensors that require"):
        np.median(x)
    with pytest.raises(TypeError, match=r"np\.cosh: this NumPy function has no form"):
        np.cosh(x)
    assert np.median(Tensor(X)) == 3.5
    assert np.shape(x) == (2, 3)
    assert np.ndim(x) == 2
    assert np.allclose(x, X)
    np.testing.assert_array_equal(np.argsort(x), np.argsort(X))
    assert [part.tolist() for part in np.where(Tensor(X) > 5)] == [[1], [2]]


def test_a_result_is_not_written_into_a_tensor() -> None:
    t = Tensor(X)
    with pytest.raises(TypeError, match=r"out= cannot be a tensor; write t\.copy_"):
        np.add(X, 1.0, out=t)  # type: ignore[call-overload]
    array: Any = X.copy()
    array += t
    assert type(array) is np.ndarray
    np.testing.assert_array_equal(array, 2 * X)


def test_asarray_shares_memory_and_copies_only_when_it_must() -> None:
    t = Tensor(X)
    assert np.shares_memory(np.asarray(t), t.data)
    assert not np.shares_memory(np.array(t), t.data)
    assert np.asarray(t, dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="float64 as float32 needs a copy"):
        np.asarray(t, dtype=np.float32, copy=False)


class OldLibrary:
    """Asks as DLPack before 1.0 does: without a version, in which nobody can say read-only."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def __dlpack__(self, **unused: Any) -> Any:
        return self.tensor.__dlpack__()

    def __dlpack_device__(self) -> Any:
        return self.tensor.__dlpack_device__()


@pytest.mark.parametrize("view", [lambda t: t, lambda t: t.T, lambda t: t[:, ::2], lambda t: t.expand(2, 2, 3)])
def test_memory_is_lent_over_dlpack_without_a_copy(view: Any) -> None:
    t = view(Tensor(X))
    new: Any = np.from_dlpack(t)
    old: Any = np.from_dlpack(OldLibrary(t))
    for lent in (new, old):
        np.testing.assert_array_equal(lent, t.data)
        assert lent.__array_interface__["data"][0] == t.data.__array_interface__["data"][0]
        assert lent.strides == t.data.strides
    assert not new.flags.writeable
    del t
    np.testing.assert_array_equal(new, old)  # the memory lives as long as the borrower


def test_memory_is_borrowed_over_dlpack_without_a_copy() -> None:
    source = np.arange(4.0)
    t = from_dlpack(source)
    assert np.shares_memory(t.data, source)
    t[0] = 7.0
    assert source[0] == 7.0
    assert t[1:].version == t.version > 0


def test_tensors_give_themselves_over_dlpack() -> None:
    t = Tensor(X)
    again = from_dlpack(t)
    assert np.shares_memory(again.data, t.data)
    with pytest.raises(RuntimeError, match="read-only"):
        again[0] = 1.0
