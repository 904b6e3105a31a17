"""What is around a workspace: the Python that runs, its packages, its paths. One object, which tests can invent."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tinytorch.tito.loader import namespace_path
from tinytorch.tito.origin import source

OURS = "tinytorch-"


@dataclass(frozen=True)
class Surroundings:
    """The Python that runs and what it finds.

    Attributes
    ----------
    python : tuple of int
        Its version.
    executable, prefix : str
    environment : mapping of str to str
    encoding : str
        Of standard output.
    folders : tuple of Path
        Where Python looks for modules of `tinytorch`, in order.
    versions : mapping of str to str
        Of the installed distributions of ours, of NumPy, and of one called ``tinytorch``.
    packages : Path
        The environment's ``site-packages``.
    git : bool
        Whether git is installed.
    free : int
        Bytes left on the disk.
    source : str
        The address that our packages were installed from; empty if it is not known.
    system : str
        ``Linux``, ``Darwin`` or ``Windows``.
    """

    python: tuple[int, ...]
    executable: str
    prefix: str
    environment: Mapping[str, str]
    encoding: str
    folders: tuple[Path, ...]
    versions: Mapping[str, str]
    packages: Path
    git: bool = True
    free: int = 1 << 40
    source: str = ""
    system: str = field(default_factory=platform.system)

    @classmethod
    def now(cls, root: Path | None = None) -> Surroundings:
        """Return what is around this process."""
        import sysconfig

        return cls(
            python=tuple(sys.version_info[:3]),
            executable=sys.executable,
            prefix=sys.prefix,
            environment=dict(os.environ),
            encoding=sys.stdout.encoding or "ascii",
            folders=tuple(Path(folder) for folder in namespace_path()),
            versions=_versions(),
            packages=Path(sysconfig.get_path("purelib")),
            git=shutil.which("git") is not None,
            free=shutil.disk_usage(root or Path.cwd()).free,
            source=source(),
        )


def _versions() -> dict[str, str]:
    """Return name and version of distributions by the names of their folders, without reading all that is installed."""
    found: dict[str, str] = {}
    for entry in dict.fromkeys(sys.path):
        folder = Path(entry or ".")
        for one in sorted(folder.glob("[nt]*.dist-info")) if folder.is_dir() else ():
            name, _, version = one.name.removesuffix(".dist-info").rpartition("-")
            name = name.lower().replace("_", "-")
            if name.startswith(OURS) or name in ("numpy", "tinytorch"):
                found.setdefault(name, version)
    return dict(sorted(found.items()))
