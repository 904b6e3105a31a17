"""Random generators, and their state as plain values that a checkpoint can hold."""

from typing import Any, Protocol, runtime_checkable

import numpy as np

State = dict[str, Any]


@runtime_checkable
class Stateful(Protocol):
    """Something whose position can be saved: a sampler, a transform, a data set with random transforms."""

    def state_dict(self) -> State | None:
        """Give the state as plain values (None, bool, int, float, str, list, dict), or None where it is not known."""

    def load_state_dict(self, state: State, /) -> None:
        """Continue from a state that `state_dict` gave."""


def as_generator(generator: object, owner: str) -> np.random.Generator:
    """Return the caller's generator, or a fresh one seeded by the operating system; no global seed is touched."""
    if generator is None:
        return np.random.default_rng()
    if not isinstance(generator, np.random.Generator):
        message = (
            f"{owner}: generator is of type {type(generator).__name__}; pass numpy.random.default_rng(seed), or None"
        )
        raise TypeError(message)
    return generator


def state_of(thing: object) -> State | None:
    """Return the state of a thing that has one, else None."""
    return thing.state_dict() if isinstance(thing, Stateful) else None


def generator_state(generator: np.random.Generator) -> State:
    """Give a generator's state with its arrays as lists, so that JSON can hold it."""
    plain: State = _plain(generator.bit_generator.state)
    return plain


def set_generator_state(generator: np.random.Generator, state: State) -> None:
    """Set a generator's state; refuse one that another kind of bit generator gave."""
    current = generator.bit_generator.state
    if state.get("bit_generator") != current["bit_generator"]:
        message = (
            f"the saved generator is a {state.get('bit_generator')}, this one a {current['bit_generator']}; "
            "resume with the kind of generator the run began with"
        )
        raise ValueError(message)
    generator.bit_generator.state = _like(state, current)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value


def _like(value: Any, model: Any) -> Any:
    if isinstance(model, dict):
        return {key: _like(value[key], item) for key, item in model.items()}
    if isinstance(model, np.ndarray):
        return np.asarray(value, dtype=model.dtype)
    return value
