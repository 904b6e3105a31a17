"""Checkpoints 3 and 4: networks whose parameters are all accounted for, and losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tinytorch.tito.checkpoints._evidence import BLUE, GREY, RED, Evidence, checkpoint, figure

ARCHITECTURES = 50
EXACT = 1e-10  # of a loss in float64: what the checks of the losses allow as well
Array = np.ndarray[Any, Any]


def _stack(evidence: Evidence, tt: Any) -> Figure:
    layers, rng = tt.layers, np.random.default_rng(3)
    counted: list[tuple[int, int]] = []

    def architectures() -> tuple[bool, str]:
        for _ in range(ARCHITECTURES):
            widths = [int(n) for n in rng.integers(1, 40, size=rng.integers(2, 7))]
            biases = [bool(rng.random() < 0.7) for _ in widths[1:]]
            parts: list[Any] = []
            for before, after, bias in zip(widths, widths[1:], biases, strict=False):
                linear = layers.Linear(before, after, bias=bias)
                inner = [linear, tt.activations.ReLU(), layers.Dropout(0.5)]
                parts += [layers.Sequential(*inner)] if rng.random() < 0.3 else inner
            model = layers.Sequential(*parts)
            pairs = zip(widths, widths[1:], biases, strict=False)
            by_hand = sum(before * after + bias * after for before, after, bias in pairs)
            found = sum(int(np.prod(parameter.shape)) for parameter in model.parameters())
            counted.append((by_hand, found))
            if by_hand != found:
                return False, f"{widths} with biases {biases} has {by_hand:,} parameters, and {found:,} were found"
            x = tt.tensor.Tensor(rng.normal(size=(5, widths[0])).astype(np.float32))
            model.eval()
            one, other = np.asarray(model(x).numpy()), np.asarray(model(x).numpy())
            if one.shape != (5, widths[-1]):
                return False, f"{widths} gives the shape {one.shape}"
            if not np.array_equal(one, other):
                return False, f"{widths}: two evaluations in eval mode differ"
            modes = {module.training for module in model.modules()}
            model.train()
            if modes != {False} or {module.training for module in model.modules()} != {True}:
                return False, f"{widths}: a mode did not reach every layer"
        return True, f"{len(counted)} of {ARCHITECTURES}: shapes, modes, and every parameter"

    evidence.attempt("random architectures", architectures)

    def known() -> tuple[bool, str]:
        model = layers.Sequential(layers.Linear(784, 128), layers.Linear(128, 64), layers.Linear(64, 10))
        names = [name for name, _ in model.named_parameters()]
        total = sum(int(np.prod(parameter.shape)) for parameter in model.parameters())
        return total == 109_386 and len(set(names)) == 6, f"{total:,} parameters under {len(set(names))} names"

    evidence.attempt("784-128-64-10 has 109,386 parameters", known)

    def spread() -> tuple[bool, str]:
        generator = np.random.default_rng(0)
        weight = np.asarray(layers.Linear(400, 300, generator=generator).weight.numpy())
        deviations = weight.std(), 1 / np.sqrt(3 * 400)
        # 120,000 uniform numbers: their deviation is known to 0.2 %.
        return bool(abs(deviations[0] / deviations[1] - 1) < 0.02), "deviation {:.4f}, by hand {:.4f}".format(
            *deviations
        )

    evidence.attempt("first weights are spread as 1 / sqrt(inputs) says", spread)
    picture = figure(4.4, 3.4)
    axes = picture.subplots()
    axes.plot([one for one, _ in counted], [other for _, other in counted], ".", color=BLUE)
    top = max((one for one, _ in counted), default=1)
    axes.plot([0, top], [0, top], color=GREY, lw=0.8)
    axes.set(xlabel="parameters, by hand", ylabel="found in your network")
    axes.set_title("50 random architectures", fontsize=10)
    return picture


def softplus(x: Array) -> Array:
    """Return log(1 + e^x) in float64 without overflow."""
    return np.logaddexp(0.0, x)


def oracles(rng: np.random.Generator, scale: float) -> list[tuple[str, tuple[Array, Array], float]]:
    """Return losses by name, their arguments, and their values in float64."""
    n, c = 12, 5
    logits, labels = scale * rng.normal(size=(n, c)), rng.integers(c, size=n)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    x, y = scale * rng.normal(size=(n, 1)), rng.integers(2, size=(n, 1)).astype(float)
    return [
        ("CrossEntropyLoss", (logits, labels), float(-log_probabilities[np.arange(n), labels].mean())),
        ("BCEWithLogitsLoss", (x, y), float((softplus(x) - x * y).mean())),
        ("MSELoss", (x, y), float(((x - y) ** 2).mean())),
        ("L1Loss", (x, y), float(np.abs(x - y).mean())),
    ]


def _wrong(evidence: Evidence, tt: Any) -> Figure:
    tensor, losses = tt.tensor.Tensor, tt.losses

    def value(name: str, first: Array, second: Array, dtype: type[np.floating[Any]]) -> float:
        other = tensor(second if second.dtype.kind == "i" else second.astype(dtype))
        return float(getattr(losses, name)()(tensor(first.astype(dtype)), other).item())

    for name in ("CrossEntropyLoss", "BCEWithLogitsLoss", "MSELoss", "L1Loss"):

        def exact(name: str = name) -> tuple[bool, str]:
            worst = 0.0
            for seed in range(50):
                for kind, (first, second), wanted in oracles(np.random.default_rng(seed), 3.0):
                    if kind == name:
                        worst = max(worst, abs(value(name, first, second, np.float64) / wanted - 1))
            return worst <= EXACT, f"50 batches in float64, off by at most {worst:.0e} ({EXACT:.0e} is allowed)"

        evidence.attempt(name, exact)
    for name in ("CrossEntropyLoss", "BCEWithLogitsLoss"):

        def stable(name: str = name) -> tuple[bool, str]:
            for kind, (first, second), wanted in oracles(np.random.default_rng(4), 1e4):
                if kind == name:
                    with np.errstate(over="raise", invalid="raise", divide="raise"):
                        got = value(name, first, second, np.float32)
                    return abs(got / wanted - 1) < 1e-5, f"{got:.6g}, float64 says {wanted:.6g}"
            return False, "no oracle"

        evidence.attempt(f"{name} of scores around 10,000 in float32", stable)

        def scale(name: str = name) -> tuple[bool, str]:
            found = []
            for kind, (first, second), _ in oracles(np.random.default_rng(5), 3.0):
                if kind == name:
                    ten = np.concatenate([first] * 10), np.concatenate([second] * 10)
                    found = [value(name, first, second, np.float64), value(name, *ten, np.float64)]
            return abs(found[0] / found[1] - 1) <= EXACT, f"{found[0]:.6f} for one copy, {found[1]:.6f} for ten"

        evidence.attempt(f"{name} of a batch and of ten copies of it", scale)

    x = np.linspace(-40, 40, 161)
    mine = [value("BCEWithLogitsLoss", np.array([[one]]), np.array([[0.0]]), np.float32) for one in x]
    with np.errstate(all="ignore"):
        probability = (1 / (1 + np.exp(-x.astype(np.float32)))).astype(np.float32)
        naive = -np.log(np.float32(1) - probability)
    picture = figure()
    axes = picture.subplots()
    axes.plot(x, mine, color=BLUE, label="yours")
    axes.plot(x, naive, ".", ms=3, color=RED, label="-log(1 - sigmoid(x)), float32")
    axes.set(xlabel="score of a sample whose label is 0", ylabel="loss")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("where the formula of the textbook ends", fontsize=10)
    return picture


stack = checkpoint("3", _stack)
wrong = checkpoint("4", _wrong)
