"""Every optimizer against its paper's box, transcribed here in float64 and one parameter at a time."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch.optim import SGD, Adam, AdamW, Muon, Optimizer, RMSprop
from tinytorch.tensor import Array, Tensor

# Small ones of every rank, one that is gathered with them, two that are cut into blocks, an empty one.
SHAPES = [(7, 5), (5,), (), (1,), (210, 257), (3, 0), (120, 100), (2, 3, 4), (300, 401)]

Box = Callable[[Array, Iterator[Array]], Array]


def adam_box(lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, l2: float = 0.0) -> Box:
    """Kingma & Ba, ICLR 2015, algorithm 1, line by line; l2 is added to the gradient."""

    def follow(theta: Array, gradients: Iterator[Array]) -> Array:
        m = np.zeros_like(theta)
        v = np.zeros_like(theta)
        for t, gradient in enumerate(gradients, start=1):
            g = gradient + l2 * theta
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        return theta

    return follow


def adamw_box(lr: float, decay: float) -> Box:
    """Loshchilov & Hutter, ICLR 2019, algorithm 2, with λ' = lr · λ as PyTorch has it."""

    def follow(theta: Array, gradients: Iterator[Array]) -> Array:
        m = np.zeros_like(theta)
        v = np.zeros_like(theta)
        for t, g in enumerate(gradients, start=1):
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g**2
            update = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            theta = theta - lr * (update + decay * theta)
        return theta

    return follow


def sgd_box(lr: float, mu: float = 0.0, dampening: float = 0.0, l2: float = 0.0, nesterov: bool = False) -> Box:
    """The box in PyTorch's documentation of SGD, whose convention for momentum is ours."""

    def follow(theta: Array, gradients: Iterator[Array]) -> Array:
        b = np.zeros_like(theta)
        for t, gradient in enumerate(gradients, start=1):
            g = gradient + l2 * theta
            if mu:
                b = mu * b + (1 - dampening) * g if t > 1 else g
                g = g + mu * b if nesterov else b
            theta = theta - lr * g
        return theta

    return follow


def rmsprop_box(lr: float, alpha: float = 0.99, eps: float = 1e-8, l2: float = 0.0, mu: float = 0.0) -> Box:
    """Tieleman & Hinton's lecture 6.5, with eps outside the root and momentum as in PyTorch's documentation."""

    def follow(theta: Array, gradients: Iterator[Array]) -> Array:
        v = np.zeros_like(theta)
        b = np.zeros_like(theta)
        for gradient in gradients:
            g = gradient + l2 * theta
            v = alpha * v + (1 - alpha) * g**2
            b = mu * b + g / (np.sqrt(v) + eps)
            theta = theta - lr * b
        return theta

    return follow


Case = tuple[Callable[[list[Tensor]], Optimizer], Box]
CASES: dict[str, Case] = {
    "sgd": (lambda p: SGD(p, lr=0.05), sgd_box(0.05)),
    "sgd with momentum": (lambda p: SGD(p, lr=0.01, momentum=0.9), sgd_box(0.01, 0.9)),
    "sgd with everything": (
        lambda p: SGD(p, lr=0.01, momentum=0.8, weight_decay=0.1, dampening=0.3),
        sgd_box(0.01, 0.8, 0.3, 0.1),
    ),
    "nesterov": (
        lambda p: SGD(p, lr=0.01, momentum=0.9, weight_decay=0.02, nesterov=True),
        sgd_box(0.01, 0.9, l2=0.02, nesterov=True),
    ),
    "adam": (Adam, adam_box()),
    "adam, other settings": (
        lambda p: Adam(p, lr=0.02, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1),
        adam_box(0.02, 0.5, 0.9, 1e-3, 0.1),
    ),
    "adam without memory": (lambda p: Adam(p, betas=(0.0, 0.0)), adam_box(beta1=0.0, beta2=0.0)),
    # 1 − lr · decay is 1 − 2⁻¹², which float32 has exactly; rounded, a thousand multiplications by it would show.
    "adamw": (lambda p: AdamW(p, lr=2**-10, weight_decay=0.25), adamw_box(2**-10, 0.25)),
    "rmsprop": (RMSprop, rmsprop_box(1e-2)),
    "rmsprop with everything": (
        lambda p: RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-4, weight_decay=0.05, momentum=0.9),
        rmsprop_box(1e-3, 0.9, 1e-4, 0.05, 0.9),
    ),
}


