"""Seeds a mistake into a copy of a package and judges what its tests say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from integration.mistakes.mistake import Mistake, address_of

WORKER = Path(__file__).with_name("worker.py")
LIMIT = 600.0  # seconds for one mistake's tests; they take a few


def source_of(package: str) -> Path:
    """Return the folder of the installed package, found without importing it."""
    spec = find_spec(f"tinytorch.{package}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"tinytorch.{package} is not installed; the tests of mistakes need every package")
    return Path(spec.origin).parent


def seed(mistake: Mistake, folder: Path) -> Path:
    """Copy the package into `folder` with the mistake in it; return the patched file."""
    source = source_of(mistake.package)
    copy = folder / "tinytorch" / mistake.package
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / mistake.file.split("/")[1]
    text = path.read_text("utf-8")
    count = text.count(mistake.old)
    if count != 1:
        raise ValueError(f"{mistake.entry}: {mistake.old!r} occurs {count} times in {mistake.file}; it must be once")
    patched = text.replace(mistake.old, mistake.new)
    compile(patched, str(path), "exec")
    path.write_text(patched, "utf-8")
    return path


class Worker:
    """The process that forks a child for each mistake."""

    def __init__(self) -> None:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=WORKER.parent.parent.parent,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # closes its stdin, which ends it

    def ask(self, tests: list[str], folder: str = "", module: str = "", limit: float = LIMIT) -> dict[str, Any]:
        """Run tests in a child and return what it says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        task = {"folder": folder, "module": module, "tests": tests, "limit": limit}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def verdict(self, mistake: Mistake) -> str:
        """Return "" where the mistake is caught as it should be, else what went otherwise."""
        with tempfile.TemporaryDirectory() as folder:
            path = seed(mistake, Path(folder))
            module = f"tinytorch.{mistake.package}" + ("" if path.stem == "__init__" else f".{path.stem}")
            answer = self.ask([address_of(name) for name in mistake.caught_by], folder, module)
            if "broken" in answer:
                return str(answer["broken"])
            if Path(answer["loaded"]) != path:
                return f"the file under test was {answer['loaded'] or 'never imported'}, not the patched one; {answer}"
        wanted = mistake.error or "AssertionError"
        sentences = [sentence for _, found in answer["failed"] for sentence in found]
        if any(sentence.startswith(wanted) for sentence in sentences):
            return ""
        return f"not caught: {len(answer['passed'])} passed; failed: {sentences or 'none'}"
