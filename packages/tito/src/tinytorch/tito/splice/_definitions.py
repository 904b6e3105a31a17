"""The functions of a source: what each is called, and where its body begins and ends.

A definition's key is its qualified name, its decorators, and which of several equal ones it is. So a property's setter
is not its getter, and the second of two functions of a name is not the first.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tinytorch.tito.splice._source import NEWLINE, Source, SpliceError

Function = ast.FunctionDef | ast.AsyncFunctionDef
Key = tuple[str, tuple[str, ...], int]
BLOCKS = {"body", "handlers", "orelse", "finalbody", "cases"}  # the fields of statements that hold statements
AFTER = re.compile(r"[ \t\f]*;?[ \t\f]*(#[^\r\n]*)?")  # what may follow the last statement of a line
EMPTY = re.compile(r"[ \t\f]*(#[^\r\n]*)?")  # a line that says nothing to Python


@dataclass(frozen=True, eq=False)
class Definition:
    """One function or method of a source.

    Attributes
    ----------
    name : str
        Its qualified name, as Python has it: ``Tensor.matmul``, ``outer.<locals>.inner``.
    key : tuple
        The name, the decorators' texts, and how many definitions with both came before.
    number : int
        How many definitions of this name came before.
    node : ast.FunctionDef or ast.AsyncFunctionDef
    scope : tuple of ast.ClassDef, ast.FunctionDef or ast.AsyncFunctionDef
        What it stands in, from the outside.
    """

    name: str
    key: Key
    number: int
    node: Function
    scope: tuple[ast.ClassDef | Function, ...]

    @property
    def names(self) -> set[str]:
        """What it may be asked for as: of a property also ``Tensor.x.setter``, of several ``f#2``."""
        found = {self.name, f"{self.name}#{self.number + 1}"}
        for decorator in self.key[1]:
            if decorator == "property":
                found.add(f"{self.name}.getter")
            elif decorator.startswith(f"{self.node.name}."):
                found.add(f"{self.name}.{decorator.rpartition('.')[2]}")
        return found

    @property
    def docstring(self) -> ast.Expr | None:
        """The statement that is its docstring."""
        first = self.node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return first
        return None

    @property
    def statements(self) -> list[ast.stmt]:
        """Its body without the docstring."""
        return self.node.body[1:] if self.docstring else self.node.body


def first_line(node: ast.stmt) -> int:
    """Return the line a statement begins on, with its decorators: what Python calls a function's first line."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def definitions(tree: ast.AST) -> list[Definition]:
    """Return every function of a tree, methods and nested functions included, in the order of the text."""
    return list(_walk(tree, "", (), Counter(), Counter()))


def definitions_of(source: Source) -> list[Definition]:
    """Return every function of a source, computed once."""
    if "definitions" not in source.memo:
        source.memo["definitions"] = definitions(source.tree)
    every: list[Definition] = source.memo["definitions"]
    return every


def _walk(
    parent: ast.AST,
    prefix: str,
    scope: tuple[ast.ClassDef | Function, ...],
    keys: Counter[tuple[str, tuple[str, ...]]],
    names: Counter[str],
) -> Iterator[Definition]:
    for node in _inside(parent):
        if isinstance(node, Function):
            name = prefix + node.name
            decorators = tuple(ast.unparse(decorator) for decorator in node.decorator_list)
            yield Definition(name, (name, decorators, keys[name, decorators]), names[name], node, scope)
            keys[name, decorators] += 1
            names[name] += 1
            yield from _walk(node, f"{name}.<locals>.", (*scope, node), keys, names)
        elif isinstance(node, ast.ClassDef):
            yield from _walk(node, f"{prefix}{node.name}.", (*scope, node), keys, names)
        else:
            yield from _walk(node, prefix, scope, keys, names)


def _inside(parent: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in the blocks of a node, in the order of the text."""
    for field in parent._fields:
        if field in BLOCKS:
            yield from getattr(parent, field)


def block(body: list[ast.stmt], classes: Iterable[str]) -> list[ast.stmt]:
    """Return the statements of a class in a class, from the outside, by their names; none if one is not there."""
    for name in classes:
        body = next((one.body for one in body if isinstance(one, ast.ClassDef) and one.name == name), [])
    return body


def find(source: Source, name: str) -> list[Definition]:
    """Return the definitions that `name` asks for; several, if a property's parts or several branches share it.

    Raises
    ------
    SpliceError
        If there is none.
    """
    every = definitions_of(source)
    found = [definition for definition in every if name in definition.names]
    if found:
        return found
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            raise SpliceError(f"{name} is a class, which has no body to replace; name one of its methods.")
        if isinstance(node, ast.Assign) and name in {ast.unparse(target) for target in node.targets}:
            kind = "a lambda" if isinstance(node.value, ast.Lambda) else "a variable"
            raise SpliceError(f"{name} is {kind} (line {node.lineno}), which has no body to replace; use def.")
    known = sorted({one for definition in every for one in definition.names if "#" not in one})
    close = difflib.get_close_matches(name, known, 1)
    last = [one for one in known if one.rpartition(".")[2] == name.rpartition(".")[2]]
    guess = f" Did you mean {(last or close)[0]}?" if last or close else f" It has {', '.join(known[:8]) or 'none'}."
    raise SpliceError(f"There is no function {name} in this source.{guess}")


def body_span(source: Source, definition: Definition) -> tuple[int, int, str]:
    """Return where a body begins and ends, and what its first statement has to come after.

    The body is all that stands between the docstring (without one: the line of the colon) and the end of the last
    statement, comments included. The third element leads in another body: a line ending and the indent for a body on
    lines of its own, ``; `` after a docstring on the same line, nothing after the colon.
    """
    text = source.text
    docstring, statements = definition.docstring, definition.statements
    begin = source.start(statements[0]) if statements else source.end(definition.node.body[-1])
    end = source.end(definition.node.body[-1])
    first = source.start(definition.node.body[0])
    indent = text[source.line_start(first) : first]
    # The header ends on an earlier line if nothing but space stands before the body.
    own_lines = not indent.strip()
    if docstring and statements and own_lines:
        own_lines = not text[source.line_start(begin) : begin].strip()
    end = _after(text, end)
    if not own_lines:
        if docstring:
            return source.end(docstring), end, "; "
        return begin, end, ""
    if docstring:
        start = _after(text, source.end(docstring))
        end = max(start, end)
    else:
        start = block_start(source, begin)
    while match := NEWLINE.match(text, end):  # comments under the last statement, at least as deep, are the body's
        ahead = match.end()
        while (line := EMPTY.match(text, ahead)) and not line[1] and (more := NEWLINE.match(text, line.end())):
            ahead = more.end()
        if not (line and line[1] and line[0].startswith(indent)):
            break
        end = line.end()
    newline = NEWLINE.match(text, start)
    return start, end, (newline[0] if newline else source.newline) + indent


def _after(text: str, offset: int) -> int:
    """Return the end of what follows a statement on its line: a semicolon, a comment."""
    match = AFTER.match(text, offset)
    if match and match[0].strip():
        return match.end()
    return offset


def block_start(source: Source, begin: int) -> int:
    """Return where the line of a block's colon ends, given the block's first statement on a line of its own."""
    line = source.line_start(begin)
    while line > 0:
        before = source.line_start(line - 1 if source.text[line - 2 : line] != "\r\n" else line - 2)
        match = EMPTY.match(source.text, before)
        if not match or match.end() != source.line_end(before):
            return source.line_end(before)
        line = before
    return 0
