"""Real installations: one package brings what it needs and nothing else of ours, whatever it is installed from."""

import importlib.metadata
import json
import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOSSES = {"tinytorch-losses", "tinytorch-activations", "tinytorch-tensor"}
FOUNDATION = {"tensor", "activations", "layers", "losses", "autograd", "optim", "training", "dataloader"}

# log(1 + 1) = 0.693147…: two equal logits, whichever is right.
USE = """
from tinytorch.losses import CrossEntropyLoss
from tinytorch.tensor import Tensor
print(round(CrossEntropyLoss()(Tensor([[1.5, 1.5]]), Tensor([1])).item(), 5))
"""

pytestmark = pytest.mark.slow


class Environment(Protocol):
    """What the fixture makes."""

    def pip(self, *arguments: str | Path, cwd: Path | None = None) -> str: ...

    def run(self, code: str) -> str: ...

    def distributions(self) -> set[str]: ...


Make = Callable[[], Environment]


def planned(environment: Environment, extra: str, checkout: Path) -> set[str]:
    """Return the names of what pip would install for an extra of the workspace."""
    options = ("--quiet", "--dry-run", "--no-build-isolation", "--report", "-")
    report = json.loads(environment.pip("install", *options, f".[{extra}]", cwd=checkout))
    return {item["metadata"]["name"] for item in report["install"]}


def test_from_a_checkout_losses_brings_its_two_siblings_and_numpy(environment: Make, checkout: Path) -> None:
    fresh = environment()
    fresh.pip("install", "--quiet", ".[losses]", cwd=checkout)
    assert fresh.distributions() == {*LOSSES, "tinytorch-workspace", "numpy"}
    assert fresh.run(USE) == "0.69315\n"


def test_from_a_git_address_losses_brings_its_siblings_too(environment: Make, checkout: Path) -> None:
    fresh = environment()
    fresh.pip("install", "--quiet", f"tinytorch-workspace[losses] @ git+{checkout.as_uri()}")
    assert fresh.distributions() == {*LOSSES, "tinytorch-workspace", "numpy"}
    assert fresh.run(USE) == "0.69315\n"


def test_a_commit_installs_twice(environment: Make, checkout: Path, tmp_path: Path) -> None:
    # pip keeps the wheel of a commit, not the clone that it came from: what the wheel names must still be there.
    head = (checkout / ".git/HEAD").read_text("utf-8").removeprefix("ref: ").strip()
    commit = (checkout / ".git" / head).read_text("utf-8").strip()
    for _ in range(2):
        fresh = environment()
        address = f"tinytorch-workspace[activations] @ git+{checkout.as_uri()}@{commit}"
        fresh.pip("install", "--quiet", "--cache-dir", tmp_path / "cache", address)
        assert fresh.distributions() == {"tinytorch-activations", "tinytorch-tensor", "tinytorch-workspace", "numpy"}


def test_from_wheels_in_one_folder(environment: Make) -> None:
    fresh = environment()
    fresh.pip("install", "--quiet", "--find-links", ROOT / "dist", "tinytorch-losses")
    assert fresh.distributions() == {*LOSSES, "numpy"}
    assert fresh.run(USE) == "0.69315\n"


def test_tiers_and_all_are_what_they_say(environment: Make, checkout: Path) -> None:
    fresh = environment()
    fresh.pip("install", "--quiet", "hatchling")
    foundation = {f"tinytorch-{name}" for name in FOUNDATION}
    assert planned(fresh, "foundation", checkout) == {*foundation, "tinytorch-workspace", "numpy"}
    ours = {f"tinytorch-{file.parent.name}" for file in ROOT.glob("packages/*/pyproject.toml")}
    assert {name for name in planned(fresh, "all", checkout) if "tinytorch" in name} == {*ours, "tinytorch-workspace"}


def test_the_workspace_alone_installs_no_module(environment: Make, checkout: Path) -> None:
    fresh = environment()
    fresh.pip("install", "--quiet", ".", cwd=checkout)
    assert fresh.distributions() == {"tinytorch-workspace"}


def test_a_wheel_holds_its_module_and_its_licence_and_nothing_else() -> None:
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    assert len(wheels) == len(list(ROOT.glob("packages/*/pyproject.toml")))
    for wheel in wheels:
        name = wheel.name.split("-")[0].removeprefix("tinytorch_")
        with zipfile.ZipFile(wheel) as archive:
            outside = [file for file in archive.namelist() if not re.match(rf"tinytorch/(course/)?{name}/", file)]
        assert all(".dist-info/" in file for file in outside), outside
        assert any(file.endswith(".dist-info/licenses/LICENSE") for file in outside), outside


def test_the_installed_wheels_are_those_of_this_tree() -> None:
    # This session's own environment: every file of every installed package is the file of the source tree, to the byte.
    for file in sorted(ROOT.glob("packages/*/pyproject.toml")):
        pyproject = tomllib.loads(file.read_text("utf-8"))
        name = pyproject["project"]["name"]
        installed = {
            str(path): path.read_binary()
            for path in importlib.metadata.files(name) or []
            if re.match(r"tinytorch/", str(path)) and path.suffix != ".pyc"
        }
        source = file.parent / "src"
        ours = {
            path.relative_to(source).as_posix(): path.read_bytes()
            for path in source.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        # What stands elsewhere in the repository and is copied into the wheel.
        wheel = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
        for origin, place in wheel.get("force-include", {}).items():
            folder = (file.parent / origin).resolve()
            ours |= {
                f"{place}/{path.relative_to(folder).as_posix()}": path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file() and path.suffix != ".pyc"
            }
        assert installed.keys() == ours.keys(), name
        assert [path for path in ours if installed[path] != ours[path]] == [], name
