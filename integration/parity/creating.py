"""Rows of tensors made from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from integration.parity.draws import Cases, one
from integration.parity.mistakes import wrong_function
from integration.parity.row import Case, Row

from tinytorch import layers
from tinytorch import tensor as tt
from tinytorch.tensor import Tensor

DTYPES = (tt.float32, tt.float64, tt.int64, tt.int32, tt.int8, tt.uint8, tt.bool_)


def calls(*arguments: tuple[Any, ...], typed: bool = True) -> Cases:
    """Return cases of Python arguments, without a dtype and with each of the seven."""
    dtypes: list[dict[str, Any]] = [{}, *([{"dtype": dtype} for dtype in DTYPES] if typed else [])]
    return lambda generator: (Case((), {"arguments": given, **options}) for given in arguments for options in dtypes)


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function its arguments; PyTorch's dtypes for PyTorch's functions."""

    def call(arguments: Any, **options: Any) -> Any:
        if function.__module__ in (None, "torch") and "dtype" in options:
            options["dtype"] = getattr(torch, options["dtype"].name)
        return function(*arguments, **options)

    return call


def filled(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Run a function that fills in place on a copy."""
    return lambda x: function(x.detach().clone())


def without_stop(arguments: tuple[float, float, int]) -> Tensor:
    start, stop, count = arguments
    return tt.linspace(start, stop, count + 1)[:count]


SHAPES: tuple[tuple[Any, ...], ...] = ((3, 4), (2,), (0, 3), ((2, 3),), ((),))

ROWS = [
    Row(
        "zeros",
        {"zeros": called(tt.zeros)},
        called(torch.zeros),
        calls(*SHAPES),
        "float64, as NumPy's",
        wrong_function(lambda arguments, dtype=None: Tensor(np.zeros(tt.zeros(*arguments).shape, dtype))),
        operations=(),
    ),
    Row(
        "ones",
        {"ones": called(tt.ones)},
        called(torch.ones),
        calls(*SHAPES),
        "float64, as NumPy's",
        wrong_function(lambda arguments, dtype=None: Tensor(np.ones(tt.ones(*arguments).shape, dtype))),
        operations=(),
    ),
    Row(
        "full",
        {"full": called(tt.full)},
        called(torch.full),
        calls(((2, 3), 7), ((2,), 1.5), ((), True), ((0, 2), 3)),
        "float32 whatever it is filled with",
        wrong_function(lambda arguments, dtype=tt.float32: tt.full(arguments[0], arguments[1], dtype)),
        operations=(),
    ),
    Row(
        "eye",
        {"eye": called(tt.eye)},
        called(torch.eye),
        calls((3,), (2, 4), (4, 2), (0,)),
        "a square, whatever the second size",
        wrong_function(lambda arguments, **options: tt.eye(arguments[0], **options)),
        operations=(),
    ),
    Row(
        "arange",
        {"arange": called(tt.arange)},
        called(torch.arange),
        calls((5,), (2, 7), (1, 10, 3), (0.0, 1.0, 0.25), (5, 0, -2), (2.5,), (0,), typed=False),
        "the stop included",
        wrong_function(lambda arguments: tt.arange(*arguments[:1], *(n + 1 for n in arguments[1:2]), *arguments[2:])),
        (tt.arange, "int64 if all are integers, else float32"),
        operations=(),
    ),
    Row(
        "linspace",
        {"linspace": called(tt.linspace)},
        called(torch.linspace),
        calls((0, 1, 5), (-2.0, 3.0, 11), (1, 0, 2), (1, 2, 1), (0, 1, 0), typed=False),
        "the stop left out",
        wrong_function(without_stop),
        (tt.linspace, "both included"),
        operations=(),
    ),
    Row(
        "zeros_like",
        {"zeros_like": tt.zeros_like, "np.zeros_like": np.zeros_like},
        torch.zeros_like,
        one(),
        "float32 whatever it is like",
        wrong_function(lambda x: tt.zeros(x.shape)),
        operations=(),
        gradient=False,
    ),
    Row(
        "ones_like",
        {"ones_like": tt.ones_like, "np.ones_like": np.ones_like},
        torch.ones_like,
        one(),
        "float32 whatever it is like",
        wrong_function(lambda x: tt.ones(x.shape)),
        operations=(),
        gradient=False,
    ),
    Row(
        "full_like",
        {"full_like": lambda x: tt.full_like(x, 1.5)},
        lambda x: torch.full_like(x, 1.5),
        one(),
        "float32 whatever it is like",
        wrong_function(lambda x: tt.full(x.shape, 1.5)),
        operations=(),
        gradient=False,
    ),
    Row(
        "zeros_",
        {"zeros_": filled(layers.zeros_)},
        filled(torch.nn.init.zeros_),
        one(),
        "ones",
        wrong_function(filled(layers.ones_)),
        operations=(),
        gradient=False,
    ),
    Row(
        "ones_",
        {"ones_": filled(layers.ones_)},
        filled(torch.nn.init.ones_),
        one(),
        "zeros",
        wrong_function(filled(layers.zeros_)),
        operations=(),
        gradient=False,
    ),
]
