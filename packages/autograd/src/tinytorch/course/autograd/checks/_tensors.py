"""Rules run on tensors as on arrays, so that each can be differentiated again."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._single import on_tensors
from tinytorch.tito.checks import Check, equals, given

AGAIN = "Written with what arrays and tensors share, it can be differentiated again."
HALVES = np.array([[1.0, 2.0], [3.0, 4.0]])

_again = partial(Check, name="on tensors as on arrays", kind="contract")


def _shown(call: str) -> str:
    return f"the rule of {call} run on tensors, {{above}} from above: the gradients, and what each is computed from"


def _extreme(tt: Any, x: Any, tensor: Any) -> Any:
    return tensor.max(axis=1)


TENSORS: tuple[Check, ...] = (
    _again(
        function="multiply_rule",
        inputs=given(left=np.array([2.0, 3.0]), right=np.array([5.0]), above=np.array([1.0, 10.0])),
        drive=on_tensors(lambda tt, x, left, right: left * right, "left", "right"),
        judge=equals(
            lambda x: [np.array([5.0, 50.0]), ["above", "right"], np.array([32.0]), ["above", "left"]], rule=AGAIN
        ),
        shown=_shown("{left} * {right}"),
    ),
    _again(
        function="mean_rule",
        inputs=given(x=HALVES, above=np.array([2.0, 20.0])),
        drive=on_tensors(lambda tt, x, tensor: tensor.mean(axis=1), "x"),
        judge=equals(lambda x: [np.array([[1.0, 1.0], [10.0, 10.0]]), ["above"]], rule=AGAIN),
        shown=_shown("mean(axis=1) of {x}"),
    ),
    _again(
        function="extreme_rule",
        inputs=given(x=np.array([[1.0, 2.0], [9.0, 9.0]]), above=np.array([4.0, 6.0])),
        drive=on_tensors(_extreme, "x"),
        judge=equals(lambda x: [np.array([[0.0, 4.0], [3.0, 3.0]]), ["above"]], rule=AGAIN),
        shown=_shown("max(axis=1) of {x}"),
    ),
    _again(
        function="permute_rule",
        inputs=given(x=np.zeros((2, 1, 3)), above=np.array([[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]])),
        drive=on_tensors(lambda tt, x, tensor: tensor.permute(2, 0, 1), "x"),
        judge=equals(lambda x: [np.array([[[1.0, 3.0, 5.0]], [[2.0, 4.0, 6.0]]]), ["above"]], rule=AGAIN),
        shown=_shown("permute(2, 0, 1) of a (2, 1, 3)"),
    ),
    _again(
        function="matmul_rule",
        inputs=given(left=np.array([[[1.0]], [[2.0]]]), right=np.array([3.0]), above=np.array([[10.0], [1.0]])),
        drive=on_tensors(lambda tt, x, left, right: left @ right, "left", "right"),
        judge=equals(
            lambda x: [np.array([[[30.0]], [[3.0]]]), ["above", "right"], np.array([12.0]), ["above", "left"]],
            rule=AGAIN,
        ),
        shown=_shown("{left} @ {right}"),
    ),
)
