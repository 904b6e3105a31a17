"""Recording switched off and on: nested, after exceptions, decorated, in generators and in threads."""

import threading
from collections.abc import Generator

import pytest

from tinytorch.autograd import enable_grad, no_grad
from tinytorch.tensor import Tensor, is_recording


@pytest.fixture
def x() -> Tensor:
    return Tensor([1.0], requires_grad=True)


def test_nothing_is_recorded_inside_and_everything_after(x: Tensor) -> None:
    with no_grad():
        y = x * 2
        assert y.is_leaf
        assert not y.requires_grad
    assert (x * 2).requires_grad


def test_an_exception_restores_what_was(x: Tensor) -> None:
    with pytest.raises(ZeroDivisionError), no_grad(), enable_grad(), no_grad():
        raise ZeroDivisionError
    assert (x * 2).requires_grad


def test_blocks_nest(x: Tensor) -> None:
    with no_grad():
        with enable_grad():
            assert (x * 2).requires_grad
            with no_grad():
                assert not (x * 2).requires_grad
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad


def test_one_switch_may_be_entered_inside_itself(x: Tensor) -> None:
    switch = no_grad()
    with switch:
        with switch:
            pass
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_as_a_decorator_also_of_functions_that_raise_or_recurse(x: Tensor) -> None:
    @no_grad()
    def double(depth: int) -> Tensor:
        """Docstring."""
        if depth == 0:
            raise ZeroDivisionError
        return x * 2 if depth == 1 else double(depth - 1)

    assert not double(3).requires_grad
    with pytest.raises(ZeroDivisionError):
        double(0)
    assert (x * 2).requires_grad
    assert double.__doc__ == "Docstring."


def test_a_decorated_generator_leaves_its_caller_alone(x: Tensor) -> None:
    notes: list[str] = []

    @no_grad()
    def results() -> Generator[bool, str, str]:
        try:
            received = yield (x * 2).requires_grad
            notes.append(received)
            yield (x * 2).requires_grad
        except KeyError:
            notes.append("caught")
            yield (x * 2).requires_grad
        finally:
            notes.append("closed")
        return "end"

    generator = results()
    assert next(generator) is False
    assert is_recording()
    assert generator.send("hello") is False
    assert is_recording()
    assert generator.throw(KeyError()) is False
    assert is_recording()
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "end"
    assert notes == ["hello", "caught", "closed"]
    other = results()
    next(other)
    other.close()
    assert notes[-1] == "closed"
    with no_grad():
        assert [*enable_grad()(lambda: (yield is_recording()))()] == [True]
        assert not is_recording()


def test_threads_switch_for_themselves(x: Tensor) -> None:
    inside, checked = threading.Event(), threading.Event()
    recorded: list[bool] = []

    def work() -> None:
        with no_grad():
            inside.set()
            checked.wait(60)
            recorded.append((x * 2).requires_grad)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(60)
    assert (x * 2).requires_grad
    checked.set()
    thread.join()
    assert recorded == [False]
    with no_grad():
        other: list[bool] = []
        thread = threading.Thread(target=lambda: other.append((x * 2).requires_grad))
        thread.start()
        thread.join()
        assert other == [True]
