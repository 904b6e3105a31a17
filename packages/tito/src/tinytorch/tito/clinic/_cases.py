"""The cases: what ails them, where it lies, and the folder in which a learner meets one. No NumPy is imported here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tinytorch.tito.loader import reference_folder
from tinytorch.tito.mistakes import Mistake
from tinytorch.tito.origin import install_line
from tinytorch.tito.splice import decode
from tinytorch.tito.workspace import write_file

FILE = Path(__file__).with_name("cases.toml")
TEST = '''\
"""Case {id}: {title}

Name the function in which the fault lies, and write the test that catches it: it has to fail on the patient and to
pass on the reference. `tito clinic {id} --judge` runs it on both.
"""

FAULT = ""  # for instance "Trainer.fit"


def test_what_should_hold() -> None:
    raise NotImplementedError("make something small, run it, compare it with what you know: assert ...")
'''


class CasesError(Exception):
    """A case that does not exist, in one sentence."""


@dataclass(frozen=True)
class Case:
    """A patient.

    Attributes
    ----------
    id : str
    title : str
        The symptom, as somebody would report it.
    story : str
        What was observed; nothing of where it lies.
    script : str
        A program that shows the symptom.
    module : str
        Whose fault it is.
    fault : Mistake
    why : str
        What it teaches, once it is found.
    """

    id: str
    title: str
    story: str
    script: str
    module: str
    fault: Mistake
    why: str


@cache
def read_cases() -> tuple[Case, ...]:
    """Return the cases, in the order of their numbers."""
    cases = []
    for number, table in enumerate(tomllib.loads(FILE.read_text("utf-8"))["case"], 1):
        names = ("function", "file", "old", "new")
        fault = Mistake(entry="clinic", when=table["why"], **{name: table[name] for name in names})
        texts = {name: table[name].strip("\n") for name in ("title", "story", "script", "why")}
        cases.append(Case(id=str(number), module=table["module"], fault=fault, **texts))
    return tuple(cases)


def find_case(name: str) -> Case:
    """Return a case by its number.

    Raises
    ------
    CasesError
    """
    for case in read_cases():
        if case.id == name.lstrip("0"):
            return case
    raise CasesError(f"There is no case {name}; tito clinic lists the {len(read_cases())} there are.")


def patient(case: Case, folder: Path) -> Path:
    """Write the one file in which a case's fault lies into a folder, as a workspace has it; return the folder.

    Raises
    ------
    CasesError
        If the module is not installed.
    """
    return _written(case, folder, case.fault.seeded(_reference(case)))


def healthy(case: Case, folder: Path) -> Path:
    """Write the same file without the fault; return the folder.

    Raises
    ------
    CasesError
        If the module is not installed.
    """
    return _written(case, folder, _reference(case))


def _reference(case: Case) -> str:
    reference = reference_folder(case.module)
    if reference is None:
        raise CasesError(f"Case {case.id} needs the module {case.module}: {install_line(case.module)}.")
    return decode((reference / case.fault.file).read_bytes())


def _written(case: Case, folder: Path, text: str) -> Path:
    file = folder / "src" / "tinytorch" / case.module / case.fault.file
    if not file.exists() or file.read_bytes() != text.encode():
        write_file(file, text.encode(), sync=False)
    return folder


def admit(case: Case, workspace: Path) -> tuple[Path, list[Path]]:
    """Make the folder in which a learner examines a case; what is there already stays.

    Returns
    -------
    folder : Path
        ``clinic/ID`` in the workspace.
    new : list of Path
        The files that were written.
    """
    folder = workspace / "clinic" / case.id
    folder.mkdir(parents=True, exist_ok=True)
    new = []
    for name, text in (
        ("symptom.py", f'"""{case.title}"""\n\n{case.script}\n'),
        (f"test_case_{case.id}.py", TEST.format(id=case.id, title=case.title)),
    ):
        file = folder / name
        if not file.exists():
            write_file(file, text.encode())
            new.append(file)
    return folder, new
