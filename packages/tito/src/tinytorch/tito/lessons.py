"""A lesson as a text with cells, as a script, and which of its results a reader is to guess first.

Lessons carry no marks for it. A result is asked for if the code of its cell uses a name that begins with ``guess``, or
if the paragraph above the cell asks: with a question, or by saying *predict*, *guess*, *write down* or *before you
run*. A cell that follows such a cell without a word between them belongs to the same answer.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(.*)$")
GUESS = re.compile(r"\bguess")
# What is quoted asks nothing, nor what is emphasised: a bridge repeats each module's question so, and answers it.
QUOTED = re.compile(r"`[^`]*`|\*[^*]+\*|\"[^\"]*\"")
ASKING = re.compile(r"\?|\b(?:predict|guess|before you run|wr[io]te\b[^.?]* down)\b", re.IGNORECASE)
# Above a script: cells import where they need something, wrap lines by hand, and carry no types.
HEAD = "# ruff: noqa\n# fmt: off\n# mypy: ignore-errors\n"
FIGURE = re.compile(r"^figure = ", re.MULTILINE)


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


def as_script(text: str, name: str) -> str:
    """Return a text as a Python file with ``# %%`` cells, which editors and Jupyter open as a notebook.

    What its cells print and draw is left out, since running them shows it; `name` is part of the figures' names.
    """
    lines = text.splitlines()
    every = cells(text)
    shown = {
        cell.shown_at + offset
        for cell in every
        if cell.shown_at
        for offset in range(len(str(cell.shown).split("\n")) + 2)
    }
    parts = [HEAD]
    read = 0
    for number, cell in enumerate(every, 1):
        parts += _said(lines, read, cell.line - 2, shown)
        draws = FIGURE.search(cell.code)
        last = f'\nshow_figure(figure, "runs/lessons/{name}-{number}.svg")' if draws else ""
        first = "from tinytorch.tito.lessons import show_figure\n\n" if draws else ""
        parts.append(f"# %%\n{first}{cell.code}{last}\n")
        read = cell.line + len(cell.code.split("\n"))
    parts += _said(lines, read, len(lines), shown)
    return "\n".join(parts)


def _said(lines: list[str], begin: int, end: int, without: set[int]) -> list[str]:
    """Return the lines between two places as a cell of Markdown, if they say anything."""
    text = "\n".join(lines[place] for place in range(begin, end) if place + 1 not in without).strip("\n")
    quoted = "\n".join(f"# {line}".rstrip() for line in re.sub(r"\n{3,}", "\n\n", text).split("\n"))
    return [f"# %% [markdown]\n{quoted}\n"] if text.strip() else []


def as_svg(figure: Any) -> str:
    """Return a figure of Matplotlib as SVG; a text is SVG already."""
    if isinstance(figure, str):
        return figure
    stream = io.StringIO()
    figure.savefig(stream, format="svg")
    return stream.getvalue()


def show_figure(figure: Any, file: str) -> None:
    """Show a figure below the cell of a notebook; elsewhere write it to `file`, as SVG, and say so.

    Parameters
    ----------
    figure : str or matplotlib.figure.Figure
        A text is SVG already.
    file : str
        In the current folder unless it is absolute; the folders above it are made.
    """
    svg = as_svg(figure)
    notebook = sys.modules.get("IPython")
    if notebook is not None and notebook.get_ipython() is not None:
        notebook.display.display(notebook.display.SVG(svg))
        return
    place = Path(file)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(svg, "utf-8")
    sys.stdout.write(f"figure: {place}\n")
