"""Rows of functions of each element."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch
from integration.parity.draws import Cases, both, integers, one, two, with_options
from integration.parity.mistakes import wrong_function, wrong_kernel, wrong_rule
from integration.parity.row import Function, Row

from tinytorch import tensor as tt
from tinytorch.tensor import Step, Tensor

inf, nan = np.inf, np.nan
SMALL = [1e-9, -1e-9, 3e-8]
WHOLE = ("int64", "int32", "int8", "uint8")


def forgotten(step: Step, grad: Any, right: Any) -> Any:
    """The local slope forgotten: what came from above is handed on."""
    return grad


def negated(step: Step, grad: Any, right: Any) -> Any:
    return -right


def faces(name: str, method: str | None = None) -> dict[str, Function]:
    """The function of a name, and the method where there is one, and NumPy's function on a tensor."""
    found: dict[str, Function] = {name: getattr(tt, name)}
    if method is not None:
        found[f"Tensor.{method}"] = getattr(Tensor, method)
    return found | {f"np.{name}": getattr(np, name)}


def flat(name: str, cases: Cases, catches: str, wrong: Any, convention: tuple[Any, str] | None = None) -> Row:
    """A row of a function that is flat between its jumps."""
    return Row(
        name, {name: getattr(tt, name)}, getattr(torch, name), cases, catches, wrong_kernel(name, wrong), convention
    )


def comparison(name: str, symbol: Any, catches: str, wrong: Any) -> Row:
    cases = two(-3, 3, ([1.0, 2.0, 3.0, nan, inf, -inf, 0.0], [1.0, 3.0, 2.0, nan, inf, inf, -0.0]))
    whole = integers(*WHOLE, "bool", inputs=2)
    return Row(
        name,
        {f"Tensor.__{symbol.__name__.strip('_')}__": symbol},
        symbol,
        both(cases, whole),
        catches,
        wrong_kernel(name, wrong),
        gradient=False,
    )


def bits(name: str, symbol: Any, catches: str, wrong: Any) -> Row:
    word = symbol.__name__.strip("_")
    reflected = getattr(Tensor, f"__r{word}__")
    return Row(
        name,
        {f"Tensor.__{word}__": symbol, f"Tensor.__r{word}__": lambda x, y: reflected(y, x)},
        symbol,
        integers(*WHOLE, "bool", inputs=2),
        catches,
        wrong_kernel(name, wrong),
        gradient=False,
    )


def nearly_equal(x: Any, y: Any) -> Any:
    return np.isclose(x, y, atol=1.5)


def half_away(x: Any) -> Any:
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


