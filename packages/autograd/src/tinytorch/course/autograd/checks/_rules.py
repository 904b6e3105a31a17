"""Rules of operations element by element, of reductions, and of what only moves or converts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import (
    Array,
    Generator,
    groups,
    reduced,
    slopes,
    some_axis,
    some_shape,
    thinned,
    whole,
)
from tinytorch.course.autograd.checks._single import Function, left_out, rule_of, untouched
from tinytorch.tito.checks import Check, close, equals, given

Places = list[tuple[int, ...]]
ROUNDING = "one division by a count, in float64"


def _product(tt: Any, x: Any, left: Any, right: Any) -> Any:
    return left * right


def _reduced_by(name: str) -> Function:
    """Return a reduction over the axis that is asked for."""
    return lambda tt, x, tensor: getattr(tensor, name)(axis=x["axis"], keepdims=x["keepdims"])


_mean, _sum = _reduced_by("mean"), _reduced_by("sum")


def _extreme(tt: Any, x: Any, tensor: Any) -> Any:
    return _reduced_by("min" if x.get("lowest") else "max")(tt, x, tensor)


def _permuted(tt: Any, x: Any, tensor: Any) -> Any:
    return tensor.permute(x["axes"])


def _factors(rng: Generator) -> dict[str, Any]:
    both = some_shape(rng)
    left, right = whole(rng, thinned(rng, both)), whole(rng, thinned(rng, both))
    return {"left": left, "right": right, "above": whole(rng, np.broadcast_shapes(left.shape, right.shape))}


def _reduction(rng: Generator, least: int = 0) -> dict[str, Any]:
    shape = some_shape(rng, least=least)
    axis, keepdims = some_axis(rng, len(shape)), bool(rng.random() < 0.5)
    above = whole(rng, reduced(shape, axis, keepdims))
    return {"x": whole(rng, shape), "axis": axis, "keepdims": keepdims, "above": above}


def _axes(rng: Generator) -> dict[str, Any]:
    shape = some_shape(rng)
    order = [int(axis) for axis in rng.permutation(len(shape))]
    axes = tuple(axis - (len(shape) if rng.random() < 0.3 else 0) for axis in order)
    return {"x": whole(rng, shape), "axes": axes, "above": whole(rng, tuple(shape[axis] for axis in order))}


def _dealt(x: Any, among: Callable[[Any, Places], Places] = lambda x, members: members, shared: bool = True) -> Array:
    """The gradient of each result goes to elements that went into it: a share for each of them, or all of it."""
    found = np.zeros(x["x"].shape)
    for number, members in groups(x["x"].shape, x["axis"]):
        chosen = among(x, members)
        for index in chosen:
            found[index] = x["above"].ravel()[number] / (len(chosen) if shared else 1)
    return found


def _winners(x: Any, members: Places) -> Places:
    """The largest elements, or the smallest."""
    order = sorted(members, key=lambda index: float(x["x"][index]) * (1 if x.get("lowest") else -1))
    return [index for index in members if x["x"][index] == x["x"][order[0]]]


def _way_back(x: Any) -> Array:
    """Number the elements, permute the numbers, and carry each gradient to the element of its number."""
    numbers = np.arange(x["x"].size).reshape(x["x"].shape).transpose(x["axes"])
    found = np.zeros(x["x"].size)
    found[numbers.ravel()] = x["above"].ravel()
    return found.reshape(x["x"].shape)


HALVES = np.array([[1.0, 2.0], [3.0, 4.0]])

_multiply_rule = partial(
    Check,
    function="multiply_rule",
    drive=rule_of(_product, "left", "right"),
    shown="the rule of {left} * {right}, {above} from above",
)
_mean_rule = partial(Check, function="mean_rule", drive=rule_of(_mean, "x"))
_extreme_rule = partial(Check, function="extreme_rule", drive=rule_of(_extreme, "x"))

RULES: tuple[Check, ...] = (
    _multiply_rule(
        name="5 from above, 2 · 3",
        inputs=given(left=np.array([2.0]), right=np.array([3.0]), above=np.array([5.0])),
        judge=equals(lambda x: (np.array([15.0]), np.array([10.0]))),
    ),
    _multiply_rule(
        name="one number used three times",
        inputs=given(left=np.array([1.0, 2.0, 3.0]), right=np.array(10.0), above=np.array([1.0, 10.0, 100.0])),
        judge=equals(lambda x: (np.array([10.0, 100.0, 1000.0]), np.array(321.0)), rule="1 · 1 + 10 · 2 + 100 · 3."),
    ),
    _multiply_rule(
        name="a column and a row",
        inputs=given(left=np.array([[1.0], [2.0]]), right=np.array([10.0, 100.0]), above=HALVES),
        judge=equals(lambda x: (np.array([[210.0], [430.0]]), np.array([7.0, 10.0]))),
    ),
    _multiply_rule(
        name="any shapes that broadcast",
        inputs=_factors,
        judge=equals(lambda x: slopes(np.multiply, (x["left"], x["right"]), x["above"])),
        kind="gradient",
        seeds=20,
    ),
    Check(
        function="multiply_rule",
        name="what nobody wants is not computed",
        inputs=given(left=HALVES, right=HALVES, above=HALVES, wanted=(False, True)),
        drive=left_out(_product, "left", "right"),
        judge=equals(lambda x: [True, False], rule="None, where step.needs asks for nothing."),
        kind="cost",
        shown="which gradients are None, if only the right factor requires one",
    ),
    Check(
        function="multiply_rule",
        name="what nobody wants is not computed, of the right factor",
        inputs=given(left=HALVES, right=HALVES, above=HALVES, wanted=(True, False)),
        drive=left_out(_product, "left", "right"),
        judge=equals(lambda x: [False, True]),
        kind="cost",
        shown="which gradients are None, if only the left factor requires one",
    ),
    Check(
        function="multiply_rule",
        name="the gradient from above is left as it is",
        inputs=given(left=HALVES, right=HALVES, above=np.array([[1.0, 2.0], [3.0, 4.0]])),
        drive=untouched(_product, "left", "right"),
        judge=equals(lambda x: x["above"]),
        kind="aliasing",
        shown="the {above} that the rule was given, afterwards",
    ),
    _mean_rule(
        name="the mean of four",
        inputs=given(x=np.array([1.0, 2.0, 3.0, 4.0]), axis=None, keepdims=False, above=np.array(8.0)),
        judge=equals(lambda x: np.array([2.0, 2.0, 2.0, 2.0])),
        shown="the rule of Tensor({x}).mean(), {above} from above",
    ),
    _mean_rule(
        name="each row has a mean",
        inputs=given(x=HALVES, axis=1, keepdims=False, above=np.array([2.0, 20.0])),
        judge=equals(lambda x: np.array([[1.0, 1.0], [10.0, 10.0]])),
        shown="the rule of mean(axis={axis}) of {x}, {above} from above",
    ),
    _mean_rule(
        name="any axes",
        inputs=_reduction,
        judge=close(_dealt, rtol=1e-12, because=ROUNDING, dtype=True),
        kind="property",
        seeds=20,
        shown="the rule of mean(axis={axis}, keepdims={keepdims}) of {x}, {above} from above",
    ),
    _mean_rule(
        name="float32 stays float32",
        inputs=given(x=HALVES.astype(np.float32), axis=0, keepdims=False, above=np.array([2.0, 20.0], np.float32)),
        judge=equals(lambda x: np.array([[1.0, 10.0], [1.0, 10.0]], np.float32)),
        kind="contract",
        shown="the rule of mean(axis={axis}) of {x}, {above} from above",
    ),
    _mean_rule(
        name="of nothing",
        inputs=given(x=np.zeros((0, 2)), axis=0, keepdims=False, above=np.array([1.0, 2.0])),
        judge=equals(lambda x: np.zeros((0, 2))),
        kind="contract",
        shown="the rule of mean(axis=0) of a (0, 2), {above} from above",
        strict=True,
    ),
    _mean_rule(
        name="no means at all",
        inputs=given(x=np.zeros((0, 2)), axis=1, keepdims=False, above=np.zeros(0)),
        judge=equals(lambda x: np.zeros((0, 2))),
        kind="contract",
        shown="the rule of mean(axis=1) of a (0, 2), nothing from above",
        strict=True,
    ),
    Check(
        function="sum_rule",
        name="any axes",
        inputs=_reduction,
        drive=rule_of(_sum, "x"),
        judge=equals(lambda x: _dealt(x, shared=False)),
        kind="property",
        seeds=20,
        shown="the rule of sum(axis={axis}, keepdims={keepdims}) of {x}, {above} from above",
    ),
    _extreme_rule(
        name="all to the largest",
        inputs=given(x=np.array([1.0, 5.0, 3.0]), axis=None, keepdims=False, above=np.array(6.0)),
        judge=equals(lambda x: np.array([0.0, 6.0, 0.0])),
        shown="the rule of Tensor({x}).max(), {above} from above",
    ),
    _extreme_rule(
        name="equal ones share",
        inputs=given(x=np.array([5.0, 1.0, 5.0]), axis=None, keepdims=False, above=np.array(6.0)),
        judge=equals(lambda x: np.array([3.0, 0.0, 3.0])),
        shown="the rule of Tensor({x}).max(), {above} from above",
    ),
    _extreme_rule(
        name="each row has its own",
        inputs=given(x=np.array([[1.0, 2.0], [9.0, 9.0]]), axis=1, keepdims=False, above=np.array([4.0, 6.0])),
        judge=equals(lambda x: np.array([[0.0, 4.0], [3.0, 3.0]])),
        shown="the rule of max(axis={axis}) of {x}, {above} from above",
    ),
    _extreme_rule(
        name="the smallest of several",
        inputs=given(x=np.array([[3.0, 1.0], [1.0, 1.0]]), axis=0, keepdims=True, above=HALVES[:1], lowest=True),
        judge=equals(lambda x: np.array([[0.0, 1.0], [1.0, 1.0]])),
        shown="the rule of min(axis=0, keepdims=True) of {x}, {above} from above",
    ),
    _extreme_rule(
        name="any axes",
        inputs=lambda rng: {**_reduction(rng, least=1), "lowest": bool(rng.random() < 0.5)},
        judge=close(lambda x: _dealt(x, _winners), rtol=1e-12, because=ROUNDING, dtype=True),
        kind="property",
        seeds=20,
        shown="the rule of max (min: {lowest}) over axis={axis} with keepdims={keepdims} of {x}, {above} from above",
    ),
    _extreme_rule(
        name="nearly equal is not equal",
        inputs=given(x=np.array([1.0, 1.0 + 2.0**-40]), axis=None, keepdims=False, above=np.array(3.0)),
        judge=equals(lambda x: np.array([0.0, 3.0])),
        kind="contract",
        shown="the rule of max() of [1, 1 + 2⁻⁴⁰], {above} from above",
    ),
    _extreme_rule(
        name="float32 stays float32",
        inputs=given(x=np.array([2.0, 2.0], np.float32), axis=None, keepdims=False, above=np.array(3.0, np.float32)),
        judge=equals(lambda x: np.array([1.5, 1.5], np.float32)),
        kind="contract",
        shown="the rule of max() of {x}, {above} from above",
    ),
    Check(
        function="permute_rule",
        name="three axes moved round",
        inputs=given(
            x=np.zeros((2, 1, 3)), axes=(2, 0, 1), above=np.array([[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]])
        ),
        drive=rule_of(_permuted, "x"),
        judge=equals(lambda x: np.array([[[1.0, 3.0, 5.0]], [[2.0, 4.0, 6.0]]])),
        shown="the rule of permute{axes} of a (2, 1, 3), {above} from above",
    ),
    Check(
        function="permute_rule",
        name="an axis counted from the end",
        inputs=given(
            x=np.zeros((2, 1, 3)), axes=(-1, 0, 1), above=np.array([[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]])
        ),
        drive=rule_of(_permuted, "x"),
        judge=equals(lambda x: np.array([[[1.0, 3.0, 5.0]], [[2.0, 4.0, 6.0]]]), rule="-1 is axis 2 here."),
        kind="contract",
        shown="the rule of permute{axes} of a (2, 1, 3), {above} from above",
    ),
    Check(
        function="permute_rule",
        name="any axes",
        inputs=_axes,
        drive=rule_of(_permuted, "x"),
        judge=equals(_way_back),
        kind="property",
        seeds=20,
        shown="the rule of permute({axes}) of {x}, {above} from above",
    ),
    Check(
        function="cast_rule",
        name="back to the type it came from",
        inputs=given(x=np.array([1.0, 2.0], np.float32), above=np.array([3.0, 4.0])),
        drive=rule_of(lambda tt, x, tensor: tensor.astype(np.float64), "x"),
        judge=equals(lambda x: np.array([3.0, 4.0], np.float32)),
        kind="contract",
        shown="the rule of Tensor({x}).astype(float64), {above} from above",
    ),
)
