"""A running mean of the parameters, which often generalizes better than the last step's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinytorch.optim._blocks import blocks, constants, flops
from tinytorch.optim._checks import check_fraction, check_parameter, listed
from tinytorch.tensor import Array, Step, Tensor, update


@update("ema", flops=flops(3))
def ema_update(step: Step, targets: list[Array], *params: Array, decay: float) -> None:
    """``average = decay · average + (1 - decay) · p``, in place, for each of the averages in `targets`."""
    keep, share = constants(targets[0], decay, 1 - decay)
    for average, p, s in blocks(targets, params, scratch=1):
        average *= keep
        average += np.multiply(p, share, out=s)


@update("exchange", flops=0)
def exchange_update(step: Step, targets: list[Array]) -> None:
    """Exchange the contents of the first half of the targets with those of the second half, one by one."""
    half = len(targets) // 2
    for a, b in zip(targets[:half], targets[half:], strict=True):
        held = a.copy()
        a[...] = b
        b[...] = held


class EMA:
    """Exponential moving average of parameters: ``average = decay · average + (1 − decay) · p`` at each `update`.

    Parameters
    ----------
    params : iterable of Tensor
        All of one dtype. The averages start as copies of them.
    decay : float, default 0.999
        In [0, 1); the average looks back over about ``1 / (1 − decay)`` updates.

    Attributes
    ----------
    averages : list of Tensor
        One for each parameter, in order.

    Notes
    -----
    Memory: one number for each parameter. Averages cover parameters alone, not buffers such as running statistics.

    Polyak & Juditsky, *Acceleration of stochastic approximation by averaging*, 1992.

    Examples
    --------
    >>> w = Tensor([0.0])
    >>> ema = EMA([w], decay=0.9)
    >>> w[...] = 1.0
    >>> ema.update()
    >>> with ema.applied():
    ...     print(w)
    Tensor([0.1])
    >>> w
    Tensor([1.])
    """

    def __init__(self, params: Iterable[Tensor], decay: float = 0.999) -> None:
        self.params = listed("EMA", params)
        if not self.params:
            raise ValueError("EMA: there is nothing to average, the list of parameters is empty.")
        for j, p in enumerate(self.params):
            check_parameter(f"EMA: parameter {j}", p)
            if p.dtype != self.params[0].dtype:
                raise TypeError(
                    f"EMA: parameter {j} is {p.dtype.name}, parameter 0 {self.params[0].dtype.name}; "
                    "make one EMA for each."
                )
        check_fraction("EMA", "decay", decay)
        self.decay = decay
        self.averages = [Tensor(p.data) for p in self.params]

    def update(self) -> None:
        """Take the parameters as they are now into the averages; call it after `step`."""
        ema_update(self.averages, *self.params, decay=self.decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Exchange parameters and averages inside a ``with`` block, for an evaluation, and back after it.

        Extra memory: a copy of the largest parameter, while exchanging. Do not train inside.
        """
        exchange_update([*self.params, *self.averages])
        try:
            yield
        finally:
            exchange_update([*self.params, *self.averages])

    def state_dict(self) -> dict[str, Any]:
        """Return the decay and copies of the averages, by position."""
        return {"decay": self.decay, "averages": {i: average.data.copy() for i, average in enumerate(self.averages)}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned; nothing changes if it is of another model."""
        arrays = {int(i): np.asarray(array) for i, array in state["averages"].items()}
        if sorted(arrays) != list(range(len(self.averages))):
            raise ValueError(
                f"EMA.load_state_dict: the state has {len(arrays)} averages, here are {len(self.averages)} parameters."
            )
        for i, average in enumerate(self.averages):
            if arrays[i].shape != average.shape or arrays[i].dtype != average.dtype:
                raise ValueError(
                    f"EMA.load_state_dict: parameter {i} is {average.dtype.name} of shape {average.shape}, its average "
                    f"in the state {arrays[i].dtype.name} of shape {arrays[i].shape}; it is the state of another model."
                )
        check_fraction("EMA.load_state_dict", "decay", state["decay"])
        self.decay = float(state["decay"])
        for i, average in enumerate(self.averages):
            average.copy_(arrays[i])
