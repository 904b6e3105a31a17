"""Where a pass begins: one number has one slope, and of several somebody has to say how much each counts."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import Generator, some_shape, whole
from tinytorch.course.autograd.checks._toys import leaf, shown, toys
from tinytorch.tito.checks import Check, equals, given, raises

SINGLE = np.float32


def _backward(tt: Any, x: Any) -> Any:
    """The gradient of x after (3 x).backward(...)."""
    t = toys(tt)
    tensor = leaf(tt, np.asarray(x["x"], x.get("dtype", np.float64)))
    above = x.get("above")
    t.scale(tensor, factor=3.0).backward(None if above is None else tt.tensor.Tensor(above))
    return shown(tensor.grad)


def _by_a_number(tt: Any, x: Any) -> Any:
    """The gradient of x after (3 x).backward of a Python number."""
    tensor = leaf(tt, np.asarray(x["x"]))
    toys(tt).scale(tensor, factor=3.0).backward(x["factor"])
    return shown(tensor.grad)


def _above(rng: Generator) -> dict[str, Any]:
    shape = some_shape(rng)
    dtype = SINGLE if rng.random() < 0.5 else np.float64
    return {"x": whole(rng, shape, dtype), "above": whole(rng, shape, dtype), "dtype": dtype}


_seed_of = partial(Check, function="seed_of", drive=_backward)

SEED: tuple[Check, ...] = (
    _seed_of(
        name="one number has one slope",
        inputs=given(x=2.0),
        judge=equals(lambda x: np.array(3.0)),
        shown="the gradient of x after (3 x).backward(), x = {x}",
    ),
    _seed_of(
        name="several have none",
        inputs=given(x=[1.0, 2.0]),
        judge=raises(RuntimeError, "(2,)", rule="Nobody has said how much each of the two counts."),
        shown="(3 x).backward(), x = {x}",
    ),
    _seed_of(
        name="one element, whatever its axes and dtype",
        inputs=given(x=[[2.0]], dtype=SINGLE),
        judge=equals(lambda x: np.array([[3.0]], SINGLE)),
        kind="contract",
        shown="the gradient of x after (3 x).backward(), x = {x} of float32",
    ),
    _seed_of(
        name="none of no elements",
        inputs=given(x=np.zeros((0, 3))),
        judge=raises(RuntimeError, "(0, 3)"),
        kind="contract",
        shown="(3 x).backward(), x of shape (0, 3)",
    ),
    _seed_of(
        name="what is given is used",
        inputs=_above,
        judge=equals(lambda x: 3 * x["above"]),
        kind="property",
        seeds=20,
        shown="the gradient of x after (3 x).backward({above}), x = {x}",
    ),
    _seed_of(
        name="a gradient of another shape",
        inputs=given(x=[[1.0, 2.0], [3.0, 4.0]], above=np.array([1.0, 2.0])),
        judge=raises(ValueError, "(2,)", "(2, 2)", rule="It would broadcast, and be wrong in silence."),
        kind="contract",
        shown="(3 x).backward({above}), x = {x}",
    ),
    _seed_of(
        name="one number for one element with axes",
        inputs=given(x=[[1.0]], above=np.array(1.0)),
        judge=raises(ValueError, "()", "(1, 1)"),
        kind="contract",
        shown="(3 x).backward({above}), x = {x}",
    ),
    _seed_of(
        name="a gradient of another dtype",
        inputs=given(x=[1.0, 2.0], dtype=SINGLE, above=np.array([1.0, 2.0])),
        judge=raises(ValueError, "float64", "float32", rule="It would make every gradient behind it float64."),
        kind="contract",
        shown="(3 x).backward({above}), x = {x} of float32",
    ),
    Check(
        function="seed_of",
        name="a number takes the dtype of the tensor",
        inputs=given(x=2.0, factor=0.5),
        drive=_by_a_number,
        judge=equals(lambda x: np.array(1.5)),
        kind="contract",
        shown="the gradient of x after (3 x).backward({factor}), x = {x} of float64",
    ),
)
