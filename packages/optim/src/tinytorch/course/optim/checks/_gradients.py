"""What happens to gradients before and beside a step: they are forgotten, or made shorter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.optim.checks._walks import DOUBLE, single, tensors
from tinytorch.tito.checks import Check, close, equals, given, raises

ROUNDED = "a few roundings of float32, and the 1e-6 that the promise adds to the norm"


def drive_zero_grad(tt: Any, x: Any) -> Any:
    params = tensors(tt, x["params"], x["gradients"])
    tt.optim.SGD(params, lr=0.1).zero_grad()
    return [p.grad for p in params]


def drive_zero_grad_of_groups(tt: Any, x: Any) -> Any:
    params = tensors(tt, [[1.0], [2.0], [3.0]], [[1.0], [1.0], [1.0]])
    tt.optim.SGD([{"params": params[:1], "lr": 0.5}, {"params": params[1:]}], lr=0.1).zero_grad()
    return [p.grad for p in params]


def drive_zero_grad_of_dtypes(tt: Any, x: Any) -> Any:
    params = tensors(tt, [single(1.0), np.array([2.0])], [single(1.0), np.array([1.0])])
    tt.optim.SGD(params, lr=0.1).zero_grad()
    return [p.grad for p in params]


def drive_held_gradient(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [[0.0, 0.0]], [x["gradient"]])
    held = w.grad.numpy()
    tt.optim.SGD([w], lr=0.1).zero_grad()
    return held


ZERO_GRAD = (
    Check(
        function="Optimizer.zero_grad",
        name="gradients are forgotten",
        inputs=given(params=[[1.0, 2.0], [3.0]], gradients=[[0.5, 0.5], [2.0]]),
        drive=drive_zero_grad,
        judge=equals(lambda x: [None, None], rule="None, not zeros: a zero is a gradient, and lets momentum go on."),
        shown="[w.grad, b.grad] after SGD([w, b]).zero_grad()",
    ),
    Check(
        function="Optimizer.zero_grad",
        name="of every group",
        inputs=given(),
        drive=drive_zero_grad_of_groups,
        judge=equals(lambda x: [None, None, None]),
        kind="contract",
        shown="the gradients of three parameters in two groups, after zero_grad()",
    ),
    Check(
        function="Optimizer.zero_grad",
        name="of every dtype",
        inputs=given(),
        drive=drive_zero_grad_of_dtypes,
        judge=equals(lambda x: [None, None]),
        kind="contract",
        shown="the gradients of a parameter of float32 and one of float64, after zero_grad()",
    ),
    Check(
        function="Optimizer.zero_grad",
        name="some have none",
        inputs=given(params=[[1.0], [2.0]], gradients=[None, [1.0]]),
        drive=drive_zero_grad,
        judge=equals(lambda x: [None, None]),
        kind="contract",
        shown="[w.grad, b.grad] after zero_grad(), when only b had a gradient",
    ),
    Check(
        function="Optimizer.zero_grad",
        name="an array got from a gradient stays as it is",
        inputs=given(gradient=[1.0, -2.0]),
        drive=drive_held_gradient,
        judge=equals(lambda x: single(*x["gradient"])),
        kind="aliasing",
        shown="the array of w.grad, {gradient}, after zero_grad()",
    ),
)


def drive_clip(tt: Any, x: Any) -> Any:
    params = tensors(tt, x["gradients"], x["gradients"])
    norm = tt.optim.clip_grad_norm_(params, x["max_norm"], **x.get("settings", {}))
    return {"norm": norm, "gradients": [p.grad for p in params]}


def drive_clip_held(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [[0.0, 0.0]], [x["gradient"]])
    held = w.grad.numpy()
    tt.optim.clip_grad_norm_([w], 1.0)
    return held


def drive_clip_generator(tt: Any, x: Any) -> Any:
    params = tensors(tt, [[0.0]] * 3, [[3.0], None, [4.0]])
    norm = tt.optim.clip_grad_norm_((p for p in params), 2.5)
    return {"norm": norm, "gradients": [p.grad for p in params]}


def drive_clip_nothing(tt: Any, x: Any) -> Any:
    return float(tt.optim.clip_grad_norm_([tt.tensor.Tensor([1.0])], 1.0))


def drive_clip_infinite(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [[0.0, 0.0]], [x["gradient"]])
    return tt.optim.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)


def drive_clip_negative(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [[0.0]], [[1.0]])
    return tt.optim.clip_grad_norm_([w], x["max_norm"], x["norm_type"])


def any_gradients(rng: np.random.Generator) -> dict[str, Any]:
    shapes = [tuple(rng.integers(1, 4, rng.integers(0, 3)).tolist()) for _ in range(rng.integers(1, 4))]
    return {
        "gradients": [np.asarray(rng.uniform(-1, 1, shape) * 10 ** rng.uniform(-3, 3)) for shape in shapes],
        "max_norm": float(10 ** rng.uniform(-3, 3)),
        "settings": {"norm_type": [1.0, 2.0, 3.0, math.inf][rng.integers(4)]},
    }


def clipped(x: Any) -> dict[str, Any]:
    """The gradients as one vector, whose norm NumPy takes."""
    whole = np.concatenate([np.asarray(g, np.float64).reshape(-1) for g in x["gradients"]])
    norm = float(np.linalg.norm(whole, x.get("settings", {}).get("norm_type", 2.0)))
    factor = min(1.0, x["max_norm"] / (norm + 1e-6))
    return {"norm": norm, "gradients": [np.asarray(np.multiply(g, factor)) for g in x["gradients"]]}


CLIPPING = (
    Check(
        function="clip_grad_norm_",
        name="one factor for both",
        inputs=given(gradients=[[3.0], [4.0]], max_norm=1.0),
        drive=drive_clip,
        judge=close(lambda x: {"norm": 5.0, "gradients": [single(0.6), single(0.8)]}, rtol=1e-6, because=ROUNDED),
        shown="gradients [3] and [4], max_norm = 1",
    ),
    Check(
        function="clip_grad_norm_",
        name="small ones stay as they are",
        inputs=given(gradients=[[0.3, 0.0], [-0.4]], max_norm=1.0),
        drive=drive_clip,
        judge=close(lambda x: {"norm": 0.5, "gradients": [single(0.3, 0.0), single(-0.4)]}, rtol=1e-6, because=ROUNDED),
        shown="gradients [0.3, 0] and [-0.4], max_norm = 1",
    ),
    Check(
        function="clip_grad_norm_",
        name="a norm of 0 leaves nothing",
        inputs=given(gradients=[[3.0], [-4.0]], max_norm=0.0),
        drive=drive_clip,
        judge=close(lambda x: {"norm": 5.0, "gradients": [single(0.0), single(0.0)]}, rtol=1e-6, because=ROUNDED),
        kind="contract",
        shown="gradients [3] and [-4], max_norm = 0",
    ),
    Check(
        function="clip_grad_norm_",
        name="a generator and a parameter without a gradient",
        inputs=given(),
        drive=drive_clip_generator,
        judge=close(lambda x: {"norm": 5.0, "gradients": [single(1.5), None, single(2.0)]}, rtol=1e-6, because=ROUNDED),
        kind="contract",
        shown="clip_grad_norm_((p for p in [a, b, c]), 2.5), gradients [3], None and [4]",
    ),
    Check(
        function="clip_grad_norm_",
        name="no gradients have no norm",
        inputs=given(),
        drive=drive_clip_nothing,
        judge=equals(lambda x: 0.0),
        kind="contract",
        shown="clip_grad_norm_([w], 1), w without a gradient",
    ),
    Check(
        function="clip_grad_norm_",
        name="an array got from a gradient stays as it is",
        inputs=given(gradient=[30.0, 40.0]),
        drive=drive_clip_held,
        judge=equals(lambda x: single(*x["gradient"])),
        kind="aliasing",
        shown="the array of w.grad, {gradient}, after clip_grad_norm_([w], 1)",
    ),
    Check(
        function="clip_grad_norm_",
        name="an infinite norm is named where asked",
        inputs=given(gradient=[1.0, math.inf]),
        drive=drive_clip_infinite,
        judge=raises(ValueError, "inf"),
        kind="contract",
        shown="clip_grad_norm_([w], 1, error_if_nonfinite=True), w.grad = {gradient}",
    ),
    Check(
        function="clip_grad_norm_",
        name="a finite norm is no error",
        inputs=given(gradients=[[3.0], [4.0]], max_norm=1.0, settings={"error_if_nonfinite": True}),
        drive=drive_clip,
        judge=close(lambda x: {"norm": 5.0, "gradients": [single(0.6), single(0.8)]}, rtol=1e-6, because=ROUNDED),
        kind="contract",
        shown="gradients [3] and [4], max_norm = 1, error_if_nonfinite=True",
    ),
    Check(
        function="clip_grad_norm_",
        name="a NaN reaches every gradient",
        inputs=given(gradients=[[1.0], [math.nan]], max_norm=1.0),
        drive=drive_clip,
        judge=equals(
            lambda x: {"norm": np.array(math.nan, np.float32), "gradients": [single(math.nan), single(math.nan)]}
        ),
        kind="contract",
        shown="gradients [1] and [nan], max_norm = 1",
    ),
    *(
        Check(
            "clip_grad_norm_",
            name,
            given(max_norm=max_norm, norm_type=norm_type),
            drive_clip_negative,
            raises(ValueError),
            "contract",
            shown="clip_grad_norm_([w], max_norm={max_norm}, norm_type={norm_type})",
        )
        for name, max_norm, norm_type in (
            ("a norm below 0", -1.0, 2.0),
            ("a norm of no kind", 1.0, 0.0),
            ("a norm of a kind below 0", 1.0, -1.0),
            ("a NaN is not at least 0", math.nan, 2.0),
            ("a NaN is no kind of norm", 1.0, math.nan),
        )
    ),
    Check(
        function="clip_grad_norm_",
        name="any gradients and norm",
        inputs=any_gradients,
        drive=drive_clip,
        judge=close(clipped, rtol=1e-9, because=DOUBLE + ", roots and powers"),
        kind="property",
        seeds=20,
        shown="gradients {gradients}, max_norm = {max_norm}, {settings}",
    ),
)
