"""The bridge lessons: an hour on the modules below a tier, for somebody who begins there."""

from __future__ import annotations

from pathlib import Path

from tinytorch.tito.origin import shipped
from tinytorch.tito.workspace import TIERS, Settings

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
    """Return the page that ``bridge`` or the name of a tier means; None for what is neither, or has no page."""
    word = target.lower()
    if word == BRIDGE:
        pages = [bridge_file(tier) for tier in bridges(settings) or TIERS]
        return next((page for page in pages if page is not None), None)
    return bridge_file(word) if word in TIERS else None
