"""Everything that a run changes, taken down as plain values and put back."""

import copy
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from tinytorch.layers import Module
from tinytorch.optim import Optimizer


@runtime_checkable
class Stateful(Protocol):
    """Something whose state can be taken and put back: a loader, a schedule, an optimizer."""

    def state_dict(self) -> Any:
        """Return the state as plain values and arrays."""

    def load_state_dict(self, state: Any, /) -> Any:
        """Carry on from a state."""


def model_state(model: Module) -> dict[str, Any]:
    """Return copies of a model's parameters and buffers, as arrays."""
    return {name: np.array(value) for name, value in model.state_dict().items()}


def generators_of(model: Module) -> dict[str, np.random.Generator]:
    """Return the generators that a model's modules draw from (dropout), by module and attribute."""
    return {
        f"{name}.{attribute}" if name else attribute: value
        for name, module in model.named_modules()
        for attribute, value in vars(module).items()
        if isinstance(value, np.random.Generator)
    }


def generator_states(model: Module) -> dict[str, Any]:
    """Return the states of a model's generators."""
    return {name: state_of_generator(generator) for name, generator in generators_of(model).items()}


def load_generator_states(model: Module, states: Mapping[str, Any]) -> None:
    """Put the states of a model's generators back.

    Raises
    ------
    ValueError
        If the model has other generators.
    """
    generators = generators_of(model)
    if generators.keys() != states.keys():
        raise ValueError(
            f"the state has the generators {sorted(states) or 'none'}, this model {sorted(generators) or 'none'}"
        )
    for name, generator in generators.items():
        set_generator(generator, states[name], name)


def state_of_generator(generator: np.random.Generator) -> Any:
    """Return a copy of a generator's state."""
    return copy.deepcopy(generator.bit_generator.state)


def set_generator(generator: np.random.Generator, state: Mapping[str, Any], name: str) -> None:
    """Put a generator's state back; refuse that of another kind of generator."""
    own = generator.bit_generator.state["bit_generator"]
    if state["bit_generator"] != own:
        raise ValueError(f"the saved generator {name} is a {state['bit_generator']}, this one a {own}")
    generator.bit_generator.state = state


class Snapshot:
    """The state of a model and its optimizer at one moment, by copy; `restore` puts it back.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer, optional

    Notes
    -----
    Parameters, buffers, generators, each module's mode and the optimizer's state; as many bytes as these take.
    """

    def __init__(self, model: Module, optimizer: Optimizer | None = None) -> None:
        self._model = model
        self._optimizer = optimizer
        self._weights = model_state(model)
        self._generators = generator_states(model)
        self._modes = [(module, module.training) for module in model.modules()]
        self._optimizer_state = copy_state(optimizer.state_dict()) if optimizer is not None else None

    def restore(self) -> None:
        """Put everything back as it was, and drop gradients."""
        self._model.load_state_dict(self._weights)
        load_generator_states(self._model, self._generators)
        for module, training in self._modes:
            module.training = training
        if self._optimizer is not None:
            self._optimizer.load_state_dict(copy_state(self._optimizer_state))
            self._optimizer.zero_grad()


def copy_state(state: Any) -> Any:
    """Copy nested state so that nothing in the copy changes with the original."""
    if isinstance(state, Mapping):
        return {key: copy_state(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(copy_state(value) for value in state)
    if state is None or isinstance(state, bool | int | float | str | np.generic):
        return state
    return np.array(state)
