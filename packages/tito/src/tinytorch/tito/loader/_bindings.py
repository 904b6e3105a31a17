"""Which names statements bind and use: what a module has, and what a definition needs of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def bindings(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that statements bind in their own scope."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {bound(alias) for alias in aliases}
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
        if not isinstance(node, SCOPES):
            waiting += ast.iter_child_nodes(node)
    return names


def bound(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def names_used(node: ast.AST) -> set[str]:
    """Return the names that a node reads or writes, its local ones included."""
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            names.add(inner.id)
        elif isinstance(inner, ast.Global):
            names.update(inner.names)
    return names


def homes(reference: ast.Module) -> dict[str, ast.stmt]:
    """Return the last statement of a module that binds each of its names."""
    return {name: statement for statement in reference.body for name in bindings([statement])}


def lacking(used: set[str], there: set[str], home: dict[str, ast.stmt], reference: ast.Module) -> Iterator[ast.stmt]:
    """Yield the reference's statements that bind names used and not there, and what they need in turn.

    In the order of the reference, whose `homes` are given. An import brings the lacking names only.
    """
    wanted: dict[int, set[str]] = {}
    waiting = set(used)
    seen = set(there)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in home:
            continue
        seen.add(name)
        statement = home[name]
        if getattr(statement, "module", None) == "__future__":
            continue
        wanted.setdefault(id(statement), set()).add(name)
        waiting |= names_used(statement)
    for statement in reference.body if wanted else ():
        names = wanted.get(id(statement))
        if names is None:
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            statement.names = [alias for alias in statement.names if bound(alias) in names]
        yield statement
