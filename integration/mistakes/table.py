"""Writes the mistakes as a table in Markdown: ``python -m integration.mistakes.table``."""

from __future__ import annotations

from integration.mistakes.catalogue import EXCEPTIONS, MISTAKES


def table() -> str:
    """Return the table: each mistake, where it was seeded, and the tests that notice."""
    lines = ["| entry | mistake | seeded in | caught by |", "| --- | --- | --- | --- |"]
    for mistake in MISTAKES:
        tests = ", ".join(f"`{name.split('::')[1]}`" for name in mistake.caught_by)
        lines.append(f"| {mistake.entry} | {mistake.what} | `{mistake.file}` | {tests} |")
    lines += ["", "| entry | why it is not seeded |", "| --- | --- |"]
    lines += [f"| {entry} | {reason} |" for entry, reason in EXCEPTIONS.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
