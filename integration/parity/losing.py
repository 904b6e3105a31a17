"""Rows of losses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import LAYOUTS, Cases, numbers, shapes, sizes
from integration.parity.mistakes import wrong_function, wrong_kernel, wrong_rule
from integration.parity.row import Case, Function, Row

from tinytorch import losses as ours
from tinytorch.tensor import Tensor

F: Any = torch.nn.functional
inf, nan = np.inf, np.nan
REDUCTIONS = ("mean", "sum", "none")


def faces(name: str, module: Any) -> dict[str, Function]:
    return {name: getattr(ours, name), module.__name__: lambda x, t, **options: module(**options)(x, t)}


def pairs(
    *edges: tuple[Any, Any],
    x: tuple[float, float] = (-3, 3),
    t: tuple[float, float] = (-3, 3),
    labels: bool = False,
    several: tuple[dict[str, Any], ...] = ({},),
    reductions: tuple[str, ...] = REDUCTIONS,
    rank: int = 0,
    constants: tuple[int, ...] = (),
) -> Cases:
    """Return cases of prediction and target of one shape, under each reduction and each set of options."""

    def draw(generator: np.random.Generator) -> Iterator[Case]:
        drawn = [(shape, "rows") for shape in shapes(generator) if len(shape) >= rank]
        drawn += [(sizes(generator, 2), layout) for layout in LAYOUTS] + [((400, 50), "rows")]
        for reduction in reductions:
            for shape, layout in drawn:
                target = numbers(generator, shape, *t)
                target = np.asarray((target > 0.5).astype(np.float64)) if labels else target
                n = math.prod(shape) if reduction != "none" else 0
                for options in several:
                    yield Case(
                        (numbers(generator, shape, *x), target),
                        {"reduction": reduction, **options},
                        layout,
                        (n if n > 1000 else 0, 0),
                    )
            for left, right in edges:
                for options in several:
                    yield Case(
                        (np.array(left, np.float64), np.array(right, np.float64)),
                        {"reduction": reduction, **options},
                        constants=constants,
                    )

    return draw


def binary(generator: np.random.Generator) -> Iterator[Case]:
    """Prediction, target, and weights that broadcast."""
    for reduction in REDUCTIONS:
        for shape in ((7, 5), (5,), (0, 4), (4, 1, 3)):
            x, t = numbers(generator, shape, 0.01, 0.99), numbers(generator, shape, 0, 1)
            yield Case((x, t, None), {"reduction": reduction})
            yield Case((x, t, generator.uniform(0.2, 2, shape[-1:])), {"reduction": reduction})
        yield Case(
            (np.array([0.0, 1.0, 0.0, 1.0, 1e-30]), np.array([0.0, 1.0, 1.0, 0.0, 1.0]), None),
            {"reduction": reduction},
            constants=(1,),
        )


def weighing(generator: np.random.Generator) -> Iterator[Case]:
    for case in binary(generator):
        x, t, w = case.inputs
        logits = np.asarray((x - 0.5) * 10)
        yield Case((logits, t, w, None), case.options)
        yield Case((logits, t, w, generator.uniform(0.2, 4, x.shape[-1:])), case.options)
        yield Case((np.asarray(logits * 300), np.asarray(np.round(t)), w, None), case.options)


def unclamped(probability: Any, target: Any, weight: Any, reduction: str) -> Any:
    losses = -(target * np.log(probability) + (1 - target) * np.log(1 - probability)) * (
        1 if weight is None else weight
    )
    return losses if reduction == "none" else losses.sum() / (1 if reduction == "sum" else losses.size)


def sigmoid_first(logits: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    p = 1 / (1 + np.exp(-logits))
    losses = -((1 if pos_weight is None else pos_weight) * target * np.log(p) + (1 - target) * np.log(1 - p)) * (
        1 if weight is None else weight
    )
    return losses if reduction == "none" else losses.sum() / (1 if reduction == "sum" else losses.size)


def their_focal(x: Any, t: Any, alpha: float | None = 0.25, gamma: float = 2.0, reduction: str = "mean") -> Any:
    """The paper's formula in PyTorch's words (torchvision's `sigmoid_focal_loss`): PyTorch itself has none."""
    p = torch.sigmoid(x)
    losses = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - (p * t + (1 - p) * (1 - t))) ** gamma
    losses = losses if alpha is None else (alpha * t + (1 - alpha) * (1 - t)) * losses
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()


def objects(name: str, module: Any) -> dict[str, Function]:
    """The function with its weight, and the object that carries it."""
    return {name: getattr(ours, name), module.__name__: lambda x, t, weight, **options: module(weight, **options)(x, t)}


def logit_faces() -> dict[str, Function]:
    name = "binary_cross_entropy_with_logits"
    function = lambda x, t, w, p, **options: getattr(ours, name)(x, t, w, pos_weight=p, **options)  # noqa: E731
    return {
        name: function,
        "BCEWithLogitsLoss": lambda x, t, w, p, **options: ours.BCEWithLogitsLoss(w, pos_weight=p, **options)(x, t),
    }


