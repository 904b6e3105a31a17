"""Run the lessons and the bridges, and write them as pages with what their cells printed and drew just now.

    python docs/lessons.py [OUT] [MODULE ...]

OUT is `build/lessons` unless given; without modules every lesson is run. The pages need no network and no scripts. A
`text measured` block shows what was measured in this run; the exit status is 1 if a cell failed.
"""

import html
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
TEXTS = {"kill-matrix": "The kill matrix", "results": "Results"}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<nav aria-label="Lessons">{nav}</nav>
<main>
{body}
</main>
<nav aria-label="Lessons">{nav}</nav>
<footer>{footer}</footer>
</body>
</html>
"""


@dataclass
class Lesson:
    """A text with cells, and where it goes.

    Attributes
    ----------
    name : str
        Of its page and of the folder of its figures.
    file : Path
    number : int
        Of the module; 0 for a bridge.
    hours : float
        That building the module takes; 0 for a bridge.
    cells : dict
        What `integration.lessons.cells` says of each cell, by the line of its code.
    """

    name: str
    file: Path
    number: int = 0
    hours: float = 0
    cells: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What the file says."""
        return self.file.read_text("utf-8")

    @property
    def title(self) -> str:
        """Its first heading."""
        return self.text.partition("\n")[0].removeprefix("# ")

    @property
    def question(self) -> str:
        """The question that a bridge asks for the module, or else the last one under the heading Question."""
        for bridge in sorted(DOCS.glob("bridges/*.md")):
            section = re.search(
                rf"^## {self.number:02d} .*?(?=^## |\Z)", bridge.read_text("utf-8"), re.MULTILINE | re.DOTALL
            )
            asked = re.search(r"^\*([^*]+\?)\*", section[0], re.MULTILINE) if section else None
            if asked:
                return " ".join(asked[1].split())
        beat = re.sub(r"^```.*?^```$", "", self.text.partition("## Build")[0], flags=re.MULTILINE | re.DOTALL)
        sentences: list[str] = re.findall(r"[A-Z][^.?]*\?", " ".join(beat.split()))
        return sentences[-1] if sentences else ""


def lessons() -> list[Lesson]:
    """Return the lessons in the order of the course, then the bridges."""
    found = []
    for file in ROOT.glob("packages/*/src/tinytorch/course/*/lesson.md"):
        name = file.parent.name
        package = tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text("utf-8"))
        hours = tomllib.loads(file.with_name("exercises.toml").read_text("utf-8"))["hours"]
        found.append(Lesson(name, file, int(package["tool"]["tinytorch"]["chapter"]), hours))
    found.sort(key=lambda lesson: lesson.number)
    return found + [Lesson(f"bridge-{file.stem}", file) for file in sorted(DOCS.glob("bridges/*.md"))]


def run(lesson: Lesson, out: Path) -> None:
    """Run the cells of a lesson in a process of their own; the figures are written below `out`."""
    figures = out / "figures" / lesson.name
    figures.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "integration.lessons.cells", str(lesson.file), str(figures)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=600)  # noqa: S603
    lesson.cells = {cell["line"]: cell for cell in json.loads(done.stdout)}


def code(source: str) -> str:
    """Return Python code as HTML, coloured."""
    return f'<pre class="code"><code>{highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))}</code></pre>\n'


def result(cell: dict[str, Any]) -> str:
    """Return what a cell printed, or how it failed, as HTML."""
    parts = []
    if cell["printed"]:
        kind = "printed measured" if cell["measured"] else "printed"
        parts.append(f'<pre class="{kind}"><code>{html.escape(cell["printed"])}</code></pre>\n')
    if cell["error"]:
        parts.append(f'<pre class="printed failed"><code>{html.escape(cell["error"])}</code></pre>\n')
    return "".join(parts)


def folded(content: str, cell: dict[str, Any]) -> str:
    """Return a result folded away if the lesson asks its reader to guess it first; one that failed stays open."""
    if not content or not cell["asked"] or cell["error"]:
        return content
    return f"<details>\n<summary>Result</summary>\n{content}</details>\n"


def plain(inline: Token) -> str:
    """Return the words of a paragraph without their markup."""
    said = [part for part in inline.children or () if part.type != "html_inline"]
    return "".join(" " if part.type == "softbreak" else part.content for part in said)


def picture(lesson: Lesson, cell: dict[str, Any], words: str) -> str:
    """Return the figure of a cell as HTML; `words` are read to whoever does not see it."""
    if not cell["figure"]:
        return ""
    source = f"figures/{lesson.name}/{cell['figure']}"
    return f'<figure><img src="{source}" alt="{html.escape(words)}"></figure>\n'


def body(text: str, lesson: Lesson | None = None) -> str:
    """Return a text as HTML; of a lesson, with what its cells printed and drew in this run.

    What a cell printed stands where the text shows it, and right below the code where the text shows nothing. What is
    to be guessed first is folded, with its figure.
    """
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(text)
    cells = lesson.cells if lesson else {}
    parts: list[str] = []
    words = ""
    last: dict[str, Any] | None = None  # the cell whose result is shown further down
    drawn = True
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        if token.type == "inline" and before and before.type == "paragraph_open":
            words = plain(token)
        if token.type == "heading_open":
            token.attrSet("id", re.sub(r"[^\w]+", "-", plain(tokens[place + 1]).lower()).strip("-"))
        if token.type == "table_open":
            parts.append('<div class="wide">')
        kind = token.info.strip() if token.type == "fence" else ""
        cell = cells.get(token.map[0] + 2) if kind == "python" and token.map else None
        if lesson and cell:
            parts.append(code(token.content))
            last = cell if cell["shown"] is not None else None
            follows = tokens[place + 1] if place + 1 < len(tokens) else None
            drawn = last is None or follows is None or not follows.info.startswith("text")
            below = result(cell) if last is None else ""
            parts.append(folded(below + (picture(lesson, cell, words) if drawn else ""), cell))
        elif lesson and last is not None and kind.startswith("text"):
            parts.append(folded(result(last) + ("" if drawn else picture(lesson, last, words)), last))
            last = None
        elif kind == "python":
            parts.append(code(token.content))
        else:
            for inline in token.children or ():
                # A shape is not to be broken at its commas; what is longer has to break on a small screen.
                if inline.type == "code_inline" and len(inline.content) <= 24:
                    inline.attrSet("class", "short")
            parts.append(markdown.renderer.render([token], markdown.options, {}))
        if token.type == "table_close":
            parts.append("</div>")
    return "".join(parts)


