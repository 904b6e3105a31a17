"""What was taken is added back, and the two products behind a product."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import Array, Generator, slopes, some_shape, thinned, whole
from tinytorch.course.autograd.checks._single import left_out, products_made, rule_of, untouched
from tinytorch.tito.checks import Check, equals, given


def _added(tt: Any, x: Any) -> Any:
    return tt.tensor.operations["index_add"](tt.tensor.Tensor(x["x"]), index=x["index"], shape=x["shape"])


def _gathered(x: Any) -> Array:
    """Number the places, take the numbers as the index takes elements, and count what comes to each."""
    shape = x["shape"]
    size = int(np.prod(shape, dtype=np.int64))
    numbers = np.arange(size).reshape(shape)[x["index"]]
    totals = np.bincount(np.ravel(numbers), weights=np.ravel(x["x"]), minlength=size)
    return np.asarray(totals[:size].reshape(shape).astype(x["x"].dtype))


def _part(rng: Generator, size: int) -> Any:
    kind = rng.integers(0, 3)
    if kind == 0 and size:
        return int(rng.integers(-size, size))
    if kind == 1:
        return slice(None, None, int(rng.choice([-2, -1, 1, 2])))
    return slice(int(rng.integers(0, size + 1)), None)


def _index(rng: Generator) -> dict[str, Any]:
    """Every kind of index: parts of axes, positions in an array, pairs of positions, truth values."""
    shape = some_shape(rng, rank=int(rng.integers(1, 4)), least=1, most=4)
    kind = int(rng.integers(0, 4))
    count = some_shape(rng, rank=int(rng.integers(1, 3)), most=5)
    index: Any = tuple(_part(rng, size) for size in shape[: int(rng.integers(1, len(shape) + 1))])
    if kind == 1:
        index = rng.integers(-shape[0], shape[0], count)
    elif kind == 2:
        index = tuple(rng.integers(-size, size, count) for size in shape)
    elif kind == 3:
        index = rng.random(shape) < 0.5
    dtype = np.float32 if rng.random() < 0.5 else np.float64
    return {"x": whole(rng, np.zeros(shape)[index].shape, dtype), "index": index, "shape": shape}


def _matmul(tt: Any, x: Any, left: Any, right: Any) -> Any:
    return left @ right


def _factors(rng: Generator) -> dict[str, Any]:
    """Matrices, stacks of them that broadcast, and vectors on either side."""
    m, k, n = (int(size) for size in rng.integers(1, 4, 3))
    batch = some_shape(rng, rank=int(rng.integers(0, 3)), least=1)
    left, right = (*thinned(rng, batch), m, k), (*thinned(rng, batch), k, n)
    kind = rng.random()
    if kind < 0.2:
        left = (k,)
    elif kind < 0.4:
        right = (k,)
    elif kind < 0.5:
        left, right = (k,), (k,)
    x, y = whole(rng, left), whole(rng, right)
    return {"left": x, "right": y, "above": whole(rng, np.shape(x @ y))}


LEFT, RIGHT = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])

_index_add = partial(
    Check,
    function="index_add_op",
    drive=_added,
    shown="{x} added to zeros of {shape} at {index}",
)
_matmul_rule = partial(
    Check,
    function="matmul_rule",
    drive=rule_of(_matmul, "left", "right"),
    shown="the rule of {left} @ {right}, {above} from above",
)

MOVES: tuple[Check, ...] = (
    _index_add(
        name="taken twice, added twice",
        inputs=given(x=np.array([1.0, 2.0, 4.0]), index=np.array([1, 1, 0]), shape=(3,)),
        judge=equals(lambda x: np.array([4.0, 3.0, 0.0])),
    ),
    _index_add(
        name="whole rows",
        inputs=given(x=np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]), index=np.array([2, 0, -1]), shape=(3, 2)),
        judge=equals(lambda x: np.array([[10.0, 20.0], [0.0, 0.0], [101.0, 202.0]]), rule="-1 and 2 are one row."),
    ),
    _index_add(
        name="a slice",
        inputs=given(x=np.array([1.0, 2.0], np.float32), index=slice(None, None, 2), shape=(4,)),
        judge=equals(lambda x: np.array([1.0, 0.0, 2.0, 0.0], np.float32)),
        kind="contract",
        shown="{x} added to zeros of {shape} at [::2]",
    ),
    _index_add(
        name="positions of 8 bits, in 200 rows",
        inputs=given(x=np.array([[1.0], [2.0], [4.0]]), index=np.array([-1, 0, -1], np.int8), shape=(200, 1)),
        judge=equals(
            lambda x: np.array([[2.0], *[[0.0]] * 198, [5.0]]), rule="-1 is row 199, a number that int8 does not have."
        ),
        kind="contract",
        shown="{x} added to zeros of {shape} at {index} of int8",
    ),
    _index_add(
        name="any index",
        inputs=_index,
        judge=equals(_gathered),
        kind="property",
        seeds=40,
    ),
    Check(
        function="index_add_op",
        name="the gradient of taking",
        inputs=given(x=np.zeros(3), index=[0, 2, 2], above=np.array([1.0, 2.0, 4.0])),
        drive=lambda tt, x: rule_of(lambda tt, x, tensor: tensor[x["index"]], "x")(tt, x)[0],
        judge=equals(lambda x: np.array([1.0, 0.0, 6.0])),
        kind="gradient",
        shown="the rule of Tensor({x})[{index}], {above} from above",
    ),
    _matmul_rule(
        name="two by two",
        inputs=given(left=LEFT, right=RIGHT, above=np.array([[1.0, 0.0], [0.0, 0.0]])),
        judge=equals(lambda x: (np.array([[5.0, 7.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [2.0, 0.0]]))),
    ),
    _matmul_rule(
        name="a row and a matrix",
        inputs=given(left=np.array([1.0, 2.0]), right=RIGHT, above=np.array([1.0, 10.0])),
        judge=equals(lambda x: (np.array([65.0, 87.0]), np.array([[1.0, 10.0], [2.0, 20.0]]))),
    ),
    _matmul_rule(
        name="one matrix for a stack",
        inputs=given(left=np.array([[[1.0]], [[2.0]]]), right=np.array([[3.0]]), above=np.array([[[10.0]], [[1.0]]])),
        judge=equals(
            lambda x: (np.array([[[30.0]], [[3.0]]]), np.array([[12.0]])), rule="1 · 10 + 2 · 1: it was used twice."
        ),
    ),
    _matmul_rule(
        name="any factors",
        inputs=_factors,
        judge=equals(lambda x: slopes(np.matmul, (x["left"], x["right"]), x["above"])),
        kind="gradient",
        seeds=30,
    ),
    Check(
        function="matmul_rule",
        name="what nobody wants is not computed",
        inputs=given(left=LEFT, right=RIGHT, above=LEFT, wanted=(False, True)),
        drive=left_out(_matmul, "left", "right"),
        judge=equals(lambda x: [True, False], rule="The first layer's input wants none: a third of all products."),
        kind="cost",
        shown="which gradients are None, if only the right factor requires one",
    ),
    Check(
        function="matmul_rule",
        name="what nobody wants is not computed, of the right factor",
        inputs=given(left=LEFT, right=RIGHT, above=LEFT, wanted=(True, False)),
        drive=left_out(_matmul, "left", "right"),
        judge=equals(lambda x: [False, True]),
        kind="cost",
        shown="which gradients are None, if only the left factor requires one",
    ),
    Check(
        function="matmul_rule",
        name="one product, if one gradient is wanted",
        inputs=given(left=LEFT, right=RIGHT, above=LEFT, wanted=(False, True)),
        drive=products_made(_matmul, "left", "right"),
        judge=equals(lambda x: 1, rule="A product that is thrown away has been paid for."),
        kind="cost",
        shown="the matrix products that the rule makes, if only the right factor requires a gradient",
    ),
    Check(
        function="matmul_rule",
        name="of two vectors as well",
        inputs=given(left=LEFT[0], right=RIGHT[0], above=np.array(10.0)),
        drive=lambda tt, x: [
            rule_of(_matmul, "left", "right")(tt, {**x, "wanted": wanted})
            for wanted in ((True, True), (True, False), (False, True))
        ],
        judge=equals(
            lambda x: [
                (np.array([50.0, 60.0]), np.array([10.0, 20.0])),
                (np.array([50.0, 60.0]), None),
                (None, np.array([10.0, 20.0])),
            ]
        ),
        kind="contract",
        shown="the rule of {left} @ {right}, {above} from above: both required, the left one, the right one",
    ),
    _matmul_rule(
        name="float32 stays float32",
        inputs=given(
            left=LEFT.astype(np.float32), right=np.array([1.0, 2.0], np.float32), above=np.array([1.0, 2.0], np.float32)
        ),
        judge=equals(lambda x: (np.array([[1, 2], [2, 4]], np.float32), np.array([7, 10], np.float32))),
        kind="contract",
    ),
    Check(
        function="matmul_rule",
        name="the gradient from above is left as it is",
        inputs=given(left=LEFT, right=np.array([1.0, 2.0]), above=np.array([1.0, 2.0])),
        drive=untouched(_matmul, "left", "right"),
        judge=equals(lambda x: x["above"]),
        kind="aliasing",
        shown="the {above} that the rule was given, afterwards",
    ),
)
