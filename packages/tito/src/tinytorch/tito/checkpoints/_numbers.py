"""Checkpoints 1 and 2: the array, and the functions that bend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tinytorch.tito.checkpoints._evidence import BLUE, GREY, Evidence, checkpoint, figure

Pair = tuple[Any, np.ndarray[Any, Any]]
EXPRESSIONS = 200


def expression(tt: Any, rng: np.random.Generator, depth: int) -> Pair:
    """Return a random expression twice: of tensors, and of NumPy's arrays in float64."""
    if depth == 0:
        shape = tuple(rng.integers(1, 5, size=rng.integers(0, 4)))
        values = rng.uniform(0.5, 2.0, size=shape)
        return tt.tensor.Tensor(values), np.array(values)
    t, a = expression(tt, rng, depth - 1)
    kind = int(rng.integers(9))
    if kind < 4:
        # The other side has some of the axes, some of them 1: all that broadcasting allows.
        keep = a.shape[int(rng.integers(a.ndim + 1)) :]
        shape = tuple(1 if rng.random() < 0.3 else n for n in keep)
        values = rng.uniform(0.5, 2.0, size=shape)
        other: Pair = (tt.tensor.Tensor(values), values)
        calls: list[Callable[[Any, Any], Any]] = [
            lambda x, y: x + y,
            lambda x, y: x - y,
            lambda x, y: x * y,
            lambda x, y: x / y,
        ]
        call = calls[kind]
        if rng.random() < 0.5:
            return call(t, other[0]), call(a, other[1])
        return call(other[0], t), call(other[1], a)
    if kind == 4 and a.ndim:
        values = rng.uniform(0.5, 1.0, size=(a.shape[-1], int(rng.integers(1, 4))))
        return t @ tt.tensor.Tensor(values), a @ values
    if kind == 5 and a.ndim:
        axis = int(rng.integers(-a.ndim, a.ndim))
        keep = bool(rng.random() < 0.5)
        return (
            (t.sum(axis=axis, keepdims=keep), a.sum(axis=axis, keepdims=keep))
            if rng.random() < 0.5
            else (t.mean(axis=axis, keepdims=keep), a.mean(axis=axis, keepdims=keep))
        )
    if kind == 6 and a.ndim:
        return t.reshape(a.shape[0], -1), a.reshape(a.shape[0], -1)
    if kind == 7 and a.ndim:
        cut = slice(None, None, 2)
        return t[cut], a[cut]
    number = float(rng.uniform(1.0, 2.0))
    return (number - t, number - a) if rng.random() < 0.5 else (number / (t * t + 1.0), number / (a * a + 1.0))


def _array(evidence: Evidence, tt: Any) -> Figure:
    errors: list[float] = []

    def expressions() -> tuple[bool, str]:
        for seed in range(EXPRESSIONS):
            t, a = expression(tt, np.random.default_rng(seed), 1 + seed % 6)
            got = np.asarray(t.numpy())
            if got.shape != a.shape:
                return False, f"number {seed} has the shape {got.shape}, NumPy's {a.shape}"
            scale = float(np.max(np.abs(a), initial=1e-300))
            errors.append(float(np.max(np.abs(got - a), initial=0.0)) / scale)
            if not errors[-1] <= 1e-12:
                return False, f"number {seed} is off by {errors[-1]:.1e} of its largest element, 1e-12 is allowed"
        return True, f"{len(errors)} of {EXPRESSIONS}; the worst is off by {max(errors):.0e} of its largest element"

    evidence.attempt("random expressions equal to NumPy", expressions)
    zeros = tt.tensor.zeros
    # Of the words a docstring promises nothing: only what the error has to name.
    cases: list[tuple[str, Callable[[], Any], list[str]]] = [
        ("(2, 3) + (4, 3)", lambda: zeros(2, 3) + zeros(4, 3), ["(2, 3)", "(4, 3)"]),
        ("(2, 3) @ (2, 1)", lambda: zeros(2, 3) @ zeros(2, 1), ["(2, 3)", "(2, 1)"]),
        ("12 elements as (5, -1)", lambda: zeros(12).reshape(5, -1), ["12", "5"]),
    ]
    for name, call, mentions in cases:
        evidence.attempt(f"the error of {name} names {' and '.join(mentions)}", partial(refused, call, mentions))
    picture = figure()
    axes = picture.subplots()
    axes.plot([max(error, 1e-18) for error in errors], ".", color=BLUE)
    axes.set(yscale="log", xlabel="expression", ylabel="error / largest element", ylim=(1e-19, 1e-10))
    axes.axhline(np.finfo(float).eps, color=GREY, lw=0.8)
    axes.text(0, 1.3 * np.finfo(float).eps, "one rounding of float64", color=GREY, fontsize=8)
    axes.set_title(f"{len(errors)} random expressions, yours beside NumPy's", fontsize=10)
    return picture


