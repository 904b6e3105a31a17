"""Where weights start: the spread of many draws, against the variance that the formula says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinytorch.tito.checks import Check, Raised, Wrong, close, equals, every, given, holds, raises

Array = npt.NDArray[Any]

COUNT = 40_000
SPREAD = "the root mean square of 40,000 normal draws is off by 0.35 % (one standard deviation); six of them"


def rms(x: Array) -> float:
    """Return the root mean square, which of numbers around 0 is their standard deviation."""
    return math.sqrt(float(np.mean(np.square(x, dtype=np.float64))))


def kaiming(tt: Any, x: Any) -> Any:
    """Return how far kaiming_normal_ spreads its draws."""
    tensor = tt.tensor.zeros(*x["shape"])
    options = {name: x[name] for name in ("a", "mode") if name in x}
    tt.layers.kaiming_normal_(tensor, generator=np.random.default_rng(x["seed"]), **options)
    return rms(tensor.numpy())


def tower(tt: Any, x: Any) -> Any:
    """Return the root mean square of a signal before and after many layers with leaky ReLU."""
    generator = np.random.default_rng(x["seed"])
    signal = generator.normal(size=(16, x["width"])).astype(np.float32)
    before = rms(signal)
    for _ in range(x["depth"]):
        weight = tt.tensor.zeros(x["width"], x["width"])
        tt.layers.kaiming_uniform_(weight, x["a"], generator=generator)
        signal = signal @ weight.numpy()
        signal = np.where(signal > 0, signal, np.float32(x["a"]) * signal)
    return rms(signal) / before


def xavier(tt: Any, x: Any) -> Any:
    """Return what xavier_uniform_ draws."""
    tensor = tt.tensor.zeros(*x["shape"])
    options = {name: x[name] for name in ("gain", "fans") if name in x}
    tt.layers.xavier_uniform_(tensor, generator=np.random.default_rng(x["seed"]), **options)
    return tensor


def fills(bound: Any) -> Any:
    """Return a judge that wants draws that are uniform on (-b, b) with b = bound(x)."""

    def judge(x: Any, result: Any) -> None:
        b = bound(x)
        expected = f"draws from ({-b:.4g}, {b:.4g}), which reach both ends and have a mean square of {b * b / 3:.4g}"
        if not isinstance(result, np.ndarray):
            raise Wrong(expected, result)
        draws = result.astype(np.float64)
        low, high, square = float(draws.min()), float(draws.max()), float(np.mean(draws**2))
        # Of n uniform draws the mean square, b²/3, is off by a share of root(0.8/n); the largest misses b by about b/n.
        off = 6 * math.sqrt(0.8 / draws.size)
        inside = -b * (1 + 1e-6) <= low and high <= b * (1 + 1e-6)
        reached = min(-low, high) > b * (1 - 40 / draws.size)
        if not (inside and reached and abs(square / (b * b / 3) - 1) < off):
            got = f"draws from ({low:.4g}, {high:.4g}) with a mean square of {square:.4g}"
            raise Wrong(expected, got, f"{draws.size:,} draws.")

    return judge


def reused(tt: Any, x: Any) -> Any:
    """Return whether the tensor itself is filled and returned, and whether the generator decides."""
    tensor = tt.tensor.zeros(3, 2)
    result = tt.layers.xavier_uniform_(tensor, generator=np.random.default_rng(x["seed"]))
    again = tt.layers.xavier_uniform_(tt.tensor.zeros(3, 2), generator=np.random.default_rng(x["seed"]))
    other = tt.layers.xavier_uniform_(tt.tensor.zeros(3, 2), generator=np.random.default_rng(x["seed"] + 1))
    return {
        "the same tensor": result is tensor,
        "the same seed, the same draws": np.array_equal(tensor.numpy(), again.numpy()),
        "another seed, the same draws": np.array_equal(tensor.numpy(), other.numpy()),
    }


def layer(tt: Any, x: Any) -> Any:
    """Return what a new layer has."""
    made = tt.layers.Linear(x["inputs"], x["outputs"], bias=x["bias"])
    return {
        "sizes": (made.in_features, made.out_features),
        "parameters": [(name, parameter.shape) for name, parameter in made.named_parameters()],
        "no bias": made.bias is None,
    }


def described(x: Any) -> dict[str, Any]:
    """Return what it should have."""
    weight = ("weight", (x["inputs"], x["outputs"]))
    return {
        "sizes": (x["inputs"], x["outputs"]),
        "parameters": [weight, ("bias", (x["outputs"],))] if x["bias"] else [weight],
        "no bias": not x["bias"],
    }


def weights(tt: Any, x: Any) -> Any:
    """Return the weights of one large layer."""
    return tt.layers.Linear(x["inputs"], x["outputs"], generator=np.random.default_rng(x["seed"])).weight


def biases(tt: Any, x: Any) -> Any:
    """Return the biases of a layer with many outputs."""
    return tt.layers.Linear(x["inputs"], x["outputs"], generator=np.random.default_rng(x["seed"])).bias


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


def within(share: float) -> dict[str, Any]:
    """Return the tolerance of a spread."""
    return {"rtol": share, "because": SPREAD}


CHECKS = (
    Check(
        "kaiming_std",
        "two terms after ReLU: a standard deviation of 1",
        given(shape=(2, COUNT // 2), seed=1),
        kaiming,
        close(lambda x: 1.0, **within(0.021), rule="Half the square is lost in ReLU, and two terms are added."),
        shown="kaiming_normal_ on a weight of shape {shape}",
    ),
    Check(
        "kaiming_std",
        "eight terms, half as far",
        given(shape=(8, COUNT // 8), seed=2),
        kaiming,
        close(lambda x: 0.5, **within(0.021), rule="Four times the terms, half the spread."),
        shown="kaiming_normal_ on a weight of shape {shape}",
    ),
    Check(
        "kaiming_std",
        "a slope of 1 loses nothing",
        given(shape=(4, COUNT // 4), a=1.0, seed=3),
        kaiming,
        close(lambda x: 0.5, **within(0.021), rule="Then the sum alone counts: Var(w) = 1 / fan."),
        shown="kaiming_normal_ on a weight of shape {shape} with a = {a}",
    ),
    Check(
        "kaiming_std",
        "any number of terms and any slope",
        lambda rng: {
            "shape": (int(rng.integers(1, 50)), 2000),
            "a": float(rng.uniform(0, 3)),
            "mode": str(rng.choice(["fan_in", "fan_out"])),
            "seed": int(rng.integers(2**32)),
        },
        kaiming,
        # The fewest draws are 1 x 2000: one standard deviation is 1.6 %.
        close(
            lambda x: math.sqrt(2 / (1 + x["a"] ** 2) / x["shape"][x["mode"] == "fan_out"]),
            rtol=0.1,
            because="the root mean square of 2,000 normal draws is off by 1.6 % (one standard deviation); six of them",
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        "kaiming_std",
        "a signal is as large after 20 layers as before",
        given(width=128, depth=20, a=0.2, seed=4),
        tower,
        # Each layer changes the logarithm by about root(5/128)/2; twenty of them by 0.44 (one standard deviation).
        holds(lambda x, ratio: 1 / 14 < ratio < 14, "its root mean square within a factor of 14"),
        kind="invariance",
        shown="{depth} layers of {width} units with leaky ReLU of slope {a}; the signal's growth",
    ),
    Check(
        "xavier_uniform_",
        "four inputs, two outputs: from -1 to 1",
        given(shape=(200, 200), fans=(4, 2), seed=1),
        xavier,
        fills(lambda x: 1.0),
        shown="fans = {fans}",
    ),
    Check(
        "xavier_uniform_",
        "a gain of 3 reaches three times as far",
        given(shape=(200, 200), fans=(2, 4), gain=3.0, seed=2),
        xavier,
        fills(lambda x: 3.0),
        shown="fans = {fans}, gain = {gain}",
    ),
    Check(
        "xavier_uniform_",
        "a wide and a tall matrix",
        given(shape=(500, 40), seed=3),
        xavier,
        fills(lambda x: math.sqrt(6 / 540)),
        kind="contract",
        shown="a weight of shape {shape}",
    ),
    Check(
        "xavier_uniform_",
        "in place, from the generator",
        given(seed=5),
        reused,
        equals(
            lambda x: {
                "the same tensor": True,
                "the same seed, the same draws": True,
                "another seed, the same draws": False,
            }
        ),
        kind="aliasing",
        shown="xavier_uniform_(tensor, generator=...)",
    ),
    Check(
        "xavier_uniform_",
        "a shape that tells no fans",
        given(shape=(2, 3, 4), seed=6),
        xavier,
        raises(ValueError),
        kind="contract",
        shown="a tensor of shape {shape}, no fans",
    ),
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
        "weights fill the interval of 1 over the root of the inputs",
        given(inputs=400, outputs=100, seed=8),
        weights,
        fills(lambda x: 0.05),
        kind="contract",
        shown="Linear({inputs}, {outputs}).weight",
    ),
    Check(
        "Linear.__init__",
        "biases fill the same interval",
        given(inputs=4, outputs=COUNT, seed=9),
        biases,
        fills(lambda x: 0.5),
        kind="contract",
        shown="Linear({inputs}, {outputs}).bias",
    ),
    Check(
        "Linear.__init__",
        "computes with what it holds",
        lambda rng: {"x": rng.normal(size=(4, 3)).astype(np.float32), "seed": 10},
        applied,
        every(holds(computes, "y is x @ weight + bias with the layer's own numbers")),
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
