"""The clinic: faults seeded into the foundation, given by their symptom; found by debugging, proved by a test."""

from tinytorch.tito.clinic._cases import Case, CasesError, admit, find_case, patient, read_cases

__all__ = ["Case", "CasesError", "admit", "find_case", "patient", "read_cases"]
