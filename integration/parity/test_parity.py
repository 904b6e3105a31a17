"""Every row: ours is PyTorch's within the bars, and the row's mistake is caught."""

from __future__ import annotations

import inspect

import pytest
from integration.parity.table import ROWS, outcome


@pytest.mark.parametrize("name", ROWS)
def test_result_dtype_and_gradient_are_those_of_pytorch(name: str) -> None:
    found = outcome(name)
    assert found.cases > 0
    assert not found.failures, f"{len(found.failures)} of them, the first ones:\n" + "\n".join(found.failures[:5])


@pytest.mark.parametrize("name", ROWS)
def test_a_row_catches_the_mistake_that_it_names(name: str) -> None:
    row = ROWS[name]
    with row.mistake() as wrong:
        found = row.run(wrong)
    assert found.failures, f"{name}: nobody noticed {row.catches}"


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.convention])
def test_where_there_is_a_choice_our_docstring_states_it(name: str) -> None:
    convention = ROWS[name].convention
    assert convention is not None
    documented, words = convention
    text = " ".join((inspect.getdoc(documented) or "").split())
    assert words in text, f"the docstring of {getattr(documented, '__qualname__', documented)} does not say: {words}"