ROWS = [
    Row(
        "negative",
        {"Tensor.__neg__": operator.neg},
        torch.neg,
        one(),
        "the minus lost in the gradient",
        wrong_rule("negative", negated),
    ),
    Row(
        "absolute",
        {"absolute": tt.absolute, "Tensor.abs": Tensor.abs, "Tensor.__abs__": abs},
        torch.abs,
        one(-3, 3, [0.0, -0.0, nan, -inf]),
        "a slope of 1 at 0",
        wrong_rule("absolute", lambda step, grad, right: np.where(step.inputs[0] == 0, grad, right)),
        (tt.absolute, "0 at 0"),
    ),
    flat(
        "sign",
        one(-3, 3, [0.0, -0.0, inf, -inf]),
        "the sign of 0 taken as 1",
        lambda x: np.where(x >= 0, 1.0, -1.0).astype(x.dtype),
    ),
    flat("floor", one(-3, 3, [-1.0, 1.0, -0.5, 0.0, inf]), "negative numbers cut towards 0", np.trunc),
    flat("ceil", one(-3, 3, [-1.0, 1.0, 0.5, 0.0, inf]), "whole numbers raised too", lambda x: np.floor(x) + 1),
    flat(
        "round",
        one(-3, 3, [0.5, 1.5, 2.5, -0.5, -1.5, inf, nan]),
        "halves rounded away from 0",
        half_away,
        (tt.round, "ties to even"),
    ),
    Row(
        "exp",
        faces("exp", "exp"),
        torch.exp,
        one(-3, 3, [0.0, inf, -inf, nan, -800.0]),
        "the result forgotten in the gradient",
        wrong_rule("exp", forgotten),
    ),
    Row(
        "expm1",
        faces("expm1"),
        torch.expm1,
        one(-3, 3, SMALL, [inf, -inf]),
        "exp(x) - 1, which loses small x",
        wrong_kernel("expm1", lambda x: np.exp(x) - 1),
    ),
    Row(
        "log",
        faces("log", "log"),
        torch.log,
        one(0.1, 4, [1.0, inf, 0.0], [-1.0]),
        "the logarithm to base 2",
        wrong_kernel("log", np.log2),
    ),
    Row(
        "log1p",
        faces("log1p"),
        torch.log1p,
        one(-0.9, 4, SMALL, [0.0, inf, -1.0]),
        "log(1 + x), which loses small x",
        wrong_kernel("log1p", lambda x: np.log(1 + x)),
    ),
    Row(
        "sqrt",
        faces("sqrt", "sqrt"),
        torch.sqrt,
        one(0.1, 4, [1.0, 4.0, inf], [0.0], [-1.0]),
        "the 2 of 1 / (2 √x) forgotten",
        wrong_rule("sqrt", lambda step, grad, right: 2 * right),
    ),
    Row("sin", faces("sin", "sin"), torch.sin, one(-7, 7, [0.0]), "a sign in the gradient", wrong_rule("sin", negated)),
    Row(
        "cos",
        faces("cos", "cos"),
        torch.cos,
        one(-7, 7, [0.0]),
        "the minus of -sin forgotten",
        wrong_rule("cos", negated),
    ),
    Row(
        "tanh",
        faces("tanh", "tanh"),
        torch.tanh,
        one(-3, 3, [0.0, inf, -inf, 50.0]),
        "1 - y instead of 1 - y²",
        wrong_rule("tanh", lambda step, grad, right: grad * (1 - step.output)),
    ),
    comparison("equal", operator.eq, "numbers that are only close taken as equal", nearly_equal),
    comparison("not_equal", operator.ne, "NaN equal to itself", lambda x, y: ~((x == y) | ((x != x) & (y != y)))),
    comparison("less", operator.lt, "equal numbers included", np.less_equal),
    comparison("less_equal", operator.le, "equal numbers left out", np.less),
    comparison("greater", operator.gt, "equal numbers included", np.greater_equal),
    comparison("greater_equal", operator.ge, "equal numbers left out", np.greater),
    bits(
        "bitwise_and",
        operator.and_,
        "truth values in the place of bits",
        lambda x, y: np.logical_and(x, y).astype(x.dtype),
    ),
    bits(
        "bitwise_or",
        operator.or_,
        "truth values in the place of bits",
        lambda x, y: np.logical_or(x, y).astype(x.dtype),
    ),
    bits("bitwise_xor", operator.xor, "or in the place of exclusive or", np.bitwise_or),
    Row(
        "invert",
        {"Tensor.__invert__": operator.invert},
        torch.bitwise_not,
        integers(*WHOLE, "bool"),
        "-x, which is ~x + 1",
        wrong_kernel("invert", lambda x: np.negative(x) if x.dtype != bool else x),
        gradient=False,
    ),
    Row(
        "isnan",
        {"isnan": tt.isnan},
        torch.isnan,
        one(-3, 3, [nan, inf, -inf, 0.0]),
        "infinity taken for NaN",
        wrong_kernel("isnan", lambda x: ~np.isfinite(x)),
        gradient=False,
    ),
    Row(
        "isfinite",
        {"isfinite": tt.isfinite},
        torch.isfinite,
        one(-3, 3, [nan, inf, -inf, 0.0]),
        "infinity taken as finite",
        wrong_kernel("isfinite", lambda x: ~np.isnan(x)),
        gradient=False,
    ),
    Row(
        "cast",
        {
            "Tensor.double": Tensor.double,
            "Tensor.astype": lambda x: x.astype(tt.float64),
            "Tensor.to": lambda x: x.to(tt.float64),
        },
        lambda x: x.double(),
        one(-3, 3, [inf, nan]),
        "a conversion through which no gradient passes",
        wrong_rule("cast", lambda step, grad, right: np.zeros_like(right)),
    ),
    Row(
        "cast to float32",
        {"Tensor.float": Tensor.float},
        lambda x: x.float(),
        one(-3, 3, [inf, nan, 1e30]),
        "a conversion by way of float16",
        wrong_kernel("cast", lambda x, dtype, source: x.astype(np.float16).astype(dtype)),
        operations=("cast",),
    ),
    Row(
        "cast_to_integers",
        {"Tensor.long": Tensor.long, "Tensor.astype": lambda x: x.astype(tt.int64)},
        lambda x: x.long(),
        one(-9, 9, [2.5, -2.5, 0.9, -0.9]),
        "rounding instead of cutting towards 0",
        wrong_kernel("cast_to_integers", lambda x, dtype, source: np.rint(x).astype(dtype)),
        gradient=False,
    ),
    Row(
        "copy",
        {"Tensor.clone": Tensor.clone},
        torch.clone,
        one(),
        "a copy through which no gradient passes",
        wrong_function(lambda x: x.detach().clone()),
    ),
    Row(
        "detach",
        {"Tensor.detach": Tensor.detach},
        lambda x: x.detach(),
        one(),
        "a gradient that passes all the same",
        wrong_function(lambda x: x.clone()),
        operations=(),
    ),
    Row(
        "allclose",
        {"allclose": lambda x, y, **options: Tensor(tt.allclose(x, y, **options))},
        lambda x, y, **options: torch.tensor(torch.allclose(x, y, **options)),
        with_options(
            two(-3, 3, ([1.0], [1.0000001]), ([1.0], [1.1]), ([nan], [nan]), ([inf], [inf])),
            {},
            {"rtol": 10.0},
            {"equal_nan": True},
        ),
        "NaN equal to itself unasked",
        wrong_function(lambda x, y, **options: Tensor(tt.allclose(x, y, equal_nan=True))),
        (tt.allclose, "Two NaN agree only with ``equal_nan=True``"),
        operations=(),
        gradient=False,
    ),
]
