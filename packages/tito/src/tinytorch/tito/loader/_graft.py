"""Graft: fill a learner's syntax tree before anything runs.

A blank definition is replaced by the reference's, whole, where it stands: so decorators register it, `super` finds its
class and private names are mangled as they should be. Its code objects are then told the file and lines they come from.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from tinytorch.tito.loader._bindings import bindings, homes, lacking, names_used
from tinytorch.tito.splice import (
    Definition,
    Source,
    SpliceError,
    counterpart,
    decode,
    definitions,
    first_line,
    identifiers,
    is_blank,
    is_private,
)


@dataclass(frozen=True)
class Origin:
    """Where a code object really comes from: a file, and how many lines further down than its tree says."""

    path: str
    shift: int


@dataclass(eq=False)
class Graft:
    """A learner's tree with the reference's definitions in it.

    Attributes
    ----------
    tree : ast.Module
    borrowed : dict of str to tuple of str and int
        By qualified name, file and line of each definition that came from the reference.
    origins : dict
        By qualified name and first line in the tree.
    """

    tree: ast.Module
    borrowed: dict[str, tuple[str, int]] = field(default_factory=dict)
    origins: dict[tuple[str, int], Origin] = field(default_factory=dict)

    def code(self, path: str) -> CodeType:
        """Compile the tree as the file `path`."""
        code: CodeType = compile(ast.fix_missing_locations(self.tree), path, "exec", dont_inherit=True)
        return relocated(code, self.origins.get)


def relocated(code: CodeType, origin: Callable[[tuple[str, int]], Origin | None]) -> CodeType:
    """Return code in which each code object of a known origin has its file and line numbers."""

    def inner(code: CodeType, found: Origin | None) -> CodeType:
        found = found or origin((code.co_qualname, code.co_firstlineno))
        constants = tuple(inner(one, found) if isinstance(one, CodeType) else one for one in code.co_consts)
        if found is None:
            return code.replace(co_consts=constants)
        # All line numbers of a code object are counted from its first.
        line = code.co_firstlineno + found.shift
        return code.replace(co_consts=constants, co_filename=found.path, co_firstlineno=line)

    return inner(code, None)


def graft(learner: Source, references: Iterable[Path], chosen: Collection[str] = ()) -> Graft:
    """Fill the blank definitions of a learner's source.

    Parameters
    ----------
    learner : Source
        Its tree is changed.
    references : iterable of Path
        The files to look for each definition in, the likeliest first. Read only as far as needed.
    chosen : collection of str, optional
        Qualified names of definitions that are replaced as if they were blank.

    Notes
    -----
    A blank of which no reference knows stays, and says so when it is called. O(size of the files).
    """
    result = Graft(learner.tree)
    every = definitions(learner.tree)
    blanks = [definition for definition in every if is_blank(definition) or definition.name in chosen]
    sources = _Sources(references)
    replaced: dict[int, ast.stmt] = {}
    borrowed: dict[int, _Reference] = {}
    for definition in blanks:
        found = sources.find(definition, every)
        if found is None:
            continue
        original, reference = found
        line = first_line(original.node)
        _note(result, original.node, definition.name, reference, first_line(definition.node))
        if reference.postponed and not _postponed(learner.tree):
            _postpone_annotations(original.node)
        replaced[id(definition.node)] = original.node
        borrowed[id(original.node)] = reference
        result.borrowed[definition.name] = reference.path, line
        if definition.scope and isinstance(definition.scope[-1], ast.ClassDef):
            for method in _bring_methods(result, definition, original, reference):
                borrowed[id(method)] = reference
    _Replace(replaced).visit(learner.tree)
    _bring_globals(result, borrowed)
    return result


@dataclass(eq=False)
class _Reference:
    path: str
    source: Source
    postponed: bool
    homes: dict[str, ast.stmt]


class _Sources:
    """The reference's files, each parsed when the one before does not have what is looked for."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.files = iter(files)
        self.read: list[_Reference] = []

    def __iter__(self) -> Iterator[_Reference]:
        yield from self.read
        for file in self.files:
            source = Source(decode(file.read_bytes()), str(file))
            reference = _Reference(str(file), source, _postponed(source.tree), homes(source.tree))
            self.read.append(reference)
            yield reference

    def find(self, definition: Definition, siblings: list[Definition]) -> tuple[Definition, _Reference] | None:
        for reference in self:
            try:
                return counterpart(definition, siblings, reference.source), reference
            except SpliceError:
                continue
        return None


class _Replace(ast.NodeTransformer):
    def __init__(self, replaced: dict[int, ast.stmt]) -> None:
        self.replaced = replaced

    def visit(self, node: ast.AST) -> ast.AST:
        new = self.replaced.get(id(node))
        return new if new is not None else self.generic_visit(node)


def _postponed(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and "annotations" in {a.name for a in node.names}
        for node in tree.body
    )


def _postpone_annotations(node: ast.AST) -> None:
    """Turn annotations into strings: the learner's file evaluates them, the reference's does not."""
    for inner in ast.walk(node):
        for name in ("annotation", "returns"):
            value = getattr(inner, name, None)
            if isinstance(value, ast.expr):
                setattr(inner, name, ast.copy_location(ast.Constant(ast.unparse(value)), value))


def _bring_methods(
    result: Graft, definition: Definition, original: Definition, reference: _Reference
) -> Iterator[ast.stmt]:
    """Give the learner's class the private methods that a borrowed one uses and the class lacks."""
    home, ours = definition.scope[-1], original.scope[-1]
    prefix = definition.name.rpartition(".")[0]
    private = {
        node.name: node
        for node in ours.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_private(node.name)
    }
    waiting: list[ast.stmt] = [original.node]
    while waiting:
        for name in sorted(identifiers(waiting.pop()) & private.keys() - bindings(home.body)):
            node = private[name]
            _note(result, node, f"{prefix}.{name}", reference, first_line(definition.node))
            home.body.append(node)
            waiting.append(node)
            yield node


def _bring_globals(result: Graft, borrowed: dict[int, _Reference]) -> None:
    """Define, from the reference, the global names that borrowed definitions use and the module lacks.

    Definitions and assignments come right before the first statement that needs them; imports, and whatever else binds
    names, come first of all, so that the learner's own names win.
    """
    tree = result.tree
    there = bindings(tree.body)
    first: list[ast.stmt] = []
    body: list[ast.stmt] = []
    for statement in tree.body:
        for node in list(ast.walk(statement)):
            reference = borrowed.get(id(node))
            if reference is None:
                continue
            for new in lacking(names_used(node), there, reference.homes, reference.source.tree):
                there |= bindings([new])
                if isinstance(new, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    _note(result, new, new.name, reference, first_line(statement))
                    body.append(new)
                elif isinstance(new, ast.Import | ast.ImportFrom | ast.If | ast.Try | ast.With | ast.For):
                    first.append(_moved(new, 1))
                else:
                    body.append(_moved(new, statement.lineno))
        body.append(statement)
    place = 0
    while place < len(body) and (
        (place == 0 and isinstance(body[0], ast.Expr)) or getattr(body[place], "module", None) == "__future__"
    ):
        place += 1
    tree.body = body[:place] + first + body[place:]


def _note(result: Graft, node: ast.stmt, name: str, reference: _Reference, line: int) -> None:
    """Put a definition of the reference on a line of the learner's file, and remember where it comes from."""
    own = first_line(node)
    ast.increment_lineno(node, line - own)
    result.origins[name, line] = Origin(reference.path, own - line)


def _moved(node: ast.stmt, line: int) -> ast.stmt:
    ast.increment_lineno(node, line - node.lineno)
    return node
