"""Cut: the source of a module becomes the file that a learner gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tinytorch.tito.splice._companions import companions, segment
from tinytorch.tito.splice._definitions import Definition, body_span, find
from tinytorch.tito.splice._marker import contract, is_blank, marker
from tinytorch.tito.splice._source import Source, SpliceError, unchanging

Edit = tuple[int, int, str]


def cut(
    source: str, exercises: Mapping[str, str] | Iterable[str], *, elsewhere: Collection[str] = (), filename: str = ""
) -> str:
    """Return a source in which the bodies of some functions are still to be written.

    A body becomes ``raise NotImplementedError("Tensor.matmul: (m, k) @ (k, n) -> (m, n)")`` after its docstring.
    Private functions that only these bodies use are left out. Every other byte stays.

    Parameters
    ----------
    source : str
        Read without translation of line endings.
    exercises : mapping of str to str, or iterable of str
        Qualified names, and what each promises in one line; without a promise, the docstring's first line.
        A name means every definition that has it; ``Tensor.x.setter`` and ``f#2`` mean one.
    elsewhere : collection of str
        Names of private functions that other files use, which therefore stay.
    filename : str, optional
        For messages.

    Raises
    ------
    SpliceError
        If the source does not parse, a function is not there or has no body to cut, or is blank already.

    Notes
    -----
    One pass over the syntax tree for each name. A function that stands inside another listed one goes with it.
    """
    parsed = unchanging(source, filename or "source")
    promises = exercises if isinstance(exercises, Mapping) else dict.fromkeys(exercises, "")
    chosen: dict[int, tuple[Definition, str]] = {}
    for name, promise in promises.items():
        for definition in find(parsed, name):
            if is_blank(definition):
                raise SpliceError(f"{name} is blank already (line {definition.node.lineno}).")
            chosen[id(definition.node)] = definition, promise
    outermost = [
        (definition, promise)
        for definition, promise in chosen.values()
        if not any(id(outer) in chosen for outer in definition.scope)
    ]
    edits = [blanked(parsed, definition, promise) for definition, promise in outermost]
    asked = [definition for definition, _ in chosen.values()]
    for companion in companions(parsed, asked, elsewhere):
        begin, end = segment(parsed, companion)
        edits.append((begin, end, ""))
    return apply(source, edits)


def blanked(source: Source, definition: Definition, promise: str) -> Edit:
    """Return the edit that puts the marker in the place of a body."""
    begin, end, lead = body_span(source, definition)
    newline = source.newline if lead not in ("", "; ") else ""
    indent = lead.lstrip("\r\n") if newline else ""
    column = len(indent.expandtabs(4))
    promise = " ".join(promise.split()) or contract(definition)
    return begin, end, lead + marker(definition.name, promise, column, newline, indent)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with parts of it replaced; of several edits at one place the first comes first."""
    parts: list[str] = []
    done = 0
    for begin, end, new in sorted(edits, key=lambda edit: edit[:2]):
        parts += [text[done:begin], new]
        done = end
    return "".join([*parts, text[done:]])