def naive_kl(x: Tensor, t: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The two arguments exchanged."""
    return ours.kl_div(t if log_target else t.log(), x.exp(), "sum" if reduction == "batchmean" else reduction)


ROWS = [
    Row(
        "mse_loss",
        faces("mse_loss", ours.MSELoss),
        F.mse_loss,
        pairs(([1.0, inf], [1.0, 0.0])),
        "the 2 of the derivative forgotten",
        wrong_rule("mse_loss", lambda step, grad, right: tuple(None if g is None else g / 2 for g in right)),
        (ours.mse_loss, "over all elements, not over examples"),
    ),
    Row(
        "l1_loss",
        faces("l1_loss", ours.L1Loss),
        F.l1_loss,
        pairs(([1.0, 2.0, 0.0], [1.0, 1.0, 0.0])),
        "a slope where the difference is 0",
        wrong_rule("absolute", lambda step, grad, right: np.where(step.inputs[0] == 0, grad, right)),
        (ours.l1_loss, "0 where there is none"),
        operations=("absolute",),
    ),
    Row(
        "huber_loss",
        faces("huber_loss", ours.HuberLoss),
        F.huber_loss,
        pairs(([0.0, 1.0, 5.0], [1.0, 1.0, 1.0]), several=({}, {"delta": 0.5})),
        "the straight part not scaled by delta",
        wrong_function(lambda x, t, reduction, delta=1.0: ours.smooth_l1_loss(x, t, reduction, delta)),
        operations=(),
    ),
    Row(
        "smooth_l1_loss",
        faces("smooth_l1_loss", ours.SmoothL1Loss),
        F.smooth_l1_loss,
        pairs(([0.0, 1.0, 5.0], [1.0, 1.0, 1.0]), several=({}, {"beta": 0.5}, {"beta": 0.0})),
        "Huber's loss, not divided by beta",
        wrong_function(lambda x, t, reduction, beta=1.0: ours.huber_loss(x, t, reduction, beta or 1.0)),
        operations=(),
    ),
    Row(
        "binary_cross_entropy",
        objects("binary_cross_entropy", ours.BCELoss),
        F.binary_cross_entropy,
        binary,
        "log 0 that is not held to -100",
        wrong_kernel("binary_cross_entropy", unclamped),
        (ours.binary_cross_entropy, "A logarithm counts as at least -100"),
        constants=(2,),
    ),
    Row(
        "binary_cross_entropy_with_logits",
        logit_faces(),
        lambda x, t, w, p, **options: F.binary_cross_entropy_with_logits(x, t, w, pos_weight=p, **options),
        weighing,
        "a sigmoid taken first, which becomes 0 or 1",
        wrong_kernel("binary_cross_entropy_with_logits", sigmoid_first),
        constants=(2, 3),
    ),
    Row(
        "kl_div",
        faces("kl_div", ours.KLDivLoss),
        F.kl_div,
        pairs(
            ([-1.0, -2.0], [0.0, 1.0]),
            x=(-3, -0.1),
            t=(0.05, 1),
            reductions=(*REDUCTIONS, "batchmean"),
            rank=1,
            constants=(1,),
        ),
        "the two distributions exchanged",
        wrong_function(naive_kl),
        (ours.kl_div, "which is PyTorch's default and no divergence"),
        operations=(),
    ),
    Row(
        "kl_div of logarithms",
        faces("kl_div", ours.KLDivLoss),
        F.kl_div,
        pairs(x=(-3, -0.1), t=(-3, -0.1), several=({"log_target": True},)),
        "a target of logarithms taken as probabilities",
        wrong_function(lambda x, t, reduction, log_target: t.abs() * (t.abs().log() - x)),
        operations=(),
    ),
    Row(
        "focal_loss",
        faces("focal_loss", ours.FocalLoss),
        their_focal,
        pairs(
            ([50.0, -50.0, 0.0], [1.0, 0.0, 1.0]),
            t=(0, 1),
            labels=True,
            several=({}, {"alpha": None, "gamma": 1.0}, {"gamma": 0.0}),
        ),
        "the wrong side's probability weighs",
        wrong_function(lambda x, t, **options: ours.focal_loss(x, 1 - t, **options)),
        (ours.focal_loss, "The mean is over all elements"),
        operations=(),
        constants=(1,),
    ),
    Row(
        "perplexity",
        {
            "perplexity": lambda x: Tensor(
                np.array([ours.perplexity(one) for one in x.reshape(-1)], x.dtype).reshape(x.shape)
            )
        },
        torch.exp,
        lambda generator: (Case((numbers(generator, shape, 0, 6),)) for shape in ((), (4,), (2, 3))),
        "2 to the power of nats",
        wrong_function(lambda x: (x * math.log(2)).exp()),
        operations=(),
        gradient=False,
    ),
]