def write(out: Path, name: str, title: str, content: str, links: list[tuple[str, str]]) -> None:
    """Write one page; `links` are names of pages and what is written for them."""
    nav = " ".join(f'<a href="{page}.html">{html.escape(words)}</a>' for page, words in links)
    parts = re.findall(r'<h2 id="([^"]+)">\s*([^:<]+)', content)
    if len(parts) > 1:
        below = " ".join(f'<a href="#{id}">{words}</a>' for id, words in parts)
        content = content.replace("</h1>", f'</h1>\n<nav aria-label="This page">{below}</nav>', 1)
    footer = (
        f"Written {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, OPENBLAS_NUM_THREADS={os.environ['OPENBLAS_NUM_THREADS']}, "
        f"Python {platform.python_version()}. Results with an orange edge were measured then."
    )
    page = PAGE.format(title=html.escape(title), nav=nav, body=content, footer=footer)
    (out / f"{name}.html").write_text(page, "utf-8")


def index(chosen: list[Lesson]) -> str:
    """Return the table of lessons as HTML."""
    rows = "".join(
        f'<tr><td><a href="{one.name}.html">{one.number:02d} {one.name}</a></td><td>{one.hours:g}</td>'
        f"<td>{MarkdownIt().renderInline(one.question)}</td></tr>\n"
        for one in chosen
        if one.number
    )
    total = sum(one.hours for one in chosen)
    bridges = "".join(
        f'<li><a href="{one.name}.html">{html.escape(one.title)}</a>: read instead of built</li>\n'
        for one in chosen
        if not one.number
    )
    texts = "".join(f'<li><a href="{name}.html">{title}</a></li>\n' for name, title in TEXTS.items())
    about = (
        "Each goes with a module of the framework whose functions you write yourself: <code>tito init learn</code>, "
        "and from there <code>tito</code> says what to do next. What stands below a cell is what it printed and drew "
        "when these pages were written. Where a lesson asks for a number first, the result is folded: write yours "
        "down, then open it. The hours are for building the module."
    )
    return (
        f'<h1>TinyTorch: the lessons</h1>\n<p>{about}</p>\n<div class="wide"><table><thead><tr>'
        f"<th>module</th><th>hours</th><th>question</th></tr></thead>\n<tbody>{rows}<tr><td></td><td>{total:g}</td><td></td></tr></tbody></table></div>\n"
        f"<ul>{bridges}{texts}</ul>"
    )


def style() -> str:
    """Return the stylesheet, with the colours of code by day and by night."""
    day, night = (HtmlFormatter(style=name).get_style_defs("pre.code") for name in ("xcode", "github-dark"))
    plain_background = "pre.code { background: var(--box); color: var(--ink); }\n"
    return (
        f"{day}\n@media (prefers-color-scheme: dark) {{\n{night}\n}}\n"
        f"{(DOCS / 'lessons.css').read_text('utf-8')}{plain_background}"
    )


def main(arguments: list[str]) -> int:
    """Write the pages; return how the process ends."""
    out = Path(arguments[0] if arguments else ROOT / "build" / "lessons").resolve()
    every = lessons()
    unknown = sorted(set(arguments[1:]) - {one.name for one in every})
    if unknown:
        sys.exit(f"No lesson is named {', '.join(unknown)}; there are {', '.join(one.name for one in every)}.")
    chosen = [one for one in every if not arguments[1:] or one.name in arguments[1:]]
    # As in the tests of the lessons: one thread, so that a number is of one core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for place, one in enumerate(chosen):
        run(one, out)
        links = [("index", "all lessons")]
        links += [(other.name, f"previous: {other.title}") for other in chosen[max(place - 1, 0) : place]]
        links += [(other.name, f"next: {other.title}") for other in chosen[place + 1 : place + 2]]
        write(out, one.name, one.title, body(one.text, one), links)
        wrong = [cell for cell in one.cells.values() if cell["error"]]
        failed += len(wrong)
        sys.stdout.write(f"{one.name}: {len(one.cells)} cells\n")
        for cell in wrong:
            sys.stderr.write(f"{one.file.relative_to(ROOT)}:{cell['line']}: {cell['error']}\n")
    for name, title in TEXTS.items():
        write(out, name, title, body((DOCS / f"{name}.md").read_text("utf-8")), [("index", "all lessons")])
    shutil.copytree(DOCS / "results", out / "results", dirs_exist_ok=True)
    write(
        out, "index", "TinyTorch: the lessons", index(chosen), [(one.name, f"begin: {one.title}") for one in chosen[:1]]
    )
    (out / "style.css").write_text(style(), "utf-8")
    sys.stdout.write(f"{out / 'index.html'}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
