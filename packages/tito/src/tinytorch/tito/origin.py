"""Where TinyTorch was installed from, and the line that installs more of it from there.

No index has these packages: people name an address, which pip writes down beside what it installed (PEP 610).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

WORKSPACE = "tinytorch_workspace"  # the distribution that has an extra for each package
OWN = "tinytorch_tito"
UNKNOWN = "git+URL"


def shipped(inside: str, beside: str) -> list[Path]:
    """Return where to look for what travels in our wheel: the folder `inside` it, then that of the repository."""
    here = Path(__file__).resolve().parent
    return [here / inside, *(root / beside for root in list(here.parents)[4:5])]


def source() -> str:
    """Return the address, as a requirement takes it, that the packages came from; nothing if pip did not note one."""
    for name, inside in ((WORKSPACE, ""), (OWN, "/packages/tito")):
        for entry in dict.fromkeys(sys.path):
            for folder in sorted(Path(entry or ".").glob(f"{name}-*.dist-info")):
                if found := address(folder / "direct_url.json", inside):
                    return found
    return ""


def address(file: Path, inside: str = "") -> str:
    """Return the address in a `direct_url.json`; of a folder `inside` the workspace, that of the workspace."""
    try:
        table = json.loads(file.read_text("utf-8"))
        url, vcs = str(table["url"]), table.get("vcs_info")
        if vcs is None:
            return url.removesuffix(inside) if url.endswith(inside) and "archive_info" not in table else ""
        revision = vcs.get("requested_revision")
        return f"{vcs['vcs']}+{url}" + (f"@{revision}" if revision else "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def install_line(*extras: str, python: str = "", known: str | None = None, upgrade: bool = False) -> str:
    """Return the line that installs packages of ours, from where the others came.

    Parameters
    ----------
    *extras : str
        Names of packages without their prefix, or other extras of the workspace.
    python : str, optional
        The interpreter to install for. Default: whichever `pip` belongs to.
    known : str, optional
        The address. Default: what `source` finds out.
    upgrade : bool, default False
    """
    found = source() if known is None else known
    pip = f"{python} -m pip install" if python else "pip install"
    words = f"{pip}{' --upgrade' if upgrade else ''} 'tinytorch-workspace[{','.join(extras)}] @ {found or UNKNOWN}'"
    return words if found else f"{words}, URL being where you have tito from"
