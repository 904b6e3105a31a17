"""Drives for any of the functions: its values, its types, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.tito.checks import Inputs

Drive = Callable[[Any, Inputs], Any]


def applied(name: str, *options: str) -> Drive:
    """Return a drive: the function of that name at ``x["x"]``, given what `x` has under `options`."""
    return lambda tt, x: getattr(tt.activations, name)(tt.tensor.Tensor(x["x"]), *(x[option] for option in options))


def types_of(name: str) -> Drive:
    """Return a drive: of which type the result is for each type of the input."""

    def drive(tt: Any, x: Inputs) -> dict[str, str]:
        function = getattr(tt.activations, name)
        kinds = (np.int64, np.float32, np.float64)
        return {np.dtype(kind).name: function(tt.tensor.Tensor(np.array([-2, 3], kind))).dtype.name for kind in kinds}

    return drive


def gradient(name: str, *options: str, dtype: type = np.float64) -> Drive:
    """Return a drive: the gradient by ``x["x"]``, given ``x["g"]`` as that of the output."""

    def drive(tt: Any, x: Inputs) -> Any:
        leaf = tt.tensor.Tensor(np.array(x["x"], dtype), requires_grad=True)
        y = getattr(tt.activations, name)(leaf, *(x[option] for option in options))
        return tt.autograd.grad(y, leaf, tt.tensor.Tensor(np.array(x["g"], dtype)))[0]

    return drive


def second_gradient(name: str) -> Drive:
    """Return a drive: the gradient by ``x["x"]`` of the gradient; ``x["g"]`` and ``x["h"]`` are those from above."""

    def drive(tt: Any, x: Inputs) -> Any:
        leaf = tt.tensor.Tensor(np.array(x["x"]), requires_grad=True)
        above = tt.tensor.Tensor(np.array(x["g"]))
        (first,) = tt.autograd.grad(getattr(tt.activations, name)(leaf), leaf, above, create_graph=True)
        return tt.autograd.grad(first, leaf, tt.tensor.Tensor(np.array(x["h"])))[0]

    return drive


def mirrored_gradient(name: str, *options: str) -> Drive:
    """Return a drive: the same through a transposed view, so that nothing in the function is contiguous."""

    def drive(tt: Any, x: Inputs) -> Any:
        leaf = tt.tensor.Tensor(np.array(x["x"].T, order="C"), requires_grad=True)
        view = leaf.permute(*reversed(range(x["x"].ndim)))
        y = getattr(tt.activations, name)(view, *(x[option] for option in options))
        return tt.autograd.grad(y, leaf, tt.tensor.Tensor(x["g"]))[0]

    return drive
