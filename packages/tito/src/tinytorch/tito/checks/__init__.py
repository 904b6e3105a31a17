"""Checks: a module's contract as inputs, a drive and a judge; running them; telling mistakes by their results."""

from tinytorch.tito.checks._check import Check, Inputs, Modules, Raised, Wrong, given
from tinytorch.tito.checks._diagnosis import Symptom, diagnose, likeliest, symptom
from tinytorch.tito.checks._fresh import mistaken, modules, reference_text, replaced
from tinytorch.tito.checks._judges import close, compare, equals, every, holds, raises
from tinytorch.tito.checks._plain import plain, same, text
from tinytorch.tito.checks._run import Run, inputs_shown, load_checks, run_check, run_checks

__all__ = [
    "Check",
    "Inputs",
    "Modules",
    "Raised",
    "Run",
    "Symptom",
    "Wrong",
    "close",
    "compare",
    "diagnose",
    "equals",
    "every",
    "given",
    "holds",
    "inputs_shown",
    "likeliest",
    "load_checks",
    "mistaken",
    "modules",
    "plain",
    "raises",
    "reference_text",
    "replaced",
    "run_check",
    "run_checks",
    "same",
    "symptom",
    "text",
]
