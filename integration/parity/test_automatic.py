"""An operation from outside gets a row in one line, and the row is worth something."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from integration.parity.automatic import of_operation
from integration.parity.mistakes import wrong_kernel
from integration.parity.table import OPERATIONS

from tinytorch.tensor import Array, Operation, Step, Tensor, composition, exp, operation, rule


def made(name: str) -> Operation:
    """An operation as somebody else would write it: e^-x²."""

    @operation(name, flops=3)
    def bell_op(step: Step, x: Array) -> Array:
        bell: Array = np.exp(-x * x)
        return bell

    @rule(bell_op, keeps=(0,), output=True)
    def bell_rule(step: Step, grad: Any) -> Any:
        return grad * step.output * step.inputs[0] * -2.0

    @composition(bell_op)
    def bell_composition(x: Tensor) -> Tensor:
        return exp(-(x * x))

    return bell_op


def test_its_composition_is_the_other_side() -> None:
    row = of_operation(made("bell"))
    assert row.run().failures == []
    with row.mistake():
        assert row.run().failures


def test_a_function_given_is_the_other_side() -> None:
    row = of_operation(made("bell"), lambda x: torch.exp(-x * x))
    assert row.run().failures == []
    with wrong_kernel("bell", lambda x: np.exp(-x * x) + 1e-9)():
        assert row.run().failures


def test_pytorchs_function_of_the_same_name_is_found() -> None:
    @operation("hypot")
    def hypot_op(step: Step, x: Array, y: Array) -> Array:
        return np.hypot(x, y)

    assert of_operation(hypot_op).run().failures == []


def test_an_operation_made_outside_this_repository_has_its_row() -> None:
    source = Path(__file__).parent.parent / "own_operation" / "src" / "hypotenuse" / "__init__.py"
    outside: Any = SimpleNamespace(**runpy.run_path(str(source)))
    row = of_operation(outside.hypotenuse_op, torch.hypot)
    assert row.run().failures == []
    with row.mistake():
        assert row.run().failures


def test_with_nothing_to_compare_with_the_error_says_what_to_give() -> None:
    @operation("of nobody else")
    def lonely_op(step: Step, x: Array) -> Array:
        return x

    with pytest.raises(LookupError, match="give `theirs`"):
        of_operation(lonely_op)


@pytest.mark.parametrize(("name", "parameters"), [("silu", {}), ("gelu", {}), ("gelu_tanh", {})])
def test_our_own_compositions_agree_with_our_kernels(name: str, parameters: dict[str, Any]) -> None:
    composed = OPERATIONS[name].composition
    assert composed is not None
    x = Tensor(np.random.default_rng(0).standard_normal((3, 4)))
    assert np.abs(composed(x, **parameters).data - OPERATIONS[name](x, **parameters).data).max() < 1e-12
