"""Checkpoints 5 to 7: gradients, optimizers, and training that can be stopped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tinytorch.tito.checkpoints._evidence import BLUE, GREY, RED, Evidence, checkpoint, figure

Array = np.ndarray[Any, Any]
GRAPHS, CHAIN, STEPS = 100, 5_000, 200
# With 40 seeds the reference comes to 96.86 % in 20 epochs, with a deviation of 0.31 %: the bar of 95 % is six of them
# below, so that whoever draws first weights in another order passes as well.
EPOCHS, STOPPED = 20, 8


def graph(tt: Any, x: Any, y: Any, rng: np.random.Generator) -> Any:
    """Return a scalar of two tensors, by a random graph in which results are used again."""
    made = [x, y, x + y]
    for _ in range(6):
        one, other = (made[int(rng.integers(len(made)))] for _ in range(2))
        kind = int(rng.integers(7))
        if kind == 0:
            made.append(one + other)
        elif kind == 1:
            made.append(one * other)
        elif kind == 2:
            made.append(one / (other * other + 1.5))
        elif kind == 3:
            made.append(tt.activations.tanh(one - other))
        elif kind == 4:
            made.append(one - one.mean(axis=-1, keepdims=True))
        elif kind == 5:
            made.append((one * 0.5).exp() * 0.1)
        else:
            made.append((one + other)[..., ::2].sum(axis=-1, keepdims=True) + other)
    weights = tt.tensor.Tensor(rng.normal(size=made[-1].shape))
    return (made[-1] * weights).sum() + 0.1 * made[2].sum()


def central(f: Callable[[Array], float], x: Array) -> Array:
    """Return the slope of a function of an array by central differences."""
    slope = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = 1e-6 * max(1.0, float(abs(x[index])))
        up, down = x.copy(), x.copy()
        up[index] += step
        down[index] -= step
        slope[index] = (f(up) - f(down)) / (up[index] - down[index])
    return slope


def _gradient(evidence: Evidence, tt: Any) -> Figure:
    tensor = tt.tensor.Tensor
    pairs: list[tuple[float, float]] = []

    def graphs() -> tuple[bool, str]:
        for seed in range(GRAPHS):
            rng = np.random.default_rng(seed)
            a, b = rng.normal(size=(3, 1, 4)), rng.normal(size=(2, 4) if seed % 2 else (2, 1))
            x, y = tensor(a, requires_grad=True), tensor(b, requires_grad=True)

            def value(first: Array, second: Array, seed: int = seed) -> float:
                again = np.random.default_rng(seed)
                again.normal(size=(3, 1, 4))
                again.normal(size=(2, 4) if seed % 2 else (2, 1))
                return float(graph(tt, tensor(first), tensor(second), again).item())

            graph(tt, x, y, rng).backward()
            slopes = central(partial(value, second=b), a), central(partial(value, a), b)
            for name, mine, wanted in zip(("the first", "the second"), (x.grad, y.grad), slopes, strict=True):
                got = np.asarray(mine.numpy())
                if got.shape != wanted.shape:
                    return False, f"graph {seed}: the gradient of {name} has the shape {got.shape}, not {wanted.shape}"
                pairs.extend(zip(wanted.ravel(), got.ravel(), strict=True))
                # Central differences of float64 are good to about 1e-9 of the value; graphs lose some of that.
                scale = max(1.0, float(np.abs(wanted).max()))
                if not np.abs(got - wanted).max() <= 1e-6 * scale:
                    return False, f"graph {seed}: the gradient of {name} is off by {np.abs(got - wanted).max():.2e}"
        return True, f"{GRAPHS} of {GRAPHS}, {len(pairs):,} slopes"

    evidence.attempt("random graphs with diamonds and broadcasts", graphs)

    def chain() -> tuple[bool, str]:
        x = tensor([2.0], requires_grad=True)
        y = x
        for _ in range(CHAIN):
            y = y + 1.0
        (y * y).sum().backward()
        got = float(x.grad.numpy()[0])
        return got == 2.0 * (2.0 + CHAIN), f"slope {got:,.0f}"

    evidence.attempt(f"a chain of {CHAIN:,} steps", chain)

    def doublings() -> tuple[bool, str]:
        x = tensor([1.0], requires_grad=True)
        y = x
        for _ in range(20):
            y = y + y
        y.sum().backward()
        got = float(x.grad.numpy()[0])
        return got == 2.0**20, f"slope {got:,.0f}"

    evidence.attempt("twenty doublings y = y + y", doublings)
    picture = figure(4.4, 3.4)
    axes = picture.subplots()
    axes.plot([one for one, _ in pairs], [other for _, other in pairs], ".", ms=3, color=BLUE)
    # Linear up to 1, then by powers of ten; labels nearer to 0 than 10 would overlap.
    largest = max((abs(one) for pair in pairs for one in pair if np.isfinite(one)), default=1.0)
    powers = [10.0**k for k in range(1, max(int(np.ceil(np.log10(max(largest, 1.0)))), 1) + 1, 2)]
    ticks = [*(-power for power in reversed(powers)), 0.0, *powers]
    for axis in ("x", "y"):
        axes.set(**{f"{axis}scale": "symlog", f"{axis}ticks": ticks})
    axes.minorticks_off()
    axes.axline((0, 0), (1, 1), color=GREY, lw=0.6, zorder=0)
    axes.set(xlabel="central differences", ylabel="your gradient")
    axes.set_title(f"{len(pairs):,} slopes of {GRAPHS} graphs", fontsize=10)
    return picture


VALLEYS: dict[str, tuple[Array, Array]] = {
    "round": (np.diag([1.0, 1.0]), np.array([2.0, -1.5])),
    "narrow": (np.diag([1.0, 25.0]), np.array([2.5, 1.0])),
    "slanted": (np.array([[2.0, 1.8], [1.8, 2.0]]), np.array([-2.0, 1.0])),
}
SETTINGS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.02},
    "momentum": {"lr": 0.01, "momentum": 0.9},
    "Adam": {"lr": 0.05},
}


def oracle(name: str, matrix: Array, start: Array) -> Array:
    """Return the path of an optimizer in a valley x A x / 2, in float64."""
    x, velocity, square = start.copy(), np.zeros(2), np.zeros(2)
    lr, path = SETTINGS[name]["lr"], [start.copy()]
    for t in range(1, STEPS + 1):
        g = matrix @ x
        if name == "SGD":
            x = x - lr * g
        elif name == "momentum":
            velocity = 0.9 * velocity + g
            x = x - lr * velocity
        else:
            velocity, square = 0.9 * velocity + 0.1 * g, 0.999 * square + 0.001 * g * g
            x = x - lr * (velocity / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        path.append(x.copy())
    return np.array(path)


def _downhill(evidence: Evidence, tt: Any) -> Figure:
    def walk(name: str, matrix: Array, start: Array) -> Array:
        x = tt.tensor.Tensor(start, requires_grad=True)
        a = tt.tensor.Tensor(matrix)
        kind = tt.optim.Adam if name == "Adam" else tt.optim.SGD
        optimizer, path = kind([x], **SETTINGS[name]), [start.copy()]
        for _ in range(STEPS):
            (0.5 * (x @ a @ x)).backward()
            optimizer.step()
            path.append(np.array(x.numpy()))
        return np.array(path)

    picture = figure(8.0, 2.9)
    grid = picture.subplots(1, 3)
    for axes, (valley, (matrix, _)) in zip(grid, VALLEYS.items(), strict=True):
        u = np.linspace(-3, 3, 61)
        points = np.stack(np.meshgrid(u, u), axis=-1)
        height = 0.5 * np.einsum("...i,ij,...j->...", points, matrix, points)
        axes.contour(u, u, height, levels=np.geomspace(0.05, 60, 10), colors=GREY, linewidths=0.5)
        for name, color in zip(SETTINGS, (BLUE, RED, "black"), strict=True):

            def same(name: str = name, valley: str = valley, axes: Any = axes, color: str = color) -> tuple[bool, str]:
                mine, wanted = walk(name, *VALLEYS[valley]), oracle(name, *VALLEYS[valley])
                axes.plot(*mine.T, color=color, lw=1.2, label=name)
                off = float(np.abs(mine - wanted).max())
                return off < 1e-9, f"{STEPS} steps, off by at most {off:.0e}; ends at {np.abs(mine[-1]).max():.1e}"

            evidence.attempt(f"{name} in the {valley} valley", same)
        axes.set(title=valley, xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[])
        axes.title.set_fontsize(10)
    grid[0].legend(frameon=False, fontsize=7, loc="lower left")
    return picture


def _train(evidence: Evidence, tt: Any) -> Figure:
    layers, training, data = tt.layers, tt.training, tt.dataloader
    images, test = data.Digits(train=True), data.Digits(train=False)

    def network(generator: np.random.Generator) -> Any:
        first = layers.Linear(images.images[0].size, 64, generator=generator)
        return layers.Sequential(
            layers.Flatten(), first, tt.activations.ReLU(), layers.Linear(64, 10, generator=generator)
        )

    def run(epochs: int, file: Path | None) -> tuple[Any, Any]:
        generator = np.random.default_rng(7)
        normal = data.Normalize.fit(images)
        loader = data.DataLoader(data.Digits(train=True, transform=normal), 32, shuffle=True, generator=generator)
        model = network(generator)
        optimizer = tt.optim.Adam(model.parameters(), lr=1e-3)
        trainer = training.Trainer(model, optimizer, tt.losses.CrossEntropyLoss(), {"accuracy": training.accuracy})
        callbacks = [training.Checkpoint(file, resume=True)] if file else []
        return trainer, trainer.fit(loader, epochs, callbacks=callbacks)

    curves: dict[str, list[float]] = {}
    trained: list[Any] = []

    def reads() -> tuple[bool, str]:
        trainer, history = run(EPOCHS, None)
        trained.append(trainer)
        curves["in one go"] = [float(one) for one in history["loss"]]
        normal = data.Normalize.fit(images)
        scores = np.asarray(trainer.predict(data.DataLoader(data.Digits(train=False, transform=normal), 200)))
        share = 100.0 * float((scores.argmax(axis=1) == np.asarray(test.labels)).mean())
        return share >= 95.0, f"{share:.1f} % of {len(test.labels)} test images after {EPOCHS} epochs"

    def resumes() -> tuple[bool, str]:
        with tempfile.TemporaryDirectory(prefix="tinytorch-") as folder:
            file = Path(folder) / "run.safetensors"
            run(STOPPED, file)
            trainer, history = run(EPOCHS, file)
        curves[f"stopped after {STOPPED}"] = [float(one) for one in history["loss"]]
        one, other = (each.model.state_dict() for each in (trained[0], trainer))
        equal = [np.array_equal(np.asarray(one[key]), np.asarray(other[key])) for key in one]
        return bool(equal) and all(equal), f"{sum(equal)} of {len(equal)} parameters bit for bit the same"

    evidence.attempt("digits read with at least 95 %", reads)
    evidence.attempt(f"stopped after {STOPPED} epochs and carried on to {EPOCHS}", resumes)
    picture = figure()
    axes = picture.subplots()
    for (name, losses), style in zip(curves.items(), ("-", "o"), strict=False):
        axes.plot(range(1, len(losses) + 1), losses, style, ms=4, color=BLUE if style == "-" else RED, label=name)
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("one run, and one that was stopped", fontsize=10)
    return picture


gradient = checkpoint("5", _gradient)
downhill = checkpoint("6", _downhill)
train = checkpoint("7", _train, "safetensors.numpy")
