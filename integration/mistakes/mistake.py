"""What a seeded mistake is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One wrong implementation: a piece of source, what a learner writes in its place, and the tests that must notice.

    Parameters
    ----------
    entry : str
        The catalogue's number, ``"05-3"``: module and entry.
    what : str
        The mistake in one sentence.
    file : str
        ``"autograd/_engine.py"``: the package and its file.
    old, new : str
        `old` occurs exactly once in the file and is replaced by `new`.
    caught_by : tuple of str
        ``"autograd/test_backward::test_…"``: package, file and test. One of them must fail.
    error : str
        The beginning of ``"Kind: message"`` where the failure is a stated exception, not an assertion.
    """

    entry: str
    what: str
    file: str
    old: str
    new: str
    caught_by: tuple[str, ...]
    error: str = ""

    @property
    def package(self) -> str:
        """The package whose source is replaced."""
        return self.file.split("/")[0]


def address_of(name: str) -> str:
    """Return where pytest finds ``"autograd/test_backward::test_x"``."""
    package, rest = name.split("/")
    file, test = rest.split("::")
    return f"packages/{package}/tests/{file}.py::{test}"
