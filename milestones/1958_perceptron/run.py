"""1958: a machine learns from its mistakes (Rosenblatt, Psychological Review 65, 386-408).

    python milestones/1958_perceptron/run.py

Rosenblatt's first demonstration told cards marked on the left from cards marked on the right, after some fifty cards.
Part one repeats it with cards that are drawn here. Part two gives the same rule, untouched, two kinds of handwritten
digits, and counts its mistakes against Novikoff's theorem of 1962: with margin m and radius r, at most (r / m)².
"""

import argparse
import importlib
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.dataloader import MNIST, DataLoader, Digits, DownloadError, FormatError, ImageDataset, Subset
from tinytorch.tensor import Array, Tensor, where, zeros
from tinytorch.training import CheckpointError, Record, figures, read_claims

SIDE = 20  # the machine's retina had 20 x 20 photocells
PAIR = (0, 1)


class Perceptron:
    """One threshold unit: yes (+1) if the weighted sum of its inputs is positive, else no (-1)."""

    def __init__(self, inputs: int) -> None:
        self.weight = zeros(inputs + 1)  # the last one is the threshold's

    def __call__(self, x: Tensor) -> Tensor:
        """Return +1 or -1 for each row of x."""
        return where(with_one(x) @ self.weight > 0, 1, -1)

    def learn(self, x: Tensor, y: Tensor) -> int:
        """Show one sample; return 1 if it was a mistake, after which the weights move towards it."""
        if (self(x) == y).all():
            return 0
        with self.weight.edit() as weight:
            weight += y.data * with_one(x).data[0]
        return 1


def with_one(x: Tensor) -> Tensor:
    """Return rows of pixels with a 1 at their end, for the threshold."""
    pixels = x.reshape(len(x), -1).data
    return Tensor(np.concatenate([pixels, np.ones((len(x), 1), np.float32)], axis=1))


def cards(count: int, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return cards with one square each, in the left half (-1) or in the right (+1)."""
    x, y = np.zeros((count, SIDE, SIDE), np.float32), generator.choice([-1, 1], count)
    for card, sign in zip(x, y, strict=True):
        size = generator.integers(3, 7)
        left = generator.integers(0, SIDE // 2 - size + 1) + (SIDE // 2 if sign > 0 else 0)
        top = generator.integers(0, SIDE - size + 1)
        card[top : top + size, left : left + size] = 1
    return Tensor(x), Tensor(y)


def learn_cards(seeds: list[int], record: Record) -> None:
    """Show fifty cards, then test on a thousand new ones; average over seeds."""
    shares: list[Array] = []
    for seed in seeds:
        generator = np.random.default_rng(seed)
        machine = Perceptron(SIDE * SIDE)
        x, y = cards(50, generator)
        new_x, new_y = cards(1000, generator)
        share = [float((machine(new_x) == new_y).float().mean())]
        for i in range(len(x)):
            machine.learn(x[i : i + 1], y[i : i + 1])
            share.append(float((machine(new_x) == new_y).float().mean()))
        shares.append(100 * np.array(share))
    record.curves["new cards right after so many shown, mean"] = np.mean(shares, axis=0).tolist()
    record.measure("cards", [share[-1] for share in shares], "%")
    print(f"cards: {np.mean([s[-1] for s in shares]):.1f} % of new cards right after 50 ({len(seeds)} seeds)")


def two_classes(name: str, train: bool) -> Subset[Any]:
    """Return the images of two digits."""
    data: ImageDataset = Digits(train=train) if name == "digits" else MNIST(train=train, download=True)
    return Subset(data, np.flatnonzero(np.isin(data.labels, PAIR)))


def learn_digits(name: str, passes: int, record: Record) -> Perceptron:
    """Show digits of two kinds one by one until a pass has no mistake; then measure the theorem and the test set."""
    train, test = two_classes(name, True), two_classes(name, False)
    machine = Perceptron(train[0][0].size)
    loader = DataLoader(train, 1, shuffle=True, generator=np.random.default_rng(0))
    counts: list[int] = []
    while len(counts) < passes and (not counts or counts[-1]):
        counts.append(sum(machine.learn(batch.x, batch.y * 2 - 1) for batch in loader))
    record.curves["mistakes in each pass"] = [float(count) for count in counts]
    record.measure("passes", len(counts))
    record.measure("mistakes", sum(counts))
    print(f"{name}: {len(train):,} images of {PAIR[0]} and {PAIR[1]}; mistakes in each pass: {counts}")
    if counts[-1] == 0:
        everything = next(iter(DataLoader(train, len(train))))
        rows = with_one(everything.x)
        margin = float((rows @ machine.weight * (everything.y * 2 - 1)).min() / np.linalg.norm(machine.weight.data))
        bound = float((np.linalg.norm(rows.data, axis=1).max() / margin) ** 2)
        record.measure("share of the bound", sum(counts) / bound)
        print(f"Novikoff: {sum(counts)} mistakes; with the margin found, at most {bound:,.0f}")
    unseen = next(iter(DataLoader(test, len(test))))
    record.measure("digits", 100 * float((machine(unseen.x) == unseen.y * 2 - 1).float().mean()), "%")
    print(f"test: {record.look_up('digits')[0]:.2f} % of {len(test):,} images right")
    return machine


def draw(record: Record, machine: Perceptron, path: Path) -> None:
    """Draw how the cards were learned, and what each pixel of a digit came to say."""
    weight = machine.weight.data[:-1]
    side, largest = int(len(weight) ** 0.5), float(np.abs(weight).max())
    with figures.style():
        figure = importlib.import_module("matplotlib.figure").Figure(figsize=(7.5, 3.2), layout="constrained")
        curve, picture = figure.subplots(1, 2, width_ratios=[1.2, 1])
        curve.plot(record.curves["new cards right after so many shown, mean"])
        curve.set(title="cards, marked left or right", xlabel="cards shown", ylabel="new cards right (%)")
        shown = picture.imshow(weight.reshape(side, side), cmap="Greys_r", vmin=-largest, vmax=largest)
        picture.set(title=f"what a pixel says for {PAIR[1]}, against {PAIR[0]}", xticks=[], yticks=[])
        figure.colorbar(shown, ax=picture).set_label("weight")
        figures.save(figure, path)


def main() -> None:
    """Run both parts, compare with the claim, draw, record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=["digits", "mnist"], default="digits")
    parser.add_argument("--output", type=Path, default=Path("results"), help="folder for the record and the figures")
    parser.add_argument("--short", action="store_true", help="one seed, two passes")
    options = parser.parse_args()
    claim = read_claims(Path(__file__).with_name("claim.toml"))[options.data]
    seeds = [0] if options.short else list(claim.seeds)
    name = f"1958_perceptron/{options.data}{'-part' if options.short else ''}"
    record = Record.begin(name, data=options.data, seeds=seeds, pair=list(PAIR))
    learn_cards(seeds, record)
    machine = learn_digits(options.data, 2 if options.short else 100, record)
    if not options.short:
        for verdict in claim.judge(record):
            print(f"claim {'holds' if verdict.holds else 'does not hold'}: {verdict.text}")
    path = record.write(options.output)
    draw(record, machine, path.with_name("learning.png"))
    print(f"record and figure: {path.parent}")


if __name__ == "__main__":
    try:
        main()
    except (CheckpointError, DownloadError, FormatError, ImportError) as error:  # what is missing, in a sentence
        raise SystemExit(str(error)) from None
