"""The wrong implementations that learners really write: the file ``tinytorch/course/NAME/mistakes.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from tinytorch.tito.exercises import course_file
from tinytorch.tito.splice import Source, find, seed

FILE = "mistakes.toml"
KEYS = {"entry", "function", "file", "when", "body", "old", "new"}


class MistakesError(Exception):
    """A list of mistakes that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation of a function.

    Attributes
    ----------
    entry : str
        Of the catalogue, such as ``01-4``; ``own`` for one that is not in it.
    function : str
        Its qualified name.
    file : str
        In the module's folder; ``tensor:_operation.py`` for a file of another module.
    when : str
        Completes the sentence "this is what you get when ...".
    body : str
        The statements of the wrong body, or a whole definition; empty where `old` and `new` say what differs.
    old, new : str
        A text that occurs once in the function, and what a learner writes in its place.
    """

    entry: str
    function: str
    file: str
    when: str
    body: str = ""
    old: str = ""
    new: str = ""

    def seeded(self, source: str) -> str:
        """Return the source of `file` with this mistake in it.

        Raises
        ------
        MistakesError
            If `old` does not occur exactly once in the function.
        SpliceError
            If the function is not there, or what comes out does not parse.
        """
        if self.body:
            return seed(source, self.function, self.body, filename=self.file)
        parsed = Source(source, self.file)
        definition = find(parsed, self.function)[0]
        begin, end = parsed.start(definition.node), parsed.end(definition.node)
        text = source[begin:end]
        if text.count(self.old) != 1:
            raise MistakesError(f"{self.function}: {self.old!r} occurs {text.count(self.old)} times in it, not once.")
        changed = source[:begin] + text.replace(self.old, self.new) + source[end:]
        Source(changed, f"{self.file} with another {self.function}")
        return changed


def read_mistakes(module: str) -> tuple[Mistake, ...]:
    """Return the catalogued mistakes of an installed module; none if it has no list.

    Raises
    ------
    MistakesError
        If the file breaks a rule.
    """
    file = course_file(module, FILE)
    return parse_mistakes(file.read_text("utf-8"), str(file)) if file else ()


def parse_mistakes(text: str, filename: str = FILE) -> tuple[Mistake, ...]:
    """Return the mistakes that a text in TOML describes: tables ``[[mistake]]``.

    Raises
    ------
    MistakesError
        If it is no TOML, or an entry lacks a key, has one too many, or has neither a body nor an old and a new text.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MistakesError(f"{filename} is not TOML: {error}.") from None
    mistakes = []
    for number, entry in enumerate(table.get("mistake", []), 1):
        where = f"{filename}: mistake {number} ({entry.get('function', '?')})"
        for key in sorted({"entry", "function", "file", "when"} - entry.keys()):
            raise MistakesError(f"{where} has no {key}.")
        for key in sorted(entry.keys() - KEYS):
            raise MistakesError(f"{where} has an unknown key {key}; known: {', '.join(sorted(KEYS))}.")
        for key, value in entry.items():
            if not isinstance(value, str):
                raise MistakesError(f"{where}: {key} must be a text, not {value!r}.")
        if ("body" in entry) == ("old" in entry) or ("old" in entry) != ("new" in entry):
            raise MistakesError(f"{where} needs either a body, or an old and a new text.")
        if not entry["when"].strip() or entry["when"].rstrip().endswith("."):
            raise MistakesError(f"{where}: when completes 'this is what you get when ...', without a full stop.")
        mistakes.append(Mistake(**entry))
    return tuple(mistakes)
