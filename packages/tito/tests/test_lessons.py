"""Which results of a lesson are to be guessed first, a lesson without them, and a lesson as a script."""

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tinytorch.tito.lessons import as_script, cells, show_figure, without_answers

LESSON = """\
# A lesson

Two numbers, and their sum.

```python
print(1 + 2)
```

```text
3
```

{above}

```python
{code}
```

```text measured
0.1 seconds
```

```python
figure = draw()
```

What came out is shown above.

```python
print("last")
```

```text
last
```
"""


@pytest.mark.parametrize(
    ("above", "code", "asked"),
    [
        ("How long does it take?", "print(run())", True),
        ("How long does it take? Two numbers\nanswer it.", "print(run())", True),
        ("Predict the seconds.", "print(run())", True),
        ("Write the seconds down,\nbefore you run this:", "print(run())", True),
        ("You wrote a number down. Here is mine:", "print(run())", True),
        ("Guess. Then run:", "print(run())", True),
        ("Each stage is timed:", "guess = 3  # yours\nprint(run())", True),
        ("Each stage is timed:", "print(run(), guess_stage)", True),
        ("Each stage is timed:", "print(run())", False),
        ("*How long does it take?* Not long:", "print(run())", False),
        ('A colleague asks "how long?" and runs `a ? b`:', "print(run())", False),
        ("The prediction was wrong. It is measured again:", "print(run())", False),
        ("### How long does it take\n\nHere:", "print(run())", False),
        ("How long does it take?\n\nIt is measured:", "print(run())", False),
    ],
)
def test_a_result_is_asked_for_by_the_paragraph_above_or_by_a_guess_in_the_code(
    above: str, code: str, asked: bool
) -> None:
    found = cells(LESSON.format(above=above, code=code))
    assert [cell.code for cell in found] == ["print(1 + 2)", code, "figure = draw()", 'print("last")']
    assert [cell.shown for cell in found] == ["3", "0.1 seconds", None, "last"]
    assert [cell.measured for cell in found] == [False, True, False, False]
    # The figure follows without a word between, so it shows the same answer.
    assert [cell.asked for cell in found] == [False, asked, asked, False]


def test_a_cell_without_a_result_asks_for_none() -> None:
    text = "Which line is it?\n\n```python\ndef f():\n    return 1\n```\n\n```python\nprint(f())\n```\n"
    assert [cell.asked for cell in cells(text)] == [False, False]


def test_without_answers_a_text_keeps_everything_but_what_is_asked_for() -> None:
    text = LESSON.format(above="How long?", code="print(run())")
    kept = without_answers(text, "(run it)")
    assert kept == text.replace("```text measured\n0.1 seconds\n```", "(run it)")
    assert without_answers(kept, "(run it)") == kept
    empty = "What?\n\n```python\nf()\n```\n\n```text\n```\n\nEnd.\n"
    assert without_answers(empty, "-") == empty


def test_a_result_of_several_lines_goes_whole_also_further_down() -> None:
    text = "How many?\n\n```python\nf()\n```\n\nIt has columns.\n\n```text\na\n\nb\n```\n\nEnd.\n"
    assert without_answers(text, "-") == "How many?\n\n```python\nf()\n```\n\nIt has columns.\n\n-\n\nEnd.\n"


SCRIPT = """\
# ruff: noqa
# fmt: off
# mypy: ignore-errors

# %% [markdown]
# # A lesson
#
# How many?

# %%
n = 3
print(n)

# %% [markdown]
# It has columns.
#
# End.

# %%
from tinytorch.tito.lessons import show_figure

figure = "<svg/>"
show_figure(figure, "runs/lessons/01_small-2.svg")
"""


def test_a_script_has_the_words_and_the_cells_and_none_of_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """# A lesson\n\nHow many?\n\n```python\nn = 3\nprint(n)\n```\n\nIt has columns.\n
```text\n3\n```\n\nEnd.\n\n```python\nfigure = "<svg/>"\n```\n"""
    assert as_script(text, "01_small") == SCRIPT
    monkeypatch.chdir(tmp_path)
    exec(compile(SCRIPT, "01_small.py", "exec"), {})
    assert capsys.readouterr().out.replace("\\", "/") == "3\nfigure: runs/lessons/01_small-2.svg\n"
    assert (tmp_path / "runs/lessons/01_small-2.svg").read_text("utf-8") == "<svg/>"


def test_a_figure_stands_below_its_cell_where_there_is_a_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Figure:
        def savefig(self, stream: io.StringIO, format: str) -> None:
            stream.write(f"<{format}/>")

    displayed: list[str] = []
    display = SimpleNamespace(display=displayed.append, SVG=str)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=object, display=display))
    monkeypatch.chdir(tmp_path)
    show_figure(Figure(), "runs/one.svg")
    assert displayed == ["<svg/>"]
    assert not [*tmp_path.iterdir()]
    assert capsys.readouterr().out == ""


def test_show_keeps_back_what_is_to_be_guessed_first(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    said = learner.run("show", "tensor", "--lesson").out
    whole = learner.run("show", "tensor", "--lesson", "--answers").out
    assert "64 lines for a row, 1024 for a column" in whole
    assert "64 lines for a row, 1024 for a column" not in said
    assert "Tensor([11., 22., 33.])" in said  # nobody is asked for it
    assert "`tito show tensor --lesson --answers` has it" in said
    bridge, answered = (learner.run("show", "foundation", *more).out for more in ((), ("--answers",)))
    assert "2.3026  2.3026" in answered
    assert "2.3026  2.3026" not in bridge


def test_a_lessons_cells_are_written_once_and_run_in_the_workspace(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    said = learner.run("show", "01", "--cells")
    assert said.code == 0
    assert re.findall(r"new +(\S+)", said.out) == ["lessons/01_tensor.py"]
    assert "tito run lessons/01_tensor.py" in said.out
    file = learner.folder / "lessons/01_tensor.py"
    text = file.read_text("utf-8")
    assert "64 lines for a row, 1024" not in text
    short = "# %%".join(text.split("# %%")[:5])
    file.write_text(short, "utf-8")
    assert "lessons/01_tensor.py is there already" in learner.run("show", "tensor", "--lesson", "--cells").out
    assert file.read_text("utf-8") == short
    assert "Tensor([11., 22., 33.])" in learner.run("run", "lessons/01_tensor.py").out
    assert "new   lessons/foundation.py" in learner.run("show", "foundation", "--cells").out
