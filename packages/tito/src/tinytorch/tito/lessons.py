"""A lesson as a text with cells, and which of their results a reader is to guess first.

Lessons carry no marks for it. A result is asked for if the code of its cell uses a name that begins with ``guess``, or
if the paragraph above the cell asks: with a question, or by saying *predict*, *guess*, *write down* or *before you
run*. A cell that follows such a cell without a word between them belongs to the same answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```(.*)$")
GUESS = re.compile(r"\bguess")
# What is quoted asks nothing, nor what is emphasised: a bridge repeats each module's question so, and answers it.
QUOTED = re.compile(r"`[^`]*`|\*[^*]+\*|\"[^\"]*\"")
ASKING = re.compile(r"\?|\b(?:predict|guess|before you run|wr[io]te\b[^.?]* down)\b", re.IGNORECASE)


@dataclass
class Cell:
    """A cell of code and the result that the text shows for it.

    Attributes
    ----------
    line : int
        Of the first line of its code.
    code : str
    shown : str or None
        What stands below it as its output; None for nothing.
    shown_at : int
        The line on which that block begins, its fence included.
    measured : bool
        Whether that is of one machine and one moment.
    asked : bool
        Whether a reader is to guess the result before looking at it.
    """

    line: int
    code: str
    shown: str | None = None
    shown_at: int = 0
    measured: bool = False
    asked: bool = False


def cells(text: str) -> list[Cell]:
    """Return the cells of a text in Markdown."""
    found: list[Cell] = []
    above: list[str] = []
    lines = text.splitlines()
    fence: str | None = None
    begin = 0
    for number, line in enumerate(lines, 1):
        mark = FENCE.match(line)
        if not mark:
            continue
        if fence is None:
            fence, begin = mark[1].strip(), number + 1
            continue
        content = "\n".join(lines[begin - 1 : number - 1])
        if fence == "python":
            found.append(Cell(begin, content))
            above.append(block_above(lines, begin - 2))
        elif fence.startswith("text") and found and found[-1].shown is None:
            found[-1].shown, found[-1].shown_at, found[-1].measured = content, begin - 1, fence == "text measured"
        fence = None
    before = False
    for cell, paragraph in zip(found, above, strict=True):
        alone = paragraph.endswith("```")
        cell.asked = GUESS.search(cell.code) is not None or (before if alone else bool(cell.shown and asks(paragraph)))
        before = cell.asked
    return found


def block_above(lines: list[str], place: int) -> str:
    """Return the last lines above a place that have no empty line among them."""
    while place and not lines[place - 1].strip():
        place -= 1
    end = place
    while place and lines[place - 1].strip():
        place -= 1
    return "\n".join(lines[place:end])


def asks(paragraph: str) -> bool:
    """Return whether a paragraph asks its reader for something before the next result."""
    return ASKING.search(QUOTED.sub("", paragraph)) is not None


def without_answers(text: str, instead: str) -> str:
    """Return a text with the line `instead` in the place of each result that is to be guessed first."""
    lines = text.splitlines()
    for cell in reversed(cells(text)):
        if cell.asked and cell.shown is not None:
            first = cell.shown_at - 1
            lines[first : first + len(cell.shown.splitlines()) + 2] = [instead]
    return "\n".join(lines) + "\n"
