"""Claims: what a measurement is to show, written down as data before it is made."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tinytorch.training._record import Record, Verdict

Direction = Literal["at least", "at most", "near"]


@dataclass(frozen=True)
class Bound:
    """One number and how far it may be from its target.

    Attributes
    ----------
    number : str
        A key of `Record.look_up`, for instance "accuracy.min".
    target : float
    direction : {"at least", "at most", "near"}
    tolerance : float
        How far on the wrong side of the target is still right.
    unit : str
        Must be the record's.
    """

    number: str
    target: float
    direction: Direction
    tolerance: float = 0.0
    unit: str = ""

    def judge(self, record: Record) -> Verdict:
        """Compare a record's number with the target."""
        value, unit = record.look_up(self.number)
        distance = value - self.target
        holds = {
            "at least": distance >= -self.tolerance,
            "at most": distance <= self.tolerance,
            "near": abs(distance) <= self.tolerance,
        }[self.direction]
        within = f" within {self.tolerance:g}" if self.tolerance else ""
        goal = f"{self.direction} {self.target:g}{within} {self.unit}".rstrip()
        if unit != self.unit:
            return Verdict(False, f"{self.number} is in {unit or 'no unit'} and was claimed in {self.unit or 'none'}")
        return Verdict(bool(holds), f"{self.number} is {value:.6g} {unit}".rstrip() + f", claimed {goal}")


@dataclass(frozen=True)
class Claim:
    """What a measurement is to show, written down before it is made.

    Attributes
    ----------
    data : str
        The data set; compared with the record's `settings["data"]`.
    seeds : tuple of int
        Compared with the record's `settings["seeds"]`.
    bounds : tuple of Bound
    """

    data: str
    seeds: tuple[int, ...]
    bounds: tuple[Bound, ...]

    def judge(self, record: Record) -> list[Verdict]:
        """Compare a record with every bound, note the verdicts in it, and return them.

        A record of other data or other seeds holds nothing.
        """
        verdicts = [bound.judge(record) for bound in self.bounds]
        for name, claimed in (("data", self.data), ("seeds", list(self.seeds))):
            measured = record.settings.get(name)
            measured = list(measured) if isinstance(measured, tuple | range) else measured
            if measured != claimed:
                verdicts.insert(0, Verdict(False, f"{name} is {measured}, claimed {claimed}"))
        record.verdicts = verdicts
        return verdicts


def read_claims(path: str | Path) -> dict[str, Claim]:
    """Read a file of claims.

    Parameters
    ----------
    path : path
        TOML: a table for each claim, with `data`, `seeds` and an array of tables `bounds`.

    Raises
    ------
    ValueError
        If something is missing, misspelt or of the wrong kind, with its place.

    Examples
    --------
    A file that says: with each of five seeds at least 98.0 %, and 98.2 % in the middle::

        [mnist]
        data = "mnist"
        seeds = [0, 1, 2, 3, 4]
        bounds = [
            { number = "accuracy.min", target = 98.0, direction = "at least", unit = "%" },
            { number = "accuracy.median", target = 98.2, direction = "at least", unit = "%" },
        ]
    """
    try:
        tables = tomllib.loads(Path(path).read_text("utf-8"))
        return {name: _claim(f"{path}: {name}", table) for name, table in tables.items()}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is no TOML: {error}") from error


def _claim(where: str, table: Any) -> Claim:
    if not isinstance(table, dict) or table.keys() != {"data", "seeds", "bounds"} or not table["bounds"]:
        raise ValueError(f"{where}: a claim is a table with data, seeds and at least one of bounds")
    bounds = []
    for position, entry in enumerate(table["bounds"]):
        try:
            bound = Bound(**entry)
            if bound.direction not in ("at least", "at most", "near"):
                raise ValueError(f"direction is {bound.direction!r}; it is 'at least', 'at most' or 'near'")
            if bound.tolerance < 0:
                raise ValueError(f"tolerance is {bound.tolerance}; it is never negative")
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where}, bound {position}: {error}") from error
        bounds.append(bound)
    return Claim(table["data"], tuple(table["seeds"]), tuple(bounds))
