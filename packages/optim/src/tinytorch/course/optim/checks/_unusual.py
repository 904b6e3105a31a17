"""What clipping promises beside its formula: any givers of gradients, any numbers in them, and nothing left behind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.optim.checks._gradients import ROUNDED
from tinytorch.course.optim.checks._walks import single, tensors
from tinytorch.tito.checks import Check, close, equals, given, raises


def one_tensor(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [np.zeros((2, 1), np.float32)], [[[3.0], [4.0]]])
    return {"norm": tt.optim.clip_grad_norm_(w, 2.5), "gradient": w.grad}


def given_twice(tt: Any, x: Any) -> Any:
    a, b = tensors(tt, [[0.0], [0.0]], [[3.0], [4.0]])
    norm = tt.optim.clip_grad_norm_([a, b, a], 2.5)
    return {"norm": norm, "gradients": [a.grad, b.grad]}


def kind_of_nothing(tt: Any, x: Any) -> Any:
    norm = tt.optim.clip_grad_norm_([tt.tensor.Tensor([1.0])], 1.0)
    return {"a tensor": isinstance(norm, tt.tensor.Tensor), "rank": np.ndim(norm)}


def recorded(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [[0.0, 0.0]], [None])
    w.grad = tt.tensor.Tensor(x["gradient"], requires_grad=True)
    norm = tt.optim.clip_grad_norm_([w], 1.0)
    return {"norm": norm.requires_grad, "gradient": w.grad.requires_grad}


def with_infinity(tt: Any, x: Any) -> Any:
    params = tensors(tt, x["gradients"], x["gradients"])
    with np.errstate(invalid="ignore"):
        norm = tt.optim.clip_grad_norm_(params, 1.0)
    return {"norm": norm, "gradients": [p.grad for p in params]}


def clipped(tt: Any, x: Any) -> Any:
    params = tensors(tt, x["gradients"], x["gradients"])
    norm = tt.optim.clip_grad_norm_(params, 2.5)
    return {"norm": float(norm), "gradients": [p.grad for p in params]}


def refused(tt: Any, x: Any) -> Any:
    params = tensors(tt, x["gradients"], x["gradients"])
    return tt.optim.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)


def after_refusal(tt: Any, x: Any) -> Any:
    params = tensors(tt, x["gradients"], x["gradients"])
    try:
        tt.optim.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    except ValueError:
        return [p.grad for p in params]
    return "no error"


def memory(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [[0.0, 0.0]], [x["gradient"]])
    before = w.grad.numpy()
    tt.optim.clip_grad_norm_([w], 1.0)
    return bool(np.shares_memory(before, w.grad.numpy()))


UNUSUAL = (
    Check(
        function="clip_grad_norm_",
        name="one tensor by itself",
        inputs=given(),
        drive=one_tensor,
        judge=close(lambda x: {"norm": 5.0, "gradient": np.array([[1.5], [2.0]])}, rtol=1e-6, because=ROUNDED),
        kind="contract",
        shown="clip_grad_norm_(w, 2.5), w.grad = [[3], [4]]",
    ),
    Check(
        function="clip_grad_norm_",
        name="one that is given twice",
        inputs=given(),
        drive=given_twice,
        judge=close(
            lambda x: {"norm": 5.0, "gradients": [single(1.5), single(2.0)]},
            rtol=1e-6,
            because=ROUNDED,
            rule="It counts once.",
        ),
        kind="contract",
        shown="clip_grad_norm_([a, b, a], 2.5), gradients [3] of a and [4] of b",
    ),
    Check(
        function="clip_grad_norm_",
        name="the norm of nothing is a tensor as well",
        inputs=given(),
        drive=kind_of_nothing,
        judge=equals(lambda x: {"a tensor": True, "rank": 0}),
        kind="contract",
        shown="what clip_grad_norm_([w], 1) returns, w without a gradient",
    ),
    Check(
        function="clip_grad_norm_",
        name="nothing is recorded",
        inputs=given(gradient=[3.0, 4.0]),
        drive=recorded,
        judge=equals(lambda x: {"norm": False, "gradient": False}),
        kind="contract",
        shown="whether norm and gradient require a gradient, w.grad = {gradient} having required one",
    ),
    Check(
        function="clip_grad_norm_",
        name="numbers whose squares are too large",
        inputs=given(gradients=[single(3e30), single(4e30)]),
        drive=clipped,
        judge=close(lambda x: {"norm": 5e30, "gradients": [single(1.5), single(2.0)]}, rtol=1e-6, because=ROUNDED),
        kind="contract",
        shown="gradients [3e30] and [4e30] of float32, max_norm = 2.5",
    ),
    Check(
        function="clip_grad_norm_",
        name="an infinity leaves zeros and a NaN",
        inputs=given(gradients=[[1.0, math.inf], [2.0]]),
        drive=with_infinity,
        judge=equals(
            lambda x: {"norm": np.array(math.inf, np.float32), "gradients": [single(0.0, math.nan), single(0.0)]}
        ),
        kind="contract",
        shown="gradients [1, inf] and [2], max_norm = 1",
    ),
    Check(
        function="clip_grad_norm_",
        name="a norm that is NaN is named where asked",
        inputs=given(gradients=[[1.0], [math.nan]]),
        drive=refused,
        judge=raises(ValueError, "nan"),
        kind="contract",
        shown="clip_grad_norm_([a, b], 1, error_if_nonfinite=True), gradients [1] and [nan]",
    ),
    Check(
        function="clip_grad_norm_",
        name="where it raises, no gradient has changed",
        inputs=given(gradients=[[2.0], [math.nan]]),
        drive=after_refusal,
        judge=equals(lambda x: [single(2.0), single(math.nan)]),
        kind="contract",
        shown="the gradients [2] and [nan] after clip_grad_norm_([a, b], 1, error_if_nonfinite=True)",
    ),
    Check(
        function="clip_grad_norm_",
        name="small ones are not copied",
        inputs=given(gradient=[0.3, 0.4]),
        drive=memory,
        judge=equals(lambda x: True, rule="New memory only if something is to be scaled."),
        kind="cost",
        shown="whether w.grad = {gradient} lies in the same memory after clip_grad_norm_([w], 1)",
    ),
)
