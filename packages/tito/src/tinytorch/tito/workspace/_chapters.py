"""The plan of the course: twenty modules in six acts and three tiers, and how a learner names one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

ACTS = {
    "I": "Numbers become layers",
    "II": "Learning",
    "III": "Seeing",
    "IV": "Language",
    "V": "Small and fast",
    "VI": "Proof",
}
TIERS = {"foundation": range(1, 8), "architecture": range(8, 14), "optimization": range(14, 20), "capstone": (20,)}

# Of which some are planned: what is there is in `tinytorch.tito.checkpoints` and `tinytorch.tito.milestones`.
PROOFS = {
    "checkpoint": tuple(str(number) for number in range(1, 17)),
    "milestone": ("1958", "1969", "1986", "1998", "2017", "2020"),
}

# What is there to be installed; the others are planned. A test compares it with the packages of the repository.
BUILT = frozenset({"tensor", "activations", "layers", "losses", "autograd", "optim", "training", "dataloader"})
NEAR = 10  # how far a year may be from the one that was meant
LIKE, LIKE_AT_THE_END = 0.7, 0.75  # how much of two names has to agree: of the whole, of what follows the last dot


class UnknownNameError(Exception):
    """A name that means nothing, or too much, in one sentence that says what was meant."""


@dataclass(frozen=True)
class Chapter:
    """A module's place in the course.

    Attributes
    ----------
    number : int
    name : str
        Of its package.
    act : str
        A Roman number, as in `ACTS`.
    """

    number: int
    name: str
    act: str

    @property
    def label(self) -> str:
        """How it is written in a list: ``01 tensor``."""
        return f"{self.number:02} {self.name}"

    @property
    def tier(self) -> str:
        """The tier that it belongs to."""
        return next(tier for tier, numbers in TIERS.items() if self.number in numbers)


def _plan() -> tuple[Chapter, ...]:
    acts = {
        "I": "tensor activations layers losses",
        "II": "autograd optim training",
        "III": "spatial dataloader",
        "IV": "tokenization embeddings attention transformers",
        "V": "profiling quantization compression memoization acceleration",
        "VI": "benchmarking capstone",
    }
    pairs = [(act, name) for act, names in acts.items() for name in names.split()]
    return tuple(Chapter(number, name, act) for number, (act, name) in enumerate(pairs, 1))


CHAPTERS = _plan()


def find_chapter(text: str) -> Chapter:
    """Return the chapter that a learner means: ``5``, ``05``, ``autograd`` or a prefix that no other shares.

    Raises
    ------
    UnknownNameError
        Naming what might have been meant.
    """
    wanted = text.strip().lower()
    if wanted.isdecimal():
        if 1 <= int(wanted) <= len(CHAPTERS):
            return CHAPTERS[int(wanted) - 1]
        raise UnknownNameError(f"There is no module {text}; they are numbered 1 to {len(CHAPTERS)}.")
    head, _, tail = wanted.partition("_")
    if head.isdecimal() and tail:  # 05_autograd
        wanted = tail
    names = [one.name for one in CHAPTERS]
    found = [one for one in CHAPTERS if one.name == wanted] or [one for one in CHAPTERS if one.name.startswith(wanted)]
    if len(found) == 1 and wanted:
        return found[0]
    if found and wanted:
        raise UnknownNameError(f"{text} may be {' or '.join(one.name for one in found)}; write one letter more.")
    raise UnknownNameError(f"There is no module {text}.{did_you_mean(wanted, names)}")


def did_you_mean(wrong: str, known: list[str]) -> str:
    """Return a sentence, with a space before it, that guesses what was meant; nothing where no name is near."""
    if wrong.isdecimal():
        far = {one: abs(int(one) - int(wrong)) for one in known if one.isdecimal() and len(one) == len(wrong) == 4}
        nearest = min(far, key=far.__getitem__, default="")
        return f" Did you mean {nearest}?" if nearest and far[nearest] <= NEAR else ""
    best = max(known, key=lambda one: likeness(wrong, one), default="")
    return f" Did you mean {best}?" if best and likeness(wrong, best) else ""


def likeness(wrong: str, name: str) -> float:
    """Return how near a name is to what was written: 0 for not near, above 1 where one holds the other."""
    last, end = wrong.rpartition(".")[2].lower(), name.rpartition(".")[2].lower()
    if last == end and last:
        return 3.0
    if len(last.strip("_")) >= 3 and last in end:  # rsub, of __rsub__
        return 1.0 + len(last) / len(end)
    whole = difflib.SequenceMatcher(None, wrong.lower(), name.lower()).ratio()
    ends = difflib.SequenceMatcher(None, last, end).ratio()
    return max(whole if whole >= LIKE else 0.0, ends if ends > LIKE_AT_THE_END else 0.0)


def find_function(text: str, known: list[str], where: str) -> str:
    """Return the function that a learner means: its name, the end or the beginning of it.

    Raises
    ------
    UnknownNameError
    """
    for matches in (
        [one for one in known if one == text],
        [one for one in known if one.endswith(f".{text}")],
        [one for one in known if one.startswith(text) or one.rpartition(".")[2].startswith(text)],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise UnknownNameError(f"{text} may be {' or '.join(matches[:4])}; write the whole name.")
    raise UnknownNameError(f"{where} has no function {text}.{did_you_mean(text, known)}")
