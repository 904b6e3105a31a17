"""The statement that stands for a body not written yet: how it is written, and how it is known again."""

from __future__ import annotations

import ast
import json

from tinytorch.tito.splice._definitions import Definition

LINE_LENGTH = 120


def contract(definition: Definition) -> str:
    """Return the contract that a definition states itself: the first line of its docstring, or its signature."""
    doc = ast.get_docstring(definition.node)
    if doc and doc.strip():
        return " ".join(doc.strip().partition("\n\n")[0].split())
    returns = definition.node.returns
    arguments = ", ".join(arg.arg for arg in [*definition.node.args.posonlyargs, *definition.node.args.args])
    return f"({arguments}) -> {ast.unparse(returns)}" if returns else f"({arguments})"


def marker(name: str, promise: str, column: int, newline: str, indent: str) -> str:
    """Return the statement to write, in at most 120 columns.

    Parameters
    ----------
    name : str
        Of the function, qualified.
    promise : str
        What it promises, in one line: shapes at best. Cut with an ellipsis if even a line of its own is too short.
    column : int
        The column at which the statement will begin.
    newline, indent : str
        With which a line inside the function begins.
    """
    message = f"{name}: {promise}"
    statement = f"raise NotImplementedError({_quote(message)})"
    if column + len(statement) <= LINE_LENGTH or not newline:
        return statement
    inner = indent + ("\t" if "\t" in indent else "    ")
    width = LINE_LENGTH - len(inner.expandtabs(4))
    while len(_quote(message)) > width and promise:
        promise = promise[:-1].rstrip()
        message = f"{name}: {promise}..."
    statement = f"raise NotImplementedError({_quote(message)})"
    if column + len(statement) <= LINE_LENGTH:
        return statement
    return f"raise NotImplementedError({newline}{inner}{_quote(message)}{newline}{indent})"


def _quote(text: str) -> str:
    """Return a string literal in double quotes, or in single quotes if that spares escapes, as formatters have it."""
    if '"' in text and "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def is_blank(definition: Definition) -> bool:
    """Return whether a definition's body is its docstring and the marker, so that nobody has begun it."""
    statements = definition.statements
    if len(statements) != 1 or not isinstance(statements[0], ast.Raise) or statements[0].cause:
        return False
    match statements[0].exc:
        case ast.Call(func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=str(text))], keywords=[]):
            return text.startswith(f"{definition.name}: ")
    return False
