"""The foundation through workspaces: random subsets of blanked modules train to the same bits."""

import ast
import json
import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from tinytorch.tito.splice import cut, decode, definitions, identifiers, is_blank

PACKAGES = Path(__file__).resolve().parents[2]
FOUNDATION = ["tensor", "activations", "layers", "losses", "autograd", "optim"]


def reference(module: str) -> Path:
    return PACKAGES / module / "src" / "tinytorch" / module


def names_of(text: str) -> list[str]:
    return list(dict.fromkeys(one.name for one in definitions(ast.parse(text))))


@cache
def read(module: str) -> tuple[dict[Path, str], dict[Path, set[str]]]:
    """Return the texts of a module's files, and the identifiers that each mentions."""
    texts = {file: decode(file.read_bytes()) for file in sorted(reference(module).rglob("*.py"))}
    return texts, {file: identifiers(ast.parse(text)) for file, text in texts.items()}


def blank_module(workspace: Path, module: str, choose: Callable[[list[str]], Iterable[str]]) -> None:
    """Write a module's files into a workspace, the chosen functions of each blank; files without any are left out."""
    source = reference(module)
    texts, used = read(module)
    for file, text in texts.items():
        chosen = list(choose(names_of(text)))
        if not chosen:
            continue
        target = workspace / "src" / "tinytorch" / module / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        elsewhere = set().union(*(names for other, names in used.items() if other != file))
        target.write_bytes(cut(text, chosen, elsewhere=elsewhere).encode())


def run_trial(jobs: list[Path | None]) -> list[dict[str, object]]:
    trial = [sys.executable, str(Path(__file__).with_name("trial.py")), json.dumps([job and str(job) for job in jobs])]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    output = subprocess.run(trial, capture_output=True, text=True, env=environment, check=False)
    assert output.returncode == 0, output.stderr
    return [json.loads(line) for line in output.stdout.splitlines()]


def assert_alike(jobs: list[Path]) -> list[dict[str, object]]:
    whole, *results = run_trial([None, *jobs])
    for job, result in zip(jobs, results, strict=True):
        assert "error" not in result, f"{job}: {result['error']}"
        assert result["digest"] == whole["digest"], job
    return results


def test_a_foundation_of_blanks_trains_to_the_same_bits(tmp_path: Path) -> None:
    for module in FOUNDATION:
        blank_module(tmp_path, module, lambda names: names)
    (result,) = assert_alike([tmp_path])
    assert result["learners"] == " ".join(sorted(FOUNDATION))


def test_one_wrong_function_of_a_learners_is_felt(tmp_path: Path) -> None:
    blank_module(tmp_path, "activations", lambda names: names)
    file = tmp_path / "src/tinytorch/activations/_sigmoid.py"
    text = file.read_text("utf-8")
    (one,) = [one for one in definitions(ast.parse(text)) if one.name == "sigmoid_rule" and is_blank(one)]
    lines = text.split("\n")
    lines[one.statements[0].lineno - 1] = "    return grad"
    file.write_text("\n".join(lines), "utf-8")
    whole, result = run_trial([None, tmp_path])
    assert result.get("digest") not in (None, whole["digest"])


@pytest.mark.slow
def test_random_subsets_of_modules_and_functions_train_to_the_same_bits(tmp_path: Path) -> None:
    generator = random.Random(20)
    jobs: list[Path] = []
    for number in range(12):
        job = tmp_path / str(number)
        for module in generator.sample(FOUNDATION, generator.randint(1, len(FOUNDATION))):
            blank_module(job, module, lambda names: generator.sample(names, generator.randint(0, len(names))))
        jobs.append(job)
    assert_alike(jobs)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["tensor", "activations", "layers", "optim"])
def test_each_function_blank_alone_trains_to_the_same_bits(module: str, tmp_path: Path) -> None:
    files = sorted(reference(module).rglob("*.py"))
    every = [(file, name) for file in files for name in names_of(decode(file.read_bytes()))]
    asked = {
        function["name"]
        for file in (PACKAGES / module / "src/tinytorch/course" / module).glob("exercises.toml")
        for function in tomllib.loads(file.read_text("utf-8"))["function"]
    }
    few = random.Random(module).sample(every, min(len(every), 25))
    jobs: list[Path] = []
    for file, name in [pair for pair in every if pair in few or pair[1] in asked]:
        job = tmp_path / str(len(jobs))
        text = decode(file.read_bytes())
        target = job / "src" / "tinytorch" / module / file.relative_to(reference(module))
        target.parent.mkdir(parents=True)
        others = set().union(*(used for other, used in read(module)[1].items() if other != file))
        target.write_bytes(cut(text, [name], elsewhere=others).encode())
        jobs.append(job)
    assert_alike(jobs)


@pytest.mark.slow
def test_blanks_pass_the_type_checker_and_the_linter(tmp_path: Path) -> None:
    """Two rules are off: what only a cut body used is an unused import or argument until the body is written."""
    modules = ["tensor", "activations", "autograd"]
    for module in modules:
        blank_module(tmp_path, module, lambda names: names)
        for file in reference(module).rglob("*.py"):
            target = tmp_path / "src" / "tinytorch" / module / file.relative_to(reference(module))
            if not target.exists():
                target.write_bytes(file.read_bytes())
    workspace = PACKAGES.parent / "pyproject.toml"
    rules = ["--config", "src = ['src']", "--config", "lint.external = ['F401']", "--extend-ignore", "F401,ARG"]
    ruff = ["ruff", "check", "--config", str(workspace), *rules, "src"]
    checked = subprocess.run([sys.executable, "-m", *ruff], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    layout = [sys.executable, "-m", "ruff", "format", "--check", "--config", str(workspace), "src"]
    checked = subprocess.run(layout, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    others = [PACKAGES / one / "src" for one in ("layers", "losses", "optim")]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, [tmp_path / "src", *others]))}
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        "",
        "--explicit-package-bases",
        "src/tinytorch",
    ]
    checked = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
