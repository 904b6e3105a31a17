"""The parts of tito stand on each other in one order, and take from each other what is public."""

import ast
from collections.abc import Iterator
from pathlib import Path

import tinytorch.tito

HERE = Path(tinytorch.tito.__file__).parent
# A part imports those before it.
ORDER = (
    *("_version", "_later", "records", "origin", "lessons", "measuring", "splice", "exercises", "mistakes", "loader"),
    *("activate", "checks", "tasks", "workspace", "child", "checkpoints", "clinic", "milestones", "cli", "__main__"),
)


def imports() -> Iterator[tuple[Path, str, list[str], list[str]]]:
    """Yield each import of one part by another: the file, its own part, the module's parts, the names."""
    for file in sorted(HERE.rglob("*.py")):
        own = file.relative_to(HERE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tinytorch.tito."):
                _, _, *parts = str(node.module).split(".")
                if parts[0] != own:
                    yield file.relative_to(HERE), own, parts, [alias.name for alias in node.names]


def test_each_part_imports_those_before_it() -> None:
    backwards = [
        (str(file), parts[0])
        for file, own, parts, _ in imports()
        if own != "__init__" and ORDER.index(parts[0]) >= ORDER.index(own)
    ]
    assert backwards == []


def test_a_part_takes_from_another_what_is_public() -> None:
    private = [
        (str(file), ".".join([*parts, name]))
        for file, _, parts, names in imports()
        for name in names
        if any(one.startswith("_") for one in [*parts[1:], name]) and not name.startswith("__")
    ]
    assert private == []
