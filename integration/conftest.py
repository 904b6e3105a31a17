"""What several of these tests need: a copy of the tree as it is now, and environments to install it into."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command and return what it printed; a failure shows both streams."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


def copy_tree(target: Path) -> Path:
    """Copy what git would carry, changes not yet committed included, into a repository of its own."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@localhost")
    run("git", "init", "--quiet", cwd=target)
    run("git", "add", "--all", cwd=target)
    run("git", *identity, "commit", "--quiet", "--message=Copy", cwd=target)
    return target


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean git repository with the tree as it is now; not to be changed."""
    return copy_tree(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def own_checkout(tmp_path: Path) -> Path:
    """A clean git repository with the tree as it is now, which a test may change."""
    return copy_tree(tmp_path / "checkout")


class Environment:
    """A virtual environment of its own."""

    def __init__(self, folder: Path) -> None:
        run(sys.executable, "-m", "virtualenv", "--quiet", folder)
        self.python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    def pip(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """Run pip in it."""
        return run(self.python, "-m", "pip", "--disable-pip-version-check", *arguments, cwd=cwd)

    def run(self, code: str) -> str:
        """Run Python code in it, away from any source tree."""
        return run(self.python, "-I", "-W", "error", "-c", code)

    def distributions(self) -> set[str]:
        """Return the names of the distributions in it, pip itself left out."""
        names = self.run("import importlib.metadata as m; print(*{d.name for d in m.distributions()})")
        return set(names.split()) - {"pip", "setuptools", "wheel"}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Callable[[], Environment]]:
    """Make fresh environments, removed afterwards."""
    made: list[Path] = []

    def make() -> Environment:
        made.append(tmp_path / f"environment{len(made)}")
        return Environment(made[-1])

    yield make
    for folder in made:
        shutil.rmtree(folder)
