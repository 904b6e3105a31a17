"""The one next step is right where a module ends, another wrote into it, ours runs by choice, or memory is lost."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.splice import decode, fill

REFERENCE = Path(__file__).parents[2]
COUNT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"
MERGE = (
    "out = []\n    for t in tokens:\n"
    "        out[-1:] = ([out[-1] + t] if (out[-1], t) == pair else [out[-1], t]) if out else [t]\n    return out"
)


def written(learner: Any) -> None:
    """Write both functions of the small module."""
    learner.write("count_pairs", COUNT)
    learner.write("merge_pair", MERGE)


def solve(learner: Any, module: str) -> None:
    """Write a module of the foundation as the reference has it, wherever its functions stand."""
    assert learner.run("start", module).code == 0
    for file in (learner.folder / "src/tinytorch").rglob("*.py"):
        name = file.relative_to(learner.folder / "src/tinytorch")
        if name.parts[0] != "tokenization":
            ours = REFERENCE / name.parts[0] / "src/tinytorch" / name
            file.write_text(fill(decode(file.read_bytes()), decode(ours.read_bytes())), "utf-8")


def change(learner: Any, old: str, new: str) -> None:
    text = learner.file.read_text("utf-8")
    assert old in text
    learner.file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_module_that_is_done_is_followed_by_its_checkpoint_until_that_is_passed(learner: Any) -> None:
    solve(learner, "tensor")
    said = learner.run("check", "tensor")
    assert "Module 01 tensor is done" in said.out
    assert "  Next: tito checkpoint 1, or " in said.out
    learner.folder.joinpath(".tito/current.json").unlink()
    learner.file.parent.rename(learner.folder / "aside")
    said = learner.run()
    assert said.out.startswith("02 activations")
    assert said.out.endswith("not begun\n  Next: tito checkpoint 1, or tito start\n")
    assert learner.run("checkpoint", "1").code == 0
    assert learner.run().out.endswith("  Next: tito start\n")


def test_a_module_into_whose_files_another_one_writes_wants_a_check_and_says_why(
    new_learner: Callable[..., Any],
) -> None:
    learner = new_learner(started=False)
    solve(learner, "tensor")
    assert learner.run("check", "tensor").code == 0
    assert learner.run("start", "autograd").code == 0
    assert "01 tensor        [##########] 10 of 10" in learner.run("map").out
    (learner.folder / ".tito/current.json").unlink()
    for command in ((), ("start",)):
        said = " ".join(learner.run(*command).out.split())
        assert "10 of 10 functions All of it is written and passed; its files have changed since" in said
        assert "(functions of 05 autograd stand among them). Next: tito check tensor" in said
        assert "Branch" not in said
    assert learner.run("check", "tensor").code == 0
    assert learner.run().out.startswith("05 autograd")


def test_a_module_that_is_begun_by_another_alone_is_not_begun_on_the_map(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    assert learner.run("start", "autograd").code == 0
    assert re.search(r"01 tensor +\[\.{10}\]  0 of 10 +3 h  ahead", learner.run("map").out)


def test_what_is_ours_by_choice_is_the_step_when_all_else_is_done(learner: Any) -> None:
    written(learner)
    assert learner.run("check", "tokenization").code == 0
    assert learner.run("use", "reference", "count_pairs").code == 0
    for command in ((), ("start", "tokenization")):
        said = learner.run(*command).out
        assert "  Ours by your choice: tokenization.count_pairs\n" in said
        assert "  Next: tito use mine tokenization.count_pairs" in said
    assert "  Next: tito use mine tokenization.count_pairs\n" in learner.run("check").out
    said = learner.run("solution", "count_pairs")
    assert (said.code, "is set to ours" in said.err, "has not passed" in said.err) == (3, True, False)
    assert learner.run("use", "reference", "tokenization").code == 0
    assert "  Next: tito use mine tokenization, or" in learner.run().out


def test_when_memory_is_lost_it_is_said_and_one_check_brings_it_back(learner: Any) -> None:
    written(learner)
    assert learner.run("check", "tokenization").code == 0
    shutil.rmtree(learner.folder / ".tito")
    said = "tokenization: 2 functions are written, and nothing is known of their checks: tito check tokenization finds"
    bare, places = learner.run().out, learner.run("map").out
    for text in (bare, places):
        assert said in " ".join(text.split())
        assert text.endswith("  Next: tito check tokenization\n")
    assert learner.run("check").code == 0  # also the one without a name
    assert "10 tokenization  [##########]  2 of 2" in learner.run("map").out
    assert "nothing is known" not in learner.run("map").out


def test_a_solution_says_what_is_in_the_way(learner: Any) -> None:
    written(learner)
    assert learner.run("check", "tokenization").code == 0
    assert learner.run("solution", "count_pairs").code == 0
    other = learner.file.with_name("_other.py")
    other.write_text("def f(:\n", "utf-8")
    said = learner.run("solution", "count_pairs")
    assert said.code == 3
    assert "_other.py is not Python yet" in said.err
    assert "Until it is, nobody can say whether count_pairs has passed." in said.err
    assert "1 | def f(:" in said.err
    assert "Next: fix line 1" in said.err


@pytest.mark.parametrize(
    ("line", "said", "step"),
    [
        ("import pandas_of_nobody", "It is not installed here, and not needed", "remove line 3"),
        ("import jax", "jax", "remove line 3"),
        ("x = nowhere", "NameError: name 'nowhere' is not defined.", "fix line 3"),
    ],
)
def test_a_module_that_does_not_load_says_which_line_goes(learner: Any, line: str, said: str, step: str) -> None:
    written(learner)
    change(learner, "\n\n\ndef count_pairs", f"\n\n{line}\n\n\ndef count_pairs")
    checked = learner.run("check")
    assert checked.code == 3
    assert said in checked.out
    assert f"Next: {step}" in checked.out
    assert checked.out.count(f" | {line}") == 1


def test_a_lesson_is_named_where_somebody_begins(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    line = "  Lesson: tito show tensor --lesson"
    for command in (("start",), (), ("show", "tensor")):
        assert f"{line}\n" in learner.run(*command).out
    assert f"{line}, under Operators.__rsub__\n" in learner.run("show", "Operators.__rsub__").out
    for name in ("README.md", "WORKFLOW.md"):
        assert "tito show tensor --lesson" in (learner.folder / name).read_text("utf-8")


def test_the_workspaces_page_names_every_command_that_a_learner_meets(learner: Any) -> None:
    page = (learner.folder / "README.md").read_text("utf-8")
    for command in ("start", "show", "check", "watch", "hint", "run", "use", "solution", "reset", "undo", "map"):
        assert f"`tito {command}" in page
    for command in ("checkpoint", "milestone", "clinic", "doctor"):
        assert f"`tito {command}`" in page


def test_the_next_step_names_a_function_that_is_not_the_one_at_hand(learner: Any) -> None:
    assert "  Next: write it, then tito check, or tito show\n" in learner.run("check", "count_pairs").out
    said = learner.run("check", "merge_pair")
    assert said.out.endswith("  Next: write it, then tito check merge_pair, or tito show merge_pair\n")
    answer = json.loads(learner.run("check", "merge_pair", "--json").out)
    assert answer["next"] == ["tito show merge_pair", "tito hint merge_pair"]
    assert answer["errors"][0]["help"] == "tito show merge_pair"


def test_the_map_tells_what_is_planned_from_what_is_not_installed(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    said = learner.run("map").out
    assert "  planned, not built yet: spatial\n" in said
    assert "Act V, Small and fast: planned, not built yet\n" in said
    assert "not installed" not in said
    states = {row["module"]: row["state"] for row in json.loads(learner.run("map", "--json").out)["data"]["modules"]}
    assert states["spatial"] == states["profiling"] == "planned"
    assert states["tensor"] == "ahead"


def test_one_function_and_one_hour_are_not_many(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "guided", started=False)
    assert (
        "02 activations · Act I, Numbers become layers · 5 functions, about 1 hour\n"
        in learner.run("show", "activations").out
    )


def test_a_checkpoint_is_passed_while_functions_of_other_modules_are_borrowed(new_learner: Callable[..., Any]) -> None:
    learner = new_learner(started=False)
    solve(learner, "activations")
    assert learner.run("start", "tensor").code == 0
    said = learner.run("checkpoint", "2")
    assert said.code == 0
    assert "  passed: Can I bend straight lines without overflow?\n" in said.out
    assert "It holds with borrowed functions" not in said.out
    assert learner.run("checkpoint").out.splitlines()[1].startswith("  ok   2 ")


def test_what_was_never_checked_has_not_changed_since(learner: Any) -> None:
    written(learner)
    for command in (("show", "tokenization"), ("check", "merge_pair")):
        said = learner.run(*command).out
        assert "count_pairs" in said
        assert "not checked as it stands" in said
        assert "changed since" not in said


def test_a_solution_is_followed_by_the_check_of_its_own_function(learner: Any) -> None:
    assert learner.run("solution", "count_pairs", "--spoil").out.endswith("  Next: tito check\n")
    assert learner.run("solution", "merge_pair", "--spoil").out.endswith("  Next: tito check merge_pair\n")
