"""Learning and using: modes, and the masks that dropout draws in one of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, Raised, Wrong, close, equals, given, holds


def tree(tt: Any) -> Any:
    """Return a model of three levels: a chain with a list in it that holds a chain."""
    inner = tt.layers.Sequential(tt.layers.Linear(1, 1), tt.layers.Dropout(0.5))
    return tt.layers.Sequential(tt.layers.Dropout(0.5), tt.layers.ModuleList([inner]))


def switched(tt: Any, x: Any) -> Any:
    """Return the modes of a tree after some calls of train and eval, and whether each returned the model."""
    model = tree(tt)
    chained = [(model.eval() if mode is None else model.train(*mode)) is model for mode in x["calls"]]
    return {"training": [module.training for module in model.modules()], "returned": chained}


def one_branch(tt: Any, x: Any) -> Any:
    """Return the modes where only a part was switched."""
    model = tree(tt)
    model[1].eval()
    return [module.training for module in model.modules()]


def anywhere(tt: Any, x: Any) -> Any:
    """Return the modes of layers in a tuple and in a list in a dict, after eval()."""
    layers = [tt.layers.Dropout(0.5), tt.layers.Dropout(0.5)]
    module = type("Holder", (tt.layers.Module,), {})()
    module.a = (layers[0], 3)
    module.b = {"x": [layers[1]]}
    module.eval()
    return [layer.training for layer in layers]


def nothing_else(tt: Any, x: Any) -> Any:
    """Return what eval() leaves of a weight's gradient and of whether it learns."""
    model = tt.layers.Sequential(tt.layers.Linear(1, 1, bias=False))
    model[0].weight.grad = tt.tensor.ones(1, 1)
    model.eval()
    return {"learns": model[0].weight.requires_grad, "has a gradient": model[0].weight.grad is not None}


def masked(tt: Any, x: Any) -> Any:
    """Return what dropout makes of ones."""
    ones = tt.tensor.ones(*x["shape"], dtype=np.dtype(x.get("dtype", "float32")))
    return tt.layers.dropout(ones, x["p"], np.random.default_rng(x["seed"]))


def thinned(tt: Any, x: Any) -> Any:
    """Return the different values, and how many are not 0, of what dropout makes of ones."""
    result = masked(tt, x).numpy()
    return {"values": np.unique(result), "kept": float(np.mean(result != 0))}


def share(x: Any, result: Any) -> None:
    """Judge them: 0 and 1 / (1 - p), the second with probability 1 - p."""
    wanted = {"values": np.array([0.0, 1 / (1 - x["p"])]), "kept": 1 - x["p"]}
    if isinstance(result, Raised):
        raise Wrong(wanted, result)
    off = 6 * math.sqrt(x["p"] * (1 - x["p"]) / math.prod(x["shape"]))
    values = result["values"]
    right = values.shape == (2,) and np.allclose(values, wanted["values"], rtol=1e-6, atol=0)
    if not right or abs(result["kept"] - wanted["kept"]) > off:
        rule = f"The values that are left, and the share of what is not 0 up to {off:.3f}."
        raise Wrong(wanted, result, rule)


def pairs(tt: Any, x: Any) -> Any:
    """Return how often neighbours, in a row and in a column, share their fate."""
    result = masked(tt, x).numpy() != 0
    return {
        "in a row": float(np.mean(result[:, 1:] == result[:, :-1])),
        "in a column": float(np.mean(result[1:] == result[:-1])),
    }


def independent(x: Any, result: Any) -> bool:
    """Whether that is what chance gives, up to six standard deviations."""
    p = x["p"]
    alike = p * p + (1 - p) * (1 - p)
    off = 6 * math.sqrt(1 / math.prod(x["shape"]))
    return all(abs(share - alike) < off for share in result.values())


def masks(tt: Any, x: Any) -> Any:
    """Return whether masks are equal that should differ, and the other way round."""
    generator = np.random.default_rng(x["seed"])
    ones = tt.tensor.ones(10, 10)
    first, second = (tt.layers.dropout(ones, 0.5, generator).numpy() for _ in range(2))
    again = tt.layers.dropout(ones, 0.5, np.random.default_rng(x["seed"])).numpy()
    return {
        "the next call, the same mask": np.array_equal(first, second),
        "the same seed, the same mask": np.array_equal(first, again),
    }


def layer_masks(tt: Any, x: Any) -> Any:
    """Return the same of a Dropout layer, and whether it changes anything in evaluation."""
    layer = tt.layers.Dropout(0.5, generator=np.random.default_rng(x["seed"]))
    ones = tt.tensor.ones(10, 10)
    first, second = layer(ones).numpy(), layer(ones).numpy()
    used = layer.eval()(ones).numpy()
    back = layer.train()(ones).numpy()
    return {
        "while learning, elements dropped": bool((first == 0).any()),
        "while learning, the next call has the same mask": np.array_equal(first, second),
        "in evaluation, elements dropped": bool((used == 0).any()),
        "learning again, elements dropped": bool((back == 0).any()),
    }


def fresh_masks(tt: Any, x: Any) -> Any:
    """Return whether two layers without a generator of their own drop the same elements."""
    ones = tt.tensor.ones(10, 10)
    first, second = (tt.layers.Dropout(0.5)(ones).numpy() for _ in range(2))
    return np.array_equal(first, second)


def through(tt: Any, x: Any) -> Any:
    """Return output and gradient of dropout for an upstream gradient."""
    leaf = tt.tensor.Tensor(x["x"], requires_grad=True)
    y = tt.layers.dropout(leaf, x["p"], np.random.default_rng(x["seed"]))
    y.backward(tt.tensor.Tensor(x["upstream"]))
    return {"y": y, "gradient": leaf.grad}