def refused(call: Callable[[], Any], mentions: list[str]) -> tuple[bool, str]:
    """Whether a call is refused with a `ValueError` that names certain things."""
    try:
        call()
    except ValueError as error:
        missing = [text for text in mentions if text not in str(error)]
        return not missing, f"{error}" + (f"; it lacks {' and '.join(missing)}" if missing else "")
    return False, "nothing was raised, where ValueError was expected"


def _bend(evidence: Evidence, tt: Any) -> Figure:
    tensor, activations = tt.tensor.Tensor, tt.activations

    def network(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Two ReLUs with weights set by hand: how far a + b is above 0, less twice how far it is above 1."""
        total = tensor(points.sum(axis=1, keepdims=True))
        return np.asarray((activations.relu(total) - 2.0 * activations.relu(total - 1.0)).numpy())[:, 0]

    def xor() -> tuple[bool, str]:
        found = network(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
        return bool(np.array_equal(found > 0.5, [False, True, True, False])), f"outputs {found.round(3).tolist()}"

    evidence.attempt("exclusive or with weights set by hand", xor)
    ends = np.array([-1e4, -1e3, 0.0, 1e3, 1e4], np.float32)
    limits: dict[str, np.ndarray[Any, Any]] = {
        "relu": np.maximum(ends, 0),
        "leaky_relu": np.where(ends > 0, ends, 0.01 * ends),
        "sigmoid": np.array([0.0, 0.0, 0.5, 1.0, 1.0]),
        "tanh": np.sign(ends),
        "softmax": np.array([0.0, 0.0, 0.0, 0.0, 1.0]),
        "log_softmax": ends - 1e4,
    }
    for name, wanted in limits.items():
        evidence.attempt(f"{name} at -10,000 to 10,000", partial(safe, tt, name, ends, wanted))
    axis = np.linspace(-0.4, 1.4, 181)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    picture = figure(4.2, 3.6)
    axes = picture.subplots()
    values = network(plane).reshape(len(axis), len(axis))
    shown = axes.imshow(values, origin="lower", extent=(-0.4, 1.4, -0.4, 1.4), cmap="RdBu_r", vmin=-0.5, vmax=1.5)
    axes.contour(axis, axis, values, levels=[0.5], colors="black", linewidths=1)
    for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
        axes.plot(a, b, "o", ms=10, mfc="black" if a != b else "white", mec="black")
    axes.set(xlabel="a", ylabel="b", xticks=[0, 1], yticks=[0, 1])
    axes.set_title("two of your ReLUs, black where a xor b", fontsize=10)
    picture.colorbar(shown)
    return picture


def safe(tt: Any, name: str, ends: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> tuple[bool, str]:
    """Whether a function is at its limits far out, without a warning."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = np.asarray(getattr(tt.activations, name)(tt.tensor.Tensor(ends)).numpy())
    holds = bool(np.allclose(got, wanted, rtol=1e-6, atol=1e-30))
    return holds, str(got.tolist()) + ("" if holds else f", expected {wanted.tolist()}")


array = checkpoint("1", _array)
bend = checkpoint("2", _bend)
