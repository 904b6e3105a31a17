"""Diagnosis: dead units, vanishing and exploding gradients, and silence where all is well."""

import numpy as np
import pytest

from tinytorch.autograd import watch_gradients
from tinytorch.tensor import Array, Tensor, maximum, randn


def weights(scale: float, depth: int, width: int = 16) -> list[Tensor]:
    generator = np.random.default_rng(0)
    return [
        (randn(width, width, generator=generator) * (scale / width**0.5)).detach().requires_grad_()
        for _ in range(depth)
    ]


def numbers(x: Tensor | None) -> Array:
    assert x is not None
    return x.data


def test_dead_units_are_counted_and_named() -> None:
    x = randn(32, 16, generator=np.random.default_rng(1))
    first, second = weights(1.0, 2)
    bias = np.zeros(16, np.float32)
    bias[[3, 7]] = -100.0
    b = Tensor(bias, requires_grad=True)
    with watch_gradients(rectifiers=["maximum"]) as watch:
        h = maximum(x @ first, 0.0)
        z = maximum(h @ second + b, 0.0)
        z.sum().backward()
    report = watch.report()
    assert [unit.label for unit in report.units] == ["maximum 1", "maximum 2"]
    assert [unit.dead for unit in report.units] == [[], [3, 7]]
    assert report.units[1].zeros == float(np.mean(z.data == 0))
    assert any(s.startswith("maximum 2: 2 of 16 units are 0 for every input of the batch") for s in report.sentences)


def test_a_unit_that_wakes_in_another_batch_is_not_dead() -> None:
    w = weights(1.0, 1)[0]
    with watch_gradients(rectifiers=["maximum"]) as watch:
        for sign in (1.0, -1.0):
            x = Tensor(np.full((4, 16), sign, np.float32))
            maximum(x @ w, 0.0).sum().backward()
    (unit,) = watch.report().units
    assert unit.dead == []
    assert unit.label == "maximum 1"
    assert unit.zeros == 0.5


def test_channels_of_images_are_units() -> None:
    x = Tensor(np.stack([np.ones((2, 3, 3)), -np.ones((2, 3, 3))], axis=1), requires_grad=True)
    with watch_gradients(rectifiers=["maximum"]) as watch:
        maximum(x, 0.0).sum().backward()
    (unit,) = watch.report().units
    assert (unit.units, unit.dead) == (2, [1])


@pytest.mark.parametrize(("scale", "word"), [(0.2, "vanishes"), (6.0, "explodes"), (1.4, "")])
def test_gradients_over_depth(scale: float, word: str) -> None:
    layers = weights(scale, 10)
    h = randn(32, 16, generator=np.random.default_rng(1))
    with watch_gradients({f"layer{i}": w for i, w in enumerate(layers)}) as watch:
        for w in layers:
            h = maximum(h @ w, 0.0)
        h.sum().backward()
    report = watch.report()
    assert [depth.label for depth in report.depths] == [f"matmul {i}" for i in range(1, 11)]
    assert [sentence.split()[2] for sentence in report.sentences] == ([f"{word}:"] if word else [])
    for i, w in enumerate(layers):
        assert report.depths[i].norms == {f"layer{i}": pytest.approx(float(np.linalg.norm(numbers(w.grad))), rel=1e-5)}


def test_zero_and_infinite_gradients_have_sentences_of_their_own() -> None:
    w = weights(1.0, 1)[0]
    with watch_gradients() as watch:
        (Tensor(np.ones((2, 16), np.float32)) @ w * 0.0).sum().backward()
    assert str(watch.report()).startswith("Every gradient is 0")
    with watch_gradients() as watch:
        (Tensor(np.ones((2, 16), np.float32)) @ w).sum().backward(Tensor(np.float32(np.inf)))
    assert "is not finite" in str(watch.report())
    with watch_gradients() as watch:
        pass
    assert str(watch.report()) == "Nothing out of the ordinary."
