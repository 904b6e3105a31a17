"""1986: a network with hidden layers learns by back-propagation (Rumelhart, Hinton & Williams, Nature 323, 533-536).

    python milestones/1986_backprop/run.py --data mnist

Trains inputs-128-64-10 with ReLU once a seed and reads the test set once, after the last epoch. `--choose` is how the
settings below were found: it never opens the test set, and compares candidates on training images that are held out.
After Ctrl-C the same command carries on, and ends with the numbers of a run that was never stopped.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.activations import ReLU
from tinytorch.dataloader import MNIST, DataLoader, Digits, FashionMNIST, ImageDataset, Normalize, Subset
from tinytorch.layers import Flatten, Linear, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import Adam, CosineAnnealingLR
from tinytorch.training import (
    Callback,
    Checkpoint,
    CheckpointError,
    History,
    Record,
    Schedule,
    Trainer,
    accuracy,
    confusion_matrix,
    figures,
    read_claims,
)

BATCH, LEARNING_RATE = 64, 1e-3
EPOCHS = {"digits": 30, "mnist": 15, "fashion-mnist": 15}
HELD_OUT = {"digits": 300, "mnist": 5_000, "fashion-mnist": 5_000}
LABEL_SMOOTHING = 0.05  # the best of the candidates, see --choose
CANDIDATES = (0.0, 0.05, 0.1, 0.2)


def load(name: str, train: bool) -> ImageDataset:
    """Return one half of a data set; standardised, with the mean and the deviation of its training pixels."""
    if name == "digits":
        return Digits(train=train, transform=Normalize.fit(Digits()))
    kind = {"mnist": MNIST, "fashion-mnist": FashionMNIST}[name]
    return kind(train=train, transform=Normalize.fit(kind(download=True)), download=True)


def network(pixels: int, generator: np.random.Generator) -> Sequential:
    """Return the network: two hidden layers, and a score for each class."""
    first, second = Linear(pixels, 128, generator=generator), Linear(128, 64, generator=generator)
    return Sequential(Flatten(), first, ReLU(), second, ReLU(), Linear(64, 10, generator=generator))


def train(
    data: ImageDataset | Subset[Any], seed: int, epochs: int, unfinished: Path, *more: Callback, smoothing: float
) -> tuple[Trainer, History]:
    """Train one network, or what is left of that; the seed decides its first weights and the order of the images."""
    generator = np.random.default_rng(seed)
    model = network(data[0][0].size, generator)
    loader = DataLoader(data, BATCH, shuffle=True, generator=generator)
    optimizer = Adam(model.parameters(), lr=LEARNING_RATE)
    schedule = Schedule(CosineAnnealingLR(optimizer, epochs * len(loader)), every="step")
    trainer = Trainer(model, optimizer, CrossEntropyLoss(label_smoothing=smoothing), {"accuracy": accuracy})
    saved = unfinished / f"seed{seed}-{epochs}x{BATCH}-{LEARNING_RATE}-{smoothing}.safetensors"
    return trainer, trainer.fit(loader, epochs, callbacks=[schedule, Checkpoint(saved, resume=True), *more])


def choose(name: str, seeds: list[int], epochs: int, output: Path) -> None:
    """Compare candidates for the label smoothing on held-out training images."""
    data = load(name, train=True)
    order = np.random.default_rng(1986).permutation(len(data))
    kept, held = Subset(data, order[HELD_OUT[name] :]), Subset(data, order[: HELD_OUT[name]])
    record = Record.begin(f"1986_backprop/{name}-choice", data=name, seeds=seeds, epochs=epochs, held_out=len(held))
    unfinished = output / record.name / "unfinished"
    for smoothing in CANDIDATES:
        found = []
        for seed in seeds:
            trainer, _ = train(kept, seed, epochs, unfinished, smoothing=smoothing)
            found.append(100 * trainer.evaluate(DataLoader(held, 1000))["accuracy"])
        record.measure(f"smoothing {100 * smoothing:.0f} percent", found, "%")
        print(f"label smoothing {smoothing:<4} {np.mean(found):6.2f} % of {len(held):,} held-out images")
    record.write(output)
    shutil.rmtree(unfinished)


def main() -> None:
    """Train, measure, draw, record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=sorted(EPOCHS), default="digits")
    parser.add_argument("--seeds", type=int, nargs="+", help="default: those of the claim")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--output", type=Path, default=Path("results"), help="folder for the record and the figures")
    parser.add_argument("--short", action="store_true", help="one seed, two epochs")
    parser.add_argument("--choose", action="store_true", help="compare settings on held-out training images")
    options = parser.parse_args()
    claim = read_claims(Path(__file__).with_name("claim.toml"))[options.data]
    seeds = [0] if options.short else options.seeds or list(claim.seeds)
    epochs = 2 if options.short else EPOCHS[options.data] if options.epochs is None else options.epochs
    whole = seeds == list(claim.seeds) and epochs == EPOCHS[options.data]  # what the claim is about
    if options.choose:
        choose(options.data, seeds, epochs, options.output)
        return

    data, test = load(options.data, train=True), load(options.data, train=False)
    settings = {"batch": BATCH, "epochs": epochs, "lr": LEARNING_RATE, "label_smoothing": LABEL_SMOOTHING}
    name = f"1986_backprop/{options.data}{'' if whole else '-part'}"
    record = Record.begin(name, data=options.data, seeds=seeds, **settings)
    print(f"{options.data}: {len(data):,} training and {len(test):,} test images, {epochs} epochs")
    unfinished = options.output / record.name / "unfinished"
    accuracies, seconds = [], []
    for seed in seeds:
        trainer, history = train(data, seed, epochs, unfinished, smoothing=LABEL_SMOOTHING)
        seconds.append(sum(history.seconds))
        scores = trainer.predict(DataLoader(test, 1000))
        accuracies.append(100 * accuracy(scores, test.labels))
        record.curves[f"loss, seed {seed}"] = history["loss"]
        print(f"seed {seed}: {accuracies[-1]:.2f} % of the test images, {seconds[-1]:.1f} s")
    print(history.text())

    record.measure("accuracy", accuracies, "%")
    record.measure("seconds a seed", seconds, "s")
    for verdict in claim.judge(record) if whole else []:
        print(f"claim {'holds' if verdict.holds else 'does not hold'}: {verdict.text}")
    path = record.write(options.output)
    shape, weights = data.images.shape[-2:], trainer.model.state_dict()["1.weight"]
    last = f"{options.data}, seed {seeds[-1]}"
    for name, figure in {
        "curve": figures.curve(history, title=last),
        "confusion": figures.confusion_matrix(confusion_matrix(scores, test.labels), test.classes, title=last),
        "mistakes": figures.worst_mistakes(test.images, scores, test.labels, names=test.classes, title=last),
        "weights": figures.first_layer_weights(weights, shape, title=last),
    }.items():
        figures.save(figure, path.with_name(f"{name}.png"))
    shutil.rmtree(unfinished)
    print(f"record and figures: {path.parent}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped by Ctrl-C; the same command carries on from what was saved.", file=sys.stderr)
        sys.exit(130)
    except (CheckpointError, ImportError, OSError, ValueError) as error:  # what is missing or wrong, in a sentence
        raise SystemExit(str(error)) from None
