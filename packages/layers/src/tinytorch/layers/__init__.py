"""Modules: functions with parameters, what they are made of, and where their weights start.

`Module` finds its parameters, saves and loads them; `Linear`, `Dropout`, `Flatten` are modules; `Sequential`,
`ModuleList`, `ModuleDict` are made of modules; the functions that end in ``_`` draw initial weights; `summary` tells
what a model's layers hold and do.
"""

from tinytorch.layers._containers import Layer, ModuleDict, ModuleList, Sequential
from tinytorch.layers._dropout import Dropout, dropout
from tinytorch.layers._flatten import Flatten
from tinytorch.layers._hooks import HookHandle
from tinytorch.layers._initialisation import (
    kaiming_normal_,
    kaiming_uniform_,
    normal_,
    ones_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
    zeros_,
)
from tinytorch.layers._linear import Linear, linear
from tinytorch.layers._module import Module
from tinytorch.layers._parameter import Parameter
from tinytorch.layers._state import from_pytorch_state, to_pytorch_state
from tinytorch.layers._summary import Row, Summary, summary
from tinytorch.layers._version import __version__

__all__ = [
    "Dropout",
    "Flatten",
    "HookHandle",
    "Layer",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "Row",
    "Sequential",
    "Summary",
    "__version__",
    "dropout",
    "from_pytorch_state",
    "kaiming_normal_",
    "kaiming_uniform_",
    "linear",
    "normal_",
    "ones_",
    "summary",
    "to_pytorch_state",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]
