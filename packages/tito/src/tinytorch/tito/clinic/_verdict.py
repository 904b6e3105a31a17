"""Whether a learner's test proves the fault: run on the patient, then on the reference, each in a child."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytorch.tito.child import Death, Limits, run_task
from tinytorch.tito.clinic._cases import Case, patient

TASK = "tinytorch.tito.clinic._judge:tests"
LIMITS = Limits(seconds=60.0)


@dataclass(frozen=True)
class Verdict:
    """What a test came to.

    Attributes
    ----------
    solved : bool
        Whether the function is named and the test tells the patient from the reference.
    named : bool
        Whether ``FAULT`` names the function.
    lines : tuple of str
        What was found, one sentence each.
    """

    solved: bool
    named: bool
    lines: tuple[str, ...]


def judge(case: Case, file: Path) -> Verdict:
    """Judge the test of a case."""
    with tempfile.TemporaryDirectory(prefix="tinytorch-") as folder:
        ill = patient(case, Path(folder) / "patient")
        well = Path(folder) / "reference"
        well.mkdir()
        options = {"file": str(file.resolve())}
        results = [run_task(place, TASK, options, limits=LIMITS, on_event=lambda event: None) for place in (ill, well)]
    return _weigh(case, *(_Trial.of(*result) for result in results))


@dataclass(frozen=True)
class _Trial:
    problem: str
    failures: list[dict[str, Any]]
    fault: str

    @classmethod
    def of(cls, result: dict[str, Any] | None, death: Death | None) -> _Trial:
        if death is not None:
            return cls(death.message, [], "")
        if result is None or "unwritten" in result:
            return cls("The test is not written yet.", [], "")
        if not result["tests"]:
            return cls("The file has no function whose name begins with test.", [], result["fault"])
        return cls("", result["failures"], result["fault"])


def _weigh(case: Case, ill: _Trial, well: _Trial) -> Verdict:
    if ill.problem or well.problem:
        return Verdict(False, False, (ill.problem or f"On the reference: {well.problem}",))
    named = ill.fault.strip().removeprefix("tinytorch.").removeprefix(f"{case.module}.") == case.fault.function
    lines = []
    if well.failures:
        first = well.failures[0]
        said = f"{first['kind']}: {first['text']}".rstrip(": ")
        lines.append(
            f"On the reference {first['test']} fails in line {first['line']} ({said}): it refuses what is right."
        )
    elif ill.failures:
        names = ", ".join(sorted({one["test"] for one in ill.failures}))
        lines.append(f"The test fails on the patient ({names}) and passes on the reference.")
    else:
        lines.append("The test passes on the patient as well: what it looks at is not what is wrong.")
    if named:
        lines.append(f"The fault lies in {case.fault.function}, as you say.")
    elif ill.fault.strip():
        lines.append(f"The fault does not lie in {ill.fault.strip()}.")
    else:
        lines.append("FAULT names no function yet.")
    proved = bool(ill.failures) and not well.failures
    return Verdict(proved and named, named, tuple(lines))
