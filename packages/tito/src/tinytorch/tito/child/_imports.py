"""What a learner's module may not import: another framework, or the reference of the same module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tinytorch.tito.loader import Workspace, python_files
from tinytorch.tito.records import CheckRecord, Failure, Place
from tinytorch.tito.splice import Source, decode

FRAMEWORKS = {
    "autograd",
    "cupy",
    "flax",
    "jax",
    "jaxlib",
    "keras",
    "mxnet",
    "paddle",
    "tensorflow",
    "tinygrad",
    "torch",
}
NAME = "imports"


def forbidden(workspace: Workspace, module: str) -> Iterator[tuple[Place, str]]:
    """Yield the lines that import what the module is meant to be, with the name."""
    for file in sorted(python_files(workspace.folder(module))):
        source = Source(decode(file.read_bytes()), str(file))
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for name in names:
                if name.split(".")[0] in FRAMEWORKS or name.split(".")[:2] == ["tinytorch", "core"]:
                    line = source.line(node.lineno).rstrip("\r\n")
                    yield Place(str(file), node.lineno, line, node.col_offset, node.end_col_offset or 0), name


def imports_record(workspace: Workspace, module: str) -> CheckRecord:
    """Return the check that a module stands on NumPy and on its siblings alone."""
    title = "NumPy and the other modules, nothing else"
    for place, name in forbidden(workspace, module):
        failure = Failure(
            0,
            f"{Path(place.file).name}, line {place.line}",
            "an import of NumPy, of the standard library or of another module of TinyTorch",
            name,
            "What this module is for is what that library does: here you write it.",
            place,
        )
        return CheckRecord(NAME, title, "contract", "failed", 0.0, failure)
    return CheckRecord(NAME, title, "contract", "passed")
