"""Which results of a lesson are to be guessed first, and a lesson without them."""

import pytest

from tinytorch.tito.lessons import cells, without_answers

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
