"""The judge: a learner's test has to fail on the patient and to pass on the reference. It runs in a child."""

from __future__ import annotations

import inspect
import runpy
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tinytorch.tito.tasks import Context, Event


def tests(context: Context, options: dict[str, Any]) -> Iterator[Event]:
    """Run every function ``test_...`` of a file, without arguments, on the modules of the context."""
    file = Path(options["file"])
    names = runpy.run_path(str(file), run_name="case")
    chosen = {name: value for name, value in names.items() if name.startswith("test") and callable(value)}
    failures: list[dict[str, Any]] = []
    for name, test in chosen.items():
        if wanted := arguments(test):
            yield {"done": {"arguments": wanted, "test": name}}
            return
        yield {"begin": name}  # each has the time limit for itself
        try:
            test()
        except NotImplementedError as error:
            yield {"done": {"unwritten": name, "text": str(error)}}
            return
        except Exception as error:
            lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == str(file)]
            text = str(error).splitlines()[0] if str(error) else ""
            failures.append({"test": name, "kind": type(error).__name__, "text": text, "line": (lines or [0])[-1]})
    yield {"done": {"tests": list(chosen), "failures": failures, "fault": str(names.get("FAULT", ""))}}


def arguments(test: Callable[..., object]) -> list[str]:
    """Return the arguments that a test cannot be called without: fixtures of pytest, which nobody gives here."""
    try:
        every = inspect.signature(test).parameters.values()
    except (TypeError, ValueError):
        return []
    given = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in every if one.default is one.empty and one.kind not in given]
