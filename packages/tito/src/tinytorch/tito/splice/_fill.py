"""Fill: the inverse of cut. What is still blank gets the reference's body."""

from __future__ import annotations

import ast
from copy import deepcopy

from tinytorch.tito.splice._companions import Companion, after, floor_of, identifiers, is_private, segment
from tinytorch.tito.splice._cut import Edit, apply
from tinytorch.tito.splice._definitions import Definition, block, body_span, definitions_of
from tinytorch.tito.splice._marker import is_blank
from tinytorch.tito.splice._source import Source, SpliceError, unchanging


def fill(blank: str, reference: str) -> str:
    """Return a source whose blank functions have the reference's bodies; those begun stay as they are.

    Parameters
    ----------
    blank : str
        What `cut` made of the reference, edited since or not.
    reference : str

    Raises
    ------
    SpliceError
        If one does not parse, or a blank function is not in the reference.

    Notes
    -----
    ``fill(cut(source, names), source) == source``, byte for byte.
    """
    learner, ours = Source(blank), unchanging(reference, "reference")
    mine = definitions_of(learner)
    pairs = [(definition, counterpart(definition, mine, ours)) for definition in mine if is_blank(definition)]
    edits: list[Edit] = []
    for definition, original in pairs:
        begin, end, _ = body_span(learner, definition)
        first, last, _ = body_span(ours, original)
        edits.append((begin, end, _convert(ours.text[first:last], ours, learner)))
    missing = _missing(ours, {definition.name for definition in mine}, [original for _, original in pairs])
    segments = {id(one.definition.node): segment(ours, one) for one in missing}
    for companion in missing:
        begin, end = segments[id(companion.definition.node)]
        place = _place(learner, ours, companion, segments)
        edits.append((place, place, _convert(ours.text[begin:end], ours, learner)))
    return apply(blank, edits)


def counterpart(definition: Definition, siblings: list[Definition], reference: Source) -> Definition:
    """Return the reference's definition of the same key, or of the same name if each side has just one.

    Raises
    ------
    SpliceError
        If there is none.
    """
    ours = [one for one in definitions_of(reference) if one.name == definition.name]
    same = [one for one in ours if one.key == definition.key]
    if not same and len(ours) == 1 and sum(one.name == definition.name for one in siblings) == 1:
        same = ours  # the decorators have been edited
    if not same:
        raise SpliceError(
            f"{definition.name} (line {definition.node.lineno}) is blank, and the reference has no function of this "
            "name and these decorators to fill it with."
        )
    return same[0]


def _missing(ours: Source, there: set[str], filled: list[Definition]) -> list[Companion]:
    """Return the private functions of the reference that filled bodies use, directly or not, and the learner lacks."""
    lacking: dict[str, Companion] = {}
    for one in definitions_of(ours):
        siblings = one.scope[-1].body if one.scope else ours.tree.body
        if is_private(one.node.name) and one.name not in there and "<locals>" not in one.name and one.node in siblings:
            lacking.setdefault(one.node.name, Companion(one, siblings))
    reached: set[str] = set()
    waiting: list[ast.AST] = [one.node for one in filled]
    while waiting:
        for name in identifiers(waiting.pop()) & lacking.keys() - reached:
            reached.add(name)
            waiting.append(lacking[name].definition.node)
    return [companion for name, companion in lacking.items() if name in reached]


def _convert(text: str, source: Source, target: Source) -> str:
    return text if source.newline == target.newline else text.replace(source.newline, target.newline)


def _place(learner: Source, ours: Source, companion: Companion, segments: dict[int, tuple[int, int]]) -> int:
    """Return where in the learner's text a companion belongs: after what it follows in the reference."""
    classes = [outer.name for outer in companion.definition.scope]
    siblings = block(learner.tree.body, classes) or learner.tree.body
    own = companion.definition.node
    place = companion.siblings.index(own)
    while place and id(companion.siblings[place - 1]) in segments:
        place -= 1
    start, at = floor_of(ours, companion.siblings, companion.siblings[place]), 0
    if place:
        before = _skeleton(companion.siblings[place - 1])
        anchors = [one for one in siblings if _skeleton(one) == before]
        if not anchors:
            return len(learner.text)
        equal = sum(_skeleton(one) == before for one in companion.siblings[: place - 1] if id(one) not in segments)
        at = after(learner, anchors[min(equal, len(anchors) - 1)])
    elif companion.siblings is not ours.tree.body:
        at = floor_of(learner, siblings, siblings[0])
    # Comments between the two that stayed stand in both texts; companions between the two were cut as well.
    gap = ""
    for begin, end in sorted(segments.values()):
        if start <= begin <= segments[id(own)][0]:
            gap += ours.text[start:begin]
            start = end
    gap = _convert(gap, ours, learner)
    return at + len(gap) if learner.text.startswith(gap, at) else at


def _skeleton(node: ast.stmt) -> str:
    """Return what a statement is apart from the bodies of functions: of a class or function name and decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        kind = "class" if isinstance(node, ast.ClassDef) else "def"
        return " ".join([kind, node.name, *map(ast.unparse, node.decorator_list)])
    if not any(isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) for inner in ast.walk(node)):
        return ast.dump(node)
    copy = deepcopy(node)
    for inner in ast.walk(copy):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner.body = []
    return ast.dump(copy)
