"""Every rule against central differences: broadcast, size 1, empty, non-contiguous, reused, at ties and zeros."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinytorch.autograd import grad, gradcheck, gradgradcheck
from tinytorch.tensor import (
    Array,
    Tensor,
    absolute,
    clip,
    concatenate,
    einsum,
    expm1,
    flip,
    float32,
    log1p,
    maximum,
    minimum,
    operations,
    pad,
    split,
    stack,
    take_along_axis,
    topk,
    where,
)

Case = tuple[str, Callable[..., Any], list[Tensor]]


def draw(*shape: int, low: float = -2.0, high: float = 2.0, seed: int = 0) -> Tensor:
    """Distinct numbers, far from 0 and from each other, so that no kink is within reach of a difference."""
    size = int(np.prod(shape))
    numbers = np.linspace(low, high, size) if size > 1 else np.full(size, (low + 2 * high) / 3)
    numbers = np.where(abs(numbers) < 0.05, 0.07, numbers)
    return Tensor(np.random.default_rng([seed, *shape]).permutation(numbers).reshape(shape))


def positive(*shape: int, seed: int = 0) -> Tensor:
    return draw(*shape, low=0.3, high=2.5, seed=seed)


def slope(x: Tensor | None) -> Array:
    """The numbers of a gradient that must be there."""
    assert x is not None
    return x.data


BROADCASTS = [
    ((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (4,)), ((3, 4), ()), ((), (2, 3)), ((2, 1, 4), (3, 1)), ((1,), (1, 1)),
    ((0, 3), (3,)), ((2, 3), (2, 1)), ((1, 3), (0, 1)), ((), ()), ((1, 4), (1,)), ((2, 3, 1), (1, 2)),
]  # fmt: skip
BINARY: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("add", lambda x, y: x + y),
    ("subtract", lambda x, y: x - y),
    ("multiply", lambda x, y: x * y),
    ("divide", lambda x, y: x / y),
    ("remainder", lambda x, y: x % y),
    ("power", lambda x, y: x**y),
    ("maximum", maximum),
    ("minimum", minimum),
    ("where", lambda x, y: where(x.detach() > 1.0, x, y)),
]


@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
@pytest.mark.parametrize(("name", "f"), BINARY, ids=[name for name, _ in BINARY])
def test_two_operands_of_any_shapes_that_broadcast(
    name: str, f: Callable[[Any, Any], Any], shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    operands = [positive(*shapes[0], seed=1), positive(*shapes[1], seed=2) + Tensor(0.0123, dtype=np.float64)]
    gradcheck(f, operands)
    gradgradcheck(f, operands)


UNARY: list[tuple[str, Callable[[Tensor], Any], Callable[..., Tensor]]] = [
    ("negative", lambda x: -x, draw),
    ("absolute", absolute, draw),
    ("exp", lambda x: x.exp(), draw),
    ("expm1", expm1, draw),
    ("log", lambda x: x.log(), positive),
    ("log1p", log1p, positive),
    ("sqrt", lambda x: x.sqrt(), positive),
    ("sin", lambda x: x.sin(), draw),
    ("cos", lambda x: x.cos(), draw),
    ("tanh", lambda x: x.tanh(), draw),
    ("sign", lambda x: np.sign(x) * x, draw),
    ("floor", lambda x: np.floor(x * 0.99) * x, draw),
    ("ceil", lambda x: np.ceil(x * 0.99) * x, draw),
    ("round", lambda x: np.rint(x * 0.97) * x, draw),
    ("copy", lambda x: x.clone(), draw),
    ("clip", lambda x: clip(x, -1.111, 1.222), draw),
    ("clip below", lambda x: clip(x, low=0.111), draw),
    ("clip above", lambda x: clip(x, high=0.222), draw),
    ("square", lambda x: x**2, draw),
    ("cube", lambda x: x**3, draw),
    ("fourth power", lambda x: x**4, draw),
    ("root by power", lambda x: x**0.5, positive),
    ("reciprocal by power", lambda x: x**-1, positive),
    ("negative power", lambda x: x**-2.5, positive),
    ("power 1", lambda x: x**1, draw),
    ("power 0", lambda x: x**0 * x, draw),
    ("exponential of base 2", lambda x: 2.0**x, draw),
    ("number divided by", lambda x: 3.0 / x, positive),
    ("number subtracted from", lambda x: 3.0 - x, draw),
    ("maximum with a number", lambda x: maximum(x, 0.25), draw),
    ("minimum with a number", lambda x: minimum(0.25, x), draw),
    ("remainder by a number", lambda x: x % 0.77, draw),
    ("sum", lambda x: x.sum(), draw),
    ("mean", lambda x: x.mean(), draw),
    ("reshape", lambda x: x.reshape(x.size), draw),
    ("all axes reversed", lambda x: x.T * x.T, draw),
    ("flip", flip, draw),
    ("float32 and back", lambda x: x.astype(np.float64) * 2, draw),
]


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 0), (1, 2, 2)], ids=str)
@pytest.mark.parametrize(("name", "f", "make"), UNARY, ids=[case[0] for case in UNARY])
def test_functions_of_one_tensor(
    name: str, f: Callable[[Tensor], Any], make: Callable[..., Tensor], shape: tuple[int, ...]
) -> None:
    gradcheck(f, make(*shape))
    gradgradcheck(f, make(*shape))


@pytest.mark.parametrize(
    "view", [lambda x: x.T, lambda x: x[::2], lambda x: flip(x, 1), lambda x: x[:, 1:2].expand(4, 3)]
)
@pytest.mark.parametrize(("name", "f", "make"), UNARY, ids=[case[0] for case in UNARY])
def test_functions_of_memory_in_another_order(
    name: str, f: Callable[[Tensor], Any], make: Callable[..., Tensor], view: Callable[[Tensor], Tensor]
) -> None:
    gradcheck(lambda x: f(view(x)), make(4, 3))


REDUCTIONS: list[tuple[str, Callable[..., Tensor]]] = [
    (name, lambda x, _name=name, **axes: getattr(x, _name)(**axes))
    for name in ("sum", "mean", "prod", "max", "min", "var", "std")
]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, 1, (0, 2), (-1, 0), (0, 1, 2)], ids=str)
@pytest.mark.parametrize(("name", "f"), REDUCTIONS, ids=[name for name, _ in REDUCTIONS])
def test_reductions_over_any_axes(name: str, f: Callable[..., Tensor], axis: Any, keepdims: bool) -> None:
    x = draw(2, 3, 2)
    gradcheck(lambda x: f(x, axis=axis, keepdims=keepdims), x)
    gradgradcheck(lambda x: f(x, axis=axis, keepdims=keepdims), x)


@pytest.mark.parametrize("name", ["sum", "mean", "prod"])
def test_reductions_of_nothing_along_another_axis(name: str) -> None:
    gradcheck(lambda x: getattr(x, name)(axis=1), draw(0, 3))
    gradcheck(lambda x: getattr(x, name)(axis=0), draw(1, 3))
    gradcheck(lambda x: x.sum(axis=0), draw(0, 3))


@pytest.mark.parametrize("zeros", [[0], [0, 3], [0, 1, 2, 3]], ids=["one zero", "two zeros", "all zeros"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_a_product_with_zeros_among_its_factors(zeros: list[int], axis: int | None) -> None:
    numbers = np.array([2.0, -1.5, 0.5, 3.0])
    numbers[zeros] = 0.0
    x = Tensor(numbers.reshape(2, 2))
    gradcheck(lambda x: x.prod(axis=axis), x)
    gradgradcheck(lambda x: x.prod(axis=axis), x)


@pytest.mark.parametrize("name", ["max", "min"])
def test_equal_extremes_share_the_gradient_equally(name: str) -> None:
    x = Tensor([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]] if name == "max" else [[0.0, 0.0, 1.0], [2.0, 2.0, 2.0]])
    x.requires_grad_()
    getattr(x, name)(axis=1).backward(Tensor([6.0, 12.0]))
    np.testing.assert_array_equal(x.grad, [[3, 3, 0], [4, 4, 4]])


def test_equal_operands_of_maximum_and_minimum_get_half_each() -> None:
    x, y = Tensor([1.0, 2.0, 3.0], requires_grad=True), Tensor([1.0, 3.0, 2.0], requires_grad=True)
    maximum(x, y).backward(Tensor([2.0, 4.0, 6.0]))
    np.testing.assert_array_equal(x.grad, [1, 0, 6])
    np.testing.assert_array_equal(y.grad, [1, 4, 0])


def test_powers_at_zero() -> None:
    x, y = Tensor([0.0, 0.0, 0.0, 2.0], requires_grad=True), Tensor([0.0, 1.0, 2.0, 0.0], requires_grad=True)
    (x**y).backward(Tensor([5.0, 5.0, 5.0, 5.0]))
    np.testing.assert_array_equal(x.grad, [0, 5, 0, 0])
    np.testing.assert_allclose(slope(y.grad), [0, 0, 0, 5 * np.log(2.0)], rtol=1e-6)
    for exponent, expected in ((0, 0.0), (1, 1.0), (2, 0.0), (0.5, np.inf)):
        z = Tensor([0.0], requires_grad=True)
        (z**exponent).backward()
        assert z.grad is not None
        assert z.grad.item() == expected
    z = Tensor([0.0, 1.0], requires_grad=True)
    (0.0**z).sum().backward()
    np.testing.assert_array_equal(z.grad, [0, 0])


def test_what_lay_on_a_bound_of_clip_passes_its_gradient() -> None:
    x = Tensor([-1.0, -2.0, 0.5, 1.0, 1.5], requires_grad=True)
    clip(x, -1.0, 1.0).backward(Tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    np.testing.assert_array_equal(x.grad, [1, 0, 3, 4, 0])


def test_the_branch_of_where_that_was_not_taken_sends_no_nan() -> None:
    x = Tensor([-1.0, 4.0], requires_grad=True)
    positive = x > 0
    where(positive, where(positive, x, 1.0).sqrt(), 0.0).backward(Tensor([3.0, 8.0]))
    np.testing.assert_array_equal(x.grad, [0, 2])


MATMULS = [
    ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((1, 1), (1, 1)), ((2, 2, 3), (3, 2)),
    ((2, 3), (2, 3, 2)),
    ((2, 2, 3), (2, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((1, 2, 3), (2, 3, 1)),
    ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 3, 0), (0, 2)), ((0, 2, 3), (3, 2)), ((2, 3), (3, 0)),
    ((0, 2, 3), (1, 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), MATMULS, ids=str)
def test_matrix_products(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    operands = [draw(*first, seed=1), draw(*second, seed=2)]
    gradcheck(lambda x, y: x @ y, operands)
    gradgradcheck(lambda x, y: x @ y, operands)


def test_matrix_products_of_transposed_and_strided_memory() -> None:
    gradcheck(lambda x, y: x.mT @ y[::2], [draw(3, 2), draw(5, 2)])
    gradcheck(lambda x, y: x.permute(2, 0, 1) @ y.T, [draw(2, 3, 2), draw(4, 3)])


EINSUMS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ij,jk->ik", [(2, 3), (3, 2)]),
    ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
    ("ij,kj->", [(2, 3), (4, 3)]),
    ("ij->j", [(2, 3)]),
    ("ij->ji", [(2, 3)]),
    ("i->", [(3,)]),
    ("ij,k->k", [(2, 3), (2,)]),
    ("i,j,k->ijk", [(2,), (3,), (2,)]),
    ("bqd,bkd,bk->bq", [(2, 2, 3), (2, 3, 3), (2, 3)]),
    ("ij,jk", [(2, 3), (3, 2)]),
    ("ij,jk->ik", [(2, 0), (0, 3)]),
    (",i->i", [(), (3,)]),
    ("i,i,i,i,i,i,i,i->i", [(2,)] * 8),
]


@pytest.mark.parametrize(("subscripts", "shapes"), EINSUMS, ids=[case[0] for case in EINSUMS])
def test_einsum(subscripts: str, shapes: list[tuple[int, ...]]) -> None:
    operands = [draw(*shape, seed=i) for i, shape in enumerate(shapes)]
    gradcheck(lambda *xs: einsum(subscripts, *xs), operands)
    if len(operands) < 4:
        gradgradcheck(lambda *xs: einsum(subscripts, *xs), operands)


INDICES: dict[str, Any] = {
    "integer": 1,
    "negative integer": -1,
    "slice": slice(0, 3, 2),
    "reversed": slice(None, None, -1),
    "ellipsis": (..., 0),
    "new axis": (None, slice(None), None),
    "mixed basic": (slice(1, None), None, 0),
    "integers": np.array([2, 0]),
    "repeated": np.array([1, 1, 3, 1]),
    "repeated uint8": np.array([1, 1, 3, 1], np.uint8),
    "repeated, also by its negative": np.array([1, -3, 1]),
    "a matrix of them": np.array([[0, 1], [1, 1]]),
    "no index": np.array([], np.int64),
    "pairs": (np.array([0, 0, 3]), np.array([1, 1, 2])),
    "rows and columns": (np.array([[0], [3]]), np.array([2, 2])),
    "slice and repeated": (slice(None), np.array([0, 0, 2])),
    "repeated and slice": (np.array([0, 0]), slice(1, 3)),
    "integer and repeated": (2, np.array([1, 1])),
    "boolean rows": np.array([True, False, True, False]),
    "nothing true": np.array([False] * 4),
    "boolean elements": np.arange(12).reshape(4, 3) % 5 == 0,
    "boolean and slice": (np.array([True, False, True, True]), slice(0, 2)),
    "slice and boolean": (slice(1, 3), np.array([True, False, True])),
    "boolean and integers": (np.array([True, False, True, True]), np.array([0, 0, 2])),
    "boolean and new axis": (None, np.array([True, False, True, True])),
    "a list": [0, 0, 1],
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES.keys())
def test_indexing(index: Any) -> None:
    gradcheck(lambda x: x[index], draw(4, 3))
    gradgradcheck(lambda x: x[index] * x[index], draw(4, 3))


def test_many_rows_taken_by_narrow_integers() -> None:
    x = Tensor(np.zeros((300, 2)), requires_grad=True)
    x[Tensor([7, 7, 120], dtype=np.int8)].sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.data.sum(axis=1)[[7, 120, 0]], [4, 2, 0])


def test_indexing_by_a_tensor() -> None:
    gradcheck(lambda x, i: x[i], [draw(4, 3), Tensor([3, 0, 3])])


JOINS: list[tuple[str, Callable[..., Any], list[tuple[int, ...]]]] = [
    ("concatenate", lambda *xs: concatenate(xs), [(2, 3), (1, 3), (0, 3)]),
    ("concatenate last", lambda *xs: concatenate(xs, axis=-1), [(2, 3), (2, 1)]),
    ("concatenate one", lambda *xs: concatenate(xs), [(3,)]),
    ("concatenate itself", lambda x: concatenate([x, x * 2, x], axis=1), [(2, 2)]),
    ("stack", lambda *xs: stack(xs), [(2,), (2,)]),
    ("stack last", lambda *xs: stack(xs, axis=-1), [(2, 3), (2, 3)]),
    ("stack numbers", lambda *xs: stack(xs), [(), ()]),
    ("split", lambda x: split(x, 2, axis=-1), [(2, 5)]),
    ("split by sizes", lambda x: split(x, [1, 0, 2]), [(3, 2)]),
    ("pad", lambda x: pad(x, [(1, 0), (2, 3)], value=7.0), [(2, 3)]),
    ("pad nothing", lambda x: pad(x, [(1, 1)]), [(0,)]),
    ("expand", lambda x: x.expand(4, 2, 3), [(2, 1)]),
    ("expand a number", lambda x: x.expand(2, 2), [()]),
    ("permute", lambda x: x.permute(2, 0, 1), [(2, 3, 4)]),
    ("permute from the end", lambda x: x.permute(-1, 0, -2), [(2, 3, 4)]),
    ("transpose", lambda x: x.transpose(0, -1), [(2, 3, 2)]),
    ("squeeze", lambda x: x.squeeze(1), [(2, 1, 3)]),
    ("unsqueeze", lambda x: x.unsqueeze(-1), [(2, 3)]),
    ("flip one axis", lambda x: flip(x, -1), [(2, 3)]),
    ("flip two axes", lambda x: flip(x, (0, 2)), [(2, 1, 3)]),
    ("cumsum", lambda x: x.cumsum(0), [(3, 2)]),
    ("cumsum last", lambda x: x.cumsum(-1), [(2, 3)]),
    ("topk", lambda x: topk(x, 2)[0], [(3, 4)]),
]


@pytest.mark.parametrize(("name", "f", "shapes"), JOINS, ids=[case[0] for case in JOINS])
def test_joining_splitting_and_moving(name: str, f: Callable[..., Any], shapes: list[tuple[int, ...]]) -> None:
    operands = [draw(*shape, seed=i) for i, shape in enumerate(shapes)]
    gradcheck(f, operands)
    gradgradcheck(f, operands)


@pytest.mark.parametrize(
    ("shape", "indices", "axis"),
    [
        ((3, 4), [[0], [3], [1]], 1),
        ((3, 4), [[2, 0, 1, 1]], 0),
        ((2, 3), [[1, 1, 1], [0, 2, 0]], -1),
        ((1, 3), [[0, 1], [2, 2]], 1),
    ],
)
def test_taking_along_an_axis_also_twice(shape: tuple[int, ...], indices: Any, axis: int) -> None:
    f = lambda x: take_along_axis(x, Tensor(indices), axis)  # noqa: E731
    gradcheck(f, draw(*shape))
    gradgradcheck(f, draw(*shape))


def test_index_add_and_put_along_axis_have_rules_of_their_own() -> None:
    index = np.array([2, 0, 2])
    gradcheck(lambda x: operations["index_add"](x, index=index, shape=(4, 2)), draw(3, 2))
    gradcheck(lambda x: operations["put_along_axis"](x, indices=np.array([[1], [0]]), axis=1, shape=(2, 3)), draw(2, 1))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x,
        lambda x: x + x,
        lambda x: x @ x,
        lambda x: x / (x + 3),
        lambda x: maximum(x, x * 0.5),
        lambda x: x**x,
    ],
)
def test_one_tensor_in_both_places(f: Callable[[Tensor], Tensor]) -> None:
    gradcheck(f, positive(3, 3))
    gradgradcheck(f, positive(3, 3))


def test_third_derivatives() -> None:
    x = Tensor([0.7, -1.3], dtype=np.float64, requires_grad=True)
    (first,) = grad((x**4).sum(), x, create_graph=True)
    assert first is not None
    (second,) = grad(first.sum(), x, create_graph=True)
    assert second is not None
    (third,) = grad(second.sum(), x)
    np.testing.assert_allclose(slope(third), 24 * x.data, rtol=1e-12)


def test_every_rule_keeps_float32() -> None:
    """The functions above once more in float32: the engine refuses a gradient of another dtype than its tensor's."""
    for name, f, make in UNARY:
        x = make(2, 3).astype(float32).requires_grad_()
        y = f(x)
        y.backward(Tensor(np.full(y.shape, 0.5), dtype=y.dtype))
        assert x.grad is not None, name
        assert x.grad.dtype == float32, name
    for _, g in BINARY:
        x, y = (positive(*shape).astype(float32).requires_grad_() for shape in ((2, 1), (3,)))
        g(x, y).sum().backward()
        assert x.grad is not None
        assert y.grad is not None
        assert (x.grad.dtype, y.grad.dtype) == (float32, float32)
    for _, h in REDUCTIONS:
        x = draw(2, 3).astype(float32).requires_grad_()
        h(x, axis=1).sum().backward()
        assert x.grad is not None
        assert x.grad.dtype == float32


def test_mixed_dtypes_give_each_tensor_a_gradient_of_its_own() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor(np.array([3.0, 4.0]), requires_grad=True)
    (x * y).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.dtype.name, y.grad.dtype.name) == ("float32", "float64")
    np.testing.assert_array_equal(x.grad, [3, 4])


def test_every_differentiable_operation_of_tensor_has_a_rule() -> None:
    import tinytorch.tensor

    ours = [op for op in operations.values() if op.kernel.__module__.startswith(tinytorch.tensor.__name__)]
    assert len(ours) > 50
    assert [op.name for op in ours if op.differentiable and op.rule is None] == []
