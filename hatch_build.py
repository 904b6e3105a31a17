"""The workspace's extras, computed from the packages.

One extra per package, one per tier and `all`. Each lists its packages as `name @ file://…` requirements together with
everything of ours that they need, because pip finds a sibling only where a requirement says so.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

OURS = re.compile(r"tinytorch-([a-z0-9]+)(?:\[([a-z0-9,]+)\])?")


def read_packages(root: Path) -> dict[str, dict[str, Any]]:
    """Return the parsed pyproject.toml of every package by its folder's name."""
    files = sorted(root.glob("packages/*/pyproject.toml"))
    return {file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in files}


def siblings(pyproject: dict[str, Any]) -> list[str]:
    """Return the names of our packages among the dependencies of one."""
    found = (OURS.match(requirement) for requirement in pyproject["project"].get("dependencies", []))
    return [match[1] for match in found if match]


def closure(names: list[str], packages: dict[str, dict[str, Any]]) -> list[str]:
    """Return `names` and all that they need of ours, sorted."""
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += siblings(packages[name])
    return sorted(needed)


def extras(root: Path) -> dict[str, list[str]]:
    """Return the requirements of each extra of the workspace."""
    packages = read_packages(root)
    chosen = {name: [name] for name in packages}
    chosen["all"] = list(packages)
    for name, pyproject in packages.items():
        for tier in pyproject["tool"]["tinytorch"]["tiers"]:
            chosen.setdefault(tier, []).append(name)
    return {
        extra: [f"tinytorch-{name} @ {(root / 'packages' / name).as_uri()}" for name in closure(names, packages)]
        for extra, names in chosen.items()
    }


class WorkspaceMetadataHook(MetadataHookInterface):
    """Give the workspace's metadata its extras."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `optional-dependencies`."""
        metadata["optional-dependencies"] = extras(Path(self.root))
