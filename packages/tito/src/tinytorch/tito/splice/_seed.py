"""Seed: one function of a source becomes a wrong one, everything around it stays."""

from __future__ import annotations

import ast
import textwrap

from tinytorch.tito.splice._cut import Edit, apply
from tinytorch.tito.splice._definitions import Definition, Function, body_span, find
from tinytorch.tito.splice._source import Source, SpliceError, unchanging


def seed(source: str, name: str, wrong: str, *, filename: str = "") -> str:
    """Return a source in which one definition is replaced.

    Parameters
    ----------
    source : str
    name : str
        Qualified: ``Tensor.__rsub__``; of a property's setter ``Tensor.x.setter``; of the second of several ``f#2``.
    wrong : str
        The statements of another body (the signature, the decorators and the docstring stay), or a whole definition
        of the same name (which keeps the decorators if it has none).
    filename : str, optional
        For messages.

    Raises
    ------
    SpliceError
        If the source or `wrong` does not parse, or the name does not mean exactly one function.
    """
    parsed = unchanging(source, filename or "source")
    found = find(parsed, name)
    if len(found) > 1:
        ways = sorted(one for definition in found for one in definition.names - {name})
        raise SpliceError(f"{name} is defined {len(found)} times; say which: {', '.join(ways)}.")
    definition = found[0]
    replacement = Source(textwrap.dedent(wrong).strip("\r\n"), f"replacement of {name}")
    statements = replacement.tree.body
    if not statements:
        raise SpliceError(f"{name}: the replacement has no statement.")
    only = statements[0]
    if len(statements) == 1 and isinstance(only, Function) and only.name == definition.node.name:
        edit = _whole(parsed, definition, replacement, decorated=bool(only.decorator_list))
    else:
        edit = _body(parsed, definition, replacement)
    changed = apply(source, [edit])
    Source(changed, f"source with another {name}")
    return changed


def _whole(source: Source, definition: Definition, replacement: Source, *, decorated: bool) -> Edit:
    """Return the edit that replaces a definition, and its decorators if the other one has some."""
    node = definition.node
    begin = source.start(node) if decorated else source.offset(node.lineno, node.col_offset)
    indent = source.text[source.line_start(begin) : begin]
    lines = indented(replacement, indent, source.newline)[len(indent) :]
    return begin, body_span(source, definition)[1], lines


def _body(source: Source, definition: Definition, replacement: Source) -> Edit:
    """Return the edit that replaces a body; one on the line of its colon gets lines of its own."""
    begin, end, lead = body_span(source, definition)
    doc = ""
    if lead in ("", "; "):
        line = definition.node.lineno
        header = source.text[source.offset(line, 0) : source.offset(line, definition.node.col_offset)]
        lead = source.newline + header + "    "
        if definition.docstring:
            begin = source.start(definition.docstring)
            doc = lead + source.text[begin : source.end(definition.docstring)]
    return begin, end, doc + source.newline + indented(replacement, lead.lstrip("\r\n"), source.newline)


def indented(source: Source, indent: str, newline: str) -> str:
    """Return a source's text, each line that does not begin inside a string indented."""
    inside = {
        line
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, str | bytes)
    }
    lines = [source.line(number).rstrip("\r\n") for number in range(1, len(source.starts))]
    return newline.join(
        line if number in inside or not line.strip() else indent + line for number, line in enumerate(lines, 1)
    )
