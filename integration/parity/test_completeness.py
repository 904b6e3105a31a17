"""Nothing that computes is without a row: neither an operation, nor a public name, nor a method."""

from __future__ import annotations

import importlib
import operator

import pytest
from integration.parity.exceptions import EXCEPTIONS
from integration.parity.table import OPERATIONS, ROWS, outcome

from tinytorch.tensor import Tensor

PUBLIC = set().union(*(row.public for row in ROWS.values()))
COMPARED = {"__eq__", "__ne__", "__lt__", "__le__"}
SYMBOLS = {name for name in dir(operator) if name.startswith("__")} - set(dir(type)) | COMPARED
METHODS = sorted(
    name
    for name in dir(Tensor)
    if callable(getattr(Tensor, name))
    and (not name.startswith("_") or name in SYMBOLS or name.replace("__r", "__", 1) in SYMBOLS)
)


@pytest.mark.parametrize("package", ["tensor", "activations", "losses", "layers", "optim"])
def test_every_public_name_has_a_row_or_a_reason(package: str) -> None:
    names = {name for name in importlib.import_module(f"tinytorch.{package}").__all__ if not name.startswith("__")}
    assert names - PUBLIC - set(EXCEPTIONS[package]) == set(), "add rows"
    assert set(EXCEPTIONS[package]) <= names, "reasons for what is not there"
    assert set(EXCEPTIONS[package]) & PUBLIC == set(), "reasons for what has a row"


def test_every_method_and_operator_of_tensor_has_a_row_or_a_reason() -> None:
    assert len(METHODS) > 60
    missing = [name for name in METHODS if f"Tensor.{name}" not in PUBLIC and name not in EXCEPTIONS["Tensor"]]
    assert missing == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_a_row_that_runs_its_kernel_and_its_rule(name: str) -> None:
    if name in EXCEPTIONS["operations"]:
        return
    rows = [row for row in ROWS.values() if name in row.runs]
    assert rows, f"{name}: no row; add one, or say why not in exceptions.py"
    ran = set().union(*(outcome(row.name).ran for row in rows))
    assert (name, "forward") in ran
    if OPERATIONS[name].differentiable:
        assert (name, "rule") in ran


@pytest.mark.parametrize("name", ROWS)
def test_a_row_runs_what_it_says(name: str) -> None:
    ran = {operation for operation, _ in outcome(name).ran}
    assert set(ROWS[name].runs) <= ran
