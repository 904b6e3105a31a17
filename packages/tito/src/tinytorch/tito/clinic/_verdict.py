"""Whether a learner's test proves the fault: run on the patient, then on the reference, each in a child."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytorch.tito.child import Death, Limits, run_task
from tinytorch.tito.clinic._cases import Case, healthy, patient
from tinytorch.tito.loader import reference_folder
from tinytorch.tito.splice import Definition, Source, decode, definitions, identifiers
from tinytorch.tito.workspace import CHAPTERS, did_you_mean

TASK = "tinytorch.tito.clinic._judge:tests"
LIMITS = Limits(seconds=20.0)  # for each test


@dataclass(frozen=True)
class Verdict:
    """What a test came to.

    Attributes
    ----------
    solved : bool
        Whether the function is named and the test tells the patient from the reference.
    lines : tuple of str
        What was found, one sentence each.
    death : Death or None
        Why the test did not come to its end.
    """

    solved: bool
    lines: tuple[str, ...]
    death: Death | None = None


def judge(case: Case, file: Path) -> Verdict:
    """Judge the test of a case: on the patient, and if that comes to its end, on the reference in the same folder."""
    file = file.resolve()
    with tempfile.TemporaryDirectory(prefix="tinytorch-") as folder:
        trials = []
        for write in (patient, healthy):  # one path for both, so that no test can tell them by it
            place = write(case, Path(folder) / "workspace")
            result, death = run_task(
                place,
                TASK,
                {"file": str(file)},
                limits=LIMITS,
                on_event=lambda event: None,
                own=[file.parent],
            )
            trials.append(_Trial.of(result, death))
            if trials[-1].problem:
                return Verdict(False, _problem(trials), trials[-1].death)
    return _weigh(case, *trials)


def _problem(trials: list[_Trial]) -> tuple[str, ...]:
    """Return why a trial says nothing, in lines; on the reference it is said that it was there."""
    first, *more = trials[-1].problem.splitlines()
    return (first if len(trials) == 1 else f"On the reference: {first}", *more)


def astray(case: Case, said: str) -> str:
    """Return what to say of a name that is not the function's: around it, something else, or nothing at all."""
    name = said.removeprefix("tinytorch.")
    module, _, rest = name.partition(".")
    if any(one.name == module for one in CHAPTERS):
        places, name = [module], rest
    else:
        places = [case.module, *(one.name for one in CHAPTERS if one.name != case.module)]
    every = {place: _functions(place) for place in places}
    found = next((place for place in places if any(name in one.names for one in every[place])), "")
    if not found:
        names = {place: [one.name for one in every[place] if "<locals>" not in one.name] for place in places}
        inside = [one for known in names.values() for one in known if one.startswith(f"{name}.")]
        if inside:
            return f"{said} is a class; name one function of it, as {inside[0]}."
        head, _, last = name.rpartition(".")
        if not (head and any(_inherits(known, head, last) for known in names.values())):
            return (
                f"There is no function {said}.{did_you_mean(name, [one for known in names.values() for one in known])}"
            )
    if found == case.module and name in around(case.fault.function, every[found]):
        return f"It happens inside {said}, and not in its own lines; name the function that is wrong."
    return f"The fault does not lie in {said}."


def _inherits(known: list[str], head: str, last: str) -> bool:
    """Return whether a class may have a method from a class of the same module that it is made of."""
    return any(one.startswith(f"{head}.") for one in known) and any(one.endswith(f".{last}") for one in known)


def around(culprit: str, every: list[Definition]) -> set[str]:
    """Return the functions of a module that come to a function: by its name, or that of a function that does."""
    names, reached = {culprit.rpartition(".")[2]}, set[str]()
    while fresh := [one for one in every if one.name not in reached and names & identifiers(one.node)]:
        reached |= {one.name for one in fresh}
        names |= {one.node.name for one in fresh if not one.scope}  # a method's name may be that of others
    return reached


def _functions(module: str) -> list[Definition]:
    """Return every function of a module's reference; none if it is not installed."""
    folder = reference_folder(module)
    files = sorted(folder.rglob("*.py")) if folder else []
    return [one for file in files for one in definitions(Source(decode(file.read_bytes()), str(file)).tree)]


@dataclass(frozen=True)
class _Trial:
    problem: str
    failures: list[dict[str, Any]]
    fault: str
    death: Death | None = None

    @classmethod
    def of(cls, result: dict[str, Any] | None, death: Death | None) -> _Trial:
        if death is not None:
            return cls(death.message, [], "", death)
        if result is None or "unwritten" in result:
            return cls("The test is not written yet.", [], "")
        if "arguments" in result:
            names = ", ".join(result["arguments"])
            return cls(f"{result['test']} takes {names}: tests are called here as they are, without fixtures.", [], "")
        if not result["tests"]:
            return cls("The file has no function whose name begins with test.", [], result["fault"])
        return cls("", result["failures"], result["fault"])


def _weigh(case: Case, ill: _Trial, well: _Trial) -> Verdict:
    if well.failures:
        first = well.failures[0]
        said = f"{first['kind']}: {first['text']}".rstrip(": ")
        where = f" in line {first['line']}" if first["line"] else ""
        line = f"On the reference {first['test']} fails{where} ({said}): it refuses what is right."
        return Verdict(False, (line,))
    if not ill.failures:
        line = "The test passes on the patient as well: what it looks at is not what is wrong."
        return Verdict(False, (line,))
    names = ", ".join(sorted({one["test"] for one in ill.failures}))
    lines = [f"The test fails on the patient ({names}) and passes on the reference."]
    named = ill.fault.strip().removeprefix("tinytorch.").removeprefix(f"{case.module}.") == case.fault.function
    if named:
        lines.append(f"The fault lies in {case.fault.function}, as you say.")
    elif ill.fault.strip():
        lines.append(astray(case, ill.fault.strip()))
    else:
        lines.append("FAULT names no function yet.")
    return Verdict(named, tuple(lines))
