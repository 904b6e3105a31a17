"""Records: what was measured, by which command, and where."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tinytorch.training import _environment as environment
from tinytorch.training._atomic import write_atomically

STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "median": statistics.median,
    "mean": statistics.fmean,
    "max": max,
    "count": len,
}
_KEY = re.compile(r"([^.\[]+)(?:\.(\w+)|\[(-?\d+)\])?")


@dataclass
class Measurement:
    """One number, or one a seed, with its unit."""

    values: list[float]
    unit: str = ""


@dataclass
class Verdict:
    """Whether a bound of a claim holds, and the sentence that says so."""

    holds: bool
    text: str


@dataclass
class Record:
    """What a command measured, and everything needed to measure it again.

    Attributes
    ----------
    name : str
        For instance "1986_backprop/mnist"; also the folder it is written to.
    numbers : dict of str to Measurement
        Filled by `measure`.
    settings : dict
        Seeds, data set, sizes, rates: plain values.
    curves : dict of str to list of float
        For instance the loss of each epoch.
    command, commit, began, seconds, machine, blas, versions
        Where the numbers come from; set by `begin` and `write`. The commit is that of the script's checkout, with a
        plus sign if files were changed.
    verdicts : list of Verdict
        Of the claims it was judged by.
    """

    name: str
    numbers: dict[str, Measurement] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    command: str = ""
    commit: str = ""
    began: str = ""
    seconds: float = 0.0
    machine: dict[str, Any] = field(default_factory=dict)
    blas: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, name: str, **settings: Any) -> Record:
        """Begin a record now; its clock runs until `write`."""
        if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name) or ".." in name.split("/"):
            raise ValueError(f"Record: {name!r} is no name; use letters, digits, '_', '-', '.', with '/' between parts")
        now = dt.datetime.now(dt.UTC)
        record = cls(
            name,
            settings=settings,
            command=environment.command(),
            commit=environment.commit(environment.script_folder()),
            began=now.isoformat(timespec="seconds"),
            machine=environment.machine(),
            blas=environment.blas(),
            versions=environment.versions(),
        )
        record._clock = time.perf_counter()
        return record

    def __post_init__(self) -> None:
        self._clock: float | None = None

    def measure(self, name: str, value: float | Sequence[float], unit: str = "") -> None:
        """Note a number, or one for each seed.

        Raises
        ------
        ValueError
            If one is not finite, or there is none: a record holds numbers that can be quoted.
        """
        values = [float(item) for item in (value if isinstance(value, Sequence) else [value])]
        if not values or not all(map(math.isfinite, values)):
            raise ValueError(f"Record.measure: {name} is {values}; a measurement is one finite number or several")
        if not re.fullmatch(r"\w[\w -]*", name):
            raise ValueError(f"Record.measure: {name!r} is no name; use letters, digits, spaces, '_' and '-'")
        self.numbers[name] = Measurement(values, unit)

    def look_up(self, key: str) -> tuple[Any, str]:
        """Return a value and its unit.

        Parameters
        ----------
        key : str
            A number (`accuracy`; of several values the median), a statistic of it (`accuracy.min`, also median, mean,
            max, count), one of its values (`accuracy[0]`), or the path to anything else (`settings.batch`,
            `machine.processor`, `seconds`).

        Raises
        ------
        KeyError
            If there is no such thing.
        """
        match = _KEY.fullmatch(key)
        if match is not None and match[1] in self.numbers:
            return self._number(key, *match.groups())
        value: Any = self.to_plain()
        for part in key.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise KeyError(
                    f"record {self.name} has no {key!r}; its numbers are {', '.join(self.numbers) or 'none'}"
                )
            value = value[part]
        return value, "s" if key == "seconds" else ""

    def _number(self, key: str, name: str, statistic: str | None, position: str | None) -> tuple[float, str]:
        number = self.numbers[name]
        if position is not None:
            if not -len(number.values) <= int(position) < len(number.values):
                raise KeyError(f"record {self.name}: {key!r} of {len(number.values)} values")
            return number.values[int(position)], number.unit
        if statistic is not None and statistic not in STATISTICS:
            raise KeyError(f"record {self.name}: {key!r}; of a number there are {', '.join(STATISTICS)}")
        value = STATISTICS[statistic or "median"](number.values)
        return value, "" if statistic == "count" else number.unit

    def to_plain(self) -> dict[str, Any]:
        """Return everything as dicts, lists, strings and numbers."""
        return asdict(self)

    def write(self, folder: str | Path) -> Path:
        """Write `folder/NAME/record.json`, atomically, and return its path."""
        if self._clock is not None:
            self.seconds = round(time.perf_counter() - self._clock, 3)
        path = Path(folder, *self.name.split("/"), "record.json")
        text = json.dumps(self.to_plain(), indent=1, ensure_ascii=False, allow_nan=False)
        write_atomically(path, [f"{text}\n".encode()])
        return path


def read_records(folder: str | Path) -> dict[str, Record]:
    """Read every `record.json` below `folder`, by the records' names.

    Raises
    ------
    ValueError
        If a file is no record, or two have one name.
    """
    records: dict[str, Record] = {}
    for path in sorted(Path(folder).glob("**/record.json")):
        try:
            plain = json.loads(path.read_text("utf-8"))
            plain["numbers"] = {name: Measurement(**number) for name, number in plain["numbers"].items()}
            plain["verdicts"] = [Verdict(**verdict) for verdict in plain["verdicts"]]
            record = Record(**plain)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{path} is no record: {error}") from error
        if record.name in records:
            raise ValueError(f"{path}: there is another record called {record.name}")
        records[record.name] = record
    return records
