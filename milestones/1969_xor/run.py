"""1969: what one layer cannot learn (Minsky & Papert, Perceptrons), and what two can.

    python milestones/1969_xor/run.py

The crisis: exclusive or. A perceptron gets at most three of the four cases right, whatever its weights, because no
straight line separates them; its learning rule goes round in circles. The solution: two inputs, four hidden units, one
output, trained by back-propagation.
"""

import argparse
import importlib
from pathlib import Path

import numpy as np

from tinytorch.activations import Tanh
from tinytorch.layers import Linear, Sequential
from tinytorch.losses import BCEWithLogitsLoss
from tinytorch.optim import Adam
from tinytorch.tensor import Array, Tensor
from tinytorch.training import CheckpointError, Record, figures, read_claims

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR = np.array([[0], [1], [1], [0]], np.float32)
HIDDEN, LEARNING_RATE = 4, 0.05


def perceptron(seed: int, passes: int) -> tuple[Array, list[float]]:
    """Return the last weights of a perceptron on the four cases, and how many it had right after each pass."""
    weight = np.random.default_rng(seed).normal(size=3)
    rows = np.concatenate([X, np.ones((4, 1))], axis=1)  # the 1 is for the threshold
    right: list[float] = []
    for _ in range(passes):
        for row, wanted in zip(rows, XOR[:, 0], strict=True):
            weight = weight + (wanted - (row @ weight > 0)) * row
        right.append(float(((rows @ weight > 0) == XOR[:, 0]).sum()))
    return weight, right


def best_line() -> int:
    """Return how many of the four cases the best of all straight lines gets right.

    Lines in all directions at all offsets between the points: more of them than there are ways to part four points.
    """
    best = 0
    for angle in np.linspace(0, 2 * np.pi, 360, endpoint=False):
        along = X @ [np.cos(angle), np.sin(angle)]
        for offset in np.linspace(-1.5, 1.5, 301):
            best = max(best, int(((along > offset) == XOR[:, 0]).sum()))
    return best


def two_layers(seed: int, steps: int) -> tuple[Sequential, list[float], int]:
    """Return a trained network, its loss after each step, and the step from which all four cases were right."""
    generator = np.random.default_rng(seed)
    model = Sequential(Linear(2, HIDDEN, generator=generator), Tanh(), Linear(HIDDEN, 1, generator=generator))
    optimizer = Adam(model.parameters(), lr=LEARNING_RATE)
    x, y, criterion = Tensor(X), Tensor(XOR), BCEWithLogitsLoss()
    losses: list[float] = []
    solved = 0
    for step in range(1, steps + 1):
        output = model(x)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if not ((output > 0) == y).all():
            solved = step + 1
    return model, losses, solved


def draw(weight: Array, model: Sequential, path: Path) -> None:
    """Draw what each of the two says for every point of the plane, and the four cases on top."""
    axis = np.linspace(-0.5, 1.5, 201, dtype=np.float32)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    line = (plane @ weight[:2] + weight[2] > 0).astype(float)
    curve = 1 / (1 + np.exp(-model(Tensor(plane)).data[:, 0].astype(float)))
    with figures.style():
        figure = importlib.import_module("matplotlib.figure").Figure(figsize=(7, 3.4), layout="constrained")
        titles = ("one layer: a straight line", f"two layers, {HIDDEN} hidden units")
        for axes, values, title in zip(figure.subplots(1, 2, sharey=True), (line, curve), titles, strict=True):
            shown = axes.imshow(
                values.reshape(201, 201), origin="lower", extent=(-0.5, 1.5, -0.5, 1.5), cmap="Greys", vmin=0, vmax=1.4
            )
            for (a, b), wanted in zip(X, XOR[:, 0], strict=True):
                axes.plot(a, b, "o", ms=11, mfc="black" if wanted else "white", mec="black")
            axes.set(title=title, xlabel="a", xticks=[0, 1], yticks=[0, 1])
        axes.figure.axes[0].set_ylabel("b")
        bar = figure.colorbar(shown, ax=figure.axes, boundaries=np.linspace(0, 1, 101), ticks=[0, 0.5, 1])
        bar.set_label("output; dots: a xor b")
        figures.save(figure, path)


def main() -> None:
    """Show the crisis and its solution, compare with the claim, draw, record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("results"), help="folder for the record and the figures")
    parser.add_argument("--short", action="store_true", help="one seed, 300 steps")
    options = parser.parse_args()
    claim = read_claims(Path(__file__).with_name("claim.toml"))["xor"]
    seeds = [0] if options.short else list(claim.seeds)
    passes, steps = (10, 300) if options.short else (1000, 1000)
    name = f"1969_xor/xor{'-part' if options.short else ''}"
    record = Record.begin(name, data="xor", seeds=seeds, passes=passes, steps=steps, lr=LEARNING_RATE)

    crises = [perceptron(seed, passes) for seed in seeds]
    record.measure("perceptron", [100 * max(right) / 4 for _, right in crises], "%")
    record.measure("best line", 100 * best_line() / 4, "%")
    record.curves["perceptron: cases right after each pass"] = crises[0][1][:40]
    print(f"best of all straight lines: {record.look_up('best line')[0]:.0f} % of the four cases")
    print(f"perceptron, {passes:,} passes, {len(seeds)} seeds: never above {record.look_up('perceptron.max')[0]:.0f} %")

    solutions = [two_layers(seed, steps) for seed in seeds]
    record.measure("network", [100.0 if solved <= steps else 75.0 for _, _, solved in solutions], "%")
    record.measure("steps", [float(solved) for _, _, solved in solutions])
    record.measure("loss", [losses[-1] for _, losses, _ in solutions])
    record.curves["network: loss"] = solutions[0][1]
    count = sum(solved <= steps for _, _, solved in solutions)
    print(f"network 2-{HIDDEN}-1, {steps:,} steps: all four cases right with {count} of {len(seeds)} seeds")
    print(f"  after {record.look_up('steps')[0]:.0f} steps (median); last loss {record.look_up('loss')[0]:.4f}")
    for verdict in [] if options.short else claim.judge(record):
        print(f"claim {'holds' if verdict.holds else 'does not hold'}: {verdict.text}")
    path = record.write(options.output)
    draw(crises[0][0], solutions[0][0], path.with_name("plane.png"))
    print(f"record and figure: {path.parent}")


if __name__ == "__main__":
    try:
        main()
    except (CheckpointError, ImportError) as error:  # what is missing, in a sentence
        raise SystemExit(str(error)) from None
