"""The bridge lessons: an hour on the modules below a tier, for somebody who begins there."""

from __future__ import annotations

from pathlib import Path

from tinytorch.tito.cli._answer import CANNOT_RUN, Stop
from tinytorch.tito.loader import reference_folder
from tinytorch.tito.origin import shipped
from tinytorch.tito.workspace import CHAPTERS, TIERS, Settings

BRIDGE = "bridge"  # the word for the one on a learner's own way


def bridge_file(tier: str) -> Path | None:
    """Return the page about a tier, if there is one: a wheel's own copy, or that of the repository."""
    files = (folder / f"{tier}.md" for folder in shipped("bridges", "docs/bridges"))
    return next((file for file in files if file.is_file()), None)


def bridges(settings: Settings) -> list[str]:
    """Return the tiers below an explorer's own that have a page, lowest first; none on the other paths."""
    below = list(TIERS)[: list(TIERS).index(settings.tier)] if settings.path == "explorer" else []
    return [tier for tier in below if bridge_file(tier) is not None]


def bridge_line(settings: Settings) -> str:
    """Return where the bridge of an explorer stands, in a sentence; nothing where there is none to cross."""
    names = bridges(settings)
    return f"Before it, an hour on what lies below: {', '.join(f'tito show {name}' for name in names)}" if names else ""


def find_bridge(target: str, settings: Settings) -> Path | None:
    """Return the page that ``bridge`` or the name of a tier means; None for what is neither.

    Raises
    ------
    Stop
        If a tier is named that has no page and is no module either.
    """
    word = target.lower()
    if word == BRIDGE:
        pages = [bridge_file(tier) for tier in bridges(settings) or TIERS]
        return next((page for page in pages if page is not None), None)
    if word not in TIERS:
        return None
    page = bridge_file(word)
    if page is None and all(chapter.name != word for chapter in CHAPTERS):
        there = ", ".join(tier for tier in TIERS if bridge_file(tier) is not None) or "none"
        message = f"The tier {word} has no bridge lesson yet; those there are: {there}."
        raise Stop(CANNOT_RUN, "not-built", message, "tito map")
    return page


def where_to_read(page: Path) -> str:
    """Return where the files stand that a bridge names by their places in the repository."""
    repository = page.parents[2]
    if (repository / "packages").is_dir() and page.parent.parent.name == "docs":
        return f"The files that it names are in {repository}."
    code = reference_folder("tensor")
    if code is None:
        return ""
    return (
        f"What it calls packages/NAME/src/tinytorch/NAME is {code.parent / 'NAME'} here; SEAM.md is in the repository."
    )
