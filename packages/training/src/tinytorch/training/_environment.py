"""Where a number was measured: command, commit, machine, BLAS, versions."""

import contextlib
import importlib
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np


def command() -> str:
    """Return the command that started this process, as it could be typed."""
    program, *arguments = sys.orig_argv
    return shlex.join([Path(program).name, *arguments])


def script_folder() -> Path | None:
    """Return the folder of the script that runs; None in an interactive session."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(script).resolve().parent if script is not None else None


def commit(folder: Path | None) -> str:
    """Return the commit of the git checkout around `folder` (None: the working folder).

    With a plus sign when tracked files differ from it; empty without git or outside a checkout.
    """
    try:
        head = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{head}+" if changed else head


def _git(folder: Path | None, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  (fixed commands)
        ["git", *arguments],  # noqa: S607  (whichever git the user has)
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    """Return processor, cores this process may use, memory in bytes (0: unknown) and operating system."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "processor": _processor(),
        "cores": len(affinity(0)) if affinity is not None else os.cpu_count() or 0,
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    if sys.platform == "darwin":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            brand = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(brand, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    return platform.processor() or platform.machine()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def blas() -> dict[str, Any]:
    """Return the library behind matrix products, the kernel it has chosen, and the variables that steer it.

    threadpoolctl, where it is installed, asks the loaded library; otherwise NumPy's build configuration is what is
    known, which says nothing about the kernel in use.
    """
    variables = {
        name: value for name, value in sorted(os.environ.items()) if name.startswith(("OPENBLAS_", "OMP_", "MKL_"))
    }
    try:
        threadpoolctl = importlib.import_module("threadpoolctl")
    except ImportError:
        built: Any = np.show_config(mode="dicts")
        library = built.get("Build Dependencies", {}).get("blas", {})
        return {
            "library": library.get("name", "unknown"),
            "version": library.get("version", "unknown"),
            "kernel": "not asked: threadpoolctl is not installed",
            "threads": 0,
            "variables": variables,
        }
    np.matmul(np.ones((2, 2)), np.ones((2, 2)))  # some libraries choose their kernel at the first product
    pools = [pool for pool in threadpoolctl.threadpool_info() if pool.get("user_api") == "blas"]
    pool = pools[0] if pools else {}
    return {
        "library": pool.get("internal_api", "unknown"),
        "version": pool.get("version") or "unknown",
        "kernel": pool.get("architecture") or "unknown",
        "threads": pool.get("num_threads", 0),
        "variables": variables,
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, NumPy and every installed package of ours."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for distribution in importlib.metadata.distributions():
        name = str(distribution.metadata["Name"])
        if name.startswith("tinytorch-"):
            found[name] = distribution.version
    return dict(sorted(found.items()))
