"""The clinic: faults seeded into the foundation, given by their symptom; found by debugging, proved by a test.

Each name's file is imported when the name is asked for: the list of cases needs no child process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinytorch.tito._later import later

if TYPE_CHECKING:
    from tinytorch.tito.clinic._cases import Case, CasesError, admit, find_case, patient, read_cases
    from tinytorch.tito.clinic._verdict import Verdict, judge

_NAMES = {
    "_cases": ("Case", "CasesError", "admit", "find_case", "patient", "read_cases"),
    "_verdict": ("Verdict", "judge"),
}

__all__ = ["Case", "CasesError", "Verdict", "admit", "find_case", "judge", "patient", "read_cases"]

__getattr__, __dir__ = later(__name__, _NAMES)
