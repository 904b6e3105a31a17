"""Sessions: one per package and tier, and one for each thing that spans packages.

`nox` alone runs what a pull request needs. `nox -s "test(tensor)"` tests one package, `nox -t foundation` a tier,
`nox -l` lists the rest. What is tested is always the wheel just built, never the source tree.
"""

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import nox
from nox.project import dependency_groups, load_toml

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
FRESH = DIST / "constraints.txt"
PINS = ROOT / "constraints.txt"
TORCH = "torch==2.13.0"
PARALLEL = ["-n", "2", "--dist=worksteal"]
# The tests' matrices are small: a second thread of BLAS would wait for the first one, and spin.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1")}

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "test", "integration-fast"]
nox.options.error_on_missing_interpreters = True
# A session starts hundreds of Pythons in an environment of its own: each of them would compile NumPy and pytest anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Of a wheel, what is imported is compiled then, once; all of NumPy and its tests takes longer than installing it.
# (`PIP_NO_COMPILE=1` means the opposite of what it says: pip reads it as the value of `--compile`.)
os.environ["PIP_COMPILE"] = "0"

PACKAGES: dict[str, dict[str, Any]] = {
    file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in sorted(ROOT.glob("packages/*/pyproject.toml"))
}
MILESTONES = sorted(path.parent for path in ROOT.glob("milestones/*/run.py"))

# Hatchling builds a wheel in about 0.1 s when nobody asks for an isolated environment for each.
BUILD = """
import sys
from hatchling.builders.wheel import WheelBuilder
for package in sys.argv[2:]:
    for wheel in WheelBuilder(package).build(directory=sys.argv[1], versions=["standard"]):
        print(wheel)
"""


def group(name: str, package: str = "") -> list[str]:
    """Return the requirements of a dependency group of the workspace or of one package."""
    folder = ROOT / "packages" / package if package else ROOT
    return list(dependency_groups(load_toml(folder / "pyproject.toml"), name))


def install(session: nox.Session, *requirements: str, pinned: bool = True) -> None:
    """Install `requirements`; ours come from the wheels just built, tools as pinned.

    The addresses in `dist/constraints.txt` name files. Neither `--find-links` nor a version can do this: installers
    keep what they have of the same version, and the tests pass on code that is no longer there.
    """
    pins = ["-c", str(PINS)] if pinned else []
    fresh = ["-c", str(FRESH)] if FRESH.exists() else []
    session.install(*pins, *fresh, *requirements)


def forget_ours(session: nox.Session) -> None:
    """Remove our packages from an environment that is used again: installers keep a wheel of the same version."""
    if not any(Path(session.bin).parent.rglob("tinytorch_*.dist-info")):
        return  # it is new
    pip = (
        ["uv", "pip", "uninstall", "-q"]
        if session.venv_backend == "uv"
        else ["python", "-m", "pip", "uninstall", "-qqy"]
    )
    session.run_install(*pip, *(f"tinytorch-{name}" for name in PACKAGES))


def everything(extras: bool = True) -> list[str]:
    """Return a requirement for each package, with all its extras but `course`."""
    requirements = []
    for name, pyproject in PACKAGES.items():
        optional = sorted(set(pyproject["project"].get("optional-dependencies", {})) - {"course"})
        requirements.append(f"tinytorch-{name}[{','.join(optional)}]" if extras and optional else f"tinytorch-{name}")
    return requirements


def whole(session: nox.Session, *more: str, pinned: bool = True) -> None:
    """Prepare an environment with all packages, the tests' groups and `more`."""
    forget_ours(session)
    groups = {requirement for name in PACKAGES for requirement in group("test", name)}
    install(session, *everything(), *sorted(groups), *group("integration"), *more, pinned=pinned)


def doctests(session: nox.Session, name: str) -> list[str]:
    """Return the installed folders of a package: docstrings' examples run on the wheel."""
    code = f"import tinytorch.{name} as m; print(*m.__path__)"
    output = session.run("python", "-Ic", code, silent=True)
    return ["--doctest-modules", *str(output).split()]


def tests(session: nox.Session, name: str) -> str:
    """Return the folder of a package's tests; one without tests is not tested, which is an error."""
    folder = Path("packages") / name / "tests"
    if not any((ROOT / folder).rglob("test_*.py")):
        session.error(f"{folder} has no test_*.py")
    return str(folder)


@nox.session(reuse_venv=True)
def wheels(session: nox.Session) -> None:
    """Build every package's wheel into dist/."""
    session.install("-c", str(PINS), "hatchling")
    shutil.rmtree(DIST, ignore_errors=True)
    folders = [f"packages/{name}" for name in PACKAGES]
    session.run_install("python", "-c", BUILD, str(DIST), *folders, silent=True)  # also with --install-only
    built = {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in sorted(DIST.glob("*.whl"))}
    FRESH.write_text("".join(f"{name} @ {wheel.as_uri()}\n" for name, wheel in built.items()), "utf-8")
    size = sum(wheel.stat().st_size for wheel in built.values())
    session.log(f"{len(built)} wheels, {size / 1000:.0f} kB")


