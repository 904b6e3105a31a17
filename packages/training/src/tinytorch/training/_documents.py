"""Numbers in documents: quoted from records by a marker, and found where they stand without one."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from tinytorch.training._record import Record

_QUOTED = re.compile(
    r"(?P<open><!--\s*record\s+(?P<name>\S+)\s+(?P<key>[^:\s](?:[^:\n]*?[^:\s])??)(?::(?P<format>\S+?))?(?P<bare>\s+bare)?\s*-->)"
    r"(?P<text>.*?)"
    r"(?P<close><!--\s*/record\s*-->)",
    re.DOTALL,
)
_BEGUN = re.compile(r"<!--\s*record\b[^>]*-->")
# What is no statement of ours: code, quoted and cited numbers, comments, addresses.
_PASSED_OVER = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[^\n]*$"
    r"|<!--\s*record\b[^>]*-->.*?<!--\s*/record\s*-->"
    r"|<!--\s*cited\s*-->.*?<!--\s*/cited\s*-->"
    r"|<!--.*?-->"
    r"|(?P<ticks>`+)[^`].*?(?P=ticks)"
    r"|\]\([^)\s]*\)|<https?:[^>]*>",
    re.DOTALL | re.MULTILINE,
)
_CODE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[^\n]*$|(?P<ticks>`+)[^`].*?(?P=ticks)", re.DOTALL | re.MULTILINE
)
_UNITS = (
    r"%|‰|per ?cent|[nmuµμ]?s|(?:nano|micro|milli)?seconds?|min|minutes?|h|hours?|days?"
    r"|[kKMGT]?i?B|bytes?|[kMGTP]?FLOPS?(?:/s)?|[kMG]?Hz|(?:img|images|samples|tokens|steps|batches)/s|W|J|°C"
)
_NUMBER = re.compile(rf"(?<![\w.])[+−-]?\d[\d.,]*(?:[eE][+-]?\d+)?(?:[ \u00a0-]?(?:{_UNITS})(?![\w/])|[x×](?!\w))")


class Finding(NamedTuple):
    """A number with a unit that no record vouches for."""

    line: int
    text: str


def render(text: str, records: Mapping[str, Record]) -> str:
    """Fill in every number that a document quotes from a record.

    Between `<!-- record NAME KEY:FORMAT -->` and `<!-- /record -->` stands the value with its unit; what stood there is
    replaced. KEY as in `Record.look_up`, FORMAT as in Python's `format` and not needed for text; with ` bare` before
    the `-->` the unit is left out, for tables that have it in the heading.

    Parameters
    ----------
    text : str
        Markdown.
    records : mapping of str to Record
        By name, as from `read_records`.

    Returns
    -------
    str
        The same document where nothing has changed: a test compares.

    Raises
    ------
    KeyError
        If a record or a number is not there.
    ValueError
        If a marker has no end, or the format does not fit the value. Each names the line.
    """
    code = [match.span() for match in _CODE.finditer(text)]

    def shows(match: re.Match[str]) -> bool:
        """Whether a marker is shown as code, and so none."""
        return any(begin <= match.start() < end for begin, end in code)

    begun = [match.start() for match in _BEGUN.finditer(text) if not shows(match)]
    quoted = [match.start() for match in _QUOTED.finditer(text)]
    if lost := sorted(set(begun) - set(quoted)):
        line = text.count("\n", 0, lost[0]) + 1
        raise ValueError(
            f"line {line}: a marker is <!-- record NAME KEY:FORMAT -->…<!-- /record -->, and this one is not"
        )

    def fill(match: re.Match[str]) -> str:
        if shows(match):
            return match[0]
        where = f"line {text.count(chr(10), 0, match.start()) + 1}"
        record = records.get(match["name"])
        if record is None:
            raise KeyError(
                f"{where}: there is no record {match['name']!r}; there are {', '.join(sorted(records)) or 'none'}"
            )
        try:
            value, unit = record.look_up(match["key"])
            shown = format(value, match["format"] or "")
        except KeyError as error:
            raise KeyError(f"{where}: {error.args[0]}") from error
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{where}: {match['key']} does not go with the format {match['format']!r}: {error}"
            ) from error
        return f"{match['open']}{shown}{'' if match['bare'] or not unit else f' {unit}'}{match['close']}"

    return _QUOTED.sub(fill, text)


def unmarked_numbers(text: str) -> list[Finding]:
    """Find numbers with a unit that stand outside of markers and of code.

    A measurement is quoted from a record, so that a command can write it again. What somebody else measured stands
    between `<!-- cited -->` and `<!-- /cited -->`; an example, between backquotes.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    list of Finding
        Line (from 1) and text, in order. Units are those of time, data, rates, shares, and the factor in "2.5x".
    """
    # A blank for each character but newlines keeps the lines' numbers.
    rest = _PASSED_OVER.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return [
        Finding(number, match[0].strip())
        for number, line in enumerate(rest.splitlines(), 1)
        for match in _NUMBER.finditer(line)
    ]
