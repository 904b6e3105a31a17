"""The workspace's extras, computed from the packages.

One extra per package, one per tier and `all`, and those of the table `tool.tinytorch.extras`. Each lists its packages
as `name @ file://…` requirements together with everything of ours that they need, because pip finds a sibling only
where a requirement says so.
"""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

OURS = re.compile(r"tinytorch-([a-z0-9]+)")


def read_packages(root: Path) -> dict[str, dict[str, Any]]:
    """Return the parsed pyproject.toml of every package by its folder's name."""
    files = sorted(root.glob("packages/*/pyproject.toml"))
    return {file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in files}


def siblings(pyproject: dict[str, Any], optional: str) -> list[str]:
    """Return the names of our packages among the dependencies of one, those of its extras `optional` included."""
    project = pyproject["project"]
    lines = list(project.get("dependencies", []))
    for extra in optional.split(",") if optional else []:
        lines += project["optional-dependencies"][extra]
    found = (OURS.match(line) for line in lines)
    return [match[1] for match in found if match]


def closure(chosen: list[str], packages: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the chosen packages and all that they need of ours, each with the names of its chosen extras.

    An element of `chosen` is a package's name, with extras of that package in brackets if any: `training[figures]`.
    """
    optional = {name: extras.rstrip("]") for name, _, extras in (element.partition("[") for element in chosen)}
    waiting = list(optional)
    needed: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = optional.get(name, "")
            waiting += siblings(packages[name], needed[name])
    return dict(sorted(needed.items()))


def extras(root: Path) -> dict[str, list[str]]:
    """Return the requirements of each extra of the workspace."""
    packages = read_packages(root)
    chosen = {name: [name] for name in packages}
    chosen["all"] = list(packages)
    for name, pyproject in packages.items():
        for tier in pyproject["tool"]["tinytorch"]["tiers"]:
            chosen.setdefault(tier, []).append(name)
    workspace = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    for extra, elements in workspace["tool"]["tinytorch"]["extras"].items():
        chosen[extra] = [name for element in elements for name in chosen.get(element, [element])]
    address = commit_address(root)
    return {
        extra: [requirement(root, name, optional, address) for name, optional in closure(elements, packages).items()]
        for extra, elements in chosen.items()
    }


def commit_address(root: Path) -> str:
    """Return the git address of the commit that pip has cloned for one installation, or nothing.

    For a commit asked for by its hash pip keeps the workspace's wheel for the next time and removes the clone, so the
    wheel must not name files in it. A checkout is there to stay, and its files may have changed since the commit.
    """
    if not any(part.startswith("pip-") for part in root.parts) or not (root / ".git").exists():
        return ""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True).stdout

    return f"git+{git('config', 'remote.origin.url').strip()}@{git('rev-parse', 'HEAD').strip()}"


def requirement(root: Path, name: str, optional: str, address: str) -> str:
    """Return the requirement that installs a package from its folder, in the files at hand or in a commit."""
    suffix = f"[{optional}]" if optional else ""
    where = f"{address}#subdirectory=packages/{name}" if address else (root / "packages" / name).as_uri()
    return f"tinytorch-{name}{suffix} @ {where}"


class WorkspaceMetadataHook(MetadataHookInterface):
    """Give the workspace's metadata its extras."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `optional-dependencies`."""
        metadata["optional-dependencies"] = extras(Path(self.root))
