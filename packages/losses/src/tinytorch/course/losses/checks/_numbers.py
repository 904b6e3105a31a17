"""What the losses of numbers promise: shapes that agree, squares, and what grows more slowly than squares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.losses.checks._oracles import (
    LOG_2,
    LOG_3,
    LOG_4,
    NAN_RULE,
    REDUCTIONS,
    ROUNDING,
    ROUNDING_64,
    Array,
    central_differences,
    each,
    floats,
    from_above,
    gradient,
    number,
    reduced,
    shape_of,
    slope,
)
from tinytorch.tito.checks import Check, Inputs, close, equals, given, raises


def pair(rng: np.random.Generator, most: int = 4) -> Inputs:
    shape = shape_of(rng, most)
    return {"x": rng.normal(0, 2, shape), "t": rng.normal(0, 2, shape), "reduction": str(rng.choice(REDUCTIONS))}


def pair_and_gradient(rng: np.random.Generator) -> Inputs:
    x = dict(pair(rng, most=2))
    return {**x, "g": from_above(rng, x["x"].shape, x["reduction"])}


def loss(name: str, **options: Any) -> Any:
    """Return a drive of one of the losses on x and t."""

    def drive(tt: Any, x: Inputs) -> Any:
        reduction = {"reduction": x["reduction"]} if "reduction" in x else {}
        function = getattr(tt.losses, name)
        return function(tt.tensor.Tensor(x["x"]), tt.tensor.Tensor(x["t"]), **reduction, **options)

    return drive


def in_all_reductions(name: str) -> Any:
    return lambda tt, x: {reduction: loss(name)(tt, {**x, "reduction": reduction}) for reduction in REDUCTIONS}


def types_of_pairs(tt: Any, x: Inputs) -> dict[str, str]:
    pairs = ((np.float32, np.float32), (np.float32, np.int64), (np.float32, np.float64), (np.float64, np.float32))
    return {
        f"{np.dtype(one).name}, {np.dtype(other).name}": loss("mse_loss")(
            tt, {"x": np.array([1, 2], one), "t": np.array([1, 4], other)}
        ).dtype.name
        for one, other in pairs
    }


def refusals(tt: Any, x: Inputs) -> dict[str, str]:
    found = {}
    for kind in (np.uint8, np.bool_):
        name = np.dtype(kind).name
        try:
            loss("mse_loss")(tt, {"x": np.array([1, 0], kind), "t": np.array(x["t"], np.float32)})
        except TypeError as error:
            found[name] = "TypeError, names it" if name in str(error) else f"TypeError: {error}"
        else:
            found[name] = "taken"
    return found


def gradients_of_two_types(tt: Any, x: Inputs) -> list[Any]:
    kinds = (np.float32, np.float64)
    leaves = [tt.tensor.Tensor(np.array(x[n], kind), requires_grad=True) for n, kind in zip("xt", kinds, strict=True)]
    return list(tt.autograd.grad(tt.losses.mse_loss(*leaves, "sum"), leaves))


def both_gradients(tt: Any, x: Inputs) -> list[Any]:
    tensor = tt.tensor.Tensor
    leaves = [tensor(np.array(x[name]), requires_grad=True) for name in ("x", "t")]
    result = tt.losses.mse_loss(*leaves, x["reduction"])
    return list(tt.autograd.grad(result, leaves, tensor(np.array(x["g"]))))


def mse(x: Inputs) -> Array:
    return reduced(each(lambda v, t: (v - t) * (v - t), x["x"], x["t"]), x["reduction"])


def mse_slopes(x: Inputs) -> list[Array]:
    by_input = slope(lambda v: mse({**x, "x": v}), x["x"], x["g"])
    return [by_input, slope(lambda v: mse({**x, "t": v}), x["t"], x["g"])]


def huber(v: float, t: float, delta: float) -> float:
    d = abs(v - t)
    return d * d / 2 if d <= delta else delta * (d - delta / 2)


ALIKE = (
    Check(
        function="alike",
        name="a column against a line",
        inputs=given(x=[[1.0], [2.0], [3.0]], t=[1.0, 2.0, 3.0]),
        drive=loss("mse_loss"),
        judge=raises(
            ValueError,
            "(3, 1)",
            "(3,)",
            rule="Broadcast, these are nine differences; three were meant, and all three are 0.",
        ),
        shown="mse_loss(Tensor({x}), Tensor({t}))",
    ),
    Check(
        function="alike",
        name="a line against one number",
        inputs=given(x=[1.0, 2.0], t=1.5),
        drive=loss("mse_loss"),
        judge=raises(ValueError, "(2,)", "()"),
        kind="contract",
        shown="mse_loss(Tensor({x}), Tensor({t}))",
    ),
    Check(
        function="alike",
        name="as many numbers in another shape",
        inputs=given(x=[[1.0, 2.0], [3.0, 4.0]], t=[1.0, 2.0, 3.0, 4.0]),
        drive=loss("l1_loss"),
        judge=raises(ValueError, "(2, 2)", "(4,)"),
        kind="contract",
        shown="l1_loss(Tensor({x}), Tensor({t}))",
    ),
    Check(
        function="alike",
        name="predictions are not whole numbers",
        inputs=given(x=[1, 2], t=[1.0, 4.0]),
        drive=loss("mse_loss"),
        judge=raises(TypeError, "int64"),
        kind="contract",
        shown="mse_loss(Tensor({x}), Tensor({t}))",
    ),
    Check(
        function="alike",
        name="the type in which both meet",
        inputs=given(),
        drive=types_of_pairs,
        judge=equals(
            lambda x: {
                "float32, float32": "float32",
                "float32, int64": "float32",
                "float32, float64": "float64",
                "float64, float32": "float64",
            }
        ),
        kind="contract",
        shown="the type of mse_loss, for types of input and target",
    ),
    Check(
        function="alike",
        name="each stays in its place where the types differ",
        inputs=given(x=[0.5, 0.25], t=[1, 0], reduction="none"),
        drive=loss("binary_cross_entropy"),
        judge=close(lambda x: floats(LOG_2, LOG_4 - LOG_3), rtol=1e-6, because=ROUNDING, dtype=True),
        kind="contract",
        shown="binary_cross_entropy(Tensor({x}), Tensor({t}), reduction='none'), which is -log 1/2 and -log 3/4",
    ),
    Check(
        function="alike",
        name="small whole numbers and truth values are refused",
        inputs=given(t=[1.0, 0.0]),
        drive=refusals,
        judge=equals(lambda x: {"uint8": "TypeError, names it", "bool": "TypeError, names it"}),
        kind="contract",
        shown="mse_loss of uint8, and of bool, against Tensor({t})",
    ),
    Check(
        function="alike",
        name="both get a gradient where the types differ",
        inputs=given(x=[3.0, 1.0], t=[1.0, 2.0]),
        drive=gradients_of_two_types,
        judge=equals(
            lambda x: [floats(4.0, -2.0), np.array([-4.0, 2.0])],
            rule="A conversion is a step like others: the gradient goes back through it, in the type of each.",
        ),
        kind="contract",
        shown="the gradients of mse_loss(x, t, 'sum') by both, for {x} in float32 and {t} in float64",
    ),
)

MSE = (
    Check(
        function="mse_loss_op",
        name="the mean of the squares",
        inputs=given(x=[1.0, 2.0], t=[1.0, 4.0]),
        drive=loss("mse_loss"),
        judge=equals(lambda x: number(2.0)),
        shown="mse_loss(Tensor({x}), Tensor({t}))",
    ),
    Check(
        function="mse_loss_op",
        name="each, their sum, and the mean over all elements",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], t=[[1.0, 0.0, 0.0], [4.0, 4.0, 4.0]]),
        drive=in_all_reductions("mse_loss"),
        judge=equals(lambda x: {"none": floats([0, 4, 9], [0, 1, 4]), "sum": number(18.0), "mean": number(3.0)}),
        kind="contract",
        shown="mse_loss(Tensor({x}), Tensor({t}), reduction) for none, sum and mean",
    ),
    Check(
        function="mse_loss_op",
        name="nothing at all",
        inputs=given(x=np.zeros((0, 3), np.float32), t=np.zeros((0, 3), np.float32)),
        drive=in_all_reductions("mse_loss"),
        judge=equals(lambda x: {"none": np.zeros((0, 3), np.float32), "sum": number(0.0), "mean": number(math.nan)}),
        kind="contract",
        strict=True,
        shown="mse_loss of tensors of shape (0, 3), for none, sum and mean; a warning of NumPy's is an error",
    ),
    Check(
        function="mse_loss_op",
        name="a small error of large numbers",
        inputs=given(x=[10000.5], t=[10000.0], reduction="none"),
        drive=loss("mse_loss"),
        judge=equals(lambda x: floats(0.25), rule="Squares of large numbers are rounded; their difference is not."),
        kind="contract",
        shown="mse_loss(Tensor({x}), Tensor({t}), 'none')",
    ),
    Check(
        function="mse_loss_op",
        name="NaN stays NaN",
        inputs=given(x=[math.nan, 1.0], t=[0.0, 3.0]),
        drive=in_all_reductions("mse_loss"),
        judge=equals(
            lambda x: {"none": floats(math.nan, 4.0), "sum": number(math.nan), "mean": number(math.nan)},
            rule=NAN_RULE,
        ),
        kind="contract",
        shown="mse_loss(Tensor({x}), Tensor({t}), reduction) for none, sum and mean",
    ),
    Check(
        function="mse_loss_op",
        name="any shape",
        inputs=pair,
        drive=loss("mse_loss"),
        judge=close(mse, rtol=1e-13, because=ROUNDING_64, dtype=True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="mse_loss_rule",
        name="the pull on each prediction",
        inputs=given(x=[1.0, 4.0], t=[1.0, 2.0]),
        drive=lambda tt, x: gradient(tt, lambda v: tt.losses.mse_loss(v, tt.tensor.Tensor(x["t"])), floats(*x["x"])),
        judge=equals(lambda x: floats(0.0, 2.0)),
        shown="the gradient of mse_loss(Tensor({x}), Tensor({t})) by the first",
    ),
    Check(
        function="mse_loss_rule",
        name="of prediction and target, given another from above",
        inputs=given(x=[[3.0, 1.0]], t=[[1.0, 2.0]], g=[[10.0, 100.0]], reduction="none"),
        drive=both_gradients,
        judge=equals(lambda x: [np.array([[40.0, -200.0]]), np.array([[-40.0, 200.0]])]),
        shown="the gradients of mse_loss(Tensor({x}), Tensor({t}), 'none') by both, given {g} from above",
    ),
    Check(
        function="mse_loss_rule",
        name="of the target alone",
        inputs=given(x=[3.0, 1.0], t=[1.0, 2.0]),
        drive=lambda tt, x: gradient(tt, lambda t: tt.losses.mse_loss(tt.tensor.Tensor(x["x"]), t), floats(*x["t"])),
        judge=equals(lambda x: floats(-2.0, 1.0)),
        kind="contract",
        shown="the gradient of mse_loss(Tensor({x}), Tensor({t})) by the second, when nobody needs the first",
    ),
    central_differences("mse_loss_rule", pair_and_gradient, both_gradients, mse_slopes, atol=1e-6),
)

GIVEN = (
    Check(
        function="reduced",
        name="each, their sum, and their mean",
        inputs=given(x=[1.0, 2.0, 6.0], t=[1.0, 4.0, 2.0]),
        drive=in_all_reductions("l1_loss"),
        judge=equals(lambda x: {"none": floats(0.0, 2.0, 4.0), "sum": number(6.0), "mean": number(2.0)}),
        kind="contract",
        shown="l1_loss(Tensor({x}), Tensor({t}), reduction) for none, sum and mean",
    ),
    Check(
        function="huber_loss",
        name="a parabola near 0, a straight line beyond",
        inputs=given(x=[0.0, 0.0, 0.0], t=[1.0, -2.0, 10.0], reduction="none"),
        drive=loss("huber_loss", delta=2.0),
        judge=equals(lambda x: floats(0.5, 2.0, 18.0)),
        shown="huber_loss(Tensor({x}), Tensor({t}), 'none', delta=2.0)",
    ),
    Check(
        function="huber_loss",
        name="any shape",
        inputs=pair,
        drive=loss("huber_loss", delta=0.7),
        judge=close(
            lambda x: reduced(each(lambda v, t: huber(v, t, 0.7), x["x"], x["t"]), x["reduction"]),
            rtol=1e-12,
            because=ROUNDING_64,
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        function="smooth_l1_loss",
        name="a slope of 1 far out, whatever beta",
        inputs=given(x=[0.0, 0.0], t=[1.0, 10.0], reduction="none"),
        drive=loss("smooth_l1_loss", beta=2.0),
        judge=close(lambda x: floats(0.25, 9.0), rtol=1e-6, because=ROUNDING),
        shown="smooth_l1_loss(Tensor({x}), Tensor({t}), 'none', beta=2.0)",
    ),
)

CHECKS = (*ALIKE, *MSE, *GIVEN)
