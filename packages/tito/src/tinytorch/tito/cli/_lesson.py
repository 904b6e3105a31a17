"""Where a module's lesson stands, and how a learner is told that there is one."""

from __future__ import annotations

from pathlib import Path

from tinytorch.tito.exercises import course_file


def lesson_file(module: str) -> Path | None:
    """Return a module's lesson, if one is installed."""
    return course_file(module, "lesson.md")


def lesson_line(module: str, function: str = "") -> str:
    """Return the command that shows a module's lesson, with its part about a function; nothing where there is none."""
    file = lesson_file(module)
    if file is None:
        return ""
    part = f", under {function}" if function and f"\n### `{function}`\n" in file.read_text("utf-8") else ""
    return f"Lesson: tito show {module} --lesson{part}"
