"""What the tests share: the source files of this repository's modules."""

from pathlib import Path

import pytest

PACKAGES = Path(__file__).resolve().parents[2]


def module_files() -> list[Path]:
    """Return every source file of every package."""
    return sorted(PACKAGES.glob("*/src/tinytorch/**/*.py"))


@pytest.fixture(params=module_files(), ids=lambda file: file.relative_to(file.parents[1]).as_posix())
def module_file(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


@pytest.fixture(
    params=sorted(PACKAGES.glob("*/src/tinytorch/course/*/exercises.toml")), ids=lambda file: file.parent.name
)
def exercises_file(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file
