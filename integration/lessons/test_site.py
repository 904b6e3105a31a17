"""The site of the lessons: its pages hang together and show what was printed and drawn when they were written."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.lessons import cells

from .test_lessons import BEATS

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = {name: ROOT / f"packages/{name}/src/tinytorch/course/{name}/lesson.md" for name in ("tensor", "losses")}

pytestmark = pytest.mark.slow


def build(out: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "docs/lessons.py", str(out), *names]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "lessons"
    done = build(out, *CHOSEN)
    assert done.returncode == 0, done.stderr
    return out


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text("utf-8")


def results(text: str, kind: str) -> list[str]:
    found = re.findall(rf'<pre class="{kind}"><code>(.*?)</code></pre>', text, re.DOTALL)
    return [html.unescape(one) for one in found]


def test_there_is_a_page_for_each_lesson_and_one_that_leads_to_them(site: Path) -> None:
    assert {file.stem for file in site.glob("*.html")} == {"index", "kill-matrix", "results", *CHOSEN}
    rows = re.findall(r'<tr><td><a href="(\w+)\.html">.*?<td>([\d.]+)</td><td>(.+?)</td>', page(site, "index"))
    assert [(name, float(hours)) for name, hours, _ in rows] == [("tensor", 3), ("losses", 2)]
    assert all(question.endswith("?") for _, _, question in rows)


def test_every_link_and_every_image_leads_somewhere_in_the_site(site: Path) -> None:
    for file in site.glob("*.html"):
        text = file.read_text("utf-8")
        targets = re.findall(r'(?:href|src)="([^"]+)"', text)
        assert "style.css" in targets
        for target in targets:
            path, _, anchor = unquote(html.unescape(target)).partition("#")
            if re.match(r"https?://", path):
                continue
            assert (site / path).exists(), f"{file.name}: {target}"
            assert not anchor or f'id="{anchor}"' in page(site, Path(path).stem or file.stem), f"{file.name}: {target}"
        assert "<script" not in text


@pytest.mark.parametrize("name", CHOSEN)
def test_a_page_shows_every_cell_and_every_figure_and_no_failure(site: Path, name: str) -> None:
    text = page(site, name)
    expected = cells(CHOSEN[name].read_text("utf-8"))
    assert text.count('<pre class="code">') == len(expected)
    assert not results(text, "printed failed")
    figures = re.findall(r'<figure><img src="([^"]+)" alt="([^"]*)"></figure>', text)
    assert len(figures) == sum("figure = " in cell.code for cell in expected) > 0
    for source, words in figures:
        assert "<svg" in (site / source).read_text("utf-8")
        assert len(words) > 20


@pytest.mark.parametrize("name", CHOSEN)
def test_a_page_says_where_its_parts_are_and_names_each_function_as_it_is_written(site: Path, name: str) -> None:
    text = page(site, name)
    assert re.findall(r'<a href="#\w+">(\w+)</a>', text) == BEATS
    exercises = read_exercises(name)
    assert exercises is not None
    assert re.findall(r"<h3 [^>]*>\s*<code[^>]*>(.+?)</code></h3>", text) == [one.name for one in exercises.functions]
    other = "losses" if name == "tensor" else "tensor"
    assert text.count(f'<a href="{other}.html">') == 2  # above and below
    assert text.count('<a href="index.html">') == 2


@pytest.mark.parametrize("name", CHOSEN)
def test_a_result_stands_once_and_is_the_one_of_the_text_unless_it_was_measured(site: Path, name: str) -> None:
    expected = cells(CHOSEN[name].read_text("utf-8"))
    fixed = [cell.shown for cell in expected if cell.shown is not None and not cell.measured]
    assert [one for one in results(page(site, name), "printed") if one in fixed] == fixed


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_to_be_guessed_first_is_folded_and_nothing_else_is(site: Path, name: str) -> None:
    text = page(site, name)
    folds = re.findall(r"<details>\n<summary>Result</summary>\n(.*?)</details>", text, re.DOTALL)
    every = cells(CHOSEN[name].read_text("utf-8"))
    asked = [cell for cell in every if cell.asked]
    assert len(folds) == text.count("<details") == len(asked) > 3
    for fold, cell in zip(folds, asked, strict=True):
        assert len(results(fold, "printed(?: measured)?")) == (cell.shown is not None)
        assert fold.count("<figure>") == ("figure = " in cell.code)
        assert cell.measured or results(fold, "printed") == [cell.shown]
    opened = results(re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL), "printed(?: measured)?")
    assert len(opened) == sum(cell.shown is not None and not cell.asked for cell in every) > 3


def test_what_is_measured_is_of_now(site: Path) -> None:
    old = [cell.shown for cell in cells(CHOSEN["tensor"].read_text("utf-8")) if cell.measured]
    now = results(page(site, "tensor"), "printed measured")
    assert len(now) == len(old) > 0
    # Microseconds of many runs to a tenth: all of them come out as they once did only if they were copied.
    assert now != old
    assert [re.sub(r"[\s\d.,]+", "#", one) for one in now] == [re.sub(r"[\s\d.,]+", "#", one) for one in old if one]


def test_a_name_of_no_lesson_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    done = build(tmp_path / "lessons", "tensors")
    assert done.returncode == 1
    assert "No lesson is named tensors; there are tensor, activations" in done.stderr
    assert not (tmp_path / "lessons").exists()
