"""A new linear layer: its sizes, its draws, and that it computes with what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.course.layers.checks._starting import COUNT, fills
from tinytorch.tito.checks import Check, Raised, Wrong, equals, given, holds, raises


def layer(tt: Any, x: Any) -> Any:
    """Return what a new layer has."""
    made = tt.layers.Linear(x["inputs"], x["outputs"], bias=x["bias"])
    return {
        "sizes": (made.in_features, made.out_features),
        "parameters": [(name, parameter.shape) for name, parameter in made.named_parameters()],
        "no bias": made.bias is None,
        "learns": all(parameter.requires_grad for parameter in made.parameters()),
    }


def described(x: Any) -> dict[str, Any]:
    """Return what it should have."""
    weight = ("weight", (x["inputs"], x["outputs"]))
    return {
        "sizes": (x["inputs"], x["outputs"]),
        "parameters": [weight, ("bias", (x["outputs"],))] if x["bias"] else [weight],
        "no bias": not x["bias"],
        "learns": True,
    }


def numbers(name: str) -> Callable[[Any, Any], Any]:
    """Return a drive: the weight or the bias of one large layer."""

    def drive(tt: Any, x: Any) -> Any:
        made = tt.layers.Linear(x["inputs"], x["outputs"], generator=np.random.default_rng(x["seed"]))
        return getattr(made, name)

    return drive


def siblings(tt: Any, x: Any) -> Any:
    """Return what is equal among layers that should differ, and among two from one seed that should not."""
    make = tt.layers.Linear
    fresh = [make(5, 4), make(5, 4)]
    shared = np.random.default_rng(x["seed"])
    drawn = [make(5, 4, generator=shared), make(5, 4, generator=shared)]
    seeded = [make(5, 4, generator=np.random.default_rng(x["seed"])) for _ in range(2)]
    return {
        "without a generator, two layers are equal": np.array_equal(*[one.weight.numpy() for one in fresh]),
        "from one generator, two layers are equal": np.array_equal(*[one.weight.numpy() for one in drawn]),
        "from the same seed, two layers are equal": np.array_equal(*[one.weight.numpy() for one in seeded]),
        "two units of a layer are equal": np.array_equal(fresh[0].weight.numpy()[:, 0], fresh[0].weight.numpy()[:, 1]),
    }


def twins(tt: Any, x: Any) -> Any:
    """Return whether the biases of two layers from equal generators are equal."""
    made = [tt.layers.Linear(5, 4, generator=np.random.default_rng(x["seed"])) for _ in range(2)]
    return bool(np.array_equal(*[one.bias.numpy() for one in made]))


def weight_first(tt: Any, x: Any) -> Any:
    """Return whether a layer with a bias and one without have equal weights, from equal generators."""
    made = [tt.layers.Linear(5, 4, bias=b, generator=np.random.default_rng(x["seed"])) for b in (True, False)]
    return bool(np.array_equal(*[one.weight.numpy() for one in made]))


def told_apart(x: Any, result: Any) -> None:
    """Judge the answers of `siblings`."""
    expected = {
        "without a generator, two layers are equal": False,
        "from one generator, two layers are equal": False,
        "from the same seed, two layers are equal": True,
        "two units of a layer are equal": False,
    }
    if isinstance(result, Raised):
        raise Wrong("four layers", result)
    for question, answer in expected.items():
        if bool(result[question]) is not answer:
            raise Wrong(f"{question}: {answer}", f"{question}: {not answer}")


def applied(tt: Any, x: Any) -> Any:
    """Return the output of a layer beside the numbers that it holds."""
    made = tt.layers.Linear(3, 2, generator=np.random.default_rng(x["seed"]))
    return {"weight": made.weight, "bias": made.bias, "y": made(tt.tensor.Tensor(x["x"]))}


def computes(x: Any, result: Any) -> bool:
    """Whether the output is what the layer's own numbers give."""
    y = x["x"].astype(np.float64) @ result["weight"] + result["bias"]
    return result["y"].shape == y.shape and bool(np.allclose(result["y"], y, rtol=0, atol=1e-5))


CHECKS = (
    Check(
        "Linear.__init__",
        "three inputs, two outputs",
        given(inputs=3, outputs=2, bias=True),
        layer,
        equals(described),
        shown="Linear({inputs}, {outputs})",
    ),
    Check(
        "Linear.__init__",
        "without a bias there is none",
        given(inputs=3, outputs=2, bias=False),
        layer,
        equals(described),
        shown="Linear({inputs}, {outputs}, bias=False)",
    ),
    Check(
        "Linear.__init__",
        "each layer and each unit starts elsewhere",
        given(seed=7),
        siblings,
        told_apart,
        kind="aliasing",
        shown="layers Linear(5, 4), without a generator and with one",
    ),
    Check(
        "Linear.__init__",
        "the bias comes from the generator as well",
        given(seed=7),
        twins,
        equals(lambda x: True),
        kind="contract",
        shown="whether two layers Linear(5, 4), from generators of seed {seed}, have equal biases",
    ),
    Check(
        "Linear.__init__",
        "the weight is drawn before the bias",
        given(seed=7),
        weight_first,
        equals(lambda x: True, rule="First the weight's numbers are drawn, then the bias's."),
        kind="contract",
        shown="whether Linear(5, 4) and Linear(5, 4, bias=False), from generators of seed {seed}, have equal weights",
    ),
    Check(
        "Linear.__init__",
        "weights fill the interval of 1 over the root of the inputs",
        given(inputs=400, outputs=100, seed=8),
        numbers("weight"),
        fills(lambda x: 0.05),
        kind="contract",
        shown="Linear({inputs}, {outputs}).weight",
    ),
    Check(
        "Linear.__init__",
        "biases fill the same interval",
        given(inputs=4, outputs=COUNT, seed=9),
        numbers("bias"),
        fills(lambda x: 0.5),
        kind="contract",
        shown="Linear({inputs}, {outputs}).bias",
    ),
    Check(
        "Linear.__init__",
        "computes with what it holds",
        lambda rng: {"x": rng.normal(size=(4, 3)).astype(np.float32), "seed": 10},
        applied,
        holds(computes, "y is x @ weight + bias with the layer's own numbers"),
        kind="contract",
        shown="Linear(3, 2)({x})",
    ),
    Check(
        "Linear.__init__",
        "no inputs",
        given(inputs=0, outputs=2, bias=True),
        layer,
        raises(ValueError),
        kind="contract",
        shown="Linear({inputs}, {outputs})",
    ),
    Check(
        "Linear.__init__",
        "half an output",
        given(inputs=3, outputs=2.5, bias=True),
        layer,
        raises(TypeError),
        kind="contract",
        shown="Linear({inputs}, {outputs})",
    ),
)
