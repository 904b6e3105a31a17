"""An operation made outside this repository gets gradients, their checking, listeners and parity for nothing."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tinytorch.autograd import GradientMismatch, draw_graph, gradcheck, gradgradcheck
from tinytorch.tensor import Array, Operation, Step, Tensor, listen, operations, rule

HERE = Path(__file__).resolve().parent
GUIDE = HERE.parent.parent / "docs" / "own-operation.md"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package, imported from its folder as an installed one would be."""
    monkeypatch.syspath_prepend(str(HERE / "src"))
    import importlib

    yield importlib.import_module("hypotenuse")
    sys.modules.pop("hypotenuse", None)


def draws(*shape: int, seed: int) -> Tensor:
    return Tensor(np.random.default_rng(seed).uniform(0.5, 2.0, shape), requires_grad=True)


def test_it_takes_at_most_fifteen_lines() -> None:
    source = (HERE / "src" / "hypotenuse" / "__init__.py").read_text("utf-8")
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    lines = source.splitlines()
    first = min(decorator.lineno for node in functions for decorator in node.decorator_list)
    code = [line for line in lines[first - 1 :] if line.strip()]
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert len(code) + len(imports) <= 15


def test_the_guide_shows_the_package_as_it_is() -> None:
    source = (HERE / "src" / "hypotenuse" / "__init__.py").read_text("utf-8")
    assert source.split('"""', 2)[2].strip() in GUIDE.read_text("utf-8")


@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (4,)), ((), (2,)), ((0, 2), (2,))], ids=str)
def test_its_gradients_of_first_and_second_order_are_right(
    package: ModuleType, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    operands = [draws(*shapes[0], seed=1), draws(*shapes[1], seed=2)]
    assert gradcheck(package.hypotenuse, operands)
    assert gradgradcheck(package.hypotenuse, operands)


def test_a_wrong_rule_would_have_been_found(package: ModuleType) -> None:
    operation: Operation = package.hypotenuse_op
    right = operation.rule

    @rule(operation, keeps=(0, 1), output=True)
    def swapped(step: Step, grad: Array) -> tuple[Array, Array]:
        x, y = step.inputs
        return grad * y / step.output, grad * x / step.output

    with pytest.raises(GradientMismatch, match=r"input 0\[0\]"):
        gradcheck(package.hypotenuse, [Tensor([3.0]), Tensor([4.0])])
    operation.rule = right


def test_a_listener_sees_its_flops(package: ModuleType) -> None:
    seen: list[tuple[str, str, int]] = []

    class Flops:
        def before(self, step: Step) -> None:
            pass

        def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
            if isinstance(step.operation, Operation) and step.phase == "forward":
                seen.append((step.operation.name, step.phase, step.operation.count_flops(step, outputs)))

    x, y = draws(3, 1, seed=1), draws(4, seed=2)
    with listen(Flops()):
        z = package.hypotenuse(x, y)
    assert seen == [("hypotenuse", "forward", 4 * 12)]
    assert "hypotenuse" in draw_graph(z.sum(), {"x": x, "y": y})
    assert operations["hypotenuse"] is package.hypotenuse_op


def test_it_gets_a_row_of_the_parity_table(package: ModuleType) -> None:
    torch = pytest.importorskip("torch")
    from integration.parity.draws import two
    from integration.parity.mistakes import wrong_rule
    from integration.parity.row import Row

    row = Row(
        "hypotenuse",
        {"hypotenuse": package.hypotenuse},
        torch.hypot,
        two(0.5, 3.0),
        "a gradient a thousandth too small",
        wrong_rule("hypotenuse", lambda step, grad, right: tuple(g * 0.999 for g in right)),
    )
    found = row.run()
    assert found.cases > 20
    assert found.failures == []
    with row.mistake() as wrong:
        assert row.run(wrong).failures


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="an environment without pip, as uv makes it")
def test_it_builds_and_imports_as_an_installed_package(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run([*pip, "--target", str(tmp_path), str(HERE)], check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    code = (
        f"import site; site.addsitedir({str(tmp_path)!r}); from hypotenuse import hypotenuse; "
        "from tinytorch.tensor import Tensor; print(hypotenuse(Tensor([3.0]), Tensor([4.0])).item())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "5.0"
