"""Other correct implementations of the exercises, kept as bodies and put into the reference's files.

``AUTHOR/MODULE.toml`` has a table for each listed function with its ``body``, as a learner's file has it, and may
have tables ``[[addition]]`` with ``file`` and ``text``: imports and helpers that the author added at the top of a file.
They were written from the blanks and their docstrings by people who had not read the reference's bodies.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

from tinytorch.tito.checks import reference_text
from tinytorch.tito.exercises import Exercises, read_exercises
from tinytorch.tito.splice import Source, seed

FOLDER = Path(__file__).resolve().parent
AUTHORS = sorted(folder.name for folder in FOLDER.iterdir() if any(folder.glob("*.toml")))


def listed(module: str) -> Exercises:
    """Return the exercises of a module, which it must have."""
    found = read_exercises(module)
    if found is None:
        raise LookupError(f"{module} has no exercises.")
    return found


def read(author: str, module: str) -> dict[str, Any]:
    """Return what an author wrote for a module."""
    return tomllib.loads((FOLDER / author / f"{module}.toml").read_text("utf-8"))


def after_imports(text: str) -> int:
    """Return the offset behind the last import at the top of a file."""
    source = Source(text)
    end = 0
    for node in source.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            end = source.end(node)
    return end


def files(author: str, module: str) -> dict[tuple[str, str], str]:
    """Return the texts of an author's files, by the module they are of and their name."""
    written = read(author, module)
    additions = written.pop("addition", [])
    result: dict[tuple[str, str], str] = {}
    for exercise in listed(module).functions:
        home, _, file = exercise.file.rpartition(":")
        key = (home or module, file)
        text = result.get(key) or reference_text(*key)
        result[key] = seed(text, exercise.name, written[exercise.name]["body"], filename=file)
    for addition in additions:
        home, _, file = addition["file"].rpartition(":")
        key = (home or module, file)
        text = result.get(key) or reference_text(*key)
        place = after_imports(text)
        result[key] = f"{text[:place]}\n\n{addition['text']}\n{text[place:]}"
    return result


def workspace(folder: Path, author: str, modules: list[str]) -> Path:
    """Make a workspace in which an author has written some modules in full; return it."""
    merged: dict[tuple[str, str], str] = {}
    for module in modules:
        for key, text in files(author, module).items():
            if key in merged:
                raise ValueError(f"{key} holds exercises of two modules.")
            merged[key] = text
    for (module, name), text in merged.items():
        file = folder / "src" / "tinytorch" / module / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return folder