@nox.session(requires=["wheels"])
@nox.parametrize(
    "name",
    [nox.param(name, id=name, tags=pyproject["tool"]["tinytorch"]["tiers"]) for name, pyproject in PACKAGES.items()],
)
def test(session: nox.Session, name: str) -> None:
    """Try one package's bare wheel, then run its tests."""
    forget_ours(session)
    install(session, f"tinytorch-{name}")
    session.run("python", "-I", "integration/bare_wheel.py", name)
    optional = sorted(PACKAGES[name]["project"].get("optional-dependencies", {}))
    extras = [f"tinytorch-{name}[{','.join(optional)}]"] if optional else []
    install(session, *extras, *group("test", name))
    # Where the tests wait for processes of their own, two of them run at a time.
    parallel = PARALLEL if any("xdist" in one for one in group("test", name)) else []
    folders = (tests(session, name), *doctests(session, name))
    session.run("pytest", "-q", *parallel, *folders, *session.posargs, env=ONE_THREAD)


@nox.session(requires=["wheels"])
def latest(session: nox.Session) -> None:
    """Run every package's tests with the newest version of everything, without the pins."""
    whole(session, pinned=False)
    for name in PACKAGES:
        session.run("pytest", "-q", tests(session, name), *doctests(session, name), *session.posargs)
    session.run("pytest", "-q", "integration", "-m", "not slow", *session.posargs)


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install("-c", str(PINS), "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", "--quiet", ".")


@nox.session(reuse_venv=True)
def types(session: nox.Session) -> None:
    """Check the types of the whole tree, strictly."""
    needs = {"mypy", "hatchling", *group("integration")}
    for name, pyproject in PACKAGES.items():
        needs.update(pyproject["project"].get("dependencies", []), group("test", name))
        needs.update(*pyproject["project"].get("optional-dependencies", {}).values())
    session.install("-c", str(PINS), *sorted(need for need in needs if not need.startswith("tinytorch")))
    trees = [tree for tree in ("packages", "integration", "noxfile.py", "hatch_build.py") if (ROOT / tree).exists()]
    session.run("mypy", "--num-workers=2", *trees)
    # A milestone's folder begins with a year and so is no package; each is checked as the script it is.
    for milestone in MILESTONES:
        session.run("mypy", str(milestone.relative_to(ROOT)))


@nox.session(requires=["wheels"])
def integration(session: nox.Session) -> None:
    """Run what composes packages, real installs included."""
    whole(session)
    session.run("pytest", "-q", "integration", *session.posargs)


@nox.session(name="integration-fast", requires=["wheels"])
def integration_fast(session: nox.Session) -> None:
    """Run what composes packages and takes no installs and no training."""
    whole(session)
    session.run("pytest", "-q", "integration", "-m", "not slow", *session.posargs)


@nox.session(requires=["wheels"])
def parity(session: nox.Session) -> None:
    """Compare every operation with PyTorch."""
    whole(session)
    install(session, TORCH)
    session.run("pytest", "-q", "integration/parity", "integration/own_operation", *session.posargs)


@nox.session(requires=["wheels"])
def benchmark(session: nox.Session) -> None:
    """Measure training steps, memory and loading beside PyTorch; wants a quiet machine."""
    whole(session)
    install(session, TORCH, *group("benchmark"))
    for script in sorted(ROOT.glob("integration/benchmarks/[!_]*.py")):
        session.run("python", str(script.relative_to(ROOT)), *session.posargs)


@nox.session(requires=["wheels"])
def mistakes(session: nox.Session) -> None:
    """Seed learners' mistakes into the packages: tests catch them, and so do the checks that learners are given."""
    whole(session)
    # The one file that seeds into packages and the one that seeds into modules stay whole: each keeps what it has made.
    files = ("-n", "2", "--dist=loadscope", "integration/mistakes", "integration/kill_matrix")
    session.run("pytest", "-q", *files, *session.posargs, env=ONE_THREAD)


@nox.session(requires=["wheels"])
def variants(session: nox.Session) -> None:
    """Let other correct implementations of the exercises pass every check, with a thousand seeds."""
    whole(session)
    session.run("pytest", "-q", *PARALLEL, "integration/variants", *session.posargs, env=ONE_THREAD)


@nox.session(requires=["wheels"])
def mutants(session: nox.Session) -> None:
    """Mutate what learners write, 150 times a module, and list what the checks do not notice; takes a while."""
    whole(session)
    session.run("python", "-m", "integration.kill_matrix.mutants", *session.posargs)


@nox.session(requires=["wheels"])
def milestones(session: nox.Session) -> None:
    """Run each milestone once, shortly, on real data where TINYTORCH_DATA names a folder of it."""
    whole(session)
    session.run("pytest", "-q", "integration/milestones", *session.posargs)


@nox.session(requires=["wheels"])
def docs(session: nox.Session) -> None:
    """Run the lessons and write them, with what they printed and drew, as pages into build/lessons."""
    whole(session)
    session.run("python", "docs/lessons.py", *session.posargs)
