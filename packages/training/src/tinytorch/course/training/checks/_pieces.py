"""Small networks, batches and callbacks made of plain data, for the drives of this module's checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tito.checks import Raised

SUM = "sums of a few dozen float64 numbers: some 1e-14, and room for another order of adding"


def line(tt: Any, weight: float = 1.0) -> Any:
    """Return the network of one weight, y = w x, in float64."""
    model = tt.layers.Linear(1, 1, bias=False).astype(np.float64)
    model.load_state_dict({"weight": np.array([[weight]])})
    return model


def affine(tt: Any, weight: Any, bias: Any) -> Any:
    """Return a Linear with these weights, in float64."""
    model = tt.layers.Linear(*weight.shape).astype(np.float64)
    model.load_state_dict({"weight": weight, "bias": bias})
    return model


def squares(output: Any, y: Any) -> Any:
    """The mean squared error, in primitives."""
    return ((output - y) ** 2).mean()


def pairs(tt: Any, batches: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return batches of arrays or lists as pairs of float64 tensors."""
    return [tuple(tt.tensor.Tensor(np.array(part, np.float64)) for part in batch) for batch in batches]


def column(*values: float) -> list[list[float]]:
    """Return values as a batch of samples with one number each."""
    return [[value] for value in values]


#: Of y = w x with w = 1 they have the mean losses 1 and 9, and the gradients 2 and 6.
THREE_AND_ONE = [(column(1, 1, 1), column(0, 0, 0)), (column(1), column(-2))]


def watcher(tt: Any, late: bool = False, **hooks: Any) -> Any:
    """Return a callback with these hooks, each called with the run."""
    methods = {name: staticmethod(hook) for name, hook in hooks.items()}
    return type("Watcher", (tt.training.Callback,), {"late": late, **methods})()


def fit(tt: Any, model: Any, x: Any, *callbacks: Any, **options: Any) -> Any:
    """Train a model with plain gradient descent on the batches of x; return the trainer."""
    optimizer = tt.optim.SGD(model.parameters(), lr=x.get("lr", 0.1), momentum=x.get("momentum", 0.0))
    trainer = tt.training.Trainer(model, optimizer, options.pop("loss", squares), options.pop("metrics", None))
    options.setdefault("accumulate", x.get("accumulate", 1))
    trainer.fit(pairs(tt, x["batches"]), options.pop("epochs", 1), callbacks=list(callbacks), progress=False, **options)
    return trainer


def weight_after(tt: Any, x: Any) -> Any:
    """Drive: the weight of y = w x, w = 1, when the batches have been trained on."""
    model = line(tt)
    fit(tt, model, x)
    return model.weight.item()


def some_batches(rng: np.random.Generator, most: int = 6) -> list[tuple[Any, Any]]:
    """Draw batches of 1 to 5 samples, x (n, 3) and y (n, 2)."""
    sizes = rng.integers(1, 6, size=rng.integers(1, most + 1))
    return [(rng.normal(size=(n, 3)), rng.normal(size=(n, 2))) for n in sizes]


def some_training(rng: np.random.Generator) -> dict[str, Any]:
    """Draw a network (3 -> 2), its batches, and how many of them share an update."""
    return {
        "weight": rng.normal(size=(3, 2)),
        "bias": rng.normal(size=2),
        "batches": some_batches(rng),
        "accumulate": int(rng.integers(1, 5)),
    }


def slopes(weight: Any, bias: Any, group: Sequence[tuple[Any, Any]]) -> tuple[Any, Any, float]:
    """Return gradients and value of the mean squared error over all samples of a group, by the closed form."""
    inputs, targets = (np.concatenate([np.asarray(batch[i], np.float64) for batch in group]) for i in (0, 1))
    error = inputs @ weight + bias - targets
    return 2 * inputs.T @ error / error.size, 2 * error.sum(axis=0) / error.size, float((error**2).mean())


def groups(x: Any) -> list[list[tuple[Any, Any]]]:
    """Return the batches as they share updates; the last group may be short."""
    k = x["accumulate"]
    return [x["batches"][i : i + k] for i in range(0, len(x["batches"]), k)]


def descended(x: Any, lr: float = 0.1) -> dict[str, Any]:
    """Return what an epoch of gradient descent makes of a network, written out in NumPy."""
    weight, bias, losses = x["weight"], x["bias"], []
    for group in groups(x):
        by_weight, by_bias, loss = slopes(weight, bias, group)
        weight, bias = weight - lr * by_weight, bias - lr * by_bias
        losses.append(loss)
    return {"weight": weight, "bias": bias, "step_losses": np.array(losses)}


def samples(batches: Sequence[tuple[Any, Any]]) -> list[int]:
    """Return how many samples each batch has."""
    return [len(batch[0]) for batch in batches]


def kind_of(result: Any) -> str:
    """Return the narrowest kind of an error, or what came instead."""
    return result.kinds[0] if isinstance(result, Raised) else repr(result)
