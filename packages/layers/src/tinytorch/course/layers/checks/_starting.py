"""Where weights start: the spread of many draws, against the variance that the formula says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinytorch.tito.checks import Check, Wrong, close, equals, given, holds, raises

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


def unseeded(tt: Any, x: Any) -> Any:
    """Return what can be said of two fillings for which nobody gave a generator."""
    first, second = (tt.layers.xavier_uniform_(tt.tensor.zeros(*x["shape"])).numpy() for _ in range(2))
    return {
        "all within the bound": bool(np.abs([first, second]).max() <= 1),
        "the next call, the same draws": np.array_equal(first, second),
    }


def whole_numbers(tt: Any, x: Any) -> Any:
    """Fill a tensor of integers."""
    return tt.layers.xavier_uniform_(tt.tensor.Tensor(np.zeros((2, 3), np.int64)), generator=np.random.default_rng(0))


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
        "xavier_uniform_",
        "any shape, where the fans are told",
        given(shape=(20, 30, 40), fans=(2, 4), seed=7),
        xavier,
        fills(lambda x: 1.0),
        kind="contract",
        shown="a tensor of shape {shape}, fans = {fans}",
    ),
    Check(
        "xavier_uniform_",
        "without a generator, other draws at each call",
        given(shape=(3, 3)),
        unseeded,
        equals(lambda x: {"all within the bound": True, "the next call, the same draws": False}),
        kind="contract",
        shown="xavier_uniform_(zeros{shape}), twice",
    ),
    Check(
        "xavier_uniform_",
        "integers",
        given(),
        whole_numbers,
        raises(TypeError),
        kind="contract",
        shown="a tensor of int64",
    ),
)
