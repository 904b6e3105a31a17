"""Runs tests in forked children, one patched source each: ``python worker.py``, one JSON line a task.

A task names the folder that comes first on the path ("" for none), the patched module ("" for none), the tests and a
time limit. This process has loaded pytest and NumPy but nothing of ours, so that every child imports afresh what is
under test, and no child knows of another.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READY = (hypothesis.__version__, np.__version__)


class Recorder:
    """A plugin of pytest that notes how each test ended and by what."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: list[tuple[str, list[str]]] = []  # each with "Kind: message", all those of a group

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Note the outcome of one phase of a test."""
        if call.excinfo is not None and not isinstance(call.excinfo.value, pytest.skip.Exception):
            self.failed.append((item.nodeid, _sentences(call.excinfo.value)))
        elif call.when == "call" and call.excinfo is None:
            self.passed.append(item.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file of tests that could not even be imported."""
        if report.failed:
            self.failed.append((report.nodeid, [f"CollectionError: {report.longreprtext[-300:]}"]))


def _sentences(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [sentence for part in error.exceptions for sentence in _sentences(part)]
    kind = "AssertionError" if isinstance(error, (AssertionError, pytest.fail.Exception)) else type(error).__name__
    return [f"{kind}: {str(error)[:200]}"]


def work(task: dict[str, Any]) -> dict[str, Any]:
    """Run the tests of a task in this process, which is a child of its own."""
    if task["folder"]:
        sys.path.insert(0, task["folder"])
        os.environ["PYTHONPATH"] = task["folder"]  # for children of tests
    recorder = Recorder()
    options = ["-q", "-x", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is loaded already
    code = pytest.main([*options, *task["tests"]], plugins=[recorder])
    module = sys.modules.get(task["module"])
    loaded = str(getattr(module, "__file__", "")) if module is not None else ""
    return {"code": int(code), "passed": recorder.passed, "failed": recorder.failed, "loaded": loaded}


def in_child(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task in a forked child and return its answer, or why there is none."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            os.close(reading)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            try:
                found = work(task)
            except BaseException:
                found = {"broken": traceback.format_exc()[-1000:]}
            with os.fdopen(writing, "w") as pipe:
                json.dump(found, pipe)
        finally:
            os._exit(0)
    os.close(writing)
    text, end = b"", time.monotonic() + task["limit"]
    while select.select([reading], [], [], max(0.0, end - time.monotonic()))[0]:
        part = os.read(reading, 1 << 16)
        if not part:
            break
        text += part
    else:
        os.killpg(child, signal.SIGKILL)
    os.close(reading)
    os.waitpid(child, 0)
    answer: dict[str, Any] = json.loads(text) if text else {"broken": f"no answer within {task['limit']} s"}
    return answer


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(in_child(json.loads(line))), flush=True)
