"""The examples of SEAM.md and README.md run as they stand."""

import re
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["SEAM.md", "README.md"])
def test_the_examples_run_one_after_the_other(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (PACKAGE / name).read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert blocks
    names: dict[str, Any] = {"__name__": name}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{name}, block {number}", "exec"), names)
    printed = capsys.readouterr().out
    for claim in re.findall(r"^# prints: (.*)$", text, re.MULTILINE):
        assert claim in printed


def test_the_seam_names_only_what_the_package_offers() -> None:
    import tinytorch.tensor as tt

    text = (PACKAGE / "SEAM.md").read_text("utf-8")
    for name in re.findall(r"from tinytorch\.tensor import (.*)", text):
        assert set(name.split(", ")) <= set(tt.__all__)
    for field in (
        "operation",
        "parameters",
        "phase",
        "recorded",
        "extra",
        "arrays",
        "needs",
        "shapes",
        "inputs",
        "output",
    ):
        assert hasattr(tt.Step, field) or field in tt.Step.__annotations__
