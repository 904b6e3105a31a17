"""Private functions that only cut bodies use: they hold half of the answer, so they go and come back with them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tinytorch.tito.splice._definitions import Definition, Function, block_start, definitions_of
from tinytorch.tito.splice._source import NEWLINE, Source

HARMLESS = {"staticmethod", "classmethod", "property", "cache", "functools.cache"}  # decorators without an effect


@dataclass(frozen=True, eq=False)
class Companion:
    """A private function together with its place.

    Attributes
    ----------
    definition : Definition
    siblings : list of ast.stmt
        The body it is a statement of: of the module or of a class.
    """

    definition: Definition
    siblings: list[ast.stmt]


def companions(source: Source, cut: Collection[Definition], elsewhere: Collection[str] = ()) -> list[Companion]:
    """Return the private functions of a source that nothing but the bodies of `cut` uses, directly or not.

    Parameters
    ----------
    source : Source
    cut : collection of Definition
        Of this source.
    elsewhere : collection of str
        Names that other files use, which therefore stay.
    """
    asked = {id(definition.node) for definition in cut}
    around = asked | {id(outer) for definition in cut for outer in definition.scope}
    every = definitions_of(source)
    count: dict[str, int] = {}
    for definition in every:
        count[definition.node.name] = count.get(definition.node.name, 0) + 1
    candidates: dict[str, Companion] = {}
    for definition in every:
        node = definition.node
        siblings = definition.scope[-1].body if definition.scope else source.tree.body
        if (
            is_private(node.name)
            and node.name not in elsewhere
            and count[node.name] == 1
            and id(node) not in around
            and node in siblings
            and not any(isinstance(outer, Function) for outer in definition.scope)
            and all(ast.unparse(decorator) in HARMLESS for decorator in node.decorator_list)
        ):
            candidates[node.name] = Companion(definition, siblings)
    if not candidates:
        return []
    uses = _uses(source, asked, candidates)
    while refused := {name for name in candidates if any(user not in candidates for user in uses[name] - {CUT, name})}:
        candidates = {name: one for name, one in candidates.items() if name not in refused}
    reached: set[str] = set()
    while more := {name for name in candidates if name not in reached and uses[name] & (reached | {CUT})}:
        reached |= more
    found = [one for name, one in candidates.items() if name in reached]
    return [one for one in found if len(one.siblings) > sum(other.siblings is one.siblings for other in found)]


def is_private(name: str) -> bool:
    """Return whether a name is one of a module's or class's own."""
    return name.startswith("_") and not name.endswith("__")


CUT = "(cut)"  # no identifiers, so that no function has such a name
ELSEWHERE = "(elsewhere)"


def _uses(source: Source, asked: Collection[int], candidates: dict[str, Companion]) -> dict[str, set[str]]:
    """Return for each candidate who mentions its name: a cut body, another candidate, or anything else.

    A statement is looked into only if one of the names stands in its text.
    """
    owners = {id(one.definition.node): name for name, one in candidates.items()}
    uses: dict[str, set[str]] = {name: set() for name in candidates}
    waiting: list[tuple[ast.AST, str]] = [(source.tree, ELSEWHERE)]
    while waiting:
        node, owner = waiting.pop()
        if isinstance(node, ast.stmt):
            text = source.text[source.line_start(source.start(node)) : source.end(node)]
            if not any(name in text for name in uses):
                continue
        for name in mentions(node):
            if name in uses:
                uses[name].add(owner)
        owner = owners.get(id(node), owner)
        body = getattr(node, "body", ()) if id(node) in asked else ()
        waiting += [(child, CUT if child in body else owner) for child in ast.iter_child_nodes(node)]
    return uses


def mentions(node: ast.AST) -> Iterable[str]:
    """Return the identifiers that a node itself mentions, as names, attributes, imports or strings."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return (name,)
        case ast.alias(name=name):
            return (name.rpartition(".")[2],)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    return ()


def identifiers(tree: ast.AST) -> set[str]:
    """Return all identifiers that a tree mentions."""
    return {name for node in ast.walk(tree) for name in mentions(node)}


def segment(source: Source, companion: Companion) -> tuple[int, int]:
    """Return the lines of a companion: the blank lines and the comment above it, the function, its last line ending."""
    node = companion.definition.node
    start = source.line_start(source.start(node))
    floor = floor_of(source, companion.siblings, node)
    comments = True
    while start > floor:
        before = source.line_start(start - (2 if source.text[start - 2 : start] == "\r\n" else 1))
        line = source.text[before:start]
        comments = comments and line.lstrip().startswith("#") and _depth(line) == node.col_offset
        if before < floor or (line.strip() and not comments):
            break
        start = before
    return start, after(source, node)


def after(source: Source, node: ast.stmt) -> int:
    """Return where the line after a statement begins, comments that are indented deeper being part of it."""
    end = source.after_line(source.end(node))
    while (line := source.text[end : source.line_end(end)]).lstrip().startswith("#") and _depth(line) > node.col_offset:
        end = source.after_line(end)
    return end


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def floor_of(source: Source, siblings: list[ast.stmt], node: ast.stmt) -> int:
    """Return where the line after the statement before `node` begins; for the first one, after the colon's line."""
    place = siblings.index(node)
    if place:
        return after(source, siblings[place - 1])
    if siblings is source.tree.body:
        return 0
    line_end = block_start(source, source.start(node))
    newline = NEWLINE.match(source.text, line_end)
    return newline.end() if newline else line_end
