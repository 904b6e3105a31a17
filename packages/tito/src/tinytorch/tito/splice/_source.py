"""A source file as text: where its lines begin, which character a node of its syntax tree stands on."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import cached_property, lru_cache
from typing import Any

NEWLINE = re.compile(r"\r\n|\r|\n")  # what Python ends a line with; str.splitlines has eight more


class SpliceError(Exception):
    """A source that cannot be cut, filled or seeded as asked, in one sentence."""


class SourceSyntaxError(SpliceError):
    """A source that does not parse.

    Attributes
    ----------
    error : SyntaxError
        Python's own, with line, column and text.
    """

    def __init__(self, error: SyntaxError) -> None:
        self.error = error
        super().__init__(describe_syntax_error(error))


def describe_syntax_error(error: SyntaxError) -> str:
    """Return message, line and caret of a syntax error as three lines of text."""
    where = f"{error.filename or 'source'}:{error.lineno or 1}:{error.offset or 1}"
    message = f"{where}: {error.msg}"
    if not error.text:
        return message
    line = error.text.rstrip("\r\n").replace("\t", " ").replace("\f", " ")
    blank = len(line) - len(line.lstrip())
    caret = max((error.offset or 1) - 1 - blank, 0)
    return f"{message}\n    {line.lstrip()}\n    {' ' * caret}^"


def decode(data: bytes) -> str:
    """Return the text of a Python file, its line endings as they are.

    Raises
    ------
    SourceSyntaxError
        If the bytes are not of the encoding that the file declares (UTF-8, if it says nothing).
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except SyntaxError as error:
        raise SourceSyntaxError(error) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceSyntaxError(
            SyntaxError(f"byte {error.object[error.start]:#04x} is not {error.encoding}", (None, line, 1, None))
        ) from None


class Source:
    """A text with its syntax tree.

    Parameters
    ----------
    text : str
        Read without translation of line endings.
    filename : str, default "source"
        For messages.

    Raises
    ------
    SourceSyntaxError
        If it does not parse.
    """

    def __init__(self, text: str, filename: str = "source") -> None:
        self.text = text
        self.memo: dict[str, Any] = {}  # what has been computed from the tree
        try:
            self.tree = ast.parse(text, filename)
        except SyntaxError as error:
            raise SourceSyntaxError(error) from None
        except ValueError as error:  # a null byte, until Python 3.12
            raise SourceSyntaxError(SyntaxError(str(error), (filename, 1, 1, None))) from None

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins, and the end of the text."""
        return [0, *(match.end() for match in NEWLINE.finditer(self.text)), len(self.text)]

    @cached_property
    def newline(self) -> str:
        """The first line ending, or Python's own where there is none."""
        match = NEWLINE.search(self.text)
        return match[0] if match else "\n"

    def line(self, number: int) -> str:
        """The text of a line (from 1), with its ending."""
        return self.text[self.starts[number - 1] : self.starts[number]]

    def offset(self, line: int, column: int) -> int:
        """The character at a line (from 1) and a column in bytes of UTF-8, as syntax trees count."""
        text = self.line(line)
        return self.starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    def start(self, node: ast.stmt) -> int:
        """The first character of a statement, its decorators included."""
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            first = decorators[0]
            return self.text.rindex("@", 0, self.offset(first.lineno, first.col_offset))
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt) -> int:
        """The character after a statement."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def line_start(self, offset: int) -> int:
        """The first character of the line that `offset` is on."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """The character at which the line that `offset` is on ends: its line ending, or the end of the text."""
        match = NEWLINE.search(self.text, offset)
        return match.start() if match else len(self.text)

    def after_line(self, offset: int) -> int:
        """The first character of the next line."""
        match = NEWLINE.search(self.text, offset)
        return match.end() if match else len(self.text)


@lru_cache(maxsize=8)
def unchanging(text: str, filename: str) -> Source:
    """Return a source for reading alone: of a text that is cut or filled many times, parsed once.

    Raises
    ------
    SourceSyntaxError
    """
    return Source(text, filename)