def gradients_of(number: int, shape: tuple[int, ...], steps: int, dtype: Any) -> Iterator[Array]:
    """The recorded gradients of parameter `number`: not centred, and of a scale of their own."""
    rng = np.random.default_rng([7, number])
    for _ in range(steps):
        yield np.asarray((rng.standard_normal(shape) + 0.3) * 10.0 ** (number - 5)).astype(dtype)


def start_of(number: int, shape: tuple[int, ...], dtype: Any) -> Array:
    return np.asarray(np.random.default_rng([11, number]).standard_normal(shape)).astype(dtype)


def error(got: Array, wanted: Array, start: Array) -> float:
    """Largest difference over the largest magnitude at either end of the way: a step rounds at the size of then."""
    scale = float(np.maximum(np.abs(wanted), np.abs(start)).max(initial=0.0))
    return float(np.abs(got - wanted).max(initial=0.0)) / scale if scale else 0.0


def follow(
    make: Callable[[list[Tensor]], Optimizer], shapes: list[tuple[int, ...]], steps: int, dtype: Any
) -> list[Array]:
    params = [Tensor(start_of(i, shape, dtype)) for i, shape in enumerate(shapes)]
    optimizer = make(params)
    recorded = [gradients_of(i, shape, steps, dtype) for i, shape in enumerate(shapes)]
    for _ in range(steps):
        for p, gradients in zip(params, recorded, strict=True):
            p.grad = Tensor(next(gradients))
        optimizer.step()
    return [p.data for p in params]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_a_thousand_steps_are_those_of_the_papers_box(name: str, dtype: Any, tolerance: float) -> None:
    make, box = CASES[name]
    shapes = SHAPES[:4]
    for i, got in enumerate(follow(make, shapes, 1000, dtype)):
        start = start_of(i, shapes[i], dtype).astype(np.float64)
        wanted = box(start, (g.astype(np.float64) for g in gradients_of(i, shapes[i], 1000, dtype)))
        assert got.dtype == dtype
        assert error(got, wanted, start) <= tolerance


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 2e-6)])
def test_parameters_of_all_sizes_together_take_the_steps_of_each_alone(name: str, dtype: Any, tolerance: float) -> None:
    make, box = CASES[name]
    for i, got in enumerate(follow(make, SHAPES, 6, dtype)):
        start = start_of(i, SHAPES[i], dtype).astype(np.float64)
        wanted = box(start, gradients_of(i, SHAPES[i], 6, dtype))
        assert got.shape == SHAPES[i]
        assert error(got, wanted, start) <= tolerance


@pytest.mark.parametrize("exponent", [-4, -8, -10, -14])
def test_adam_adds_eps_to_the_root_and_not_under_it(exponent: int) -> None:
    g = 10.0**exponent
    p = Tensor(np.zeros(3))
    optimizer = Adam([p], lr=1.0)
    p.grad = Tensor(np.full(3, g))
    optimizer.step()
    np.testing.assert_allclose(p.data, -g / (g + 1e-8), rtol=1e-9)  # under the root it would be about -g / 1e-4


def test_adams_first_step_is_lr_against_the_gradients_sign() -> None:
    p = Tensor([0.0, 0.0, 0.0])
    p.grad = Tensor([1e-3, -5.0, 1e6])
    Adam([p], lr=0.01).step()
    np.testing.assert_allclose(p.data, [-0.01, 0.01, -0.01], rtol=2e-5)


def test_adamw_decays_every_parameter_at_the_same_rate_whatever_its_gradient() -> None:
    """1,000 steps at decay 1e-2 and lr 1e-6 hardly show; at 1e-3 and 0.5 L2 and decoupled decay are far apart."""
    p = Tensor(np.array([1.0, 1.0]))
    optimizer = AdamW([p], lr=1e-3, weight_decay=0.5)
    for sign in [1.0, -1.0] * 500:
        p.grad = Tensor(np.array([0.0, 0.0 * sign]))
        optimizer.step()
    np.testing.assert_allclose(p.data, (1 - 1e-3 * 0.5) ** 1000, rtol=1e-12)


