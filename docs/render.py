"""Write into the documents what commands know: the package graph, and figures quoted from records.

    python docs/render.py

A test renders again and compares, so what stands in the documents is what the packages and the records say.
"""

import re
import sys
import tomllib
from pathlib import Path

from tinytorch.training import read_records, render

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "milestones").rglob("*.md"))]


def package_graph(root: Path) -> str:
    """Return the package graph as Mermaid text: an arrow for each dependency that no longer path implies."""
    needs: dict[str, set[str]] = {}
    for file in sorted(root.glob("packages/*/pyproject.toml")):
        lines = tomllib.loads(file.read_text("utf-8"))["project"].get("dependencies", [])
        found = (re.match(r"tinytorch-([a-z0-9]+)", line) for line in lines)
        needs[file.parent.name] = {match[1] for match in found if match}

    def implied(name: str) -> set[str]:
        below: set[str] = set()
        for need in needs[name]:
            below |= needs[need] | implied(need)
        return below

    arrows = [f"    {name} --> {need}" for name in sorted(needs) for need in sorted(needs[name] - implied(name))]
    alone = [f"    {name}" for name in sorted(needs) if not any(name in arrow.split() for arrow in arrows)]
    return "\n".join(["```mermaid", "graph BT", *arrows, *alone, "```"])


def rendered(document: Path) -> str:
    """Return a document with everything between markers written anew."""
    text = document.read_text("utf-8")
    start, stop = "<!-- packages -->\n", "\n<!-- /packages -->"
    if start in text:
        before, _, rest = text.partition(start)
        text = before + start + package_graph(ROOT) + stop + rest.partition(stop.strip())[2]
    return render(text, read_records(ROOT / "docs" / "results"))


def main() -> None:
    """Write every document that has changed, and name it."""
    for document in DOCUMENTS:
        text = rendered(document)
        if text != document.read_text("utf-8"):
            document.write_text(text, "utf-8")
            sys.stdout.write(f"{document.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