def one_mask(x: Any, result: Any) -> bool:
    """Whether the gradient is the upstream one times the mask that made the output."""
    mask = result["y"] / x["x"]
    return bool(np.allclose(result["gradient"], x["upstream"] * mask, rtol=1e-10, atol=0))


def unseeded(tt: Any, x: Any) -> Any:
    """Return what can be said of two masks for which nobody gave a generator."""
    first, second = (tt.layers.dropout(tt.tensor.ones(10, 10), 0.5).numpy() for _ in range(2))
    return {
        "elements are 0 or 2": bool(np.isin([first, second], [0, 2]).all()),
        "the next call, the same mask": np.array_equal(first, second),
    }


FACTS = {
    "while learning, elements dropped": True,
    "while learning, the next call has the same mask": False,
    "in evaluation, elements dropped": False,
    "learning again, elements dropped": True,
}

CHECKS = (
    Check(
        "Module.train",
        "eval() reaches the dropout inside",
        given(calls=[None]),
        switched,
        equals(lambda x: {"training": [False] * 6, "returned": [True]}),
        shown="Sequential(Dropout(), ModuleList([Sequential(Linear(1, 1), Dropout())])).eval()",
    ),
    Check(
        "Module.train",
        "train() brings it back, train(False) and train(True) do as they say",
        given(calls=[None, (), (False,), (True,)]),
        switched,
        equals(lambda x: {"training": [True] * 6, "returned": [True] * 4}),
        kind="contract",
        shown="model.eval(), model.train(), model.train(False), model.train(True)",
    ),
    Check(
        "Module.train",
        "a part may be in evaluation while the rest learns",
        given(),
        one_branch,
        equals(lambda x: [True, True, False, False, False, False]),
        kind="contract",
        shown="Sequential(Dropout(), ModuleList([Sequential(Linear(1, 1), Dropout())]))[1].eval()",
    ),
    Check(
        "Module.train",
        "in a tuple, and in a list in a dict",
        given(),
        anywhere,
        equals(lambda x: [False, False]),
        kind="contract",
        shown='module.a = (Dropout(), 3); module.b = {{"x": [Dropout()]}}; module.eval()',
    ),
    Check(
        "Module.train",
        "nothing but the mode changes",
        given(),
        nothing_else,
        equals(
            lambda x: {"learns": True, "has a gradient": True},
            rule="Whether gradients are computed is another matter than the mode.",
        ),
        kind="contract",
        shown="a weight with a gradient, after eval() of the model that it is in",
    ),
    Check(
        "bernoulli_update",
        "three of four dropped, the fourth is four times as large",
        given(shape=(50, 80), p=0.75, seed=1),
        thinned,
        share,
        shown="dropout(ones{shape}, p={p})",
    ),
    Check(
        "bernoulli_update",
        "any share",
        lambda rng: {
            "shape": (40, 50),
            "p": float(rng.choice([0.1, 0.2, 0.3, 0.5, 0.6, 0.9])),
            "seed": int(rng.integers(2**32)),
        },
        thinned,
        share,
        kind="property",
        seeds=20,
        shown="dropout(ones{shape}, p={p})",
    ),
    Check(
        "bernoulli_update",
        "each element has a draw of its own",
        given(shape=(100, 100), p=0.5, seed=2),
        pairs,
        holds(independent, "of two neighbours, in a row or a column, half share their fate (up to 0.06)"),
        kind="invariance",
        shown="dropout(ones{shape}, p={p})",
    ),
    Check(
        "bernoulli_update",
        "another mask at each call, the same one from the same seed",
        given(seed=3),
        masks,
        equals(lambda x: {"the next call, the same mask": False, "the same seed, the same mask": True}),
        kind="aliasing",
        shown="dropout(ones(10, 10), 0.5, generator), twice",
    ),
    Check(
        "bernoulli_update",
        "as exact as the tensor",
        given(shape=(1000,), p=0.1, seed=4, dtype="float64"),
        lambda tt, x: masked(tt, x).numpy().max(),
        close(lambda x: 1 / 0.9, rtol=1e-15, because="one division in float64", dtype=False),
        kind="contract",
        shown="the largest element of dropout(ones{shape} of {dtype}, p={p})",
    ),
    Check(
        "dropout",
        "the gradient meets the mask that the output met",
        lambda rng: {
            "x": rng.uniform(1, 2, (6, 5)),
            "upstream": rng.normal(size=(6, 5)),
            "p": 0.4,
            "seed": 5,
        },
        through,
        holds(one_mask, "the gradient of x is the gradient of the output times the mask"),
        kind="gradient",
        shown="dropout(x, {p})",
    ),
    Check(
        "dropout",
        "without a generator, another mask at each call",
        given(),
        unseeded,
        equals(lambda x: {"elements are 0 or 2": True, "the next call, the same mask": False}),
        kind="contract",
        shown="dropout(ones(10, 10), 0.5), twice",
    ),
    Check(
        "Dropout.forward",
        "drops while learning, not in use",
        given(seed=6),
        layer_masks,
        equals(lambda x: FACTS),
        kind="contract",
        shown="Dropout(0.5) on ones, in train(), eval() and train()",
    ),
    Check(
        "Dropout.forward",
        "two layers have masks of their own",
        given(),
        fresh_masks,
        equals(lambda x: False),
        kind="aliasing",
        shown="whether Dropout(0.5) and another Dropout(0.5) drop the same of 100 elements",
    ),
)