def test_a_new_learning_rate_acts_on_the_whole_velocity_at_once() -> None:
    p = Tensor(np.zeros(1))
    optimizer = SGD([p], lr=1.0, momentum=0.5)
    for lr in (1.0, 0.1):
        optimizer.param_groups[0]["lr"] = lr
        p.grad = Tensor(np.ones(1))
        optimizer.step()
    # velocities 1 and 1.5: -1 · 1 - 0.1 · 1.5; with lr inside the velocity it would be -1 - (0.5 · 1 + 0.1 · 1)
    np.testing.assert_allclose(p.data, [-1.15])


def test_gradients_and_parameters_may_lie_in_any_order_in_memory() -> None:
    rng = np.random.default_rng(3)
    for shape in [(6, 4), (300, 200)]:
        start, g = rng.standard_normal(shape), rng.standard_normal(shape)
        wanted = adam_box()(start, iter([g, g]))
        spread = np.repeat(g, 2, axis=1)[:, ::2]
        for layout in (np.ascontiguousarray(g), np.asfortranarray(g), spread, np.ascontiguousarray(g[::-1])[::-1]):
            for kept in (start, np.asfortranarray(start)):
                p = Tensor(kept)
                optimizer = Adam([p])
                for _ in range(2):
                    gradient = Tensor(layout)
                    p.grad = gradient
                    optimizer.step()
                np.testing.assert_allclose(p.data, wanted, rtol=1e-12)


def test_a_gradient_that_is_one_number_spread_out_is_read_as_such() -> None:
    p = Tensor(np.zeros((4, 3)))
    p.grad = Tensor(np.array([[2.0]])).expand(4, 3)
    SGD([p], lr=0.5).step()
    np.testing.assert_array_equal(p.data, np.full((4, 3), -1.0))


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 60_000), min_size=1, max_size=6),
    steps=st.integers(1, 3),
)
def test_any_mixture_of_sizes_is_covered_exactly_once(sizes: list[int], steps: int) -> None:
    params = [Tensor(np.arange(size, dtype=np.float32)) for size in sizes]
    optimizer = SGD(params, lr=1.0, momentum=0.5)
    velocity, moved = 0.0, 0.0
    for _ in range(steps):
        for i, p in enumerate(params):
            p.grad = Tensor(np.full(p.shape, i + 1, np.float32))
        optimizer.step()
        velocity = 0.5 * velocity + 1
        moved += velocity
    for i, p in enumerate(params):
        np.testing.assert_array_equal(p.data, np.arange(sizes[i], dtype=np.float32) - np.float32((i + 1) * moved))


def muon_box(theta: Array, gradients: Iterator[Array], lr: float, mu: float, decay: float) -> Array:
    """Jordan et al., 2024, with the scale √max(1, out/in) for a weight of shape (in, out), by singular values."""
    b = np.zeros_like(theta)
    for g in gradients:
        b = mu * b + (1 - mu) * g
        u, s, vt = np.linalg.svd((1 - mu) * g + mu * b, full_matrices=False)
        s = s / np.sqrt((s**2).sum())
        for _ in range(5):  # the iteration is a polynomial of the singular values
            s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
        scale = np.sqrt(max(1.0, theta.shape[1] / theta.shape[0]))
        theta = theta * (1 - lr * decay) - lr * scale * (u * s) @ vt
    return theta


@pytest.mark.parametrize("shape", [(6, 4), (4, 9), (5, 5), (1, 3)])
def test_muon_does_to_singular_values_what_its_polynomial_does(shape: tuple[int, int]) -> None:
    def make(params: list[Tensor]) -> Optimizer:
        return Muon(params, lr=0.02, momentum=0.9, weight_decay=0.1)

    got = follow(make, [shape, shape], 50, np.float64)
    for i in range(2):
        start = start_of(i, shape, np.float64)
        wanted = muon_box(start, gradients_of(i, shape, 50, np.float64), 0.02, 0.9, 0.1)
        assert error(got[i], wanted, start) <= 1e-10
