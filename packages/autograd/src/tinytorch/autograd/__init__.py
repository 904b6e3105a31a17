"""Derivatives: the backward pass over recorded steps, and the rules of the tensor's operations.

``loss.backward()`` works as soon as this package is installed; nothing needs to import it. By name: `grad`, the
switches `no_grad` and `enable_grad`, tests of one's own rules (`gradcheck`, `gradgradcheck`), activation checkpointing
(`checkpoint`), and tools that show what goes on: `detect_anomaly`, `draw_graph`, `saved_bytes`, `watch_gradients`.
"""

from tinytorch.autograd import _rules_elementwise, _rules_shapes  # noqa: F401  (they register rules)
from tinytorch.autograd._anomaly import AnomalyError, detect_anomaly
from tinytorch.autograd._backward import backward, engine, grad
from tinytorch.autograd._checkpoint import checkpoint
from tinytorch.autograd._diagnosis import GradientReport, GradientWatch, watch_gradients
from tinytorch.autograd._gradcheck import GradientMismatch, gradcheck, gradgradcheck
from tinytorch.autograd._graph import Graph, GraphNode, graph_of, saved_bytes
from tinytorch.autograd._picture import draw_graph
from tinytorch.autograd._switches import enable_grad, no_grad
from tinytorch.autograd._version import __version__

__all__ = [
    "AnomalyError",
    "GradientMismatch",
    "GradientReport",
    "GradientWatch",
    "Graph",
    "GraphNode",
    "__version__",
    "backward",
    "checkpoint",
    "detect_anomaly",
    "draw_graph",
    "enable_grad",
    "engine",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph_of",
    "no_grad",
    "saved_bytes",
    "watch_gradients",
]
