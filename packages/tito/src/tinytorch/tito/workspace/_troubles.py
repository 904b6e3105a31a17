"""States in which a workspace does not work as it should: how each is recognised, and the one step that repairs it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tinytorch.tito._version import __version__
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import Workspace, find_pth, pth_file, write_pth
from tinytorch.tito.origin import install_line
from tinytorch.tito.workspace._chapters import BUILT, CHAPTERS
from tinytorch.tito.workspace._files import leftovers, sweep, write_file
from tinytorch.tito.workspace._history import History
from tinytorch.tito.workspace._lost import lost_functions
from tinytorch.tito.workspace._make import run_git
from tinytorch.tito.workspace._seen import ModuleFiles
from tinytorch.tito.workspace._state import FOLDER, State, settings_trouble
from tinytorch.tito.workspace._surroundings import Surroundings
from tinytorch.tito.workspace._templates import files
from tinytorch.tito.workspace._trouble import Trouble, repaired

LEAST = 50 << 20  # bytes that a run of checks, its copies and a report may need
OTHERS = {"numpy", "tinytorch"}  # names besides the standard library's that a file of a learner's must not take


def around(here: Surroundings, root: Path | None) -> Iterator[Trouble]:
    """Yield what is wrong with the Python that runs."""
    if here.python < (3, 11):
        version = ".".join(str(part) for part in here.python)
        yield Trouble("python", f"This is Python {version}; TinyTorch needs 3.11.", "install Python 3.11 or newer")
    if "numpy" not in here.versions:
        yield Trouble("numpy", "NumPy is not installed here.", f"{here.executable} -m pip install numpy")
    yield from _environments(here, root)
    yield from _versions(here)
    yield from _folders(here, root)
    yield from _line(here, root)
    if here.encoding.lower().replace("-", "") not in ("utf8", "utf8sig"):
        message = f"Output here is {here.encoding}, which lacks some characters; they come out as question marks."
        yield Trouble("encoding", message, "set PYTHONUTF8=1", serious=False)


def _environments(here: Surroundings, root: Path | None) -> Iterator[Trouble]:
    active = here.environment.get("VIRTUAL_ENV")
    wanted = Path(active) if active else root / ".venv" if root and (root / ".venv" / "pyvenv.cfg").exists() else None
    if wanted is not None and wanted.resolve() != Path(here.prefix).resolve():
        why = "is active" if active else "belongs to the workspace"
        python = wanted / ("Scripts/python.exe" if here.system == "Windows" else "bin/python")
        message = f"tito runs in {here.prefix}, while the environment {wanted} {why}."
        yield Trouble("environment", message, f"{python} -m tinytorch.tito doctor")


def _versions(here: Surroundings) -> Iterator[Trouble]:
    if "tinytorch" in here.versions:
        message = f"The distribution tinytorch {here.versions['tinytorch']} is somebody else's and takes our place."
        yield Trouble("foreign", message, f"{here.executable} -m pip uninstall tinytorch")
    ours = {name: version for name, version in here.versions.items() if name.startswith("tinytorch-")}
    series = ".".join(__version__.split(".")[:2])
    mixed = {name: version for name, version in ours.items() if ".".join(version.split(".")[:2]) != series}
    if mixed:
        listed = ", ".join(f"{name} {version}" for name, version in mixed.items())
        message = f"tinytorch-tito is {__version__}, and these are of another series: {listed}."
        extras = [name.removeprefix("tinytorch-") for name in mixed if name != "tinytorch-workspace"]
        line = install_line(*extras, "tito", python=here.executable, known=here.source, upgrade=True)
        yield Trouble("versions", message, line)


def _folders(here: Surroundings, root: Path | None) -> Iterator[Trouble]:
    own = root / "src" / "tinytorch" if root else None
    others = [folder for folder in dict.fromkeys(here.folders) if folder != own]
    installed = False
    for chapter in CHAPTERS:
        homes = [folder for folder in others if (folder / chapter.name / "__init__.py").is_file()]
        installed |= bool(homes)
        if len(homes) > 1:
            message = (
                f"{chapter.name} is installed twice: Python takes {homes[0] / chapter.name}, "
                f"and {homes[1] / chapter.name} is stale or of another install."
            )
            name = f"tinytorch-{chapter.name}"
            yield Trouble("twice", message, f"{here.executable} -m pip uninstall {name}, then install it once")
    if not installed:
        message = "No module of TinyTorch is installed here."
        yield Trouble("modules", message, install_line("foundation", python=here.executable, known=here.source))
    for entry in here.environment.get("PYTHONPATH", "").split(";" if here.system == "Windows" else ":"):
        inside = Path(entry) / "tinytorch"
        if entry and inside.is_dir() and inside != own:
            message = f"PYTHONPATH puts {inside} in front of what is installed."
            yield Trouble("pythonpath", message, "unset PYTHONPATH", inside)


def _line(here: Surroundings, root: Path | None) -> Iterator[Trouble]:
    named = find_pth(here.packages)
    if named is None or (named / FOLDER).is_dir():
        return
    message = f"The line for editors and notebooks names {named}, where no workspace is any more."
    if root is None:
        yield Trouble("line", message, "tito doctor --no-editors", pth_file(here.packages))
    else:
        repair = _write_line(root, here.packages)
        yield Trouble("line", message, repaired("line"), pth_file(here.packages), repair)


def _write_line(root: Path, packages: Path) -> Callable[[], str]:
    return lambda: f"{write_pth(root, packages)} names {root}"


def inside(here: Surroundings, root: Path) -> Iterator[Trouble]:
    """Yield what is wrong in a workspace."""
    place = Workspace(root)
    for stray in place.strays():
        message = f"{stray.relative_to(root)} hides every installed module; the namespace has no such file."
        repair = _aside(root, stray, stray.with_name(stray.name + ".txt"))
        yield Trouble("namespace", message, repaired("namespace"), stray, repair)
    yield from _missing(here, place)
    for file in _shadows(root):
        target = file.with_name(f"my_{file.name}")
        message = f"{file.relative_to(root)} takes the place of the module {file.stem} for what runs beside it."
        yield Trouble("shadow", message, repaired("shadow"), file, _aside(root, file, target))
    for module in place.modules():
        broken = ModuleFiles(State(root), place, module).broken
        if broken is not None:
            file = Path(broken.error.filename or "")
            good = History(root).last_good(file)
            undo = f"tito undo {good.name}" if good else f"fix line {broken.error.lineno}"
            message = f"{file.name}, line {broken.error.lineno}, is not Python: {broken.error.msg}."
            yield Trouble("syntax", message, undo, file, broken=broken)
    yield from lost_functions(root)
    yield from _state(here, root)


def _missing(here: Surroundings, place: Workspace) -> Iterator[Trouble]:
    """Yield modules that are begun here and whose own package is not installed: nothing can be borrowed, or checked."""
    for module in place.modules():
        if module in BUILT and read_exercises(module) is None:
            message = f"{module} is begun here, and tinytorch-{module} is not installed: nothing of it can be checked."
            yield Trouble("missing", message, install_line(module, python=here.executable, known=here.source))


def _shadows(root: Path) -> Iterator[Path]:
    for folder in (root, root / "src", root / "tests"):
        for file in sorted(folder.glob("*.py")):
            if file.stem in sys.stdlib_module_names or file.stem in OTHERS:
                yield file


def _aside(root: Path, file: Path, target: Path) -> Callable[[], str]:
    """Return what renames a file, after a copy, to a name that is free."""

    def repair() -> str:
        free = target
        number = 2
        while free.exists():
            free = target.with_name(f"{target.stem}_{number}{target.suffix}")
            number += 1
        History(root).keep([file], "doctor")
        file.rename(free)
        return f"{file.relative_to(root)} is now {free.relative_to(root)}"

    return repair


def _state(here: Surroundings, root: Path) -> Iterator[Trouble]:
    folder = root / FOLDER
    if folder.exists() and not folder.is_dir():
        message = f"{FOLDER} is a file, and has to be a folder."
        yield Trouble("state", message, repaired("state"), folder, _renamed(folder))
        return
    for file in State(root).damaged():
        message = f"{file.relative_to(root)} is damaged; all it held can be worked out again."
        yield Trouble("state", message, repaired("state"), file, _forget(root, file))
    left = list(leftovers(root))
    if left:
        message = f"{len(left)} scratch file{'s' if len(left) > 1 else ''} of a command that was killed are left."
        yield Trouble("leftovers", message, repaired("leftovers"), left[0], _sweep(root), serious=False)
    pyproject = root / "pyproject.toml"
    if not pyproject.exists():
        message = "pyproject.toml is gone: ruff, mypy and pytest are not configured."
        yield Trouble("configuration", message, repaired("configuration"), pyproject, _configure(root))
    elif wrong := settings_trouble(root):
        yield Trouble("configuration", wrong, f"edit {pyproject.name}", pyproject)
    if here.free < LEAST:
        yield Trouble("disk", f"Only {here.free >> 20} MB are free on this disk.", "make room")
    try:
        write_file(root / FOLDER / "probe", b"", sync=False)
        (root / FOLDER / "probe").unlink()
    except OSError as error:
        ways = {
            errno.EROFS: f"copy {root} to a disk that can be written, and work there",
            errno.ENOSPC: f"make room on the disk of {root}",
        }
        step = ways.get(error.errno or 0, f"chmod -R u+w {root}")
        yield Trouble("read-only", f"{root / FOLDER} cannot be written to: {error.strerror}.", step)
    if not here.git:
        message = "git is not installed; tito keeps copies of its own, but no history of your work."
        yield Trouble("git", message, "install git", serious=False)
    elif run_git(root, "rev-parse", "--is-inside-work-tree") is None:
        yield Trouble("git", "The workspace is in no git repository.", "git init", serious=False)


def _renamed(folder: Path) -> Callable[[], str]:
    def repair() -> str:
        target = folder.with_name(f"{folder.name}.broken")
        folder.replace(target)
        folder.mkdir()
        return f"{folder.name} is a folder; what was there is {target.name}"

    return repair


def _forget(root: Path, file: Path) -> Callable[[], str]:
    def repair() -> str:
        if "history" in file.relative_to(root).parts:
            target = file.with_name(file.name + ".broken")
            file.replace(target)
            return f"{file.relative_to(root)} is set aside; the copies beside it stay"
        file.unlink(missing_ok=True)
        return f"{file.relative_to(root)} is forgotten; tito check works it out again"

    return repair


def _sweep(root: Path) -> Callable[[], str]:
    return lambda: f"removed {len(sweep(root))}"


def _configure(root: Path) -> Callable[[], str]:
    def repair() -> str:
        settings = State(root).settings()
        text = files(root.name, settings.path, settings.tier)["pyproject.toml"]
        write_file(root / "pyproject.toml", text.encode())
        return "pyproject.toml is as new"

    return repair


def troubles(here: Surroundings, root: Path | None) -> list[Trouble]:
    """Return all that is wrong, the serious first."""
    found = [*around(here, root), *(inside(here, root) if root else ())]
    return sorted(found, key=lambda one: not one.serious)
