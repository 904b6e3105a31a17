"""Calls of functions that a learner has written, counted by a statement put at the top of each."""

from __future__ import annotations

import ast
from collections.abc import Collection

from tinytorch.tito.splice import Source, definitions, is_blank

COUNTS = "__tito_calls__"  # a list in the module's dictionary; no private name inside a class


def counted(source: Source, listed: Collection[str]) -> list[str]:
    """Make the written functions of a list count their calls; return their names, in the order of the counts."""
    names: list[str] = []
    for definition in definitions(source.tree):
        if definition.name not in listed or is_blank(definition):
            continue
        if definition.name not in names:
            names.append(definition.name)
        count = ast.parse(f"{COUNTS}[{names.index(definition.name)}] += 1").body[0]
        for node in ast.walk(count):
            ast.copy_location(node, definition.node)
            if isinstance(node, ast.expr | ast.stmt):
                node.end_lineno, node.end_col_offset = node.lineno, node.col_offset
        definition.node.body.insert(1 if definition.docstring else 0, count)
    return names
